"""What the product made of one labelled contract, replayed from its trail: draft, verdicts, rounds, and what came of each.

Pure: a run's stored rounds hold everything, so figures of any part of the loop come from the one run that also gave the result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tasks.core.loop.assessment import Assessment
from tasks.core.loop.results import results_of
from tasks.core.loop.revision import StopReason
from tasks.core.loop.state import RunInput, RunState
from tasks.core.records import (
    Candidate,
    Extraction,
    ExtractionStatus,
    FindingKind,
    RoundRecord,
    Span,
)
from tasks.learning.evaluation.missing_task import Cells, missing_cells
from tasks.learning.labelled import GoldContract

Key = tuple[str, str, tuple[Span, ...]]
"""Field, value, place: the same value found in a note's own chunk and in the citing chunk is one."""


@dataclass(frozen=True, slots=True)
class Value:
    field: str
    value: str
    quote: str
    spans: tuple[Span, ...]
    pages: tuple[int, ...]

    @property
    def key(self) -> Key:
        return (self.field, self.value, self.spans)


@dataclass(frozen=True, slots=True)
class DraftValue:
    """A grounded candidate of round 1."""

    field: str
    quote: str
    score: float | None
    """The generator's own."""
    right: float | None
    """The critic's; of several chunks the one that doubts it most. None: it gave no verdict."""
    is_flagged: bool
    """By the critic or by grounding, in any chunk."""


@dataclass(frozen=True, slots=True)
class Stood:
    """What stood after a round."""

    verified: tuple[Value, ...]
    standing: tuple[Value, ...]
    """Verified or not: the accepted answers' grounded values."""
    n_chunks: int
    """That had this round."""


@dataclass(frozen=True, slots=True)
class Worked:
    draft: tuple[DraftValue, ...]
    verified: tuple[Value, ...]
    unsettled: tuple[Value, ...]
    added: tuple[Value, ...]
    """Verified, and first given after a `missing` finding of its field in its chunk."""
    rounds: tuple[Stood, ...]
    stops: Mapping[str, int]
    """Stop reason -> chunks."""
    cells: Cells
    n_pages: int = 0
    n_chunks: int = 0


NOTHING = Worked((), (), (), (), (), {}, Cells())
"""Stands for a contract that could not be processed: all of its gold spans count as not found."""


def replay(
    run_input: RunInput, records: Sequence[RoundRecord], max_rounds: int, gold: GoldContract
) -> Worked:
    """Play a run's stored rounds again."""
    state = RunState(run_input)
    for record in records:
        state.apply(record)
    by_chunk = state.by_chunk
    extractions = results_of(by_chunk, run_input.schema).extractions
    draft = _draft([h[0] for h in by_chunk.values() if h])
    return Worked(
        draft=draft,
        verified=_values(extractions, {ExtractionStatus.VERIFIED}),
        unsettled=_values(extractions, {ExtractionStatus.UNSETTLED}),
        added=_values([e for e in extractions if _was_missing(e, by_chunk)], {ExtractionStatus.VERIFIED}),
        rounds=tuple(_stood(state, n) for n in range(1, len(records) + 1)),
        stops=_stops(state, max_rounds),
        cells=missing_cells(run_input, records, [(v.field, v.quote) for v in draft], gold),
        n_pages=run_input.reading.n_pages,
        n_chunks=len(run_input.chunks),
    )


def _draft(first: Iterable[Assessment]) -> tuple[DraftValue, ...]:
    """By field and place: of one place with two values, only the quote counts for the gold."""
    seen: dict[tuple[str, tuple[Span, ...]], DraftValue] = {}
    for assessment in first:
        for index, candidate in enumerate(assessment.candidates):
            if candidate.citation is None:
                continue
            value = _draft_value(candidate, assessment, index)
            key = (candidate.field, candidate.citation.spans)
            seen[key] = _doubted_most(seen[key], value) if key in seen else value
    return tuple(seen.values())


def _draft_value(candidate: Candidate, assessment: Assessment, index: int) -> DraftValue:
    flagged = bool(assessment.flags_of(index))
    return DraftValue(candidate.field, candidate.quote, candidate.score, assessment.rights[index], flagged)


def _doubted_most(one: DraftValue, other: DraftValue) -> DraftValue:
    rights = [v.right for v in (one, other) if v.right is not None]
    flagged = one.is_flagged or other.is_flagged
    return DraftValue(one.field, one.quote, one.score, min(rights, default=None), flagged)


def _values(extractions: Iterable[Extraction], wanted: set[ExtractionStatus]) -> tuple[Value, ...]:
    return tuple(
        Value(e.field, e.value, e.quote, e.citation.spans, e.citation.pages)
        for e in extractions
        if e.status in wanted and e.citation is not None
    )


def _was_missing(extraction: Extraction, by_chunk: Mapping[int, Sequence[Assessment]]) -> bool:
    """Whether the critic missed the field in its chunk before the round that gave the value."""
    earlier = by_chunk[extraction.chunk_index][: extraction.round_number - 1]
    return any(
        f.kind is FindingKind.MISSING and f.field == extraction.field and f.part is None
        for a in earlier
        for f in a.findings
    )


def _stood(state: RunState, n_rounds: int) -> Stood:
    upto = {index: history[:n_rounds] for index, history in state.by_chunk.items()}
    extractions = results_of(upto, state.run_input.schema).extractions
    verified = _values(extractions, {ExtractionStatus.VERIFIED})
    standing = _values(extractions, {ExtractionStatus.VERIFIED, ExtractionStatus.UNSETTLED})
    n_chunks = sum(len(h) >= n_rounds for h in state.by_chunk.values())
    return Stood(verified, standing, n_chunks)


def _stops(state: RunState, max_rounds: int) -> dict[str, int]:
    """A chunk that would have gone again ended with the document's budget."""
    decisions = (state.decision(index, max_rounds) for index in state.by_chunk)
    reasons = (d.stop or StopReason.BUDGET for d in decisions if d is not None)
    return dict(Counter(reason.value for reason in reasons))
