"""A line of a redline as it reads now, and as it read before: a note marker belongs to one of them.

Struck letters beside inserted ones are two markers, not one: a struck 1 and an inserted 2 are no
note 12. Letters that no reader sees are part of no marker.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import dropwhile, groupby

from tasks.core.reading.lines import PageLine
from tasks.core.records import NOT_LIVE, MarkKind

_NOT_BEFORE = (NOT_LIVE - {MarkKind.STRUCK}) | {MarkKind.INSERTED}


@dataclass(frozen=True, slots=True)
class LineVersion:
    """Some of a line's letters as a line of their own, with the way back."""

    line: PageLine
    offsets: tuple[int, ...]
    """Of each letter in the whole line."""
    struck: frozenset[int]
    """Offsets of the whole line."""

    def whole(self, start: int, end: int) -> tuple[int, int]:
        """The range of the whole line."""
        return self.offsets[start], self.offsets[end - 1] + 1

    def is_struck(self, start: int, end: int) -> bool:
        return any(self.offsets[i] in self.struck for i in range(start, end))


def is_plain(line: PageLine) -> bool:
    """Whether the line reads only one way: nearly every line."""
    return not line.marks or not any(kind in NOT_LIVE for _, _, kind in line.marks)


def live_version(line: PageLine) -> LineVersion:
    """The line as the page reads now."""
    return _version(line, NOT_LIVE)


def old_version(line: PageLine) -> LineVersion:
    """The line as it read before its struck words were struck."""
    return _version(line, _NOT_BEFORE)


def _version(line: PageLine, left_out: frozenset[MarkKind]) -> LineVersion:
    gone = _marked(line, left_out)
    kept = (i for i in range(len(line.text)) if i not in gone)
    offsets = tuple(dropwhile(lambda i: line.text[i].isspace(), kept))
    struck = _marked(line, frozenset({MarkKind.STRUCK}))
    text = "".join(line.text[i] for i in offsets)
    shown = replace(line, text=text, raised=tuple(_raised(line, offsets, struck)), marks=())
    return LineVersion(shown, offsets, struck)


def _marked(line: PageLine, kinds: frozenset[MarkKind]) -> frozenset[int]:
    return frozenset(i for start, end, kind in line.marks if kind in kinds for i in range(start, end))


def _raised(line: PageLine, offsets: tuple[int, ...], struck: frozenset[int]) -> Iterator[tuple[int, int]]:
    """The superscripts, apart where something was struck."""
    of_range = {i: number for number, (a, b) in enumerate(line.raised) for i in range(a, b)}
    run = ((of_range.get(offset), offset in struck, offset - at) for at, offset in enumerate(offsets))
    at = 0
    for (number, *_), group in groupby(run):
        n = sum(1 for _ in group)
        if number is not None:
            yield at, at + n
        at += n
