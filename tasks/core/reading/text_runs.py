"""Takes a page's text from pdfium: a piece for each text object, with box, baseline and size.

The order is pdfium's, which follows the content stream. Coordinates are turned so that most letters
run from left to right, origin at the lower left; the letters' angle decides, not `/Rotate`. Calls
per letter are slow, so the letters come in one call, and boxes only for a piece and its first and
last letter.

Source: fpdf_text.h and fpdf_edit.h of PDFium (pypdfium2 5.15).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from tasks.core.reading.drawing import RULE_THICKNESS, WHITE, Box, Drawing, page_drawing
from tasks.core.reading.pdfium import TextPage, open_text

_INVISIBLE_MODES = (3, 7)  # text rendering modes that paint nothing
_PAINTED_MODES = (0, 2, 4, 6)
_RULE_LENGTH = 20.0
_BREAK = re.compile(r"[\r\n]+")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


@dataclass(slots=True)
class Piece:
    """Letters of one text object in content order, or a space that pdfium inserted."""

    text: str
    first: Box
    last: Box
    """Boxes of the first and the last letter."""
    box: Box
    """Without white space at the ends."""
    baseline: float
    size: float
    is_hidden: bool
    """Invisible, off the page, or white on white."""


@dataclass(slots=True)
class PagePieces:
    """Pieces in content order; None is a line break of pdfium's."""

    pieces: list[Piece | None]
    rules: list[Box]
    """Thin horizontal strokes or bars."""
    width: float
    height: float
    image_share: float
    """The area of images, as a share of the page's."""
    n_invisible: int


@dataclass(slots=True)
class _Style:
    size: float
    origin: tuple[float, float]
    quarter: int
    invisible: bool
    white: bool


_Raw = tuple[int, int, _Style | None]
"""Start and end of a text object's letters. No style: pdfium inserted them. Empty: a line break."""


@dataclass(slots=True)
class _Turned:
    """The upright page: how to turn boxes, its size, and its coloured fills."""

    turn: Callable[[Box], Box]
    width: float
    height: float
    fills: list[Box]


def page_pieces(page: Any, bounds: Box) -> PagePieces:
    """All pieces and rules of a pdfium page handle; `bounds` is the page in user space."""
    with open_text(page) as text_page:
        letters = text_page.letters()
        raw = list(_raw_pieces(text_page, letters))
        drawing = page_drawing(page)
        turned = _upright(_dominant_quarter(raw), bounds, drawing)
        pieces = list(_pieces(text_page, letters, raw, turned))
    rules = [box for box in map(turned.turn, drawing.rules) if _is_rule(box)]
    share = drawing.image_area / max(1.0, turned.width * turned.height)
    n_invisible = sum(end - start for start, end, style in raw if style is not None and style.invisible)
    return PagePieces(pieces, rules, turned.width, turned.height, share, n_invisible)


def _is_rule(box: Box) -> bool:
    return box[2] - box[0] >= _RULE_LENGTH and box[3] - box[1] <= RULE_THICKNESS


# ---------------------------------------------------------------- text objects


def _raw_pieces(text_page: TextPage, letters: str) -> Iterator[_Raw]:
    """The page's text, cut where another text object begins."""
    ends = _each_end if _RIGHT_TO_LEFT.search(letters) else _far_end
    at, n_letters = 0, len(letters)
    while at < n_letters:
        match = _BREAK.search(letters, at)
        stop = match.start() if match else n_letters
        while at < stop:
            key = text_page.object_at(at)
            end = ends(text_page, key, at, stop)
            yield at, end, _style(text_page, at, key) if key else None
            at = end
        if match:
            yield stop, stop, None
            at = match.end()


def _far_end(text_page: TextPage, key: int | None, start: int, stop: int) -> int:
    """The end of the object's adjacent letters, found by halving."""
    if text_page.object_at(stop - 1) == key:
        return stop
    step = 1
    while start + step < stop and text_page.object_at(start + step) == key:
        step *= 2
    low, high = start + step // 2, min(start + step, stop - 1)  # the object's, another's
    while high - low > 1:
        middle = (low + high) // 2
        if text_page.object_at(middle) == key:
            low = middle
        else:
            high = middle
    return high


def _each_end(text_page: TextPage, key: int | None, start: int, stop: int) -> int:
    """As `_far_end`, letter by letter: in right-to-left text one object may be in two places."""
    end = start + 1
    while end < stop and text_page.object_at(end) == key:
        end += 1
    return end


def _style(text_page: TextPage, index: int, key: int) -> _Style:
    a, b, c, d = text_page.matrix_at(index)
    size = text_page.font_size_at(index) * math.hypot(c, d)
    quarter = 0 if b == 0 < a else round(math.atan2(b, a) / (math.pi / 2)) % 4
    mode = text_page.render_mode(key)
    color = text_page.fill_color_at(index)
    white = color is not None and min(color[:3]) >= WHITE and mode in _PAINTED_MODES
    invisible = mode in _INVISIBLE_MODES or (color is not None and color[3] == 0)
    return _Style(abs(size), text_page.origin_at(index), quarter, invisible, white)


# ---------------------------------------------------------------- on the upright page


def _dominant_quarter(raw: list[_Raw]) -> int:
    """The writing direction of most letters, in quarter turns."""
    quarters: Counter[int] = Counter()
    for start, end, style in raw:
        if style is not None:
            quarters[style.quarter] += end - start
    return quarters.most_common(1)[0][0] if quarters else 0


def _upright(quarter: int, bounds: Box, drawing: Drawing) -> _Turned:
    left, bottom, right, top = bounds
    width, height = right - left, top - bottom
    turns: tuple[Callable[[Box], Box], ...] = (
        lambda b: (b[0] - left, b[1] - bottom, b[2] - left, b[3] - bottom),
        lambda b: (b[1] - bottom, right - b[2], b[3] - bottom, right - b[0]),
        lambda b: (right - b[2], top - b[3], right - b[0], top - b[1]),
        lambda b: (top - b[3], b[0] - left, top - b[1], b[2] - left),
    )
    turn = turns[quarter]
    if quarter % 2:
        width, height = height, width
    return _Turned(turn, width, height, [turn(box) for box in drawing.fills])


def _pieces(text_page: TextPage, letters: str, raw: list[_Raw], turned: _Turned) -> Iterator[Piece | None]:
    previous: Piece | None = None
    for start, end, style in raw:
        if start == end:
            yield None
        elif style is not None:
            parts = _seen_and_hidden(text_page, letters[start:end], start, style, turned)
            previous = parts[-1]
            yield from parts
        elif previous is not None:  # a space that pdfium inserted, in the style of the piece before
            _, y0, x1, y1 = previous.last
            box = (x1, y0, x1, y1)
            yield replace(previous, text=" " * (end - start), first=box, last=box)


def _seen_and_hidden(
    text_page: TextPage, text: str, start: int, style: _Style, turned: _Turned
) -> list[Piece]:
    """One piece, or several if only some of its letters are hidden."""
    piece = _piece(text_page, text, start, style, turned)
    x0, y0, x1, y1 = piece.box
    is_inside = x0 >= 0 and y0 >= 0 and x1 <= turned.width and y1 <= turned.height
    if style.invisible or (is_inside and not style.white):
        return [piece]  # nearly every piece; the others are checked letter by letter
    boxes = [turned.turn(text_page.box_at(start + i)) for i in range(len(text))]
    hidden = [_is_hidden(box, style.white, turned) for box in boxes]
    if len(set(hidden)) == 1:
        return [replace(piece, is_hidden=hidden[0])]
    pieces: list[Piece] = []
    at = 0
    for is_hidden, group in groupby(hidden):
        end = at + sum(1 for _ in group)
        part = _piece(text_page, text[at:end], start + at, style, turned)
        pieces.append(replace(part, is_hidden=is_hidden))
        at = end
    return pieces


def _piece(text_page: TextPage, text: str, start: int, style: _Style, turned: _Turned) -> Piece:
    turn = turned.turn
    x, y = style.origin
    first = turn(text_page.box_at(start))
    last = box = first
    if len(text) > 1:
        last = turn(text_page.box_at(start + len(text) - 1))
        solid = text.strip()
        if solid:
            box = turn(text_page.box_of(start + text.find(solid), len(solid)))
    return Piece(text, first, last, box, turn((x, y, x, y))[1], style.size, style.invisible)


def _is_hidden(box: Box, is_white: bool, turned: _Turned) -> bool:
    """Whether a letter is off the page, or white on white."""
    x0, y0, x1, y1 = box
    if x1 < 0 or y1 < 0 or x0 > turned.width or y0 > turned.height:
        return True
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return is_white and not any(f[0] <= x <= f[2] and f[1] <= y <= f[3] for f in turned.fills)
