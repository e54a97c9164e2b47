"""Rows of a page's letters, and the blanks in them: underscores, dots, empty boxes, covered words.

All boxes are on the turned page.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tasks.core.reading.drawing import Box
from tasks.core.reading.text_runs import PageText, Piece
from tasks.core.records import MarkKind

BLANK = re.compile(
    r"_[_ ]*_|_|\.{4,}|(?:\. ){3,}\.?|\u2026{2,}|[\u2610\u25a1\u25a2\u2751\u2752\uf06f\uf071\uf0a8]|\[ ?\]|\( ?\)"
)
_BLANK_SIGNS = (
    "__",
    "....",
    ". . . .",
    "\u2026\u2026",
    "[ ]",
    "[]",
    "( )",
    "()",
    *"\u2610\u25a1\u25a2\u2751\u2752\uf06f\uf071\uf0a8",
)
DOTS = frozenset(". ")
_LINE = frozenset("_ ")
_TOUCHING = 0.35  # of the size: dots and underscores so near are one blank
_FEW_DOTS_FIRST = re.compile(r"\.{1,3}(?!\.)")
_FEW_DOTS_LAST = re.compile(r"(?<!\.)\.{1,3}\Z")
_DOTS_FIRST, _DOTS_LAST = re.compile(r"\.{4}"), re.compile(r"\.{4}\Z")
INSIDE = ",;:([)]“”’\"'%，；：）"
"""A sentence goes on with them."""
_SPACES = re.compile(r"\s{2,}")
_MAX_BLANKS = 4000  # of a page; some programs draw each underscore alone
_MIN_DOTS = 4  # of a blank


@dataclass(frozen=True, slots=True)
class Blank:
    """Letters that a value may stand over: of the piece at `number`, from `start` to `end`."""

    number: int
    start: int
    end: int
    box: Box
    baseline: float
    size: float
    is_covered: bool
    """They are words that are covered, not a blank."""


class Rows:
    """The pieces with letters, by baseline; for pieces that stay where they are."""

    def __init__(self, pieces: Sequence[Piece | None]) -> None:
        self.pieces = pieces
        solid = ((p.baseline, i) for i, p in enumerate(pieces) if p is not None and p.text.strip())
        self._numbers = sorted(solid)
        self._baselines = [baseline for baseline, _ in self._numbers]

    def between(self, low: float, high: float) -> list[int]:
        """Numbers of the pieces whose baseline is in the range."""
        start, end = bisect_left(self._baselines, low), bisect_right(self._baselines, high)
        return [number for _, number in self._numbers[start:end]]

    def above(self, baseline: float) -> Iterator[int]:
        """Numbers of the pieces above, the nearest first."""
        start = bisect_right(self._baselines, baseline)
        return (number for _, number in self._numbers[start:])

    def below(self, baseline: float) -> Iterator[int]:
        """Numbers of the pieces below, the nearest first."""
        end = bisect_left(self._baselines, baseline)
        return (number for _, number in reversed(self._numbers[:end]))


def may_have_blanks(letters: str) -> bool:
    """Whether a page with these letters can have a blank of underscores, dots or boxes."""
    return any(sign in letters for sign in _BLANK_SIGNS)


def find_blanks(pieces: Sequence[Piece | None], text: PageText) -> list[Blank]:
    """Blanks and covered words, by baseline."""
    blanks: list[Blank] = []
    dots = _lone_dots(pieces)
    for number, piece in enumerate(pieces):
        if piece is None or not piece.text.strip() or len(blanks) >= _MAX_BLANKS:
            continue
        if MarkKind.COVERED in piece.marks or number in dots:
            ranges = [(0, len(piece.text))]
        else:
            ranges = [match.span() for match in BLANK.finditer(piece.text)]
            ranges += _cut_off(pieces, number, ranges)
        if not ranges:
            continue
        ranges.sort()
        boxes = text.letter_boxes(piece)
        covered = MarkKind.COVERED in piece.marks
        for start, end in ranges:
            box = _around(boxes[start:end])
            blanks.append(Blank(number, start, end, box, piece.baseline, piece.size, covered))
    for at, after in enumerate(blanks[1:]):
        if touches(blanks[at], after, pieces):
            x0, y0, _, y1 = blanks[at].box
            blanks[at] = replace(blanks[at], box=(x0, y0, after.box[0], y1))
    return sorted(blanks, key=lambda blank: blank.baseline)


def touches(before: Blank, after: Blank, pieces: Sequence[Piece | None]) -> bool:
    """Whether a reader sees two neighbours as one row of dots, or one line."""
    if before.is_covered or after.is_covered:
        return False
    if abs(after.baseline - before.baseline) > 0.1 * after.size:
        return False
    letters = set(text_of(before, pieces)) | set(text_of(after, pieces))
    is_same = letters <= DOTS or letters <= _LINE
    return is_same and abs(after.box[0] - before.box[2]) <= _TOUCHING * after.size


def text_of(blank: Blank, pieces: Sequence[Piece | None]) -> str:
    piece = pieces[blank.number]
    return "" if piece is None else piece.text[blank.start : blank.end]


def _cut_off(
    pieces: Sequence[Piece | None], number: int, ranges: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """The first or last dots of a blank whose others are in the neighbouring text object.

    Ghostscript 10 cuts rows of dots anywhere. A single dot before a new sentence is its full stop.
    """
    piece = pieces[number]
    assert piece is not None  # it has letters
    head, tail = _FEW_DOTS_FIRST.match(piece.text), _FEW_DOTS_LAST.search(piece.text)
    before = pieces[number - 1] if number else None
    after = pieces[number + 1] if number + 1 < len(pieces) else None
    if head and before is not None and _DOTS_LAST.search(before.text) and _is_beside(before, piece):
        rest = piece.text[head.end() :].lstrip()
        is_inside = rest[:1].islower() or rest[:1] in tuple(INSIDE)
        if is_inside or head.end() > 1:
            yield 0, head.end() - (not is_inside)
    goes_on = after is not None and _DOTS_FIRST.match(after.text) and _is_beside(piece, after)
    if tail and goes_on and tail.span() not in ranges:
        yield tail.span()


def _is_beside(before: Piece, after: Piece) -> bool:
    is_level = abs(after.baseline - before.baseline) <= 0.1 * after.size
    return is_level and abs(after.first[0] - before.last[2]) <= _TOUCHING * after.size


def _lone_dots(pieces: Sequence[Piece | None]) -> set[int]:
    """Numbers of the pieces that are one dot each, at least four side by side."""
    found: set[int] = set()
    run: list[int] = []
    for number, piece in enumerate(pieces):
        if piece is not None and piece.text == ".":
            run.append(number)
        elif piece is None or not piece.text.isspace():
            found.update(run if len(run) >= _MIN_DOTS else ())
            run = []
    return found | set(run if len(run) >= _MIN_DOTS else ())


def gap_in(piece: Piece, x0: float, x1: float, text: PageText, most: float) -> int | None:
    """The letter before which words at `x0` to `x1` stand: in white space, or beside a few letters.

    None: more than this share (`most`) of them stands over the piece's words.
    """
    boxes = text.letter_boxes(piece)
    width = max(x1 - x0, 0.1)
    over = 0.0
    for letter, box in zip(piece.text, boxes, strict=True):
        if not letter.isspace():
            over += max(0.0, min(box[2], x1) - max(box[0], x0))
    if over > most * width:
        return None
    for match in _SPACES.finditer(piece.text):
        left = boxes[match.start() - 1][2] if match.start() else piece.box[0]
        right = boxes[match.end()][0] if match.end() < len(boxes) else piece.box[2]
        if min(right, x1) - max(left, x0) > 0.5 * width:
            return match.start() + 1
    middle = (x0 + x1) / 2
    for at, (letter, box) in enumerate(zip(piece.text, boxes, strict=True)):
        if not letter.isspace() and (box[0] + box[2]) / 2 > middle:
            return at
    return len(piece.text)


def _around(boxes: Sequence[Box]) -> Box:
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)
