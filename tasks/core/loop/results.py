"""The results of a run: extractions and a coverage cell for each (chunk, field). Pure.

A value is verified only if its quote is on the page, the value is in the quote, the critic gave a
verdict without a flag that reaches its bar, and settlement does not doubt it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tasks.core.cost.budget import cut_off
from tasks.core.loop.assessment import NO_CRITIC, Assessment
from tasks.core.loop.check_results import CheckResult
from tasks.core.loop.document_facts import NO_FACTS, DocumentFacts
from tasks.core.loop.proposals import Identity, budget_cut, content, joined, message, proposals_of
from tasks.core.loop.revision import accepted_index
from tasks.core.loop.settlement import final_statuses, settle
from tasks.core.records import CellState, CoverageCell, Extraction, ExtractionStatus, FieldName, FindingKind
from tasks.core.schema import Schema

_Final = Mapping[Identity, tuple[ExtractionStatus, str]]


@dataclass(frozen=True, slots=True)
class RunResults:
    extractions: tuple[Extraction, ...]
    coverage: tuple[CoverageCell, ...]
    checks: tuple[CheckResult, ...] = ()

    not_looked_for: Mapping[FieldName, str] = field(default_factory=dict[FieldName, str], compare=False)
    """Fields that the generator could not extract from a chunk, and why."""


def results_of(
    histories: Mapping[int, Sequence[Assessment]], schema: Schema, facts: DocumentFacts = NO_FACTS
) -> RunResults:
    """The results of a run.

    Args:
        histories: Assessments by chunk index, oldest first; a chunk without any is `failed`.
    """
    settled = settle(proposals_of(histories, schema, facts.habit), schema, facts)
    final = final_statuses(settled.values)
    names = schema.field_names
    chunks = sorted(histories.items())
    cells = [c for index, history in chunks for c in _cells(index, names, history, final, facts.unread)]
    extractions = tuple(v.extraction for v in settled.values)
    unread = dict(_not_looked_for(histories, cells))
    return RunResults(extractions, tuple(cells), settled.checks, unread)


def _not_looked_for(
    histories: Mapping[int, Sequence[Assessment]], cells: Sequence[CoverageCell]
) -> Iterator[tuple[FieldName, str]]:
    for cell in cells:
        if cell.state is CellState.FAILED and (history := histories[cell.chunk_index]):
            unable = history[accepted_index(history)].unable
            if cell.field in unable:
                yield cell.field, unable[cell.field]


def _cells(
    chunk_index: int, names: Sequence[FieldName], history: Sequence[Assessment], final: _Final, unread: str
) -> Iterator[CoverageCell]:
    if not history:
        for name in names:
            yield CoverageCell(chunk_index, name, CellState.FAILED, "no round was run")
        return
    accepted, cut = history[accepted_index(history)], budget_cut(history)
    for name in names:
        state, reason = _state(name, accepted, final)
        if state is CellState.ABSENT:
            reason = joined(reason, unread)
        elif state is not CellState.FOUND and reason != accepted.unable.get(name):
            reason = joined(reason, cut)
        yield CoverageCell(chunk_index, name, state, reason)


def _failure(accepted: Assessment) -> str:
    """The error code; empty for a budget that ended, because `budget_cut` names it."""
    error = accepted.generator_error
    return "" if error is None or cut_off(error) else error


def _state(name: FieldName, accepted: Assessment, final: _Final) -> tuple[CellState, str]:
    flagged = [
        f
        for f in accepted.findings
        if f.field == name or (f.field is None and f.kind is FindingKind.MALFORMED)
    ]
    reasons = _reasons(name, accepted, final)
    in_doubt = reasons.get(ExtractionStatus.UNSETTLED, "")
    no_critique = accepted.critic_error if accepted.critic_error != NO_CRITIC else None
    by_priority = (
        (accepted.generator_error is not None, CellState.FAILED, _failure(accepted)),
        (bool(flagged), CellState.UNSETTLED, message(flagged[0]) if flagged else ""),
        (
            ExtractionStatus.UNSETTLED in reasons,
            CellState.UNSETTLED,
            accepted.critic_error or _abstention(name, accepted) or in_doubt or "doubted in another chunk",
        ),
        (ExtractionStatus.VERIFIED in reasons, CellState.FOUND, ""),
        (name in accepted.unable, CellState.FAILED, accepted.unable.get(name, "")),
        (no_critique is not None, CellState.FAILED, no_critique or ""),
    )
    rejected = reasons.get(ExtractionStatus.REJECTED, "")
    return next(
        ((s, r) for holds, s, r in by_priority if holds),
        (CellState.ABSENT, accepted.critic_error or rejected),
    )


def _reasons(name: FieldName, accepted: Assessment, final: _Final) -> dict[ExtractionStatus, str]:
    """The first reason of each status that values of the field in this chunk have."""
    reasons: dict[ExtractionStatus, str] = {}
    for candidate in accepted.candidates:
        if candidate.field == name and candidate.citation:
            status, reason = final[content(candidate)]
            reasons[status] = reasons.get(status) or reason
    return reasons


def _abstention(name: FieldName, accepted: Assessment) -> str:
    """Why the critic does not judge the field's values; empty if it does."""
    reasons = (why for index, why in accepted.abstained if accepted.candidates[index].field == name)
    return next(reasons, "")
