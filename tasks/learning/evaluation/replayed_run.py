"""A stored run of one labelled contract, replayed: draft, verdicts, and the results of each round.

Pure. The stored rounds hold everything, so one run gives the figures of every part of the loop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tasks.core.grounding.quotes import cited_text
from tasks.core.loop.assessment import Assessment
from tasks.core.loop.document_facts import DocumentFacts, facts_of
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.loop.revision import StopReason
from tasks.core.loop.state import RunState
from tasks.core.records import Extraction, ExtractionStatus, FindingKind, RoundRecord, Span
from tasks.core.review.questions import questions_of_run
from tasks.learning.evaluation.effort import ReviewCase, review_case
from tasks.learning.evaluation.matching import truth_of
from tasks.learning.evaluation.missing_task import Cells, missing_cells
from tasks.learning.evaluation.ranking import Scored
from tasks.learning.labelled import GoldContract

Key = tuple[str, str, tuple[Span, ...]]
"""Field, value, place: a value found in a note's own chunk and in the citing chunk counts once."""
_VERIFIED, _UNSETTLED = ExtractionStatus.VERIFIED, ExtractionStatus.UNSETTLED


@dataclass(frozen=True, slots=True)
class Value:
    field: str
    value: str
    quote: str
    spans: tuple[Span, ...]
    pages: tuple[int, ...]
    right: float | None = None
    """The critic's probability."""

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
    """The critic's probability; of several chunks the lowest. None: no verdict."""
    is_flagged: bool
    """By the critic or by grounding, in any chunk."""


@dataclass(frozen=True, slots=True)
class RoundOutcome:
    """The values of a contract after a round."""

    verified: tuple[Value, ...]
    standing: tuple[Value, ...]
    """Verified or not: the accepted answers' grounded values."""
    n_chunks: int
    """Chunks that had this round."""


@dataclass(frozen=True, slots=True)
class ReplayedContract:
    """One contract. With its gold alone it was not processed, and its gold counts as not found."""

    gold: GoldContract
    draft: tuple[DraftValue, ...] = ()
    verified: tuple[Value, ...] = ()
    """One for each place of a value."""
    unsettled: tuple[Value, ...] = ()
    added: tuple[Value, ...] = ()
    """Verified, and first given after a `missing` finding of its field in its chunk."""
    rounds: tuple[RoundOutcome, ...] = ()
    stops: Mapping[str, int] = field(default_factory=dict[str, int])
    """Stop reason -> number of chunks."""
    cells: Cells = field(default_factory=Cells)
    n_pages: int = 0
    n_chunks: int = 0
    n_verified: int = 0
    """Values, wherever the document says them."""
    n_unsettled: int = 0
    bars: tuple[float, ...] = ()
    """The bars that the verdicts named, each once, rising."""
    review: ReviewCase | None = None
    """What a reviewer can be asked about it; None: it was not wanted, or it was not processed."""

    def draft_truth(self) -> list[tuple[DraftValue, bool]]:
        """Each value of the draft, and whether it is right."""
        truth = truth_of(self.gold, [(v.field, v.quote) for v in self.draft])
        return list(zip(self.draft, truth.right, strict=True))

    def verdicts(self) -> list[Scored]:
        """The critic's probability of each value that it judged."""
        return [(v.right, is_right) for v, is_right in self.draft_truth() if v.right is not None]

    def suspicions(self) -> list[Scored]:
        """The critic's probability that something is missing, of each cell."""
        return [(c.probability, c.is_missing) for c in self.cells.rows]


def replay(
    run_input: RunInput,
    records: Sequence[RoundRecord],
    max_rounds: int,
    gold: GoldContract,
    with_review: bool = False,
) -> ReplayedContract:
    """Play a run's stored rounds again.

    Args:
        with_review: Whether to lay out what a reviewer can be asked about it.
    """
    state = RunState(run_input)
    for record in records:
        state.apply(record)
    by_chunk = state.by_chunk
    facts = facts_of(run_input.reading)
    extractions = results_of(by_chunk, run_input.schema, facts).extractions
    draft = _draft([h[0] for h in by_chunk.values() if h])
    return ReplayedContract(
        gold,
        draft=draft,
        verified=_values(extractions, facts, _VERIFIED),
        unsettled=_values(extractions, facts, _UNSETTLED),
        added=_values([e for e in extractions if _was_missing(e, by_chunk)], facts, _VERIFIED),
        rounds=tuple(_outcome_of_round(state, facts, n) for n in range(1, len(records) + 1)),
        stops=_stops(state, max_rounds),
        cells=missing_cells(run_input, records, [(v.field, v.quote) for v in draft], gold),
        n_pages=run_input.reading.n_pages,
        n_chunks=len(run_input.chunks),
        n_verified=sum(e.status is _VERIFIED for e in extractions),
        n_unsettled=sum(e.status is _UNSETTLED for e in extractions),
        bars=_bars(a for history in by_chunk.values() for a in history),
        review=_review(state, records, extractions, gold) if with_review else None,
    )


def _review(
    state: RunState, records: Sequence[RoundRecord], extractions: Sequence[Extraction], gold: GoldContract
) -> ReviewCase:
    critiques = records[0].critiques if records else ()
    items = questions_of_run(state.run_input, state.by_chunk, extractions, critiques)
    return review_case(gold, state.run_input, items)


def _bars(assessments: Iterable[Assessment]) -> tuple[float, ...]:
    return tuple(sorted({bar for a in assessments for bar in a.bars if bar is not None}))


def _draft(first: Iterable[Assessment]) -> tuple[DraftValue, ...]:
    """One value for each field and place: gold has quotes only."""
    by_place: dict[tuple[str, tuple[Span, ...]], DraftValue] = {}
    for assessment in first:
        for index, candidate in enumerate(assessment.candidates):
            if candidate.citation is None:
                continue
            right, is_flagged = assessment.rights[index], bool(assessment.flags_of(index))
            value = DraftValue(candidate.field, candidate.quote, candidate.score, right, is_flagged)
            key = (candidate.field, candidate.citation.spans)
            by_place[key] = _merged(by_place[key], value) if key in by_place else value
    return tuple(by_place.values())


def _merged(one: DraftValue, other: DraftValue) -> DraftValue:
    rights = [v.right for v in (one, other) if v.right is not None]
    return replace(one, right=min(rights, default=None), is_flagged=one.is_flagged or other.is_flagged)


def _values(
    extractions: Iterable[Extraction], facts: DocumentFacts, *statuses: ExtractionStatus
) -> tuple[Value, ...]:
    """One for each place of a value: gold has spans, so each of them counts."""
    return tuple(
        Value(e.field, e.value, quote, cited.spans, cited.pages, e.score)
        for e in extractions
        if e.status in statuses and e.citation is not None
        for quote, cited in (
            (e.quote, e.citation),
            *((cited_text(place, facts.text), place) for place in e.places),
        )
    )


def _was_missing(extraction: Extraction, by_chunk: Mapping[int, Sequence[Assessment]]) -> bool:
    """Whether the critic missed the field in its chunk before the round that gave the value."""
    earlier = by_chunk[extraction.chunk_index][: extraction.round_number - 1]
    return any(
        f.kind is FindingKind.MISSING and f.field == extraction.field and f.part is None
        for a in earlier
        for f in a.findings
    )


def _outcome_of_round(state: RunState, facts: DocumentFacts, n_rounds: int) -> RoundOutcome:
    """The results as if the run had ended after so many rounds."""
    so_far = {index: history[:n_rounds] for index, history in state.by_chunk.items()}
    extractions = results_of(so_far, state.run_input.schema, facts).extractions
    n_chunks = sum(len(h) >= n_rounds for h in state.by_chunk.values())
    standing = _values(extractions, facts, _VERIFIED, _UNSETTLED)
    return RoundOutcome(_values(extractions, facts, _VERIFIED), standing, n_chunks)


def _stops(state: RunState, max_rounds: int) -> dict[str, int]:
    decisions = (state.decision(index, max_rounds) for index in state.by_chunk)
    # A chunk that was due another round was stopped by the document's budget.
    reasons = (d.stop or StopReason.BUDGET for d in decisions if d is not None)
    return dict(Counter(reason.value for reason in reasons))
