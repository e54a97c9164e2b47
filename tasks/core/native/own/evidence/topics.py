"""Columns: what the words near a value speak of, as concepts, and whether another field's title or
cues say it better.
"""

from __future__ import annotations

from functools import lru_cache

from tasks.core.native.own.evidence.case import EvidenceCase
from tasks.core.native.own.evidence.subclause import part_of
from tasks.core.native.own.signs import FieldSigns, field_signs
from tasks.core.native.own.spans import is_typed
from tasks.core.native.own.terms import share, terms, weight
from tasks.core.native.request import Request

_PLACES = ("part", "label", "opening", "heading", "sentence")
COLUMNS = (
    *(f"topic_title_{place}" for place in _PLACES),
    *(f"topic_known_{place}" for place in _PLACES),
    *(f"topic_strange_{place}" for place in _PLACES),
    *(f"other_title_{place}" for place in _PLACES),
    *(f"other_lead_{place}" for place in _PLACES),
)


def values(case: EvidenceCase) -> list[float]:
    if not is_typed(case.signs.field.type):
        return [0.0] * len(COLUMNS)
    zones, text = case.zones, case.line.text
    start, end = case.place
    texts = (
        part_of(text, start, end),
        f"{zones.label} . {zones.column}",
        text[max(0, start - 160) : start],
        zones.heading,
        text,
    )
    own = [_topics(case.signs, t) for t in texts]
    other = [_others(case.request, case.signs, t) for t in texts]
    return [
        *(o[0] for o in own),
        *(o[1] for o in own),
        *(o[2] for o in own),
        *other,
        *(o[3] - b for o, b in zip(own, other, strict=True)),
    ]


@lru_cache(1024)
def _known(signs: FieldSigns) -> tuple[frozenset[str], frozenset[str]]:
    """Concepts of the title; of all that the field says, without what does not count."""
    title = frozenset(t for t in signs.title if t[:1] == "#")
    all_of_it = signs.wanted | signs.around
    return title, frozenset(t for t in all_of_it if t[:1] == "#") - (signs.unwanted - signs.title)


@lru_cache(100_000)
def _topics(signs: FieldSigns, text: str) -> tuple[float, float, float, float]:
    """Shares of the title's concepts, of the text's that are known, the weight of the others, the title's."""
    found = terms(text)
    topics = frozenset(t for t in found if t[:1] == "#")
    if not topics:
        return 0.0, 0.0, 0.0, share(signs.title, found)
    title, known = _known(signs)
    return share(title, topics), share(topics, known), weight(topics - known), share(signs.title, found)


@lru_cache(100_000)
def _others_share(others: tuple[frozenset[str], ...], text: str) -> float:
    found = terms(text)
    return max((share(t, found) for t in others), default=0.0) if found else 0.0


def _others(request: Request, signs: FieldSigns, text: str) -> float:
    """The largest share of another field's title that a text has, without the words that both have."""
    return _others_share(_other_titles(request, signs), text) if text.strip(" .") else 0.0


def _other_titles(request: Request, signs: FieldSigns) -> tuple[frozenset[str], ...]:
    return _titles(tuple(field_signs(c) for c in request.cues.values()), signs)


@lru_cache(1024)
def _titles(fields: tuple[FieldSigns, ...], signs: FieldSigns) -> tuple[frozenset[str], ...]:
    mine = signs.title
    return tuple(
        f.title - mine
        for f in fields
        if f is not signs and f.title - mine and f.field.name != signs.field.name
    )
