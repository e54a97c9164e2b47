"""The results of a run: extractions and coverage cells from the accepted assessments. Pure; every (chunk, field) gets a cell.

A value is verified only if its quote is on the page, its value is in its quote, and the critic gave it a verdict without a flag.
The same value found twice (in a note's own chunk and in the chunk that cites the note) is one, and verified only if no chunk
doubts it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.core.cost.budget import cut_off
from tasks.core.grounding.checks import NOT_IN_CHUNK
from tasks.core.loop.assessment import Assessment
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
        histories: For each chunk index its assessments, oldest first; a chunk without any is `failed`.
        unread: Which pages could not be read, in words; the reason of every cell that says `absent`.
    """
    extractions = _merged(
        [e for index, history in sorted(histories.items()) for e in _of_chunk(index, history)]
    )
    final = {_identity(e): e.status for e in extractions}
    cells = [
        cell
        for index, history in sorted(histories.items())
        for cell in _cells(index, schema.field_names, history, final, unread)
    ]
    return RunResults(tuple(_with_normal(e, schema) for e in extractions), tuple(cells))


def _of_chunk(chunk_index: int, history: Sequence[Assessment]) -> list[Extraction]:
    if not history:
        return []
    standing = accepted_index(history)
    accepted = history[standing]
    rows = [
        _standing(chunk_index, i, accepted, history[: standing + 1], _unasked(history))
        for i in range(len(accepted.candidates))
    ]
    kept = {_content(c) for c in accepted.candidates}
    for assessment in history:
        for index, candidate in enumerate(assessment.candidates):
            if _content(candidate) not in kept:
                kept.add(_content(candidate))
                rows.append(_withdrawn(chunk_index, index, assessment))
    return rows


def _standing(
    chunk_index: int, index: int, accepted: Assessment, upto: Sequence[Assessment], unasked: str
) -> Extraction:
    candidate = accepted.candidates[index]
    flags = accepted.flags_of(index)
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
        reason = _joined(reason, unasked)
    return _extraction(
        chunk_index, candidate, status, reason, _first_round(candidate, upto), accepted.rights[index]
    )


def _withdrawn(chunk_index: int, index: int, assessment: Assessment) -> Extraction:
    candidate, flags = assessment.candidates[index], assessment.flags_of(index)
    reason = _joined(*map(_message, flags), WITHDRAWN)
    right = assessment.rights[index]
    return _extraction(
        chunk_index, candidate, ExtractionStatus.REJECTED, reason, assessment.round_number, right
    )


def _extraction(
    chunk_index: int,
    candidate: Candidate,
    status: ExtractionStatus,
    reason: str,
    round_number: int,
    score: float | None,
) -> Extraction:
    return Extraction(
        chunk_index,
        candidate.field,
        status,
        candidate.value,
        candidate.quote,
        candidate.citation,
        round_number,
        score,
        reason,
        parts=candidate.parts,
    )


def _message(flag: Finding) -> str:
    return flag.reason if flag.part is None else f"{flag.part}: {flag.reason}"


def _with_normal(extraction: Extraction, schema: Schema) -> Extraction:
    field = schema.field(extraction.field)
    parts = tuple(replace(p, normal=normal_form(field.part(p.name), p.value)) for p in extraction.parts)
    return replace(extraction, normal=normal_form(field, extraction.value), parts=parts)


def _content(candidate: Candidate) -> tuple[object, ...]:
    return (
        candidate.field,
        candidate.value,
        candidate.citation.spans if candidate.citation else candidate.quote,
    )


def _identity(extraction: Extraction) -> tuple[object, ...]:
    where = extraction.citation.spans if extraction.citation else (extraction.chunk_index, extraction.quote)
    return (extraction.field, extraction.value, where)


def _first_round(candidate: Candidate, upto: Sequence[Assessment]) -> int:
    """The first round whose answer had this value, of those up to the accepted one."""
    return next(a.round_number for a in upto if any(_content(c) == _content(candidate) for c in a.candidates))


def _merged(rows: Sequence[Extraction]) -> list[Extraction]:
    """One row for a value found in several chunks: a doubt in any chunk decides, a withdrawal in another chunk does not."""
    merged: dict[tuple[object, ...], Extraction] = {}
    for row in rows:
        key = _identity(row)
        held = merged.get(key)
        if held is None or _ORDER[row.status] < _ORDER[held.status]:
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
    accepted, unasked = history[accepted_index(history)], _unasked(history)
    for name in names:
        state, reason = _state(name, accepted, final)
        if state is CellState.ABSENT:
            reason = _joined(reason, unread)
        elif state is not CellState.FOUND and reason != UNABLE:
            reason = _joined(reason, unasked)
        yield CoverageCell(chunk_index, name, state, reason)


def _unasked(history: Sequence[Assessment]) -> str:
    """Which budget kept a chunk from being asked (again), in words; empty if none did."""
    ended = cut_off(history[-1].generator_error)
    return "" if ended is None else f"not asked{' again' * (len(history) > 1)}: {ended.reason}"


def _joined(*reasons: str) -> str:
    return "; ".join(filter(None, reasons))


def _failure(accepted: Assessment) -> str:
    """The error code; empty for a budget that ended, since `_unasked` names it."""
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
    cited = [c for c in accepted.candidates if c.field == name and c.citation is not None]
    statuses = {final[(c.field, c.value, c.citation.spans)] for c in cited if c.citation}
    silent = accepted.critic_error if accepted.critic_error != "no_critic" else None
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
        (silent is not None, CellState.FAILED, silent or ""),
    )
    return next(
        ((s, r) for holds, s, r in by_priority if holds), (CellState.ABSENT, accepted.critic_error or "")
    )


def _abstention(name: FieldName, accepted: Assessment) -> str:
    """Why the critic does not judge values of the field; empty if it does."""
    reasons = (why for index, why in accepted.abstained if accepted.candidates[index].field == name)
    return next(reasons, "")
