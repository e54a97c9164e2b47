"""The letters of a page in the order of its text, each with its box: white space is left out.

A line's letters come from the pieces that it is made of, and a piece's from pdfium's letters. What
pdfium's text page does not have (a field's value, an ActualText) shares out the box of its piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from tasks.core.reading.drawing import Box
from tasks.core.reading.glyphs import corrected_text, shown_letters
from tasks.core.reading.lines import PageLine
from tasks.core.reading.text_runs import PageText, Piece, TextStyle

_DOWN, _UP = 0.2, 0.75
"""Of the size: how far a line's box reaches from the base line. A next line's middle is outside."""
_FAR = 1.0  # of the size, from the base line: letters that are set one below the other


@dataclass(frozen=True, slots=True)
class PageLetters:
    """Boxes are on the upright page, origin at the lower left."""

    text: str
    boxes: tuple[Box, ...]
    """As many as letters."""
    lines: tuple[int, ...]
    """The number of each letter's line."""


class LetterBoxes:
    """The boxes of the letters that pieces have in pdfium's text page, by their index there.

    Call it with the page's text while that is open (`page_pieces`).
    """

    def __init__(self) -> None:
        self.by_index: dict[int, Box] = {}

    def __call__(self, text: PageText, pieces: Sequence[Piece | None]) -> None:
        turn = text.upright.turn
        for piece in pieces:
            if piece is None or piece.index < 0 or piece.style is None:
                continue
            for index in range(piece.index, piece.index + len(piece.text)):
                ink, room = text.letter_room(index)
                self.by_index[index] = turn(letter_box(ink, room, piece.style))


def letter_box(ink: Box, room: Box, style: TextStyle) -> Box:
    """A letter's box in user space: as wide as the font's room for it, and as high as its line.

    Args:
        ink: Around what is drawn.
        room: With the letter's advance. Its height is the font's, which may reach into other lines.
    """
    if style.is_slanted or not all(map(isfinite, ink)):
        return ink
    along, across = (1, 0) if style.quarter % 2 else (0, 1)
    sign = 1 if style.quarter in (0, 3) else -1  # of the way up, on the axis across the line
    base, size = style.origin[across], style.size
    low, high = sorted((base - sign * _DOWN * size, base + sign * _UP * size))
    box = list(ink)
    if all(map(isfinite, room)) and room[along] < room[along + 2]:
        box[along], box[along + 2] = min(ink[along], room[along]), max(ink[along + 2], room[along + 2])
    middle = (ink[across] + ink[across + 2]) / 2
    if low - _FAR * size <= middle <= high + _FAR * size:
        box[across], box[across + 2] = min(ink[across], low), max(ink[across + 2], high)
    return box[0], box[1], box[2], box[3]


def page_letters(lines: Sequence[PageLine], by_index: Mapping[int, Box]) -> PageLetters:
    """The letters of lines that kept their pieces."""
    text: list[str] = []
    boxes: list[Box] = []
    numbers: list[int] = []
    for number, line in enumerate(lines):
        solid = "".join(line.text.split())
        found = [box for piece in line.pieces for box in _piece_boxes(piece, by_index)]
        if len(found) != len(solid):  # a watermark; letters that were put in place of others
            found = list(shared_out(line.box, line.text))
        text.append(solid)
        boxes += found
        numbers += [number] * len(solid)
    return PageLetters("".join(text), tuple(boxes), tuple(numbers))


def _piece_boxes(piece: Piece, by_index: Mapping[int, Box]) -> Iterator[Box]:
    """A box for each letter that the piece shows, without white space."""
    if piece.index < 0:
        yield from shared_out(piece.place or piece.box, corrected_text(piece.text).strip())
        return
    for shown, start, end in shown_letters(piece.text):
        n_solid = sum(not letter.isspace() for letter in shown)
        if n_solid:  # the letters of a ligature share its box
            boxes = [by_index.get(piece.index + at, piece.box) for at in range(start, end)]
            yield from [around(boxes)] * n_solid


def shared_out(box: Box, text: str) -> Iterator[Box]:
    """A box for each letter of a text that fills a box from left to right, white space left out."""
    left, bottom, right, top = box
    step = (right - left) / max(1, len(text))
    for at, letter in enumerate(text):
        if not letter.isspace():
            yield left + at * step, bottom, left + (at + 1) * step, top


def around(boxes: Sequence[Box]) -> Box:
    """The box around boxes."""
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)
