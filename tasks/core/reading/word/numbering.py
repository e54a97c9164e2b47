"""Counts the automatic numbers of paragraphs, as Word shows them: `2.1`, `(a)`, `Article IV`.

Levels, restarts and level texts are those of `numbering.xml`. Lists (`w:num`) of one definition
(`w:abstractNum`) count on together, unless one of them says where it begins.

Source: ISO 29500-1, 17.9.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tasks.core.reading.word.number_formats import formatted
from tasks.core.reading.word.styles import NumberRef, Styles
from tasks.core.reading.word.xml import Element, child, children, number, qn, switch, value, whole

_N_LEVELS = 9
_PLACE = re.compile("%([1-9])")
_FIRST_OF_CUSTOM = re.compile(r"0*\d+")
_MAX_LINKS = 10
_PLAIN_BULLETS = frozenset("-–—*+>»›•·‣◦■□●○▪▫◆◇►✓")


@dataclass(frozen=True, slots=True)
class Level:
    """How a level of a list counts and looks."""

    start: int = 0
    number_format: str = "decimal"
    width: int = 0
    """Least number of figures (`001` has 3)."""
    text: str = ""
    """`%1.%2`."""
    restart: int | None = None
    """0: it never begins again; n: it does after one of the first n levels; None: after any above it."""
    is_legal: bool = False
    """The levels above it are shown in figures."""
    separator: str = " "
    style_id: str = ""


@dataclass(slots=True)
class _List:
    """The counts of one definition."""

    levels: dict[int, Level]
    counts: dict[int, int] = field(default_factory=dict)
    seen: set[tuple[int, int]] = field(default_factory=set)
    """(list, level) for which it was asked where the list begins."""


class Numbering:
    """The lists of a document. Ask for each numbered paragraph once, in the order of the text."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        self._styles = styles
        self._abstract = {_id(a, "w:abstractNumId"): a for a in children(root, "w:abstractNum")}
        self._nums = {_id(num, "w:numId"): num for num in children(root, "w:num")}
        self._lists: dict[int, _List] = {}
        self._own_levels: dict[int, dict[int, Level]] = {}
        self._abstract_ids: dict[int, int | None] = {}

    def next_number(self, ref: NumberRef) -> str:
        """The number of the next paragraph of a list, with what separates it from the words."""
        found = self._list(ref.num_id)
        if found is None:
            return ""
        levels = {**found.levels, **self._own_levels[ref.num_id]}
        at = _level_of(ref, levels)
        if at not in levels:
            return ""
        self._count(found, levels, ref.num_id, at)
        level = levels[at]
        if level.number_format == "bullet":
            text = level.text if level.text in _PLAIN_BULLETS else "•" if level.text.strip() else ""
        else:
            text = _PLACE.sub(lambda match: _shown(int(match[1]) - 1, at, found, levels), level.text)
        return text + level.separator if text else ""

    def _count(self, found: _List, levels: dict[int, Level], num_id: int, at: int) -> None:
        starts = self._start_overrides(num_id)
        for level in range(at + 1):
            if level in starts and (num_id, level) not in found.seen:
                found.counts.pop(level, None)
            found.seen.add((num_id, level))
        start = starts.get(at, levels[at].start)
        found.counts[at] = found.counts[at] + 1 if at in found.counts else start
        for below in range(at + 1, _N_LEVELS):
            restart = levels[below].restart if below in levels else None
            if below in found.counts and (restart is None or at < restart):
                del found.counts[below]

    def _start_overrides(self, num_id: int) -> dict[int, int]:
        found: dict[int, int] = {}
        for override in children(self._nums.get(num_id), "w:lvlOverride"):
            if (start := number(override, "w:startOverride")) is not None:
                found[_id(override, "w:ilvl")] = start
        return found

    def _list(self, num_id: int) -> _List | None:
        if num_id not in self._abstract_ids:
            self._abstract_ids[num_id] = self._definition(num_id)
            overrides = children(self._nums.get(num_id), "w:lvlOverride")
            own = (child(override, "w:lvl") for override in overrides)
            self._own_levels[num_id] = {_id(n, "w:ilvl"): _level(n) for n in own if n is not None}
        abstract_id = self._abstract_ids[num_id]
        if abstract_id is None:
            return None
        if abstract_id not in self._lists:
            rows = children(self._abstract[abstract_id], "w:lvl")
            self._lists[abstract_id] = _List({_id(row, "w:ilvl"): _level(row) for row in rows})
        return self._lists[abstract_id]

    def _definition(self, num_id: int) -> int | None:
        """The definition that a list uses, through the styles of lists that it names."""
        for _ in range(_MAX_LINKS):
            abstract_id = number(self._nums.get(num_id), "w:abstractNumId")
            abstract = None if abstract_id is None else self._abstract.get(abstract_id)
            if abstract is None:
                return None
            link = value(abstract, "w:numStyleLink")
            if link is None:
                return abstract_id
            chain = self._styles.chain(link)
            linked = number(chain[0], "w:pPr", "w:numPr", "w:numId") if chain else None
            if linked is None or linked == num_id:
                return abstract_id
            num_id = linked
        return None


def _level_of(ref: NumberRef, levels: dict[int, Level]) -> int:
    """The level of a paragraph: of one that its style numbers, the level that names the style."""
    named = {level.style_id: at for at, level in levels.items() if level.style_id}
    own = named.get(ref.style_ids[0]) if ref.style_ids else None
    if own is not None:
        return own
    if ref.level is not None:
        return ref.level
    return next((named[style] for style in ref.style_ids if style in named), 0)


def _shown(place: int, at: int, found: _List, levels: dict[int, Level]) -> str:
    level = levels.get(place)
    if level is None:
        return ""
    count = found.counts.get(place, level.start)
    if levels[at].is_legal and place != at and level.number_format != "none":
        return str(count)
    return formatted(count, level.number_format).rjust(level.width, "0")


def _level(element: Element) -> Level:
    formats = list(element.iter(qn("w:numFmt")))  # Word puts new formats in `mc:AlternateContent`
    number_format = formats[0].get(qn("w:val")) or "decimal" if formats else "decimal"
    width = 0
    if number_format == "custom":
        first = _FIRST_OF_CUSTOM.match(formats[0].get(qn("w:format")) or "")
        number_format, width = "decimal", len(first[0]) if first else 0
    suffix = value(element, "w:suff") or "tab"
    return Level(
        start=number(element, "w:start") or 0,
        number_format=number_format,
        width=width,
        text=value(element, "w:lvlText") or "",
        restart=number(element, "w:lvlRestart"),
        is_legal=switch(element, "w:isLgl") or False,
        separator="" if suffix == "nothing" else " ",
        style_id=value(element, "w:pStyle") or "",
    )


def _id(element: Element, name: str) -> int:
    return whole(element.get(qn(name))) or 0
