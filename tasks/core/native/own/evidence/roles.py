"""Columns: whether the words around a name say the field's role, as (the "Landlord") does."""

from __future__ import annotations

import re
from functools import lru_cache

from tasks.core.native.own.evidence.case import EvidenceCase
from tasks.core.native.own.signs import FieldSigns, TextKind
from tasks.core.native.own.spans import SpanKind
from tasks.core.native.own.terms import share, terms

COLUMNS = (
    "defined_role",
    "label_role",
    "wants_name",
    "wants_law",
    "wants_identifier",
    "wants_address",
    "is_law",
    "has_digit",
    "n_words",
    *(f"is_{kind}" for kind in SpanKind),
)
_LAW_BEFORE = re.compile(r"\blaws? of(?: the)?(?: \w+ of)?(?: the)?\s*$", re.IGNORECASE)
_LAW_AFTER = re.compile(r"\s*laws?\b", re.IGNORECASE)


def values(case: EvidenceCase) -> list[float]:
    signs, span, zones = case.signs, case.span, case.zones
    is_law = bool(_LAW_BEFORE.search(zones.before) or _LAW_AFTER.match(zones.after))
    return [
        _role(signs, zones.defined),
        _role(signs, zones.label),
        float(signs.text_kind is TextKind.NAME),
        float(signs.text_kind is TextKind.LAW),
        float(signs.text_kind is TextKind.IDENTIFIER),
        float(signs.text_kind is TextKind.ADDRESS),
        float(is_law),
        float(any(c.isdigit() for c in span.value)),
        float(len(span.value.split())),
        *(float(span.kind is kind) for kind in SpanKind),
    ]


@lru_cache(32768)
def _role(signs: FieldSigns, text: str) -> float:
    plain = text.lower()
    if not plain:
        return 0.0
    found = terms(plain)
    return max((1.0 if r in plain else share(terms(r), found) for r in signs.roles), default=0.0)
