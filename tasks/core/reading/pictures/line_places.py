"""Boxes of ranges by the stored lines, where the letters' own are not to be had: scans and images.

A line's box is cut in proportion to its letters. The boxes are those of the page with upright text:
where OCR turned a picture whose file does not say so, they are left out if they fit no longer.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from tasks.core.reading.pictures.page_frame import PageFrame
from tasks.core.reading.pictures.records import BoxedPlace, PageBox, PlaceKind
from tasks.core.records import Line, Reading, Span

_NARROW = frozenset("fijlrtI.,:;'!|()[] ’‘")
_NARROW_WIDTH, _WIDE_WIDTH = 0.5, 1.8
"""Of a usual letter's width."""


def line_places(
    reading: Reading,
    spans: Iterable[Span],
    sizes: Mapping[int, tuple[float, float]],
    turns: Mapping[int, int] | None = None,
) -> dict[Span, BoxedPlace]:
    """The ranges that stand on lines with boxes.

    Args:
        sizes: `PagesSeen.sizes`: lines of other pages have no boxes.
        turns: `PagesSeen.turns`.
    """
    turned = turns or {}
    frames = {number: PageFrame(number, *size, turned.get(number, 0)) for number, size in sizes.items()}
    usable = _pages_that_fit(reading.lines, frames)
    places: dict[Span, BoxedPlace] = {}
    for span in spans:
        boxes = tuple(
            box
            for line in _lines_of(reading, span)
            if line.page_number in usable and (box := _cut(reading.text, line, span, frames)) is not None
        )
        if boxes:
            places[span] = BoxedPlace(PlaceKind.LINES, boxes)
    return places


def _pages_that_fit(lines: Iterable[Line], frames: Mapping[int, PageFrame]) -> set[int]:
    """Pages of known size that hold all their lines' boxes: others were turned when they were read."""
    fitting = set(frames)
    for line in lines:
        frame = frames.get(line.page_number)
        if frame is not None and not frame.holds(line.box):
            fitting.discard(line.page_number)
    return fitting


def _lines_of(reading: Reading, span: Span) -> Iterator[Line]:
    at = max(0, bisect_right(reading.lines, span.start, key=lambda line: line.start) - 1)
    while at < len(reading.lines) and reading.lines[at].start < span.end:
        yield reading.lines[at]
        at += 1


def _cut(text: str, line: Line, span: Span, frames: Mapping[int, PageFrame]) -> PageBox | None:
    """The line's box, from the first to the last letter of the range; None: it has none there."""
    words = text[max(line.start, span.start) : min(line.end, span.end)]
    left, bottom, right, top = line.box
    if not words.strip() or right <= left or top <= bottom:
        return None
    start = max(line.start, span.start) + len(words) - len(words.lstrip())
    end = start + len(words.strip())
    whole = text[line.start : line.end].rstrip()
    ends = [0.0, *accumulate(map(_width, whole))]
    step = (right - left) / ends[-1]
    x0, x1 = left + step * ends[start - line.start], left + step * ends[end - line.start]
    return frames[line.page_number].shown((x0, bottom, x1, top))


def _width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return _WIDE_WIDTH
    return _NARROW_WIDTH if letter in _NARROW else 1.0
