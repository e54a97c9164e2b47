"""What nobody sees on the page is never verified, whoever approves of it."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tasks.core.grounding.checks import HIDDEN
from tasks.core.grounding.records import ChunkSource
from tasks.core.loop.assessment import Assessment, assess
from tasks.core.loop.grounded_answer import ground_answer
from tasks.core.loop.results import results_of
from tasks.core.records import ExtractionStatus, FindingSource, Span
from tests.unit.core.builders import body_chunk, page, small_schema

SCHEMA = small_schema("skills")
WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]
TEXT = " ".join(WORDS)
CHUNK = body_chunk(TEXT)
PAGES = [page(1, 0, len(TEXT))]


def approved(quotes: list[str], hidden: list[Span]) -> Assessment:
    """The round of a critic that likes everything."""
    raw = json.dumps({"items": [{"field": "skills", "quote": quote} for quote in quotes]})
    answer = ground_answer(raw, SCHEMA, CHUNK, TEXT, PAGES, hidden)
    verdicts = [
        {"candidate": i, "right": 0.99, "flagged": False} for i in range(len(answer.placed_indices()))
    ]
    critique = json.dumps({"verdicts": verdicts, "missing": []})
    return assess(1, answer, critique, None, SCHEMA, ChunkSource(CHUNK, TEXT, PAGES))


@st.composite
def ranges(draw: st.DrawFn) -> list[Span]:
    """Hidden ranges in order, apart from each other."""
    cuts = sorted(draw(st.sets(st.integers(0, len(TEXT)), max_size=8)))
    return [Span(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]


@given(
    quotes=st.lists(st.sampled_from([*WORDS, "beta gamma", "delta epsilon zeta", TEXT]), unique=True),
    hidden=ranges(),
)
def test_hidden_words_are_never_verified_and_seen_ones_are(quotes: list[str], hidden: list[Span]) -> None:
    unseen = {at for span in hidden for at in range(span.start, span.end)}
    settled = results_of({0: [approved(quotes, hidden)]}, SCHEMA).extractions
    assert len(settled) == len(quotes)
    for extraction in settled:
        assert extraction.citation is not None
        cited = {at for span in extraction.citation.spans for at in range(span.start, span.end)}
        expected = ExtractionStatus.UNSETTLED if cited & unseen else ExtractionStatus.VERIFIED
        assert extraction.status is expected
        assert (extraction.reason == HIDDEN) == bool(cited & unseen)


def test_hidden_words_are_found_without_asking_a_model() -> None:
    (finding,) = approved(["beta"], [Span(0, 7)]).findings
    assert (finding.source, finding.reason, finding.candidate_index) == (FindingSource.GROUNDING, HIDDEN, 0)
