"""Drafts of fields that are read by evidence: the best candidates of each, leaning to recall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.core.native.own.candidates import FieldCandidates
from tasks.core.native.own.spans import CandidateSpan, SpanKind
from tasks.core.native.own.statements import stated
from tasks.core.native.request import Request
from tasks.core.native.text.lines import TextLine
from tasks.core.native.text.table_cells import quote_range
from tasks.core.schema import FieldType
from tasks.core.schema.fields import Cardinality

N_DRAFTS = 3
"""Of a field with one value: the critic chooses among them."""
N_OF_MANY = 12
_SHARE_OF_BEST = 0.12
"""A candidate below this share of the best one's score is not drafted."""


@dataclass(frozen=True, slots=True)
class EvidentValue:
    """A drafted value and the range of its quote."""

    field: str
    value: str
    passage_index: int
    start: int
    end: int
    score: float


def drafts_of(
    request: Request, found: FieldCandidates, scores: Sequence[float], bar: float
) -> list[EvidentValue]:
    """The drafts of a field, in order of the text.

    Args:
        scores: Of its candidates.
        bar: The least score of a draft.
    """
    field = found.signs.field
    most = N_DRAFTS if field.cardinality is Cardinality.ONE else N_OF_MANY
    drafted = [
        EvidentValue(
            field.name,
            value_of(found, i),
            found.spans[i].passage_index,
            *quote_of(request, found.spans[i]),
            scores[i],
        )
        for i in _chosen(found, scores, bar, most)
    ]
    return sorted(drafted, key=lambda v: (v.passage_index, v.start))


def _chosen(found: FieldCandidates, scores: Sequence[float], bar: float, most: int) -> list[int]:
    """The best candidates; of one value, and of overlapping ones, only the best."""
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    least = max(bar, _SHARE_OF_BEST * scores[order[0]]) if order else bar
    chosen: dict[str, int] = {}
    for i in order:
        if scores[i] < least or len(chosen) >= most:
            break
        if not any(_overlap(found.spans[i], found.spans[j]) for j in chosen.values()):
            chosen.setdefault(_sameness(found.spans[i], found.signs.field.type), i)
    return list(chosen.values())


def _overlap(one: CandidateSpan, other: CandidateSpan) -> bool:
    return one.passage_index == other.passage_index and one.start < other.end and other.start < one.end


def value_of(found: FieldCandidates, index: int) -> str:
    """What a candidate says of its field."""
    span = found.spans[index]
    if found.signs.field.type is FieldType.BOOLEAN:
        return stated(found.signs, span.value)
    return span.value


def _sameness(span: CandidateSpan, kind: FieldType) -> str:
    """Equal for two candidates that are one value."""
    if kind in (FieldType.BOOLEAN, FieldType.CLAUSE):
        return f"{span.passage_index}:{span.start}"
    return span.form or " ".join(span.value.casefold().split())


def quote_of(request: Request, span: CandidateSpan) -> tuple[int, int]:
    """The range of a candidate's quote: its sentence, or its row of a table."""
    line: TextLine = request.cued_lines[span.line]
    if span.kind is SpanKind.SENTENCE:
        return span.start, span.end
    if span.cell is not None:
        start, end = quote_range(line, span.cell)
        return min(start, span.start), max(end, span.end)
    return min(line.unit.start, span.start), max(line.unit.end, span.end)
