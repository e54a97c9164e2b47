"""Which painted areas lie over which text: by boxes and drawing order, before anything is rendered."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tasks.core.reading.drawing import MAX_PAINTS, RULE_THICKNESS, Paint
from tasks.core.reading.pdfium import IMAGE, PATH, SHADING, Handle, PageObjects
from tasks.core.reading.seen.drawn_page import DrawnPage
from tasks.core.reading.text_objects import Box
from tasks.core.reading.text_runs import Piece

Rgb = tuple[int, int, int]

_ANNOTATION = -1
_ALIKE = 24  # of 255: colours of text and ground that differ by less
_NOT_OVER_TEXT = frozenset(
    ("Link", "Popup", "Widget", "StrikeOut", "Underline", "Squiggly", "Caret", "Text", "FileAttachment")
)  # these paint no area over the page's text
_PROPOSED = "Redact"
"""Its look says what would go, as MuPDF's cross: `page_pieces.mark_redactions` marks the words."""
_CROSSED = 0.25  # of the height of a line: thinner shapes together hide no letter
_LINE = 12.0  # points: the height of a line
_THICK = 3.0  # points: bars that together have less hide no line
_MAX_STRIPS = 200  # of a line
_MAX_PAIRS = 1_000_000  # of text objects and areas: if there are more, the rendering decides about all
_RECTANGLE_SEGMENTS = 6


@dataclass(frozen=True, slots=True)
class Cover:
    """A painted area, on the turned page."""

    box: Box
    kind: int
    item: Handle

    @property
    def is_image(self) -> bool:
        return self.kind == IMAGE

    @property
    def is_bar(self) -> bool:
        """Too thin to hide a whole letter, but it hides a hyphen or an underscore."""
        x0, y0, x1, y1 = self.box
        return min(x1 - x0, y1 - y0) <= RULE_THICKNESS

    def holds(self, x: float, y: float) -> bool:
        x0, y0, x1, y1 = self.box
        return x0 <= x <= x1 and y0 <= y <= y1

    def touches(self, box: Box) -> bool:
        """Whether it lies over a part of the box."""
        x0, y0, x1, y1 = self.box
        return x0 < box[2] and box[0] < x1 and y0 < box[3] and box[1] < y1


class PageCovers:
    """The page's painted areas, the last painted first."""

    def __init__(self, drawn: DrawnPage) -> None:
        over = [
            Paint(annotation.rect, _ANNOTATION, None, 0, -1)
            for annotation in drawn.annotations
            if annotation.kind not in _NOT_OVER_TEXT and annotation.kind != _PROPOSED
        ]
        turn = drawn.text.upright.turn
        self._proposed = [turn(a.rect) for a in drawn.annotations if a.kind == _PROPOSED]
        drawing = drawn.drawing
        self._paints = over + drawing.paints
        if len(drawing.bars) > 1:
            self._paints += _strips(drawing.bars)
        self._upright = drawn.text.upright

    @cached_property
    def _order(self) -> NDArray[np.int_]:
        return np.array([paint.order for paint in self._paints], int)

    @cached_property
    def _boxes(self) -> NDArray[np.float64]:
        """On the turned page, [n, 4]."""
        return np.array([self._upright.turn(paint.box) for paint in self._paints], float).reshape(-1, 4)

    def crossed(self, pieces: Sequence[Piece], n_above: Sequence[int]) -> set[int]:
        """Indices of the pieces that may be covered.

        Args:
            pieces: Text objects.
            n_above: Of each, how many painted areas of the drawing come after it.
        """
        if not self._paints:
            return set()
        found = {at for at, n in enumerate(n_above) if n >= MAX_PAINTS}
        first = min(paint.order for paint in self._paints)
        under = [at for at, n in enumerate(n_above) if n > first]
        if not under:
            return found
        if len(under) * len(self._paints) > _MAX_PAIRS:
            return set(under)
        boxes = np.array([pieces[at].box for at in under], float)
        needed = _CROSSED * np.array([_thickness(pieces[at]) for at in under], float)
        n = np.array([n_above[at] for at in under], int)
        heights = _heights(boxes, self._boxes, self._order[None, :] < n[:, None])
        return found | {under[i] for i in np.flatnonzero(heights > needed).tolist()}

    def alike(self, pieces: Sequence[Piece]) -> set[int]:
        """Indices of the pieces that lie on an area of their own colour, or on an image."""
        grounds: dict[Rgb | None, list[int]] = defaultdict(list)
        for at, paint in enumerate(self._paints):
            if paint.color is not None or paint.kind in (IMAGE, SHADING):
                grounds[paint.color].append(at)
        found: set[int] = set()
        if not grounds:
            return found
        colors: dict[Rgb | None, list[int]] = defaultdict(list)
        for at, piece in enumerate(pieces):
            colors[piece.style.color if piece.style else None].append(at)
        for color, members in colors.items():
            behind = [at for ground, areas in grounds.items() if _is_alike(color, ground) for at in areas]
            if len(members) * len(behind) > _MAX_PAIRS:
                found.update(members)
            elif behind:
                boxes = np.array([pieces[at].box for at in members], float)
                heights = _heights(boxes, self._boxes[behind], np.True_)
                found |= {members[i] for i in np.flatnonzero(heights > 0).tolist()}
        return found

    def over(self, piece: Piece, n_above: int) -> list[Cover]:
        """The areas that are painted over the piece's box."""
        x0, y0, x1, y1 = piece.box
        b = self._boxes
        if not self._paints:
            return []
        hit = (b[:, 0] < x1) & (b[:, 2] > x0) & (b[:, 1] < y1) & (b[:, 3] > y0) & (self._order < n_above)
        return [
            Cover(self._upright.turn(p.box), p.kind, p.item) for p in itertools.compress(self._paints, hit)
        ]

    def touches(self, piece: Piece) -> bool:
        """Whether any area, painted before or after, touches the piece's box."""
        x0, y0, x1, y1 = piece.box
        b = self._boxes
        return bool(((b[:, 0] < x1) & (b[:, 2] > x0) & (b[:, 1] < y1) & (b[:, 3] > y0)).any())

    def is_under_proposed(self, x: float, y: float) -> bool:
        """Whether the look of a redaction that was not applied may lie over the place."""
        return any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in self._proposed)

    def shapes_above(self, n_above: int) -> bool:
        """Whether a shape or annotation, no image, comes after."""
        return any(paint.order < n_above and paint.kind != IMAGE for paint in self._paints)


def _is_alike(color: Rgb | None, ground: Rgb | None) -> bool:
    """Whether text of the colour may not show on the ground; None: an image or shading."""
    if color is None or ground is None:
        return True
    return max(abs(one - other) for one, other in zip(color, ground, strict=True)) < _ALIKE


def _thickness(piece: Piece) -> float:
    """Across the writing direction, in points."""
    return max(0.1, min(piece.box[3] - piece.box[1], piece.size))


def _heights(
    boxes: NDArray[np.float64], covers: NDArray[np.float64], counts: NDArray[np.bool_] | np.bool_
) -> NDArray[np.float64]:
    """How much of each box's height the covers that count cross, together, [len(boxes)]."""
    beside = (covers[None, :, 0] >= boxes[:, None, 2]) | (covers[None, :, 2] <= boxes[:, None, 0])
    low = np.maximum(boxes[:, None, 1], covers[None, :, 1])
    high = np.minimum(boxes[:, None, 3], covers[None, :, 3])
    return np.where(counts & ~beside, np.clip(high - low, 0, None), 0).sum(axis=1)


def _strips(bars: Sequence[Paint]) -> list[Paint]:
    """The bars that do not stand alone, as rules do, but side by side."""
    sides: tuple[list[tuple[float, float, int]], ...] = ([], [])  # vertical, horizontal
    for at, paint in enumerate(bars):
        x0, y0, x1, y1 = paint.box
        sides[y1 - y0 < x1 - x0].append((y0, y1, at) if y1 - y0 < x1 - x0 else (x0, x1, at))
    return [bars[at] for places in sides for at in sorted(_dense(places))]


def _dense(bars: list[tuple[float, float, int]]) -> set[int]:
    """The bars that together are thick within the height of a line, as strips painted side by side.

    Args:
        bars: Low and high side, and place.
    """
    bars.sort()
    dense: set[int] = set()
    first, thickness = 0, 0.0
    for number, (low, high, _) in enumerate(bars):
        thickness += high - low
        while low - bars[first][0] > _LINE:
            thickness -= bars[first][1] - bars[first][0]
            first += 1
        if number > first and thickness >= _THICK:
            dense.update(at for *_, at in bars[first : number + 1][-_MAX_STRIPS:])
    return dense


def is_solid(cover: Cover, objects: PageObjects) -> bool:
    """Whether the whole box is painted opaquely: a filled rectangle."""
    if cover.kind != PATH or objects.has_transparency(cover.item) or not objects.is_painted(cover.item)[0]:
        return False
    return objects.n_segments(cover.item) <= _RECTANGLE_SEGMENTS
