"""A draft against gold: every candidate is one entry, and every gold span nobody matched is one."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tasks.core.error_book.entries import Entry, EntryKind, compare_draft, gold_digest, passage_range
from tasks.core.error_book.gold_places import GoldPlace, PlacedGold
from tasks.core.records import Candidate, Citation, FieldName, MatchKind, Segment, Span
from tasks.learning.evaluation.matching import matches, word_set
from tests.unit.core.builders import body_chunk

TEXT = "Acme Inc. sells steel. The law of New York governs. Term: two years from signing."
LAW, TERM = FieldName("governing_law"), FieldName("term")


def cited(quote: str, at: int | None = None) -> Citation:
    start = TEXT.index(quote) if at is None else at
    return Citation((Span(start, start + len(quote)),), (1,), None, MatchKind.EXACT)


def drafted(field: FieldName, quote: str) -> Candidate:
    return Candidate(field, quote, quote, 0.7, cited(quote))


def gold(field: FieldName, text: str) -> PlacedGold:
    return PlacedGold(field, text, (GoldPlace(0, cited(text), text),))


def rule(field: str, gold_text: str, quote: str) -> bool:
    return matches(field, word_set(gold_text), word_set(quote))


def compare(candidates: list[Candidate], *golds: PlacedGold) -> list[tuple[str, str, str | None]]:
    return [(e.kind.value, e.quote, e.gold) for e in compare_draft({0: candidates}, golds, rule)]


def test_candidate_that_matches_is_correct_and_names_its_gold() -> None:
    law = "The law of New York governs."
    assert compare([drafted(LAW, "law of New York governs")], gold(LAW, law)) == [
        ("correct", "law of New York governs", law)
    ]


def test_candidate_beside_all_gold_is_redundant() -> None:
    law = gold(LAW, "The law of New York governs.")
    found = compare([drafted(LAW, "Acme Inc. sells steel."), drafted(LAW, law.text)], law)
    assert found[0] == ("redundant", "Acme Inc. sells steel.", None)


def test_candidate_of_another_field_at_the_place_of_gold_is_redundant() -> None:
    law = gold(LAW, "The law of New York governs.")
    assert compare([drafted(TERM, law.text)], law)[0] == ("redundant", law.text, None)


def test_candidate_that_only_touches_gold_is_a_boundary_and_the_gold_is_missing() -> None:
    law = gold(LAW, "The law of New York governs. Term: two years from signing.")
    assert compare([drafted(LAW, "The law")], law) == [
        ("boundary", "The law", law.text),
        ("missing", law.text, law.text),
    ]


def test_gold_that_another_chunk_found_is_not_missing() -> None:
    law = gold(LAW, "The law of New York governs.")
    entries = compare_draft({0: [], 1: [drafted(LAW, law.text)]}, [law], rule)
    assert [(e.kind, e.chunk_index) for e in entries] == [(EntryKind.CORRECT, 1)]


def test_missing_value_has_the_documents_words_and_the_golds() -> None:
    place = GoldPlace(3, cited("Acme Inc."), "Acme Inc.")
    (entry,) = compare_draft({}, [PlacedGold(LAW, "ACME INC", (place,))], rule)
    assert (entry.kind, entry.chunk_index, entry.quote, entry.gold) == (
        EntryKind.MISSING,
        3,
        "Acme Inc.",
        "ACME INC",
    )


def test_gold_without_a_place_is_missing_nowhere() -> None:
    assert compare([], PlacedGold(LAW, "not read", ())) == []


def test_ungrounded_candidate_is_no_entry() -> None:
    assert compare([replace(drafted(LAW, "Acme"), citation=None)]) == []


@given(st.lists(st.tuples(st.sampled_from([LAW, TERM]), st.integers(0, 60), st.integers(1, 20)), max_size=6))
def test_every_grounded_candidate_is_exactly_one_entry(places: list[tuple[FieldName, int, int]]) -> None:
    candidates = [
        Candidate(f, "v", TEXT[at : at + n], None, cited(TEXT[at : at + n], at)) for f, at, n in places
    ]
    law = gold(LAW, "The law of New York governs.")
    entries = compare_draft({0: candidates}, [law], rule)
    kept: list[Entry] = [e for e in entries if e.kind is not EntryKind.MISSING]
    assert [e.spans for e in kept] == [c.citation.spans for c in candidates if c.citation]
    is_found = any(e.kind is EntryKind.CORRECT for e in kept)
    assert len(entries) - len(kept) == (0 if is_found else 1)


def test_digest_of_gold_does_not_depend_on_its_order() -> None:
    one, other = (LAW, "a"), (TERM, "b")
    assert gold_digest([one, other]) == gold_digest([other, one])
    assert gold_digest([one]) != gold_digest([one, one]) != gold_digest([one, other])


def test_passage_range_steps_over_what_interrupts_a_passage() -> None:
    chunk = body_chunk("one two three")
    broken = replace(chunk.passages[0], segments=(Segment(0, 100, 7), Segment(7, 150, 6)))
    interrupted = replace(chunk, passages=(broken,))
    assert passage_range(interrupted, (Span(104, 107), Span(150, 156))) == (0, 4, 13)
    assert passage_range(interrupted, (Span(104, 107),)) == (0, 4, 7)
    assert passage_range(interrupted, (Span(107, 110),)) is None
