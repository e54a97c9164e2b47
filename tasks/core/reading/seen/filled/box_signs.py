"""Puts a sign for each box that a page draws beside an option before the option's words.

A letter in the box is its tick: it stays in the text, marked as a blank, because the sign says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tasks.core.reading.drawing import Box
from tasks.core.reading.seen.drawn_page import DrawnPage
from tasks.core.reading.seen.filled.blanks import Rows, gap_in
from tasks.core.reading.seen.filled.drawn_boxes import square_shapes, ticked_groups
from tasks.core.reading.seen.filled.value_places import Spot, overlap
from tasks.core.reading.seen.filled.written_values import WrittenValue
from tasks.core.reading.seen.forms.filled_values import TICKED, UNTICKED
from tasks.core.reading.text_objects import middle
from tasks.core.reading.text_runs import PageText, Piece
from tasks.core.records import NOT_LIVE, MarkKind

_BLANK = frozenset({MarkKind.BLANK})
_TICKS = frozenset(
    "xX\u00d7\u2715\u2716\u2717\u2718\u2713\u2714\u2611\u2612\u221a\u25cf\u25a0\u2022\u25a3\u2b24\u2573"
)
_BESIDE = 1.8  # of the size: between a box and its words
_BEHIND = 1.2  # of the size: between words and a box behind them
_SIDES = (0.5, 2.4)  # of the size: a box's side
_RAISED = 0.33  # of the size: the middle of letters over their baseline
_OFF = 0.5  # of the size: how far the middle of the box may be off


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the sign of a box goes, and the letters in the box."""

    spot: Spot
    baseline: float
    size: float
    ticks: tuple[int, ...]
    """Numbers of the pieces in the box."""


@dataclass(frozen=True, slots=True)
class BoxSigns:
    """The pieces, cut at letters in boxes, and the signs with their places."""

    pieces: list[Piece | None]
    placed: list[tuple[WrittenValue, Spot]]


def find_signs(pieces: list[Piece | None], drawn: DrawnPage) -> BoxSigns:
    """The signs of the boxes that the page draws beside options."""
    squares = square_shapes(drawn)
    if not squares:
        return BoxSigns(pieces, [])
    turned = {drawn.text.upright.turn(box): box for box in squares}
    cut = _cut_at_boxes(pieces, list(turned), drawn.text)
    places = _places(cut, list(turned), drawn.text)
    found = ticked_groups([turned[box] for box in places], drawn)
    placed: list[tuple[WrittenValue, Spot]] = []
    for seen in found:
        box = drawn.text.upright.turn(seen.box)
        place = places[box]
        if place.ticks and not seen.is_ticked:
            continue
        placed.append((_sign(box, place, cut, is_ticked=seen.is_ticked), place.spot))
        for number in place.ticks:
            tick = cut[number]
            assert tick is not None  # `_places` names pieces with letters
            cut[number] = replace(tick, marks=tick.marks | _BLANK)
    return BoxSigns(cut, placed) if placed else BoxSigns(pieces, [])


def _sign(box: Box, place: _Place, pieces: Sequence[Piece | None], *, is_ticked: bool) -> WrittenValue:
    x0, _, x1, _ = box
    y0, y1 = place.baseline - 0.2 * place.size, place.baseline + 0.8 * place.size
    frame = (x0, y0, x1, y1)
    sign = Piece(TICKED if is_ticked else UNTICKED, frame, frame, frame, place.baseline, place.size)
    ticks = [replace(p, marks=p.marks | _BLANK) for n in place.ticks if (p := pieces[n]) is not None]
    return WrittenValue((sign, *ticks), frame, place.baseline, place.size, is_field=True, numbers=place.ticks)


# ---------------------------------------------------------------- letters in boxes


def _cut_at_boxes(pieces: Sequence[Piece | None], boxes: Sequence[Box], text: PageText) -> list[Piece | None]:
    """The pieces, those with letters in and beside a box cut there."""
    cut: list[Piece | None] = []
    rows = _BoxRows(boxes)
    for piece in pieces:
        crossed = [] if piece is None or piece.index < 0 else rows.crossing(piece)
        if piece is None or not crossed or len(piece.text) < 2:
            cut.append(piece)
            continue
        inside = [any(_is_in(letter, box) for box in crossed) for letter in text.letter_boxes(piece)]
        inside = [held and not letter.isspace() for held, letter in zip(inside, piece.text, strict=True)]
        start = 0
        for at in range(1, len(inside)):
            if inside[at] != inside[at - 1]:
                cut.append(text.part(piece, start, at))
                start = at
        cut.append(text.part(piece, start, len(inside)) if start else piece)
    return cut


class _BoxRows:
    """The boxes that a piece's line crosses."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        self._by_height: dict[int, list[Box]] = {}
        for box in boxes:
            for step in range(int(box[1] // 10), int(box[3] // 10) + 1):
                self._by_height.setdefault(step, []).append(box)

    def crossing(self, piece: Piece) -> list[Box]:
        middle = piece.baseline + _RAISED * piece.size
        near = self._by_height.get(int(middle // 10), ())
        return [box for box in near if box[1] <= middle <= box[3] and overlap(box, piece.box) > 0]


def _is_in(letter: Box, box: Box) -> bool:
    x, y = middle(letter)
    return box[0] < x < box[2] and box[1] < y < box[3]


# ---------------------------------------------------------------- places


def _places(pieces: Sequence[Piece | None], boxes: Sequence[Box], text: PageText) -> dict[Box, _Place]:
    """Of the boxes that stand beside words, where their signs go."""
    ticks: dict[Box, list[int]] = {box: [] for box in boxes}
    odd: set[Box] = set()
    rows, by_row = _BoxRows(boxes), list(pieces)
    for number, piece in enumerate(pieces):
        if piece is None or not piece.text.strip():
            continue
        for box in rows.crossing(piece):
            if not _is_in(piece.box, box):
                continue
            by_row[number] = None
            ticks[box].append(number)
            if piece.marks & NOT_LIVE or not set(piece.text.split()) <= _TICKS:
                odd.add(box)
    words = Rows(by_row)
    places: dict[Box, _Place] = {}
    for box in boxes:
        if box not in odd and (beside := _beside(box, words, text)) is not None:
            spot, host = beside
            places[box] = _Place(spot, host.baseline, host.size, tuple(ticks[box]))
    return places


def _beside(box: Box, words: Rows, text: PageText) -> tuple[Spot, Piece] | None:
    """The words right of the box, else those that it stands in, else those left of it."""
    level = list(_level(box, words))
    right = [(p.box[0], n, p) for n, p in level if -1 <= p.box[0] - box[2] <= _BESIDE * p.size]
    if right:
        _, number, piece = min(right, key=lambda entry: entry[0])
        return Spot(number, 0), piece
    for number, piece in level:
        if piece.box[0] < box[0] and box[2] < piece.box[2]:
            at = gap_in(piece, box[0], box[2], text, 0.2)
            return None if at is None else (Spot(number, at), piece)
    left = [(p.box[2], n, p) for n, p in level if -1 <= box[0] - p.box[2] <= _BEHIND * p.size]
    if not left:
        return None
    _, number, piece = max(left, key=lambda entry: entry[0])
    return Spot(number, len(piece.text)), piece


def _level(box: Box, words: Rows) -> Iterator[tuple[int, Piece]]:
    """The pieces on whose line the box stands."""
    middle, side = (box[1] + box[3]) / 2, box[2] - box[0]
    for number in words.between(box[1] - side, box[3]):
        piece = words.pieces[number]
        if piece is None or not _SIDES[0] * piece.size <= side <= _SIDES[1] * piece.size:
            continue
        if abs(piece.baseline + _RAISED * piece.size - middle) <= _OFF * max(piece.size, side):
            yield number, piece
