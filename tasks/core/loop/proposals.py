"""Every value that a run proposed, with its place and what grounding and critic said of it. Pure.

A value at one place is one proposal, whatever chunk it was read in (a note's own and the one that
cites the note): verified only if no chunk doubts it. `settlement` then compares the places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.core.cost.budget import cut_off
from tasks.core.grounding.checks import NOT_IN_CHUNK
from tasks.core.loop.assessment import Assessment
from tasks.core.loop.revision import accepted_index
from tasks.core.loop.verdicts import NO_VERDICT
from tasks.core.records import Candidate, Extraction, ExtractionStatus, Finding, FindingSource
from tasks.core.schema import Schema
from tasks.core.values.forms import normal_form
from tasks.core.values.habit import Habit

_ORDER = {ExtractionStatus.UNSETTLED: 0, ExtractionStatus.VERIFIED: 1, ExtractionStatus.REJECTED: 2}
WITHDRAWN = "the generator withdrew it"
ASKED_FOR = "that the promised precision asks for"
Identity = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value at one place."""

    extraction: Extraction
    bar: float | None = None
    """The least probability that countersigns it; None: any."""
    is_below_bar: bool = False
    """Whether nothing but the bar keeps it from being verified."""
    is_provable: bool = True
    """Whether the page says its words: no finding of parser or grounding is about it."""

    @property
    def identity(self) -> Identity:
        e = self.extraction
        where = e.citation.spans if e.citation else (e.chunk_index, e.quote)
        return (e.field, e.value, where)


def proposals_of(
    histories: Mapping[int, Sequence[Assessment]], schema: Schema, habit: Habit
) -> list[Proposal]:
    """
    Args:
        histories: Assessments by chunk index, oldest first.
        habit: How the document writes values.
    """
    rows = [p for index, history in sorted(histories.items()) for p in _of_chunk(index, history)]
    return [replace(p, extraction=_with_normal(p.extraction, schema, habit)) for p in _merged(rows)]


def content(candidate: Candidate) -> Identity:
    """The identity of a candidate that has a place."""
    where = candidate.citation.spans if candidate.citation else candidate.quote
    return (candidate.field, candidate.value, where)


def budget_cut(history: Sequence[Assessment]) -> str:
    """Which budget cut the chunk off, in words; empty if none did."""
    budget = cut_off(history[-1].generator_error)
    return "" if budget is None else f"not asked{' again' * (len(history) > 1)}: {budget.reason}"


def joined(*reasons: str) -> str:
    return "; ".join(filter(None, reasons))


def message(flag: Finding) -> str:
    return flag.reason if flag.part is None else f"{flag.part}: {flag.reason}"


def _of_chunk(chunk_index: int, history: Sequence[Assessment]) -> list[Proposal]:
    if not history:
        return []
    index_accepted = accepted_index(history)
    accepted, upto = history[index_accepted], history[: index_accepted + 1]
    rows = [_kept(chunk_index, i, upto, budget_cut(history)) for i in range(len(accepted.candidates))]
    kept = {content(c) for c in accepted.candidates}
    for assessment in history:
        for index, candidate in enumerate(assessment.candidates):
            if content(candidate) not in kept:
                kept.add(content(candidate))
                rows.append(_withdrawn(chunk_index, index, assessment))
    return rows


def _kept(chunk_index: int, index: int, upto: Sequence[Assessment], cut: str) -> Proposal:
    """A candidate of the accepted assessment, which is the last of `upto`."""
    accepted = upto[-1]
    candidate, flags, bar = accepted.candidates[index], accepted.flags_of(index), accepted.bar_of(index)
    status, reason = _decided(accepted, index, flags)
    right = accepted.rights[index]
    short_of = below_bar(right, bar) if status is ExtractionStatus.VERIFIED else ""
    if short_of:
        status, reason = ExtractionStatus.UNSETTLED, short_of
    if status is ExtractionStatus.UNSETTLED:
        reason = joined(reason, cut)
    first_round = next(
        a.round_number for a in upto if any(content(c) == content(candidate) for c in a.candidates)
    )
    is_provable = all(flag.source is FindingSource.CRITIC for flag in flags)
    row = _extraction(chunk_index, candidate, status, reason, first_round, right)
    return Proposal(row, bar, bool(short_of), is_provable and candidate.citation is not None)


def _decided(accepted: Assessment, index: int, flags: Sequence[Finding]) -> tuple[ExtractionStatus, str]:
    """Status and reason of a candidate by its findings alone."""
    unsettled = ExtractionStatus.UNSETTLED
    if accepted.candidates[index].citation is None:
        return ExtractionStatus.REJECTED, NOT_IN_CHUNK
    if flags:
        return unsettled, joined(*map(message, flags))
    if accepted.critic_error:
        return unsettled, f"not countersigned: {accepted.critic_error}"
    if accepted.rights[index] is None:
        return unsettled, dict(accepted.abstained).get(index, NO_VERDICT)
    return ExtractionStatus.VERIFIED, ""


def below_bar(right: float | None, bar: float | None) -> str:
    """The reason of a value whose probability does not reach its bar; empty if it does."""
    if right is None or bar is None or right >= bar:
        return ""
    n_digits = next((n for n in (2, 3, 4) if round(right, n) != round(bar, n)), 6)
    return (
        f"its probability of being right, {right:.{n_digits}f}, is below the {bar:.{n_digits}f} {ASKED_FOR}"
    )


def _withdrawn(chunk_index: int, index: int, assessment: Assessment) -> Proposal:
    """A candidate of another assessment that the accepted one does not have."""
    candidate, right = assessment.candidates[index], assessment.rights[index]
    reason = joined(*map(message, assessment.flags_of(index)), WITHDRAWN)
    rejected = ExtractionStatus.REJECTED
    return Proposal(_extraction(chunk_index, candidate, rejected, reason, assessment.round_number, right))


def _extraction(
    chunk_index: int,
    candidate: Candidate,
    status: ExtractionStatus,
    reason: str,
    round_number: int,
    score: float | None,
) -> Extraction:
    c = candidate
    words = (c.value, c.quote, c.citation)
    return Extraction(chunk_index, c.field, status, *words, round_number, score, reason, parts=c.parts)


def _with_normal(extraction: Extraction, schema: Schema, habit: Habit) -> Extraction:
    field = schema.field(extraction.field)
    parts = tuple(
        replace(p, normal=normal_form(field.part(p.name), p.value, habit)) for p in extraction.parts
    )
    return replace(extraction, normal=normal_form(field, extraction.value, habit), parts=parts)


def _merged(rows: Sequence[Proposal]) -> list[Proposal]:
    """One row for a value of several chunks: a doubt in any chunk counts, a withdrawal does not."""
    merged: dict[Identity, Proposal] = {}
    for row in rows:
        other = merged.get(row.identity)
        if other is None or _rank(row) < _rank(other):
            merged[row.identity] = row
    return list(merged.values())


def _rank(row: Proposal) -> int:
    return _ORDER[row.extraction.status]
