"""Columns: what stands around a line: its section's heading, the line above a list, its neighbours.

"4. Assignment. Neither party may ..." has its heading in the line; the entries of a list mean what
the line above them says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from cachetools import LRUCache, cached

from tasks.core.native.own.evidence.case import EvidenceCase
from tasks.core.native.own.signs import FieldSigns
from tasks.core.native.own.spans import SpanKind
from tasks.core.native.own.terms import cosine, share, terms
from tasks.core.native.request import Request
from tasks.core.native.text.cues import find_hits
from tasks.core.native.text.units import enumerator, is_heading

COLUMNS = (
    "section_cue",
    "section_title",
    "section_wanted",
    "has_section",
    "intro_cue",
    "intro_title",
    "intro_wanted",
    "intro_unwanted",
    "in_list",
    "intro_of_list",
    "line_strength",
    "strength_before",
    "strength_after",
    "section_strength",
    "strength_rank",
    "strength_gap",
    "strength_of_best",
    "place_in_section",
)
_RUN_IN = re.compile(
    r"^\s*(?:(?:Article|Section|Clause|§)\s*)?\(?[\dIVXA-Z]{0,4}[.)\d]*\.?\s*([A-Z][A-Za-z’'&/ ,-]{2,60}?)(?:[.:–—]|\s-)\s+(?=[A-Z“\"(☐☒\d])"
)
_HAN_RUN_IN = re.compile(
    r"^\s*(?:第[一二三四五六七八九十百\d]+条|[一二三四五六七八九十]+、|\d+[.．、])?\s*([\u4e00-\u9fff]{2,10})(?:[：:。]|\s)"
)
_NUMBERED = re.compile(
    r"^\s*(?:(?:Article|Section|Clause|§)\s*)?(\d{1,2})[.)]?(?:\s|\.\d)|^\s*第([一二三四五六七八九十百\d]+)条|^\s*([一二三四五六七八九十]+)、"
)
_MAX_LIST = 14
_LAST_RANK = 12


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around each line of a request; no field is in it."""

    section: tuple[str, ...]
    """The words of the heading that holds, empty: none."""
    first: tuple[int, ...]
    """The first line of the section."""
    intro: tuple[str, ...]
    """The line above the list that a line is an entry of, empty: none."""
    opens_list: frozenset[int]


# By id, since a request has no cheap key. An entry holds its request, so that the id stays taken.
@cached(LRUCache[int, tuple[Request, _Around]](32), key=id, lock=Lock())
def _around(request: Request) -> tuple[Request, _Around]:
    section: list[str] = []
    first: list[int] = []
    intro: list[str] = []
    heading, begin, above, n_entries = "", 0, "", 0
    opens: set[int] = set()
    opener = -1
    for number, line in enumerate(request.lines):
        text = line.text
        run_in = _RUN_IN.match(text) or _HAN_RUN_IN.match(text)
        if is_heading(text):
            heading, begin = text, number
        elif run_in is not None and len(run_in[1].split()) < 8:
            heading, begin = run_in[1], number
        elif _NUMBERED.match(text) and not _is_same_number(text, request.lines[begin].text):
            heading, begin = "", number
        is_entry = bool(above) and (bool(enumerator(text)) or text[:1].islower()) and n_entries < _MAX_LIST
        if is_entry:
            n_entries += 1
            opens.add(opener)
        intro.append(above if is_entry else "")
        if text.rstrip().endswith((":", "：")):
            above, opener, n_entries = text, number, 0
        elif not is_entry:
            above = ""
        section.append(heading)
        first.append(begin)
    return request, _Around(tuple(section), tuple(first), tuple(intro), frozenset(opens))


def _is_same_number(text: str, other: str) -> bool:
    mine, its = _NUMBERED.match(text), _NUMBERED.match(other)
    return mine is not None and its is not None and mine.groups() == its.groups()


@dataclass(frozen=True, slots=True, eq=False)
class _Strengths:
    """How well each line says the field."""

    request: Request
    signs: FieldSigns
    lines: tuple[float, ...]
    order: tuple[float, ...]
    """Sorted, the best first."""


def _key(request: Request, signs: FieldSigns) -> tuple[int, int]:
    return id(request), id(signs)


@cached(LRUCache[tuple[int, int], _Strengths](64), key=_key, lock=Lock())
def _strengths(request: Request, signs: FieldSigns) -> _Strengths:
    found = tuple(_strength(signs, line.text) for line in request.lines)
    return _Strengths(request, signs, found, tuple(sorted(found, reverse=True)))


def _strength(signs: FieldSigns, text: str) -> float:
    found = terms(text)
    hit = max((h.weight for h in find_hits(signs.cues, text)), default=0.0)
    like = max((cosine(e, found) for e in signs.examples), default=0.0)
    unwanted = share(signs.unwanted, found) if signs.unwanted else 0.0
    return 0.6 * hit + share(signs.title, found) + 1.5 * cosine(signs.wanted, found) + like - 0.5 * unwanted


def values(case: EvidenceCase) -> list[float]:
    if case.span.kind is not SpanKind.SENTENCE:
        return [0.0] * len(COLUMNS)
    around = _around(case.request)[1]
    at = case.span.line
    section, intro = around.section[at], around.intro[at]
    return [
        *_said(case.signs, section)[:3],
        float(bool(section)),
        *_said(case.signs, intro),
        float(bool(intro)),
        float(at in around.opens_list),
        *_standing(_strengths(case.request, case.signs), around.first, at),
    ]


def _said(signs: FieldSigns, text: str) -> list[float]:
    if not text:
        return [0.0] * 4
    found = terms(text)
    return [
        max((h.weight for h in find_hits(signs.cues, text)), default=0.0),
        share(signs.title, found),
        cosine(signs.wanted, found),
        share(signs.unwanted, found) if signs.unwanted else 0.0,
    ]


def _standing(strengths: _Strengths, first: Sequence[int], at: int) -> list[float]:
    """A line's strength beside its neighbours', its section's and all others'."""
    lines, mine = strengths.lines, strengths.lines[at]
    begin = first[at]
    last = next((n for n in range(at, len(first)) if first[n] != begin), len(first))
    best = (
        next((s for s in strengths.order if s < mine), mine)
        if mine == strengths.order[0]
        else strengths.order[0]
    )
    return [
        mine,
        lines[at - 1] if at else 0.0,
        lines[at + 1] if at + 1 < len(lines) else 0.0,
        float(np.mean(lines[begin:last])),
        float(min(_LAST_RANK, sum(s > mine for s in strengths.order[:_LAST_RANK]))),
        mine - best,
        strengths.order[0],
        float(at - begin),
    ]
