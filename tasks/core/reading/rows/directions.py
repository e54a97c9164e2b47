"""Takes text of another direction than the page's out of the page's pieces: stamps, sideways tables.

Such text makes lines of its own, in coordinates in which it runs from left to right: turned by
quarters, and slanted text by its angle.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tasks.core.reading.drawing import Box
from tasks.core.reading.pdfium import FORM, Handle, PageObjects
from tasks.core.reading.text_objects import middle
from tasks.core.reading.text_runs import PageText, Piece, Upright, upright

_MAX_OBJECTS = 20_000  # of a page
_MAX_FORM_DEPTH = 8
_BLANK = 0.22  # of the size: a gap this wide is a blank
_NUMBER_BLANK = 0.35  # of the size: behind a digit, which stands in the middle of its width
_OVERLAP = 0.3  # of the size: letters of one line overlap no more
_MAX_MOVED = 50  # slanted runs of a page; more are the labels of a drawing
_STEEP = 30.0  # degrees: above, a letter's width does not follow from its box
_WIDTH = 0.5  # of the height of a letter's box: its width, where none is known


@dataclass(slots=True)
class TurnedRun:
    """Adjacent pieces of one other direction."""

    at: int
    """How many of the page's other pieces come before it."""
    quarter: int
    """Counter-clockwise from the page's direction."""
    pieces: list[Piece | None]
    """In the order of the content, boxes on the page as turned for them."""
    back: Upright
    """From there to the page."""


def take_apart(
    pieces: Sequence[Piece | None], page: Any, text: PageText
) -> tuple[list[Piece | None], list[TurnedRun]]:
    """The pieces of the page's direction, and the runs of others, each in content order.

    pdfium sorts text along the page's direction, which is not that of the others (5.15): their
    order and place come from the text objects, and the blanks that pdfium inserted are left out.
    """
    order = _content_order(page)
    main: list[Piece | None] = []
    others: list[Piece] = []
    for piece in pieces:
        if piece is None or piece.style is None or piece.style.direction == text.direction:
            main.append(piece)
            continue
        main.append(None)
        if piece.index >= 0:
            others.append(piece)
    last = -1
    reached: list[int] = []  # the place in the content up to each of the page's pieces
    for piece in main:
        last = last if piece is None else max(last, _place(piece, order))
        reached.append(last)
    runs: list[tuple[int, int, int, list[Piece]]] = []
    for piece in sorted(others, key=lambda p: (_place(p, order), p.index)):
        at = bisect_left(reached, _place(piece, order))
        key = (at, *_direction(piece))
        if not runs or runs[-1][:3] != key:
            runs.append((*key, []))
        runs[-1][3].append(piece)
    turned = [_turned(at, quarter, run, text) for at, quarter, _, run in runs]
    slanted = [(row, run) for (_, _, angle, run), row in zip(runs, turned, strict=True) if angle]
    if len(slanted) <= _MAX_MOVED:
        for row, run in slanted:
            row.at = _reading_place(row.at, run, main)
    return main, sorted(turned, key=lambda row: row.at)


def _direction(piece: Piece) -> tuple[int, int]:
    """Quarter turns, and of slanted text the angle in whole degrees."""
    style = piece.style
    return (0, 0) if style is None else (style.quarter, round(style.angle) if style.is_slanted else 0)


def _reading_place(at: int, run: Sequence[Piece], main: Sequence[Piece | None]) -> int:
    """How many of the page's pieces come before slanted text that may be drawn later than it is read.

    Browsers draw what is turned last (Chromium 156, WeasyPrint 70): behind words that stand below
    it, it is moved behind the line above it.
    """
    left, right = min(piece.box[0] for piece in run), max(piece.box[2] for piece in run)
    y = (min(piece.box[1] for piece in run) + max(piece.box[3] for piece in run)) / 2
    before = next((piece for piece in reversed(main[:at]) if piece is not None), None)
    if before is None or before.baseline >= y:
        return at
    above: tuple[float, int] | None = None
    below: tuple[float, int] | None = None
    for number, piece in enumerate(main):
        if piece is None or piece.box[0] >= right or piece.box[2] <= left:
            continue
        rise = piece.baseline - y
        if rise >= 0 and (above is None or rise <= above[0]):
            above = (rise, number)
        elif rise < 0 and (below is None or -rise < below[0]):
            below = (-rise, number)
    if above is None:
        return len(main) if below is None else below[1]
    baseline, at = y + above[0], above[1] + 1
    while at < len(main) and (after := main[at]) is not None and abs(after.baseline - baseline) <= 1:
        at += 1
    return at


def _turned(at: int, quarter: int, run: Sequence[Piece], text: PageText) -> TurnedRun:
    """The run in its own coordinates."""
    style = run[0].style
    quarter = (quarter - text.upright.quarter) % 4
    width, height = text.upright.width, text.upright.height
    if style is not None and style.is_slanted:
        degrees = style.angle - 90 * text.upright.quarter
        own = Upright(_rotation(degrees, is_letter=True), width, height, quarter)
        back = Upright(_rotation(-degrees, is_letter=False), width, height, quarter)
    else:
        own = upright(quarter, (0, 0, width, height))
        back = upright(-quarter % 4, (0, 0, own.width, own.height))
    pieces: list[Piece | None] = []
    before: Piece | None = None
    for piece in (_turned_piece(piece, own, text.upright) for piece in run):
        if before is not None:
            pieces += _between(before, piece)
        pieces.append(piece)
        before = piece
    return TurnedRun(at, quarter, pieces, back)


def _rotation(degrees: float, *, is_letter: bool) -> Callable[[Box], Box]:
    """From the page to where text of this angle runs from left to right.

    Args:
        is_letter: The box is around a slanted letter, and is turned to the letter's own; a box
            of one point stays one. Else the box around the turned box.
    """
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

    def turn(box: Box) -> Box:
        x, y = middle(box)
        width, height = box[2] - box[0], box[3] - box[1]
        x, y = x * cos + y * sin, y * cos - x * sin
        if not is_letter:
            width, height = width * abs(cos) + height * abs(sin), width * abs(sin) + height * abs(cos)
        elif abs(degrees) <= _STEEP:
            span = cos * cos - sin * sin
            width, height = (
                max(0.0, (width * cos - height * abs(sin)) / span),
                max(0.0, (height * cos - width * abs(sin)) / span),
            )
        else:
            width = min(width, _WIDTH * height)
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2

    return turn


def _between(before: Piece, after: Piece) -> list[Piece | None]:
    """A line break, or what pdfium puts between two text objects of a line: a blank or nothing."""
    gap = after.first[0] - before.last[2]
    if abs(before.baseline - after.baseline) > 0.05 * after.size or gap < -_OVERLAP * after.size:
        return [None]
    is_number = before.text[-1].isdigit() and after.text[0] in "0123456789.,"
    if (
        gap <= (_NUMBER_BLANK if is_number else _BLANK) * after.size
        or before.text[-1].isspace()
        or after.text[0].isspace()
    ):
        return []
    _, y0, x1, y1 = before.last
    box = (x1, y0, after.first[0], y1)
    return [replace(before, text=" ", first=box, last=box, index=-1)]


def _place(piece: Piece, order: dict[Handle, int]) -> int:
    return order.get(piece.style.text_object, -1) if piece.style else -1


def _turned_piece(piece: Piece, own: Upright, page: Upright) -> Piece:
    x, y = piece.style.origin if piece.style else piece.first[:2]
    baseline = own.turn(page.turn((x, y, x, y)))[1]
    first, last, box = own.turn(piece.first), own.turn(piece.last), own.turn(piece.box)
    if piece.style is not None and piece.style.is_slanted:
        box = (first[0], min(first[1], last[1]), last[2], max(first[3], last[3]))
    return replace(piece, first=first, last=last, box=box, baseline=baseline)


def _content_order(page: Any) -> dict[Handle, int]:
    """Each object's place in the drawing order of the page, forms included."""
    objects = PageObjects()
    order: dict[Handle, int] = {}
    stack = [(item, 0) for item in objects.of_page(page, _MAX_OBJECTS)][::-1]
    while stack and len(order) < _MAX_OBJECTS:
        item, depth = stack.pop()
        order[item] = len(order)
        if objects.kind(item) == FORM and depth < _MAX_FORM_DEPTH:
            inner = [(part, depth + 1) for part in objects.of_form(item, _MAX_OBJECTS - len(order))]
            stack.extend(reversed(inner))
    return order
