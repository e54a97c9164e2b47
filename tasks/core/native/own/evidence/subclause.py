"""Columns: the part of the sentence that a value stands in, its opening words, and what stands above."""

from __future__ import annotations

import re
from functools import lru_cache

from tasks.core.native.own.evidence.case import EvidenceCase
from tasks.core.native.own.signs import FieldSigns
from tasks.core.native.own.spans import SpanKind
from tasks.core.native.own.terms import cosine, share, terms

COLUMNS = (
    "part_title",
    "part_wanted",
    "part_example",
    "part_unwanted",
    "part_chars",
    "opening_title",
    "opening_wanted",
    "opening_example",
    "heading_wanted",
    "heading_example",
    "previous_wanted",
    "previous_example",
    "headed_title",
    "headed_wanted",
    "headed_example",
    "label_concept",
)
_EDGE = re.compile(
    r"[;:；：。、，()（）]|,\s|\.\s|\b(?:and|but|while|whereas|of which|plus|or|unless|if|provided|except)\b|\n\s*\n"
)
_OPENING = 160


def values(case: EvidenceCase) -> list[float]:
    if case.span.kind is SpanKind.SENTENCE:
        return [0.0] * len(COLUMNS)
    signs, zones, text = case.signs, case.zones, case.line.text
    start, end = case.place
    part, opening = part_of(text, start, end), text[max(0, start - _OPENING) : start]
    above = zones.heading or zones.previous[-120:]
    return [
        *_likeness(signs, part),
        _unwanted(signs, part),
        min(1.0, len(part) / 200),
        *_likeness(signs, opening),
        *_likeness(signs, zones.heading)[1:],
        *_likeness(signs, zones.previous)[1:],
        *_likeness(signs, f"{above} . {zones.label} {zones.column} . {part}"),
        _concepts(signs, f"{zones.label} {zones.column}"),
    ]


def part_of(text: str, start: int, end: int) -> str:
    """The words of a text between the nearest commas, brackets and conjunctions around a value."""
    edges = list(_EDGE.finditer(text, max(0, start - 200), start))
    first = edges[-1].start() if edges else max(0, start - 200)
    stop = _EDGE.search(text, end, end + 120)
    last = stop.start() if stop else min(len(text), end + 120)
    return f"{text[first:start]} . {text[end:last]}"


@lru_cache(100_000)
def _likeness(signs: FieldSigns, text: str) -> tuple[float, float, float]:
    """How much of the title a text has, and its likeness to the field's words and examples."""
    found = terms(text)
    if not found:
        return 0.0, 0.0, 0.0
    example = max((cosine(e, found) for e in signs.examples), default=0.0)
    return share(signs.title, found), cosine(signs.wanted, found), example


def _unwanted(signs: FieldSigns, text: str) -> float:
    return share(signs.unwanted, terms(text)) if signs.unwanted else 0.0


def _concepts(signs: FieldSigns, text: str) -> float:
    """The part of a label's concepts that the field has, too."""
    found = frozenset(t for t in terms(text) if t[:1] == "#")
    return share(found, signs.wanted | signs.around) if found else 0.0
