"""The lines of the book, and what reviewers change in them."""

from __future__ import annotations

from tasks.core.error_book.chunk_lines import book_lines, with_reviews
from tasks.core.error_book.entries import Entry, EntryKind, EntrySource
from tasks.core.records import FieldName, Reading, ReadStatus, Span
from tests.unit.core.builders import body_chunk, page

TEXT = "Acme Inc. sells steel. It lasts two years."
CHUNKS = (body_chunk(TEXT[:22]), body_chunk(TEXT[22:], index=1, doc_start=22))
READING = Reading(ReadStatus.OK, None, (), 1, TEXT, (page(1, 0, len(TEXT)),), (), (), "r")
TERM = FieldName("term")


def entry(
    kind: EntryKind, quote: str, source: EntrySource = EntrySource.GOLD, score: float | None = 0.5
) -> Entry:
    start = TEXT.index(quote)
    gold = None if kind is EntryKind.REDUNDANT else quote
    spans = (Span(start, start + len(quote)),)
    return Entry(kind, source, 0 if start < 22 else 1, TERM, quote, quote, spans, (1,), score, gold)


HEAD = {"document": "deal", "schema": "lease", "generator": "generator/1"}


def lines(*entries: Entry, is_whole: bool = True) -> list[dict[str, object]]:
    return list(book_lines(HEAD, READING, CHUNKS, entries, is_whole))


def test_offsets_are_of_the_passage_that_is_named() -> None:
    first, second = lines(entry(EntryKind.MISSING, "two years"))
    (row,) = second["entries"]  # type: ignore[misc]
    text = second["chunk"]["passages"][row["passage"]]["text"]  # type: ignore[index]
    assert text[row["start"] : row["end"]] == "two years"
    assert first["entries"] == []


def test_chunk_that_nobody_reviewed_is_no_line() -> None:
    told = lines(entry(EntryKind.CORRECT, "two years", EntrySource.REVIEW), is_whole=False)
    assert [(line["chunk"]["index"], line["whole"]) for line in told] == [(1, False)]  # type: ignore[index]


def test_entry_that_stands_nowhere_is_in_no_line() -> None:
    nowhere = Entry(EntryKind.REDUNDANT, EntrySource.REVIEW, 0, TERM, "v", "q", (), (), None, None)
    assert all(line["entries"] == [] for line in lines(nowhere))


def test_reviewer_has_the_word_and_the_generators_score_stays() -> None:
    said = entry(EntryKind.CORRECT, "two years", EntrySource.REVIEW, score=0.9)
    (left,) = with_reviews([(entry(EntryKind.REDUNDANT, "two years"), True)], [said])
    assert (left.kind, left.source, left.score, left.gold) == (
        EntryKind.CORRECT,
        EntrySource.REVIEW,
        0.5,
        "two years",
    )


def test_overruled_lack_is_gone_and_one_that_a_reviewer_found_is_added() -> None:
    overruled = entry(EntryKind.MISSING, "two years")
    added = entry(EntryKind.MISSING, "sells steel", EntrySource.REVIEW)
    assert with_reviews([(overruled, True)], [added]) == (added,)


def test_lack_that_gold_tells_too_is_added_once() -> None:
    told = entry(EntryKind.MISSING, "two years")
    again = entry(EntryKind.MISSING, "lasts two years", EntrySource.REVIEW)
    assert with_reviews([(told, False)], [again]) == (told,)
