"""The thin bars that a page draws: lines and thin rectangles, one by one, with their colour.

One path may hold many: every strike, underline and border of a page. pdfium gives only the box
around the whole, widened by the full line width on each side, so the points are looked at.

Source: fpdf_edit.h of PDFium (pypdfium2 5.15).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tasks.core.reading.drawing import WHITE, Box, Matrix, PaintedPath, combined
from tasks.core.reading.pdfium import CURVE_TO, LINE_TO, MOVE_TO, PageObjects

MAX_THICKNESS = 5.0  # points; a strike through a large heading
_MAX_SLOPE = 0.12  # of the length, up to
_MAX_RISE = 1.5  # points: a strike that is level but for rounding
_LINE = 3.0  # points
_INFLATED = 1.5  # pdfium widens a path's box by its line width on each side
_SHORTEST = 1.5  # points
_SHORT = 20.0  # points: a longer one may be a rule
_TOUCHING = 0.05  # points
_MAX_POINTS = 20_000  # of a page's paths
_MAX_CLIPS = 50  # paths, and points of each
_FEW_POINTS = 4  # of two lines
_RECTANGLE = 5  # points
_SAMPLE = 24  # points that tell a drawing with curves
_COLORED = 40  # of 255: the channels of black, white and gray differ by less

_Point = tuple[float, float]
_Rgb = tuple[int, int, int]
_Turn = Callable[[Box], Box]


@dataclass(frozen=True, slots=True)
class Bar:
    """A thin bar that is level or nearly so, on the turned page."""

    x0: float
    y0: float
    x1: float
    y1: float
    """Its middle line from left to right."""
    thickness: float
    """Points."""
    color: _Rgb
    path: PaintedPath | None = None
    """None: an annotation's."""
    is_freehand: bool = False
    """Drawn by hand over the page, so it may stand higher or lower than a program's."""

    @property
    def box(self) -> Box:
        """Around its middle line."""
        return self.x0, min(self.y0, self.y1), self.x1, max(self.y0, self.y1)

    def height_at(self, x: float) -> float:
        """The y of its middle line; beyond its ends, that of the end."""
        share = (x - self.x0) / max(self.x1 - self.x0, 1e-6)
        return self.y0 + (self.y1 - self.y0) * min(1.0, max(0.0, share))


def joined(bars: Iterable[Bar]) -> list[Bar]:
    """The bars, each chain of short ones as one bar: groff (1.22.4) draws a line as many, 5 points each.

    A wide letter is longer than such a bar.
    """
    found: list[Bar] = []
    for bar in sorted(bars, key=lambda bar: (bar.is_freehand, bar.color, bar.y0, bar.x0)):
        last = found[-1] if found else None
        if last is not None and _goes_on(last, bar):
            path = last.path if last.x1 - last.x0 >= bar.x1 - bar.x0 else bar.path
            found[-1] = replace(last, x1=max(last.x1, bar.x1), path=path)
        else:
            found.append(bar)
    return found


def _goes_on(bar: Bar, after: Bar) -> bool:
    """Whether a short, level bar begins where another ends."""
    heights = (bar.y0, bar.y1, after.y0, after.y1)
    if bar.is_freehand or after.is_freehand or bar.color != after.color or max(heights) != min(heights):
        return False
    is_alike = abs(bar.thickness - after.thickness) <= _TOUCHING
    return is_alike and after.x1 - after.x0 <= _SHORT and abs(after.x0 - bar.x1) <= _TOUCHING


def is_colored(color: _Rgb) -> bool:
    """Whether it is neither black nor white nor gray."""
    return max(color) - min(color) >= _COLORED


def is_line(box: Box) -> bool:
    """Whether the box of a path holds one level line, or several at one height."""
    return box[3] - box[1] <= _LINE


def is_thin(box: Box) -> bool:
    """Whether the box of a path may hold a thick line, or lines that are nearly level."""
    return box[3] - box[1] <= _INFLATED * MAX_THICKNESS and box[2] - box[0] >= box[3] - box[1]


class BarReader:
    """Reads the bars of paths, up to a number of points a page."""

    def __init__(self, objects: PageObjects, turn: _Turn) -> None:
        """`turn`: from user space to the page on which the bars are level."""
        self._objects = objects
        self._turn = turn
        self._n_left = _MAX_POINTS

    @property
    def is_spent(self) -> bool:
        """Whether points were left out: bars may be missing."""
        return self._n_left < 0

    def is_manifold(self, path: PaintedPath) -> bool:
        """Whether a path that is not thin as a whole may hold bars: several shapes, mostly straight."""
        n_points = self._objects.n_segments(path.item)
        if n_points < _FEW_POINTS or n_points == _RECTANGLE:
            return False
        return not self._is_curved(path)

    def _is_curved(self, path: PaintedPath) -> bool:
        """Whether it is a wave or a drawing, by its first points."""
        kinds = [kind for kind, _, _ in self._objects.segments(path.item, _SAMPLE)]
        self._n_left -= len(kinds)
        return kinds.count(CURVE_TO) * 2 > len(kinds)

    def _wave(self, path: PaintedPath, color: _Rgb) -> Iterator[Bar]:
        """A wave as one bar: it has too many points to look at each."""
        x0, y0, x1, y1 = self._turn(path.box)
        middle = (y0 + y1) / 2
        if shown := _clipped((x0, middle, x1, middle, y1 - y0), self._clips(path)):
            yield Bar(*shown, color, path)

    def _clips(self, path: PaintedPath) -> list[Box]:
        return [_boxed(box, path.matrix, self._turn) for box in self._objects.clips(path.item, _MAX_CLIPS)]

    def is_colored(self, path: PaintedPath) -> bool:
        """Whether the path's paint is neither black nor white nor gray."""
        color = self._color(path)
        return color is not None and is_colored(color)

    def _color(self, path: PaintedPath) -> _Rgb | None:
        """What it is painted with; None: nothing that can be seen."""
        is_filled, is_stroked = self._objects.is_painted(path.item)
        if not is_filled and not is_stroked:
            return None
        paint = self._objects.stroke_color if is_stroked else self._objects.fill_color
        color = paint(path.item)
        if color is None or not color[3] or min(color[:3]) >= WHITE:
            return None
        return color[0], color[1], color[2]

    def bars(self, path: PaintedPath) -> Iterator[Bar]:
        """The path's visible bars that are level on the turned page."""
        objects = self._objects
        color = self._color(path)
        if color is None:
            return
        if is_thin(self._turn(path.box)) and self._is_curved(path):
            yield from self._wave(path, color)
            return
        self._n_left -= objects.n_segments(path.item)
        if self.is_spent:
            return
        is_filled, is_stroked = objects.is_painted(path.item)
        matrix = combined(objects.matrix(path.item), path.matrix)
        width = objects.stroke_width(path.item) * _scale(matrix) if is_stroked else 0.0
        clips = self._clips(path)
        for points in _subpaths(objects.segments(path.item, _MAX_POINTS), matrix, self._turn):
            for bar in _level(points, is_filled, width):
                if shown := _clipped(bar, clips):
                    yield Bar(*shown, color, path)


def _scale(matrix: Matrix) -> float:
    a, b, c, d, _, _ = matrix
    return math.sqrt(abs(a * d - b * c))


def _boxed(box: Box, matrix: Matrix, turn: _Turn) -> Box:
    a, b, c, d, e, f = matrix
    corners = [(x * a + y * c + e, x * b + y * d + f) for x in (box[0], box[2]) for y in (box[1], box[3])]
    xs, ys = zip(*corners, strict=True)
    return turn((min(xs), min(ys), max(xs), max(ys)))


def _subpaths(
    segments: Iterable[tuple[int, float, float]], matrix: Matrix, turn: _Turn
) -> Iterator[list[tuple[int, _Point]]]:
    """The points between two moves, on the turned page."""
    a, b, c, d, e, f = matrix
    points: list[tuple[int, _Point]] = []
    for kind, x, y in segments:
        if kind == MOVE_TO:
            if len(points) > 1:
                yield points
            points = []
        x, y = x * a + y * c + e, x * b + y * d + f
        points.append((kind, turn((x, y, x, y))[:2]))
    if len(points) > 1:
        yield points


_Level = tuple[float, float, float, float, float]
"""Middle line from left to right, and thickness."""


def _clipped(bar: _Level, clips: Sequence[Box]) -> _Level | None:
    """What is shown of a bar: WeasyPrint clips a wave to its words. None: nothing."""
    x0, y0, x1, y1, thickness = bar
    for left, bottom, right, top in clips:
        x0, x1 = max(x0, left), min(x1, right)
        if x1 - x0 < _SHORTEST or max(y0, y1) < bottom or min(y0, y1) > top:
            return None
    return x0, y0, x1, y1, thickness


def _level(points: Sequence[tuple[int, _Point]], is_filled: bool, width: float) -> Iterator[_Level]:
    xs, ys = [x for _, (x, _) in points], [y for _, (_, y) in points]
    left, right, bottom, top = min(xs), max(xs), min(ys), max(ys)
    height = top - bottom
    is_straight = not any(kind == CURVE_TO for kind, _ in points)
    if len(points) == 2 and is_straight:
        yield from _segment(points[0][1], points[1][1], width)
    elif height + width <= MAX_THICKNESS:
        middle = (bottom + top) / 2
        if right - left >= max(_SHORTEST, height + width):
            yield left, middle, right, middle, height + width
    elif not is_filled:
        for (_, start), (kind, end) in pairwise(points):
            if kind == LINE_TO:
                yield from _segment(start, end, width)


def _segment(start: _Point, end: _Point, width: float) -> Iterator[_Level]:
    (x0, y0), (x1, y1) = sorted((start, end))
    length = x1 - x0
    is_thin = width <= min(MAX_THICKNESS, length) and length >= _SHORTEST
    if is_thin and abs(y1 - y0) <= min(_MAX_RISE, 0.3 + _MAX_SLOPE * length):
        yield x0, y0, x1, y1, width
