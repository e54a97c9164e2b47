"""Rows of evidence: the columns of all groups, and the comparison of candidates and fields."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from tasks.core.native.own.evidence import (
    changes,
    doubts,
    extents,
    laws,
    looks,
    measures,
    moments,
    namesakes,
    parties,
    relative,
    rivals,
    roles,
    sections,
    sentences,
    shape,
    standing,
    subclause,
    topics,
    wholeness,
    words,
)
from tasks.core.native.own.evidence.case import Crowd, EvidenceCase
from tasks.core.native.own.signs import FieldSigns
from tasks.core.native.own.spans import CandidateSpan
from tasks.core.native.own.zones import Zones
from tasks.core.native.request import Request
from tasks.core.native.text.words import FloatArray

_OF_ONE = (
    words, standing, roles, shape, measures, subclause, doubts, moments, topics, wholeness,
    looks, extents, parties, laws, sentences, sections,
)  # fmt: skip
_OWN_COLUMNS = tuple(name for group in _OF_ONE for name in group.COLUMNS)
_OF_ALL = (rivals, namesakes, relative)
ALL_COLUMNS = (*_OWN_COLUMNS, *(name for group in _OF_ALL for name in group.COLUMNS), *changes.COLUMNS)
_WIDE = [
    _OWN_COLUMNS.index(n) for n in ("sentence_cue", "sentence_title", "sentence_wanted", "heading_title")
]


def evidence(
    request: Request, signs: FieldSigns, spans: Sequence[CandidateSpan], zones: Sequence[Zones]
) -> FloatArray:
    """A field's rows without the comparison with other fields: float32 (spans, columns)."""
    by_line: dict[int, list[int]] = defaultdict(list)
    for i, span in enumerate(spans):
        by_line[span.line].append(i)
    crowd = Crowd(spans, by_line, Counter(s.form or s.value for s in spans))
    pairs = enumerate(zip(spans, zones, strict=True))
    cases = [EvidenceCase(request, signs, span, zone, i, crowd) for i, (span, zone) in pairs]
    rows = [[number for group in _OF_ONE for number in group.values(case)] for case in cases]
    return np.asarray(rows, dtype=np.float32).reshape(len(rows), len(_OWN_COLUMNS))


def with_rivals(
    request: Request, rows: Sequence[FloatArray], spans: Sequence[Sequence[CandidateSpan]]
) -> list[FloatArray]:
    """The rows of all fields of one type, each with its comparison with fields and candidates."""
    added = [group.columns(rows, spans, _OWN_COLUMNS) for group in _OF_ALL]
    changed = [
        changes.columns(request, s, rivals.nearness(r, _OWN_COLUMNS), r[:, _WIDE].mean(axis=1))
        for r, s in zip(rows, spans, strict=True)
    ]
    return [np.concatenate(parts, axis=1) for parts in zip(rows, *added, changed, strict=True)]
