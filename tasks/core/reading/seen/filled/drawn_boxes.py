"""Finds the boxes of options that a page draws as shapes, and whether they are ticked.

A small square or circle beside words may be a bullet, a logo or a cell. It counts as a box only in a
group of like ones, of which a rendering shows some with a tick in them and others empty.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tasks.core.reading.drawing import RULE_THICKNESS, Box, Drawing, PaintedPath
from tasks.core.reading.pdfium import LINE_TO, MOVE_TO, PageObjects
from tasks.core.reading.seen.drawn_page import DrawnPage
from tasks.core.reading.seen.visible.rendering import NotRendered, PageRendering
from tasks.core.reading.text_objects import holds_middle, middle

MIN_SIDE, MAX_SIDE = 5.5, 22.0  # points, with the stroke
_SQUARE = 0.8  # the shorter side, as a share of the longer one
_MAX_SHAPES = 3000  # squares of a page: more is a pattern
_MAX_BOXES = 300
_MAX_POINTS = 200  # of a path: a rounded square of Chromium's has 97
_LIKE = 0.15  # of the side: how far two boxes of a group differ
_LEVEL = 0.35  # of the side: how far two boxes of a row or column are off
_COLUMN_GAP = 14.0  # sides: between two boxes of a column
_ROW_GAP = 30.0  # sides: between two boxes of a row
_TOUCH = 1.0  # points: shapes so near meet
_CELLS = 0.1  # points: cells of a table share their edges
_INK = 190  # of 255: darker is ink
_LINE = 215  # of 255: darker is a thin line
_CORE, _WITHIN = 0.28, 0.42  # of the side: radius of what only a tick fills, and of all but the outline
_EMPTY, _TICKED, _LIGHT = 0.015, 0.06, 0.03  # shares of the pixels


_LUMINANCE = np.array([0.114, 0.587, 0.299])  # of blue, green and red: ITU-R BT.601


@dataclass(frozen=True, slots=True)
class DrawnBox:
    box: Box
    """In user space, with its outline."""
    is_ticked: bool


def square_shapes(drawn: DrawnPage) -> list[Box]:
    """The outermost small squares and circles of the page that may be boxes of options."""
    paths = [path for path in drawn.drawing.paths if _is_square(path.box)]
    if len(paths) > _MAX_SHAPES:
        return []
    shapes = [path.box for path in paths if _is_closed(path, drawn.drawing.objects)]
    shapes += _of_rules(drawn.drawing)
    if not 2 <= len(shapes) <= _MAX_SHAPES:
        return []
    outer = _outermost(shapes)
    fields = [value.rect for value in drawn.filled.values]
    loose = [box for box in _apart(outer) if not any(holds_middle(rect, box) for rect in fields)]
    return loose if 2 <= len(loose) <= _MAX_BOXES else []


def ticked_groups(boxes: Sequence[Box], drawn: DrawnPage) -> list[DrawnBox]:
    """Of boxes beside words, those of groups in which some are ticked and others are not."""
    groups = [group for group in _groups(boxes) if len(group) > 1]
    if not groups:
        return []
    states = _states([box for group in groups for box in group], drawn)
    found: list[DrawnBox] = []
    for group in groups:
        seen = [states.get(box) for box in group]
        if None not in seen and True in seen and False in seen:
            found += [DrawnBox(box, bool(state)) for box, state in zip(group, seen, strict=True)]
    return found


def _is_square(box: Box) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    shorter, longer = (width, height) if width < height else (height, width)
    return shorter >= MIN_SIDE and longer <= MAX_SIDE and shorter >= _SQUARE * longer


def _is_closed(path: PaintedPath, objects: PageObjects) -> bool:
    """Whether it is no tick: a pen's stroke over a box may be as wide and high as one."""
    if objects.is_painted(path.item)[0]:
        return True
    points = list(objects.segments(path.item, _MAX_POINTS))
    if len(points) < 4:
        return False
    (_, x, y), (_, last_x, last_y) = points[0], points[-1]
    if abs(x - last_x) + abs(y - last_y) < _TOUCH:
        return True
    return all(_is_straight(before, point) for before, point in pairwise(points))


def _is_straight(before: tuple[int, float, float], point: tuple[int, float, float]) -> bool:
    """Whether the segment is a line along one of the axes, or draws nothing."""
    kind, x, y = point
    off = min(abs(x - before[1]), abs(y - before[2]))
    return kind == MOVE_TO or (kind == LINE_TO and off < _TOUCH / 2)


def _of_rules(drawing: Drawing) -> Iterator[Box]:
    """Squares of four strokes, as TeX draws them."""
    rules = [
        box for box in drawing.rules if MIN_SIDE - 2 <= max(box[2] - box[0], box[3] - box[1]) <= MAX_SIDE
    ]
    if not 8 <= len(rules) <= _MAX_SHAPES:
        return
    flat = [box for box in rules if box[2] - box[0] > RULE_THICKNESS]
    upright: dict[int, list[Box]] = {}
    for box in rules:
        if box[2] - box[0] <= RULE_THICKNESS:
            upright.setdefault(round((box[0] + box[2]) / 2), []).append(box)
    flat.sort(key=lambda box: (round(box[0]), box[1]))
    for lower, upper in pairwise(flat):
        if abs(lower[0] - upper[0]) < _TOUCH and abs(lower[2] - upper[2]) < _TOUCH:
            box = (min(lower[0], upper[0]), lower[1], max(lower[2], upper[2]), upper[3])
            sides = [_has_side(upright, x, box) for x in (box[0], box[2])]
            if all(sides) and _is_square(box):
                yield box


def _has_side(upright: dict[int, list[Box]], x: float, box: Box) -> bool:
    """Whether a stroke runs along the box's side at x."""
    near = (side for step in (-1, 0, 1) for side in upright.get(round(x) + step, ()))
    return any(side[1] <= box[1] + RULE_THICKNESS and box[3] - RULE_THICKNESS <= side[3] for side in near)


def _outermost(shapes: Sequence[Box]) -> list[Box]:
    """Without those inside another."""
    largest: list[Box] = []
    cells: dict[tuple[int, int], list[Box]] = {}
    for box in sorted(set(shapes), key=_area, reverse=True):
        x, y = middle(box)
        column, row = int(x // MAX_SIDE), int(y // MAX_SIDE)
        around = (cells.get((column + i, row + j), ()) for i in (-1, 0, 1) for j in (-1, 0, 1))
        if not any(holds_middle(other, box) for others in around for other in others):
            cells.setdefault((column, row), []).append(box)
            largest.append(box)
    return largest


def _apart(boxes: Sequence[Box]) -> Iterator[Box]:
    """Those that touch no other."""
    ordered = sorted(boxes, key=lambda box: box[1])
    bottoms = [box[1] for box in ordered]
    for box in ordered:
        low = bisect_left(bottoms, box[1] - MAX_SIDE - _CELLS)
        high = bisect_right(bottoms, box[3] + _CELLS)
        near = (other for other in ordered[low:high] if other is not box)
        if not any(_touch(box, other) for other in near):
            yield box


def _touch(first: Box, second: Box) -> bool:
    return (
        first[0] <= second[2] + _CELLS
        and second[0] <= first[2] + _CELLS
        and first[1] <= second[3] + _CELLS
        and second[1] <= first[3] + _CELLS
    )


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


# ---------------------------------------------------------------- groups


def _groups(boxes: Sequence[Box]) -> list[list[Box]]:
    """Like boxes, each in a row or a column with another of its group."""
    group_of = list(range(len(boxes)))

    def root(number: int) -> int:
        while group_of[number] != number:
            group_of[number] = number = group_of[group_of[number]]
        return number

    for number, box in enumerate(boxes):
        for other in range(number):
            if _are_one_group(box, boxes[other]):
                group_of[root(number)] = root(other)
    groups: dict[int, list[Box]] = {}
    for number, box in enumerate(boxes):
        groups.setdefault(root(number), []).append(box)
    return list(groups.values())


def _are_one_group(first: Box, second: Box) -> bool:
    side, other = first[2] - first[0], second[2] - second[0]
    if abs(side - other) > _LIKE * side:
        return False
    (x, y), (ox, oy) = middle(first), middle(second)
    is_column = abs(x - ox) <= _LEVEL * side and abs(y - oy) <= _COLUMN_GAP * side
    return is_column or (abs(y - oy) <= _LEVEL * side and abs(x - ox) <= _ROW_GAP * side)


# ---------------------------------------------------------------- what is in them


def _states(boxes: Sequence[Box], drawn: DrawnPage) -> dict[Box, bool | None]:
    """Whether each box is ticked; None: it has no outline, or it is filled and may be a bullet."""
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    part = (min(lefts) - 2, min(bottoms) - 2, max(rights) + 2, max(tops) + 2)
    try:
        rendering = PageRendering(drawn.page, part)
    except NotRendered:
        return {}
    try:
        light = rendering.whole().astype(np.float64) @ _LUMINANCE
        return {box: _state(light, rendering.pixel_box(box)) for box in boxes}
    except NotRendered:
        return {}
    finally:
        rendering.close()


def _state(light: NDArray[np.float64], edges: tuple[int, int, int, int]) -> bool | None:
    """
    Shapes:
        light: [height, width], 0 to 255.
    """
    left, top, right, bottom = edges
    inside = light[top:bottom, left:right]
    height, width = inside.shape
    if min(height, width) < MIN_SIDE or not _has_outline(inside):
        return None
    y, x = np.mgrid[:height, :width]
    distance = np.hypot((x + 0.5) / width - 0.5, (y + 0.5) / height - 0.5)
    core, within = inside[distance <= _CORE], inside[distance <= _WITHIN]
    inked = float((core < _INK).mean())
    if inked < _EMPTY:
        return False
    has_light = float((within >= _INK).mean()) >= _LIGHT
    return True if inked >= _TICKED and has_light else None


def _has_outline(inside: NDArray[np.float64]) -> bool:
    """Whether a line runs along the middle third of each of the four sides."""
    for turned in (inside, inside[::-1], inside.T, inside.T[::-1]):
        height, width = turned.shape
        band = turned[: max(2, round(0.22 * height)), width // 3 : width - width // 3]
        if float((band.min(axis=0) < _LINE).mean()) < 0.9:
            return False
    return True
