"""Marks letters that a redline struck or inserted: by drawn bars, annotations, overlaid letters.

An underline is called inserted only if it looks like a redline's: coloured, doubled, or next to
struck words; a link or a heading is none. Without a struck word in the document, the reader takes that back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tasks.core.reading.drawing import Box, PaintedPath
from tasks.core.reading.seen.drawn_page import DrawnPage
from tasks.core.reading.seen.redlines.bars import Bar, BarReader, is_line, is_thin, joined
from tasks.core.reading.seen.redlines.crossings import (
    Crossing,
    covers,
    crossing,
    may_strike,
    word_end,
)
from tasks.core.reading.seen.redlines.directions import Direction, Run, directions
from tasks.core.reading.seen.redlines.letter_marks import LetterMarks
from tasks.core.reading.seen.redlines.markup import MAX_MARKED, freehand_bars, strokes, struck_boxes
from tasks.core.reading.seen.redlines.overlaid import mark_overlaid, may_be_overlaid
from tasks.core.reading.seen.redlines.underlines import UnderlinedWords, insertions
from tasks.core.reading.text_objects import middle
from tasks.core.reading.text_runs import Piece
from tasks.core.records import MarkKind

TOO_MANY_LINES = "strikes_not_checked"
"""The flag of a page that draws more lines than are looked at."""
_MAX_BARS = 4000  # of a page


def mark_redlines(pieces: Sequence[Piece | None], drawn: DrawnPage) -> list[Piece | None]:
    """Mark what is struck or inserted."""
    marks = LetterMarks(pieces, drawn.text)
    boxes, by_hand = struck_boxes(drawn.annotations), strokes(drawn.annotations)
    if boxes:
        _mark_boxed(boxes, pieces, drawn, marks)
    if may_be_overlaid(drawn.text.letters):
        mark_overlaid(pieces, drawn, marks)
    if drawn.drawing.paths or by_hand:
        for direction in directions(pieces, drawn.text.upright):
            bars = freehand_bars(by_hand, direction.from_user)
            _mark_by_bars(bars, pieces, direction, marks, drawn)
    if max(len(boxes), len(by_hand)) >= MAX_MARKED:
        drawn.flags.add(TOO_MANY_LINES)
    return marks.marked()


@dataclass(slots=True)
class _Lines:
    """What a page draws, sorted by what is known before its points are read."""

    bars: list[Bar]
    """Read: annotations', and those of paths that are not one line."""
    level: list[tuple[PaintedPath, Box]]
    """Paths that are one level line, not read yet, with their boxes in the direction."""

    @property
    def heights(self) -> list[float]:
        level = [(box[1] + box[3]) / 2 for _, box in self.level]
        return level + [(bar.y0 + bar.y1) / 2 for bar in self.bars]


def _mark_by_bars(
    by_hand: Iterable[Bar],
    pieces: Sequence[Piece | None],
    direction: Direction,
    marks: LetterMarks,
    drawn: DrawnPage,
) -> None:
    """Mark by the bars of annotations, and by those of the page's paths."""
    reader = BarReader(drawn.drawing.objects, direction.from_user)
    lines = _lines(by_hand, drawn.drawing.paths, direction, reader)
    direction.find_runs(pieces, lines.heights)
    underlining = _read_strikes(lines, direction, reader)
    found = [crossing(bar, direction.runs_at(bar.box)) for bar in joined(lines.bars[:_MAX_BARS])]
    strikes = [_to_word_end(c, pieces, direction, marks) for c in found if c.strikes]
    for strike in strikes:
        _mark(strike.bar, strike.deleted, direction, marks, MarkKind.STRUCK)
    more = [bar for path in underlining if strikes or reader.is_colored(path) for bar in reader.bars(path)]
    found += [crossing(bar, direction.runs_at(bar.box)) for bar in more[:_MAX_BARS]]
    links = [direction.from_user(a.rect) for a in drawn.annotations if a.kind == "Link"]
    words = UnderlinedWords(pieces, direction, marks)
    for underline in insertions([c for c in found if c.underlines], strikes, links, words):
        _mark(underline.bar, underline.underlined, direction, marks, MarkKind.INSERTED)
    struck = {id(c.bar.path.box) for c in strikes if c.bar.path is not None}
    drawn.drawing.rules = [box for box in drawn.drawing.rules if id(box) not in struck]
    if direction.is_spent or reader.is_spent or max(len(lines.bars), len(more)) > _MAX_BARS:
        drawn.flags.add(TOO_MANY_LINES)


def _to_word_end(
    strike: Crossing, pieces: Sequence[Piece | None], direction: Direction, marks: LetterMarks
) -> Crossing:
    """The strike, made longer if its end cuts a letter of a word that it strikes for the most part.

    groff (1.22.4) measures a line before its words are spread over the width, so the line is too short.
    A program that strikes a part of a word ends at a letter's edge.
    """
    bar = strike.bar
    for run in strike.struck:
        piece = pieces[run.index]
        if piece is not None and run.x0 < bar.x1 < run.x1:
            boxes = map(direction.turn, marks.boxes(run.index))
            letters = [(box[0], box[2], letter) for box, letter in zip(boxes, piece.text, strict=True)]
            if end := word_end(bar, letters, run.size):
                longer = replace(bar, x1=end)
                return crossing(longer, direction.runs_at(longer.box))
    return strike


def _lines(
    by_hand: Iterable[Bar], paths: Iterable[PaintedPath], direction: Direction, reader: BarReader
) -> _Lines:
    lines = _Lines(list(by_hand), [])
    for path in paths:
        box = direction.from_user(path.box)
        if is_line(box):
            lines.level.append((path, box))
        elif is_thin(box) or reader.is_manifold(path):
            lines.bars += reader.bars(path)
    return lines


def _read_strikes(lines: _Lines, direction: Direction, reader: BarReader) -> list[PaintedPath]:
    """Read the lines that may be strikes; the paths that may underline something."""
    underlining: list[PaintedPath] = []
    for path, box in lines.level:
        runs = list(direction.runs_at(box))
        if may_strike(box, runs):
            lines.bars += reader.bars(path)
        elif runs:
            underlining.append(path)
    return underlining


def _mark(bar: Bar, runs: Iterable[Run], direction: Direction, marks: LetterMarks, kind: MarkKind) -> None:
    for index in (run.index for run in runs):
        boxes = map(direction.turn, marks.boxes(index))
        letters = [n for n, box in enumerate(boxes) if covers(bar, box[0], box[2])]
        if kind is MarkKind.INSERTED:
            letters = [n for n in letters if not marks.has(index, n, MarkKind.STRUCK)]
        if letters:
            marks.add(index, letters, kind)


def _mark_boxed(
    boxes: Sequence[Box], pieces: Sequence[Piece | None], drawn: DrawnPage, marks: LetterMarks
) -> None:
    """Mark the letters whose middle is in a strike-out's box."""
    turned = [drawn.text.upright.turn(box) for box in boxes]
    for index, piece in enumerate(pieces):
        if piece is None or piece.index < 0:
            continue
        x0, y0, x1, y1 = piece.box
        near = [b for b in turned if b[0] < x1 and b[2] > x0 and b[1] < y1 and b[3] > y0]
        if not near:
            continue
        struck = [n for n, box in enumerate(marks.boxes(index)) if _is_in_any(box, near)]
        if struck:
            marks.add(index, struck, MarkKind.STRUCK)


def _is_in_any(letter: Box, boxes: Iterable[Box]) -> bool:
    x, y = middle(letter)
    return any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in boxes)
