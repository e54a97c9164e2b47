"""Puts what was filled into a page into the line in which it stands, marked `FILLED_IN`.

Values come from annotations, and from text that the page draws over a blank or in a gap after its
own text. The order of everything else stays. A free text without a blank or gap stays a comment,
and text of the page without proof that it was filled in stays where it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tasks.core.reading.seen.drawn_page import DrawnPage
from tasks.core.reading.seen.filled.blanks import Blank, Rows, find_blanks, may_have_blanks
from tasks.core.reading.seen.filled.box_signs import find_signs
from tasks.core.reading.seen.filled.late_text import cut_spread, late_texts
from tasks.core.reading.seen.filled.value_places import REACH, PlaceFinder, overlap
from tasks.core.reading.seen.filled.written_values import WrittenValue, written_values
from tasks.core.reading.text_runs import NO_MARKS, Marks, Piece
from tasks.core.records import NOT_LIVE, MarkKind

_FILLED = frozenset({MarkKind.FILLED_IN})
_BLANK = frozenset({MarkKind.BLANK})
_SPACE = 0.15  # of the size: a gap that is a space
_UNDER = 0.9  # of the size: a value so far under a line is under its label
_MAX_ROW = 300  # pieces of one line
_CLOSING = ".,;:)]!?%”’»，。；：）"  # no space before them, however long the blank is


@dataclass(slots=True)
class _Plan:
    """What is inserted and cut, by the number of a piece."""

    values: defaultdict[int, list[tuple[int, bool, WrittenValue]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    blanks: defaultdict[int, set[tuple[int, int]]] = field(default_factory=lambda: defaultdict(set))
    moved: set[int] = field(default_factory=set)


def place_filled(pieces: Sequence[Piece | None], drawn: DrawnPage) -> list[Piece | None]:
    """Insert the values; mark the blanks under them."""
    written = list(written_values(drawn.filled.values, drawn.text.upright))
    signs = find_signs(cut_spread(pieces, drawn.text), drawn)
    pieces = signs.pieces
    covered = any(piece is not None and MarkKind.COVERED in piece.marks for piece in pieces)
    has_blanks = covered or may_have_blanks(drawn.text.letters)
    blanks = find_blanks(pieces, drawn.text) if has_blanks else []
    late = list(late_texts(pieces, drawn, blanks))
    if not written and not late and not signs.placed:
        return list(pieces)
    written = [value for value in written if not any(_is_same(value, other) for other in late)]
    moving = {number for text in (*late, *(sign for sign, _ in signs.placed)) for number in text.numbers}
    aside = moving | _drawn_into_gaps(pieces, blanks)
    rows = Rows([None if number in aside else piece for number, piece in enumerate(pieces)])
    finder = PlaceFinder(rows, [blank for blank in blanks if blank.number not in aside], drawn)
    finder.values = (*written, *late)
    plan = _Plan()
    for sign, spot in signs.placed:
        plan.values[spot.number].append((spot.at, False, sign))
        plan.moved.update(sign.numbers)
    for value in sorted((*written, *late), key=lambda v: v.box[0]):
        spot = finder.spot(value)
        if spot is not None:
            finder.placed.append((value, spot))
            plan.values[spot.number].append((spot.at, spot.is_own_line, value))
            words = "".join(piece.text for piece in value.pieces)
            for blank in spot.blanks:
                end = blank.end - finder.runs.ends_in_stop(blank, words)
                if not blank.is_covered and end > blank.start:
                    plan.blanks[blank.number].add((blank.start, end))
            plan.moved.update(value.numbers)
    return list(_write(pieces, plan, drawn)) if plan.values else list(pieces)


def _drawn_into_gaps(pieces: Sequence[Piece | None], blanks: Sequence[Blank]) -> set[int]:
    """Numbers of covered words that the page drew late, into a gap of their line.

    Chromium draws words with a position of their own after all others. What is typed over such words
    belongs into the gap, not beside the words that it replaces.
    """
    covered = [blank for blank in blanks if blank.is_covered]
    live = Rows([None if p is None or p.marks & NOT_LIVE else p for p in pieces]) if covered else None
    return {blank.number for blank in covered if live is not None and _is_in_earlier_gap(blank, live)}


def _is_in_earlier_gap(blank: Blank, live: Rows) -> bool:
    """Whether two neighbours on its line come before it, and nothing between them."""
    slack = 0.1 * blank.size
    row = live.between(blank.baseline - slack, blank.baseline + slack)
    if len(row) > _MAX_ROW:
        return False
    boxes = {number: piece.box for number in row if (piece := live.pieces[number]) is not None}
    before = max(
        (n for n in boxes if boxes[n][2] <= blank.box[0] + slack), key=lambda n: boxes[n][2], default=-1
    )
    after = min(
        (n for n in boxes if boxes[n][0] >= blank.box[2] - slack), key=lambda n: boxes[n][0], default=-1
    )
    return 0 <= before < after < blank.number and not any(before < number < after for number in row)


def _is_same(value: WrittenValue, other: WrittenValue) -> bool:
    """Whether the page itself draws the value, too: pypdf 6 flattens fields, and keeps them."""
    words = ["".join(piece.text for piece in each.pieces).split() for each in (value, other)]
    return (
        words[0] == words[1]
        and overlap(value.box, other.box) > 0
        and abs(value.baseline - other.baseline) < value.size
    )


def _write(pieces: Sequence[Piece | None], plan: _Plan, drawn: DrawnPage) -> Iterator[Piece | None]:
    """All pieces, with the values in their places, and spaces where the page shows gaps."""
    last: Piece | None = None
    for part in _closed_up(list(_parts(pieces, plan, drawn)), drawn):
        if part is not None and last is not None and _needs_space(last, part):
            yield _space(last, part)
        yield part
        last = part


def _closed_up(parts: Sequence[Piece | None], drawn: DrawnPage) -> Iterator[Piece | None]:
    """The parts; white space between a blank, or a value, and a full stop or comma is a blank, too."""
    for number, part in enumerate(parts):
        before = parts[number - 1] if number else None
        if part is None or before is None or not part.text[:1].isspace():
            yield part
            continue
        is_inserted = part.index < 0 and MarkKind.FILLED_IN in before.marks
        n_spaces = len(part.text) - len(part.text.lstrip())
        after = parts[number + 1] if n_spaces == len(part.text) and number + 1 < len(parts) else part
        is_closing = after is not None and after.text.strip()[:1] in tuple(_CLOSING)
        if not is_closing or not (is_inserted or MarkKind.BLANK in before.marks):
            yield part
        elif n_spaces == len(part.text):
            yield replace(part, marks=part.marks | _BLANK)
        else:
            yield from drawn.text.marked(part, [_BLANK] * n_spaces + [NO_MARKS] * (len(part.text) - n_spaces))


def _parts(pieces: Sequence[Piece | None], plan: _Plan, drawn: DrawnPage) -> Iterator[Piece | None]:
    for number in range(len(pieces) + 1):
        values = plan.values.get(number, [])
        yield from _own_lines([value for _, is_own, value in values if is_own])
        if number == len(pieces) or number in plan.moved:
            continue
        piece = pieces[number]
        if piece is None and _goes_on(pieces, number, plan):
            continue
        if piece is None or (number not in plan.values and number not in plan.blanks):
            yield piece
        else:
            inside = [(at, value) for at, is_own, value in values if not is_own]
            inside.sort(key=lambda entry: (entry[0], entry[1].box[0]))
            yield from _filled(piece, inside, plan.blanks.get(number, set()), drawn)


def _goes_on(pieces: Sequence[Piece | None], number: int, plan: _Plan) -> bool:
    """Whether a line break is only the gap in which a value stands: the line goes on behind it."""
    before = pieces[number - 1] if number else None
    after = pieces[number + 1] if number + 1 < len(pieces) else None
    values = [value for _, is_own, value in plan.values.get(number - 1, ()) if not is_own]
    if before is None or after is None or not values or after.baseline != before.baseline:
        return False
    gap = after.first[0] - max(value.box[2] for value in values)
    return -0.3 * after.size < gap <= REACH * after.size


def _own_lines(values: Sequence[WrittenValue]) -> Iterator[Piece | None]:
    """Values that no line of the page has, each row of them a line."""
    row: list[WrittenValue] = []
    for value in sorted(values, key=lambda value: -value.baseline):
        if row and row[0].baseline - value.baseline > 0.4 * value.size:
            yield from _own_line(row)
            row = []
        row.append(value)
    if row:
        yield from _own_line(row)
        yield None


def _own_line(row: Sequence[WrittenValue]) -> Iterator[Piece | None]:
    yield None
    host: Piece | None = None
    for value in sorted(row, key=lambda value: value.box[0]):
        marks = NO_MARKS if value.is_see_through else _FILLED
        for piece in _value_pieces(value, host, marks):
            yield piece
            host = piece


def _filled(
    piece: Piece,
    values: Sequence[tuple[int, WrittenValue]],
    blanks: set[tuple[int, int]],
    drawn: DrawnPage,
) -> Iterator[Piece]:
    """The piece, cut at its values, its blanks marked."""
    kinds: list[Marks] = [NO_MARKS] * len(piece.text)
    for start, end in blanks:
        kinds[start:end] = [_BLANK] * (end - start)
    at = 0
    for stop, value in (*values, (len(piece.text), None)):
        if stop > at:
            yield from drawn.text.marked(drawn.text.part(piece, at, stop), kinds[at:stop])
        if value is not None:
            yield from _value_pieces(value, piece)
        at = max(at, stop)


def _value_pieces(value: WrittenValue, host: Piece | None, marks: Marks = _FILLED) -> Iterator[Piece]:
    """The value's pieces, on the line of the piece in which it stands: it is no superscript."""
    for piece in value.pieces:
        if host is not None and host.baseline - value.baseline > _UNDER * value.size:
            piece = _behind(host, piece)
        baseline, size = (piece.baseline, piece.size) if host is None else (host.baseline, host.size)
        yield replace(piece, baseline=baseline, size=size, marks=piece.marks | marks)


def _behind(label: Piece, piece: Piece) -> Piece:
    """A value that stands under its label, as if it stood behind it: the line goes on with it."""
    by = label.last[2] + 0.3 * label.size - piece.first[0]
    first, last, box = ((x0 + by, y0, x1 + by, y1) for x0, y0, x1, y1 in (piece.first, piece.last, piece.box))
    return replace(piece, first=first, last=last, box=box, index=-1, style=None, place=piece.box)


def _needs_space(before: Piece, after: Piece) -> bool:
    """Whether the page shows a gap between a value and its neighbour, and the text has none."""
    if MarkKind.FILLED_IN not in before.marks | after.marks or before.baseline != after.baseline:
        return False
    if before.text[-1].isspace() or after.text[0].isspace():
        return False
    if MarkKind.COVERED in after.marks:
        return True
    if after.text[0] in _CLOSING:
        return False
    return MarkKind.BLANK not in after.marks and after.first[0] - before.last[2] > _SPACE * after.size


def _space(before: Piece, after: Piece) -> Piece:
    _, y0, x1, y1 = before.last
    box = (x1, y0, max(x1, after.first[0]), y1)
    return replace(before, text=" ", first=box, last=box, marks=NO_MARKS, index=-1)
