"""Columns: what the field is, what the candidate looks like, and where it stands among others."""

from __future__ import annotations

from math import log1p

from tasks.core.native.own.evidence.case import EvidenceCase
from tasks.core.native.own.spans import TYPED
from tasks.core.schema import FieldType
from tasks.core.schema.fields import Cardinality

_TYPES = (*TYPED, FieldType.TEXT, FieldType.CLAUSE, FieldType.BOOLEAN)
COLUMNS = (
    *(f"type_{kind}" for kind in _TYPES),
    "is_one",
    "n_cues",
    "n_examples",
    "wants_start",
    "wants_end",
    "lead_start",
    "lead_end",
    "in_cell",
    "has_label",
    "n_in_line",
    "rank_in_line",
    "rank",
    "n_all",
    "n_same",
    "length",
    "has_form",
    "is_percent",
    "fits_percent",
    "is_first_chunk",
)
_START = frozenset(
    [
        "from",
        "commencing",
        "beginning",
        "starting",
        "since",
        "commence",
        "begin",
        "start",
        "starts",
        "begins",
        "commences",
        "自",
        "从",
    ]
)
_END = frozenset(
    [
        "to",
        "until",
        "till",
        "through",
        "ending",
        "expiring",
        "ends",
        "expires",
        "on",
        "or",
        "before",
        "end",
        "by",
        "thru",
        "至",
        "到",
        "止",
    ]
)


def values(case: EvidenceCase) -> list[float]:
    signs, span, zones, crowd = case.signs, case.span, case.zones, case.crowd
    field, mates = signs.field, crowd.by_line[span.line]
    kind = FieldType.TEXT if field.type is FieldType.NAME else field.type
    is_percent = "%" in (span.form or "") or "%" in span.value
    return [
        *(float(kind is t) for t in _TYPES),
        float(field.cardinality is Cardinality.ONE),
        float(len(field.cues)),
        float(len(field.examples)),
        float(signs.wants_start),
        float(signs.wants_end),
        float(zones.lead in _START),
        float(zones.lead in _END),
        float(span.cell is not None),
        float(bool(zones.label)),
        float(len(mates)),
        float(mates.index(case.index)),
        case.index / max(1, len(crowd.spans)),
        log1p(len(crowd.spans)),
        float(crowd.n_same[span.form or span.value]),
        log1p(span.end - span.start),
        float(span.form is not None),
        float(is_percent),
        float(is_percent == signs.is_percent),
        float(case.request.is_first_chunk),
    ]
