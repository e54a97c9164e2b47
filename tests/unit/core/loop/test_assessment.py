"""What nobody sees on the page is never verified, whoever approves of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.grounding.records import ChunkSource
from tasks.core.grounding.unprovable import HIDDEN, REASONS, UnprovableWords
from tasks.core.loop.assessment import Assessment, assess
from tasks.core.loop.grounded_answer import ground_answer
from tasks.core.loop.results import results_of
from tasks.core.records import UNPROVABLE, ExtractionStatus, FindingSource, Mark, MarkKind
from tests.unit.core.builders import body_chunk, page, small_schema

SCHEMA = small_schema("skills")
WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]
TEXT = " ".join(WORDS)
CHUNK = body_chunk(TEXT)
PAGES = [page(1, 0, len(TEXT))]


def approved(quotes: list[str], marks: list[Mark]) -> Assessment:
    """The round of a critic that likes everything."""
    raw = json.dumps({"items": [{"field": "skills", "quote": quote} for quote in quotes]})
    answer = ground_answer(raw, SCHEMA, CHUNK, TEXT, PAGES, UnprovableWords(marks))
    verdicts = [
        {"candidate": i, "right": 0.99, "flagged": False} for i in range(len(answer.placed_indices()))
    ]
    critique = json.dumps({"verdicts": verdicts, "missing": []})
    return assess(1, answer, critique, None, SCHEMA, ChunkSource(CHUNK, TEXT, PAGES))


@st.composite
def marks(draw: st.DrawFn) -> list[Mark]:
    """Marks of all kinds, which may overlap."""
    places = st.tuples(st.integers(0, len(TEXT)), st.integers(1, 20), st.sampled_from(MarkKind))
    return [Mark(start, start + length, kind) for start, length, kind in draw(st.lists(places, max_size=5))]


@given(
    quotes=st.lists(st.sampled_from([*WORDS, "beta gamma", "delta epsilon zeta", TEXT]), unique=True),
    marked=marks(),
)
def test_only_words_that_the_page_says_are_verified(quotes: list[str], marked: list[Mark]) -> None:
    kinds = {at: {m.kind for m in marked if m.start <= at < m.end} & UNPROVABLE for at in range(len(TEXT))}
    settled = results_of({0: [approved(quotes, marked)]}, SCHEMA).extractions
    assert len(settled) == len(quotes)
    for extraction in settled:
        assert extraction.citation is not None
        cited = {
            kind for s in extraction.citation.spans for at in range(s.start, s.end) for kind in kinds[at]
        }
        assert extraction.status is (ExtractionStatus.UNSETTLED if cited else ExtractionStatus.VERIFIED)
        assert extraction.reason in {REASONS[kind] for kind in cited} or not cited


@pytest.mark.parametrize("kind", sorted(UNPROVABLE))
def test_every_unprovable_kind_has_a_reason_of_its_own(kind: MarkKind) -> None:
    (finding,) = approved(["beta"], [Mark(0, 7, kind)]).findings
    assert (finding.source, finding.reason) == (FindingSource.GROUNDING, REASONS[kind])
    assert sum(reason == REASONS[kind] for reason in REASONS.values()) == 1


@pytest.mark.parametrize("kind", sorted(set(MarkKind) - UNPROVABLE))
def test_words_that_were_inserted_or_filled_in_are_verified(kind: MarkKind) -> None:
    assert approved(["beta"], [Mark(0, 7, kind)]).findings == ()


def test_hidden_words_are_found_without_asking_a_model() -> None:
    (finding,) = approved(["beta"], [Mark(0, 7, MarkKind.HIDDEN)]).findings
    assert (finding.source, finding.reason, finding.candidate_index) == (FindingSource.GROUNDING, HIDDEN, 0)
