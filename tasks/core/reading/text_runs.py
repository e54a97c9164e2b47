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
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from tasks.core.reading.drawing import WHITE, Box
from tasks.core.reading.pdfium import Handle, TextPage, font_name, open_text, set_upright
from tasks.core.records import MarkKind

_INVISIBLE_MODES = (3, 7)  # text rendering modes that paint nothing
_PAINTED_MODES = (0, 2, 4, 6)
_STROKED_MODES = (1, 2, 5, 6)
_SLANTED = 0.06  # of a quarter turn: 5 degrees
_BREAK_OR_END = re.compile(r"[\r\n]+|\Z")
_BLANKS = re.compile(r"(?<=\S)\s+(?=\S)")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


Gap = tuple[int, int, float, float]
"""A wide blank in a text: where the words before it end and those after it begin, in letters and x."""
Marks = frozenset[MarkKind]
NO_MARKS: Marks = frozenset()


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
    marks: Marks = NO_MARKS
    """What a reader sees of it; the same for all its letters."""
    index: int = -1
    """Of its first letter in pdfium's text page; -1: pdfium inserted it, or it is not from there."""
    style: TextStyle | None = None
    """None: not from pdfium's text page."""
    font: int = 0
    """The font's handle, and `gaps` the blanks inside that are wider than words need: on pages with
    wide gaps only (`rows.word_gaps`)."""
    gaps: tuple[Gap, ...] = ()
    place: Box | None = None
    """Where the page shows it, if `box` is where it is read instead."""


@dataclass(slots=True)
class TextStyle:
    """How a text object is set, in user space."""

    size: float
    """Points."""
    origin: tuple[float, float]
    quarter: int
    """The writing direction in quarter turns, counter-clockwise."""
    is_slanted: bool
    """The letters stand between two quarters, as those of a diagonal stamp do."""
    is_invisible: bool
    is_white: bool
    text_object: Handle
    color: tuple[int, int, int] | None = None
    """Of its letters' fill: red, green and blue, up to 255."""
    angle: float = 0.0
    """The writing direction in degrees, counter-clockwise."""

    @property
    def direction(self) -> tuple[int, bool]:
        return self.quarter, self.is_slanted


NameLetters = Callable[[TextPage, str], str]
_Raw = tuple[int, int, TextStyle | None]
"""Start and end of a text object's letters. No style: pdfium inserted them. Empty: a line break."""


@dataclass(slots=True)
class Upright:
    """The page turned so that most letters run from left to right."""

    turn: Callable[[Box], Box]
    """From user space to the turned page, origin at the lower left."""
    width: float
    height: float
    quarter: int


@contextmanager
def open_page_text(page: Any, bounds: Box, name_letters: NameLetters) -> Generator[PageText]:
    """The text of a pdfium page handle, whose `/Rotate` is 0 afterwards.

    Args:
        bounds: The page in user space.
        name_letters: Gives the letters that a font has no names for, as many as before.
    """
    set_upright(page)
    with open_text(page) as text_page:
        text = PageText(text_page, bounds, name_letters)
        if text.upright.quarter == 0:
            yield text
            return
    set_upright(page, text.upright.quarter)
    with open_text(page) as text_page:
        set_upright(page)
        yield PageText(text_page, bounds, name_letters)


class PageText:
    """The letters of a page, and pieces of them. Usable while its text page is open."""

    def __init__(self, text_page: TextPage, bounds: Box, name_letters: NameLetters) -> None:
        self._text_page = text_page
        self.letters = name_letters(text_page, text_page.letters())
        self._raw = list(raw_pieces(text_page, self.letters))
        directions = _directions(self._raw)
        self.direction = directions[0] if directions else (0, False)
        """The page's: quarter turns of most letters, and whether they are slanted."""
        self.upright = upright(self.direction[0], bounds)
        self.is_mixed = len(directions) > 1

    @property
    def n_invisible(self) -> int:
        """Letters that the text rendering mode or a full transparency hides."""
        return sum(end - start for start, end, style in self._raw if style and style.is_invisible)

    def objects(self) -> frozenset[Handle]:
        """The text objects that have letters."""
        return frozenset(style.text_object for _, _, style in self._raw if style)

    def pieces(self) -> list[Piece | None]:
        """The pieces in content order; None is a line break of pdfium's."""
        return list(self._pieces())

    def _pieces(self) -> Iterator[Piece | None]:
        previous: Piece | None = None
        for start, end, style in self._raw:
            if start == end:
                yield None
            elif style is not None:
                previous = self._piece(start, end, style)
                yield previous
            elif previous is not None:  # a space that pdfium inserted, in the style of the piece before
                _, y0, x1, y1 = previous.last
                box = (x1, y0, x1, y1)
                text = " " * (end - start)
                yield Piece(
                    text, box, box, previous.box, previous.baseline, previous.size, style=previous.style
                )

    def _piece(self, start: int, end: int, style: TextStyle) -> Piece:
        text, turn, page = self.letters[start:end], self.upright.turn, self._text_page
        x, y = style.origin
        first = turn(page.box_at(start))
        last = box = first
        if end - start > 1:
            last = turn(page.box_at(end - 1))
            solid = text.strip()
            if solid:
                box = turn(page.box_of(start + text.find(solid), len(solid)))
        baseline = turn((x, y, x, y))[1]
        return Piece(text, first, last, box, baseline, style.size, NO_MARKS, start, style)

    def letter_boxes(self, piece: Piece) -> list[Box]:
        """The box of each of the piece's letters, on the turned page. Slow: for suspects only."""
        if piece.index < 0:
            return [piece.box] * len(piece.text)
        return [self.upright.turn(box) for box in self.boxes_on_page(piece)]

    def boxes_on_page(self, piece: Piece) -> list[Box]:
        """The box of each of the piece's letters in user space; none if pdfium inserted them."""
        start = piece.index
        if start < 0:
            return []
        return [self._text_page.box_at(start + i) for i in range(len(piece.text))]

    def letter_room(self, index: int) -> tuple[Box, Box]:
        """The ink of the letter with this index, and the room that its font gives it, in user space."""
        return self._text_page.box_at(index), self._text_page.advance_box_at(index)

    @property
    def is_right_to_left(self) -> bool:
        """Some letters are: then pdfium's letters and text objects may be in another order."""
        return _RIGHT_TO_LEFT.search(self.letters) is not None

    def glyph_letters(self, piece: Piece) -> str:
        """The piece's letters one by one, which its text objects have in right-to-left text as well."""
        start = piece.index
        return "".join(self._text_page.letter_at(start + i) for i in range(len(piece.text)))

    def unmapped(self, piece: Piece) -> list[bool]:
        """Of each letter, whether the font does not say which one it is."""
        if piece.index < 0:
            return [False] * len(piece.text)
        return [self._text_page.is_unmapped(piece.index + i) for i in range(len(piece.text))]

    def font_name(self, piece: Piece) -> str:
        """The PostScript name of the piece's font: `ABCDEF+Times-Roman`; empty: it has none."""
        return font_name(piece.style.text_object) if piece.style else ""

    def short_runs(self, at_most: int) -> Iterator[tuple[int, int, Handle]]:
        """Start, end and text object of the runs with at most so many letters."""
        for start, end, style in self._raw:
            if style is not None and 0 < end - start <= at_most:
                yield start, end, style.text_object

    def font_at(self, text_object: Handle) -> int:
        return self._text_page.font_of(text_object)

    def font_name_at(self, text_object: Handle) -> str:
        return font_name(text_object)

    def word_gaps(self, piece: Piece, min_width: float) -> list[Gap]:
        """The blanks inside the piece that are at least so wide, in points."""
        if piece.index < 0:
            return []
        turn, box_at, start = self.upright.turn, self._text_page.box_at, piece.index
        gaps: list[Gap] = []
        for blank in _BLANKS.finditer(piece.text):
            end, begin = blank.span()
            left, right = turn(box_at(start + end - 1))[2], turn(box_at(start + begin))[0]
            if right - left >= min_width:
                gaps.append((end, begin, left, right))
        return gaps

    def font_of(self, piece: Piece) -> int:
        """The handle of the piece's font; 0: none."""
        return self._text_page.font_of(piece.style.text_object) if piece.style else 0

    def letter_box(self, piece: Piece, offset: int) -> Box:
        """The box of one letter of a piece with an index, on the turned page."""
        return self.upright.turn(self._text_page.box_at(piece.index + offset))

    def marked(self, piece: Piece, marks: Sequence[Marks]) -> list[Piece]:
        """The piece with more marks, one set for each letter: cut where they change."""
        if len(set(marks)) == 1:
            return [replace(piece, marks=piece.marks | marks[0])] if marks[0] else [piece]
        parts: list[Piece] = []
        for kinds, part in zip(*self._cut(piece, marks), strict=True):
            parts.append(replace(part, marks=piece.marks | kinds))
        return parts

    def _cut(self, piece: Piece, marks: Sequence[Marks]) -> tuple[list[Marks], list[Piece]]:
        kinds: list[Marks] = []
        parts: list[Piece] = []
        at = 0
        for kind, group in groupby(marks):
            end = at + sum(1 for _ in group)
            kinds.append(kind)
            parts.append(self.part(piece, at, end))
            at = end
        return kinds, parts

    def part(self, piece: Piece, start: int, end: int) -> Piece:
        """The piece's letters from `start` to `end`, with its marks."""
        if piece.index < 0 or piece.style is None:
            return replace(piece, text=piece.text[start:end])
        part = self._piece(piece.index + start, piece.index + end, piece.style)
        return replace(part, marks=piece.marks, baseline=piece.baseline, size=piece.size)


# ---------------------------------------------------------------- text objects


def raw_pieces(text_page: TextPage, letters: str) -> Iterator[_Raw]:
    """The page's text, cut where another text object begins."""
    is_turned = not letters.isascii() and _RIGHT_TO_LEFT.search(letters) is not None
    ends = _each_end if is_turned else _far_end
    object_at = text_page.object_at
    at = 0
    for match in _BREAK_OR_END.finditer(letters):
        stop = match.start()
        while at < stop:
            key = object_at(at)
            end = ends(text_page, key, at, stop)
            yield at, end, _style(text_page, at, key) if key else None
            at = end
        if match.end() > stop:
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


def _style(text_page: TextPage, index: int, key: int) -> TextStyle:
    a, b, c, d = text_page.matrix_at(index)
    size = text_page.font_size_at(index) * math.hypot(c, d)
    quarter, slanted, turns = 0, False, 0.0
    if not b == 0 < a:  # nearly all text is upright
        turns = math.atan2(b, a) / (math.pi / 2)
        quarter = round(turns)
        slanted = abs(turns - quarter) > _SLANTED
    mode = text_page.render_mode(key)
    color = text_page.fill_color_at(index)
    rgb, white, invisible = None, False, mode in _INVISIBLE_MODES
    if color is not None:
        red, green, blue, alpha = color
        rgb = (red, green, blue)
        white = red >= WHITE and green >= WHITE and blue >= WHITE and mode in _PAINTED_MODES
        invisible = invisible or (alpha == 0 and mode not in _STROKED_MODES)
    origin = text_page.origin_at(index)
    return TextStyle(abs(size), origin, quarter % 4, slanted, invisible, white, key, rgb, 90 * turns)


# ---------------------------------------------------------------- on the upright page


def _directions(raw: list[_Raw]) -> list[tuple[int, bool]]:
    """The directions of the letters, that of most letters first: quarter turns, and if slanted."""
    directions: Counter[tuple[int, bool]] = Counter()
    for start, end, style in raw:
        if style is not None:
            directions[style.quarter, style.is_slanted] += end - start
    return [direction for direction, _ in directions.most_common()]


def _as_it_is(box: Box) -> Box:
    return box


def upright(quarter: int, bounds: Box) -> Upright:
    """The page turned so that text of this direction runs from left to right."""
    left, bottom, right, top = bounds
    width, height = right - left, top - bottom
    if quarter == 0 and left == bottom == 0.0:  # most pages
        return Upright(_as_it_is, width, height, quarter)
    turns: tuple[Callable[[Box], Box], ...] = (
        lambda b: (b[0] - left, b[1] - bottom, b[2] - left, b[3] - bottom),
        lambda b: (b[1] - bottom, right - b[2], b[3] - bottom, right - b[0]),
        lambda b: (right - b[2], top - b[3], right - b[0], top - b[1]),
        lambda b: (top - b[3], b[0] - left, top - b[1], b[2] - left),
    )
    if quarter % 2:
        width, height = height, width
    return Upright(turns[quarter], width, height, quarter)
