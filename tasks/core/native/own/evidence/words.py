"""Columns: how well the words around a candidate say what the field says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import log1p

from tasks.core.native.own.evidence.case import EvidenceCase
from tasks.core.native.own.signs import FieldSigns
from tasks.core.native.own.terms import cosine, share, terms
from tasks.core.native.text.cues import find_hits

_FAR = 400
_ZONES = ("label", "column", "before", "after", "sentence", "printed")
COLUMNS = (
    *(f"{zone}_{what}" for zone in _ZONES for what in ("cue", "title", "wanted")),
    "heading_cue",
    "heading_title",
    "previous_title",
    "near_around",
    "near_example",
    "sentence_example",
    "near_unwanted",
    "sentence_unwanted",
    "hit_weight",
    "hit_distance",
    "hit_before",
    "n_between",
    "is_of_pattern",
)


@dataclass(frozen=True, slots=True)
class _Match:
    cue: float
    title: float
    wanted: float


@lru_cache(100_000)
def _matched(signs: FieldSigns, text: str) -> _Match:
    if not text.strip():
        return _Match(0.0, 0.0, 0.0)
    found = terms(text)
    exact = max((h.weight for h in find_hits(signs.cues, text)), default=0.0)
    soft = max((share(c, found) for c in signs.cue_terms), default=0.0)
    cue = max(exact + 0.3 if exact else 0.0, 0.7 * soft)
    return _Match(cue, share(signs.title, found), cosine(signs.wanted, found))


def values(case: EvidenceCase) -> list[float]:
    signs, zones = case.signs, case.zones
    texts = (zones.label, zones.column, zones.before, zones.after, zones.sentence, zones.printed)
    matches = [_matched(signs, text) for text in texts]
    heading = _matched(signs, zones.heading)
    near = terms(f"{zones.label} {zones.column} {zones.before} . {zones.after}")
    whole = terms(zones.sentence)
    return [
        *(number for m in matches for number in (m.cue, m.title, m.wanted)),
        heading.cue,
        heading.title,
        _matched(signs, zones.previous).title,
        cosine(signs.around, near),
        max((cosine(e, near) for e in signs.examples), default=0.0),
        max((cosine(e, whole) for e in signs.examples), default=0.0),
        share(signs.unwanted, near) if signs.unwanted else 0.0,
        share(signs.unwanted, whole) if signs.unwanted else 0.0,
        *_nearest_hit(case),
    ]


def _nearest_hit(case: EvidenceCase) -> list[float]:
    """The nearest cue in the line: its weight, distance, side, and the candidates in between."""
    start, end = case.place
    hits = find_hits(case.signs.cues, case.line.text)
    nearest = min(hits, key=lambda h: max(0, start - h.end, h.start - end), default=None)
    is_of_pattern = any(h.is_pattern and h.value_start < end and h.value_end > start for h in hits)
    if nearest is None:
        return [0.0, log1p(_FAR), 0.0, 0.0, float(is_of_pattern)]
    distance = max(0, start - nearest.end, nearest.start - end)
    first, last = (nearest.end, start) if nearest.end <= start else (end, nearest.start)
    base = case.line.unit.start
    mates = (case.crowd.spans[i] for i in case.crowd.by_line[case.span.line] if i != case.index)
    between = sum(first <= s.start - base < last for s in mates)
    is_before = float(nearest.end <= start)
    return [nearest.weight, log1p(distance), is_before, float(between), float(is_of_pattern)]
