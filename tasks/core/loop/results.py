"""The results of a run: extractions and a coverage cell for each (chunk, field). Pure.

A value is verified only if its quote is on the page, the value is in the quote, and the critic gave
a verdict without a flag. A value found in two chunks (a note's own and the one that cites the note)
is one extraction, verified only if no chunk doubts it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.core.cost.budget import cut_off
from tasks.core.grounding.checks import NOT_IN_CHUNK
from tasks.core.loop.assessment import NO_CRITIC, Assessment
from tasks.core.loop.revision import accepted_index
from tasks.core.loop.verdicts import NO_VERDICT
from tasks.core.normal.forms import normal_form
from tasks.core.records import (
    Candidate,
    CellState,
    CoverageCell,
    Extraction,
    ExtractionStatus,
    FieldName,
    Finding,
    FindingKind,
)
from tasks.core.schema import Schema

_ORDER = {ExtractionStatus.UNSETTLED: 0, ExtractionStatus.VERIFIED: 1, ExtractionStatus.REJECTED: 2}
WITHDRAWN = "the generator withdrew it"
UNABLE = "the generator cannot extract this kind of field"


@dataclass(frozen=True, slots=True)
class RunResults:
    extractions: tuple[Extraction, ...]
    coverage: tuple[CoverageCell, ...]

    @property
    def not_looked_for(self) -> tuple[FieldName, ...]:
        """Fields that the generator said it cannot extract."""
        return tuple(dict.fromkeys(c.field for c in self.coverage if c.reason == UNABLE))


def results_of(histories: Mapping[int, Sequence[Assessment]], schema: Schema, unread: str = "") -> RunResults:
    """The results of a run.

    Args:
        histories: Assessments by chunk index, oldest first; a chunk without any is `failed`.
        unread: Which pages could not be read, in words; part of the reason of `absent` cells.
    """
    chunks = sorted(histories.items())
    extractions = _merged([e for index, history in chunks for e in _of_chunk(index, history)])
    final = {_identity(e): e.status for e in extractions}
    names = schema.field_names
    cells = [c for index, history in chunks for c in _cells(index, names, history, final, unread)]
    return RunResults(tuple(_with_normal(e, schema) for e in extractions), tuple(cells))


def _of_chunk(chunk_index: int, history: Sequence[Assessment]) -> list[Extraction]:
    if not history:
        return []
    index_accepted = accepted_index(history)
    accepted, upto = history[index_accepted], history[: index_accepted + 1]
    rows = [_kept(chunk_index, i, upto, _budget_cut(history)) for i in range(len(accepted.candidates))]
    kept = {_content(c) for c in accepted.candidates}
    for assessment in history:
        for index, candidate in enumerate(assessment.candidates):
            if _content(candidate) not in kept:
                kept.add(_content(candidate))
                rows.append(_withdrawn(chunk_index, index, assessment))
    return rows


def _kept(chunk_index: int, index: int, upto: Sequence[Assessment], budget_cut: str) -> Extraction:
    """A candidate of the accepted assessment, which is the last of `upto`."""
    accepted = upto[-1]
    candidate, flags = accepted.candidates[index], accepted.flags_of(index)
    if candidate.citation is None:
        status, reason = ExtractionStatus.REJECTED, NOT_IN_CHUNK
    elif flags:
        status, reason = ExtractionStatus.UNSETTLED, _joined(*map(_message, flags))
    elif accepted.critic_error:
        status, reason = ExtractionStatus.UNSETTLED, f"not countersigned: {accepted.critic_error}"
    elif accepted.rights[index] is None:
        status, reason = ExtractionStatus.UNSETTLED, dict(accepted.abstained).get(index, NO_VERDICT)
    else:
        status, reason = ExtractionStatus.VERIFIED, ""
    if status is ExtractionStatus.UNSETTLED:
        reason = _joined(reason, budget_cut)
    first_round = next(
        a.round_number for a in upto if any(_content(c) == _content(candidate) for c in a.candidates)
    )
    return _extraction(chunk_index, candidate, status, reason, first_round, accepted.rights[index])


def _withdrawn(chunk_index: int, index: int, assessment: Assessment) -> Extraction:
    """A candidate of another assessment that the accepted one does not have."""
    candidate, right = assessment.candidates[index], assessment.rights[index]
    reason = _joined(*map(_message, assessment.flags_of(index)), WITHDRAWN)
    rejected = ExtractionStatus.REJECTED
    return _extraction(chunk_index, candidate, rejected, reason, assessment.round_number, right)


def _extraction(
    chunk_index: int,
    candidate: Candidate,
    status: ExtractionStatus,
    reason: str,
    round_number: int,
    score: float | None,
) -> Extraction:
    c = candidate
    content = (c.value, c.quote, c.citation)
    return Extraction(chunk_index, c.field, status, *content, round_number, score, reason, parts=c.parts)


def _message(flag: Finding) -> str:
    return flag.reason if flag.part is None else f"{flag.part}: {flag.reason}"


def _with_normal(extraction: Extraction, schema: Schema) -> Extraction:
    field = schema.field(extraction.field)
    parts = tuple(replace(p, normal=normal_form(field.part(p.name), p.value)) for p in extraction.parts)
    return replace(extraction, normal=normal_form(field, extraction.value), parts=parts)


def _content(candidate: Candidate) -> tuple[object, ...]:
    where = candidate.citation.spans if candidate.citation else candidate.quote
    return (candidate.field, candidate.value, where)


def _identity(extraction: Extraction) -> tuple[object, ...]:
    where = extraction.citation.spans if extraction.citation else (extraction.chunk_index, extraction.quote)
    return (extraction.field, extraction.value, where)


def _merged(rows: Sequence[Extraction]) -> list[Extraction]:
    """One row for a value of several chunks: a doubt in any chunk counts, a withdrawal does not."""
    merged: dict[tuple[object, ...], Extraction] = {}
    for row in rows:
        key = _identity(row)
        merged_row = merged.get(key)
        if merged_row is None or _ORDER[row.status] < _ORDER[merged_row.status]:
            merged[key] = row
    return list(merged.values())


def _cells(
    chunk_index: int,
    names: Sequence[FieldName],
    history: Sequence[Assessment],
    final: Mapping[tuple[object, ...], ExtractionStatus],
    unread: str,
) -> Iterator[CoverageCell]:
    if not history:
        for name in names:
            yield CoverageCell(chunk_index, name, CellState.FAILED, "no round was run")
        return
    accepted, budget_cut = history[accepted_index(history)], _budget_cut(history)
    for name in names:
        state, reason = _state(name, accepted, final)
        if state is CellState.ABSENT:
            reason = _joined(reason, unread)
        elif state is not CellState.FOUND and reason != UNABLE:
            reason = _joined(reason, budget_cut)
        yield CoverageCell(chunk_index, name, state, reason)


def _budget_cut(history: Sequence[Assessment]) -> str:
    """Which budget cut the chunk off, in words; empty if none did."""
    budget = cut_off(history[-1].generator_error)
    return "" if budget is None else f"not asked{' again' * (len(history) > 1)}: {budget.reason}"


def _joined(*reasons: str) -> str:
    return "; ".join(filter(None, reasons))


def _failure(accepted: Assessment) -> str:
    """The error code; empty for a budget that ended, because `_budget_cut` names it."""
    error = accepted.generator_error
    return "" if error is None or cut_off(error) else error


def _state(
    name: FieldName, accepted: Assessment, final: Mapping[tuple[object, ...], ExtractionStatus]
) -> tuple[CellState, str]:
    flagged = [
        f
        for f in accepted.findings
        if f.field == name or (f.field is None and f.kind is FindingKind.MALFORMED)
    ]
    statuses = {final[_content(c)] for c in accepted.candidates if c.field == name and c.citation}
    no_critique = accepted.critic_error if accepted.critic_error != NO_CRITIC else None
    by_priority = (
        (accepted.generator_error is not None, CellState.FAILED, _failure(accepted)),
        (bool(flagged), CellState.UNSETTLED, _message(flagged[0]) if flagged else ""),
        (
            ExtractionStatus.UNSETTLED in statuses,
            CellState.UNSETTLED,
            accepted.critic_error or _abstention(name, accepted) or "doubted in another chunk",
        ),
        (ExtractionStatus.VERIFIED in statuses, CellState.FOUND, ""),
        (name in accepted.unable, CellState.FAILED, UNABLE),
        (no_critique is not None, CellState.FAILED, no_critique or ""),
    )
    return next(
        ((s, r) for holds, s, r in by_priority if holds), (CellState.ABSENT, accepted.critic_error or "")
    )


def _abstention(name: FieldName, accepted: Assessment) -> str:
    """Why the critic does not judge the field's values; empty if it does."""
    reasons = (why for index, why in accepted.abstained if accepted.candidates[index].field == name)
    return next(reasons, "")
