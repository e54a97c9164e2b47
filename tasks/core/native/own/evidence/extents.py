"""Columns: whether a candidate is the whole of its words, no part and no more.

Candidates that overlap compete: a name with the label in front of it, a name that was cut at the
end of a printed line, and a list of names.
"""

from __future__ import annotations

import re

from tasks.core.native.own.evidence.case import EvidenceCase
from tasks.core.native.own.names import is_common
from tasks.core.native.own.spans import SpanKind
from tasks.core.schema import FieldType

COLUMNS = (
    "left_is_start",
    "left_is_stop",
    "left_is_capital",
    "left_is_common",
    "left_is_cut",
    "right_is_end",
    "right_is_stop",
    "right_is_capital",
    "right_is_bracket",
    "right_is_cut",
    "n_containing",
    "n_contained",
    "container_is_name",
    "container_starts_here",
    "container_ends_here",
    "holds_name",
    "holds_name_at_end",
    "extra_is_common",
    "is_list",
    "has_break",
)
_LAST = re.compile(r"([^\W\d_][\w’'-]*)\W{0,2}$")
_FIRST = re.compile(r"\W{0,1}([^\W\d_][\w’'-]*)")
_LIST = re.compile(r"(?:,\s|\s(?:and|und|et|or|&)\s|、|和|与|;)")
_STOPS = ",.;:，。；：、"
_NAMES = (SpanKind.NAME, SpanKind.PATTERN)


def values(case: EvidenceCase) -> list[float]:
    if case.signs.field.type not in (FieldType.TEXT, FieldType.NAME):
        return [0.0] * len(COLUMNS)
    text = case.line.text
    start, end = case.place
    return [*_left(text[:start]), *_right(text[end:], text[:end]), *_overlaps(case), *_inside(case)]


def _left(before: str) -> list[float]:
    near = before.rstrip(" \t")
    last = _LAST.search(before[-30:]) if before[-1:] in (" ", "\n") else None
    word = last[1] if last is not None and near[-1:].isalnum() else ""
    return [
        float(not near or near.endswith("\n")),
        float(near[-1:] in _STOPS if near else False),
        float(word[:1].isupper()),
        float(bool(word) and is_common(word)),
        float(before[-1:].isalnum()),
    ]


def _right(after: str, upto: str) -> list[float]:
    near = after.lstrip(" \t")
    first = _FIRST.match(near) if after[:1] in (" ", "\n") else None
    word = first[1] if first is not None and near[:1].isalnum() else ""
    return [
        float(not near or near.startswith("\n")),
        float(near[0] in _STOPS if near else False),
        float(word[:1].isupper()),
        float(near[0] in '(（“"' if near else False),
        float(after[:1].isalnum() or upto[-1:] in "-/–"),
    ]


def _overlaps(case: EvidenceCase) -> list[float]:
    span, spans = case.span, case.crowd.spans
    holding = starts = ends = inside = 0
    of_name = holds = at_end = 0.0
    first_held = span.end
    for i in case.crowd.by_line[span.line]:
        other = spans[i]
        if i == case.index or other.passage_index != span.passage_index:
            continue
        if other.start <= span.start and span.end <= other.end:
            holding += 1
            starts += other.start == span.start
            ends += other.end == span.end
            of_name = max(of_name, float(other.kind in _NAMES))
        elif span.start <= other.start and other.end <= span.end:
            inside += 1
            if other.kind in _NAMES:
                holds = 1.0
                if other.end == span.end:
                    at_end, first_held = 1.0, min(first_held, other.start)
    extra = case.request.passages[span.passage_index][span.start : first_held].split() if at_end else []
    common = sum(is_common(w.strip(_STOPS)) for w in extra) / len(extra) if extra else 0.0
    return [float(holding), float(inside), of_name, float(starts), float(ends), holds, at_end, common]


def _inside(case: EvidenceCase) -> list[float]:
    value = case.span.value
    words = case.request.passages[case.span.passage_index][case.span.start : case.span.end]
    return [float(bool(_LIST.search(value))), float("\n" in words)]
