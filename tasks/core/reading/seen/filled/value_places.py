"""Finds the place of a filled value in the page's text: over a blank, in its line, beside its label.

All boxes are on the turned page.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tasks.core.reading.drawing import RULE_THICKNESS, Box
from tasks.core.reading.seen.drawn_page import DrawnPage
from tasks.core.reading.seen.filled.blank_runs import BlankRuns
from tasks.core.reading.seen.filled.blanks import Blank, Rows, gap_in
from tasks.core.reading.seen.filled.written_values import WrittenValue
from tasks.core.reading.text_runs import Piece
from tasks.core.records import NOT_LIVE

REACH = 15.0  # of the size: how far right of its label a field is
_OVER = 0.5  # of a value's width: over a blank
_WORD_SPACE = 1.0  # of the size: words so far apart belong together
_BEHIND_LINE = 1.5  # of the size: how far behind a line's end words are typed later
_COLUMN_LINES = 3.0  # of the size: from line to line of a column
_MAX_STACKED = 1  # others with the same left edge: more are a table's column
_LABEL_ABOVE = 1.5  # of the size: from a field's upper edge to its label
_SCAN = 0.5  # of the page: its words are from OCR, in an order of their own
_RULE_LENGTH = 10.0  # points: shorter is no blank
_LETTERS = re.compile(r"[^\W_]")
_MAX_BESIDE = 100  # values that are looked at for one on the same line


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value goes: before the letter `at` of the piece at `number`."""

    number: int
    at: int
    blanks: tuple[Blank, ...] = ()
    is_own_line: bool = False


class PlaceFinder:
    """Finds the place of each value."""

    def __init__(self, rows: Rows, blanks: Sequence[Blank], drawn: DrawnPage) -> None:
        self._rows = rows
        self._text = drawn.text
        self._blanks = blanks
        self.runs = BlankRuns(blanks, rows.pieces)
        self.placed: list[tuple[WrittenValue, Spot]] = []
        """Values to the left of those that are not placed yet."""
        self.values: Sequence[WrittenValue] = ()
        """All of the page."""
        self._baselines = [blank.baseline for blank in self._blanks]
        self._right = max((p.box[2] for p in rows.pieces if p is not None and p.text.strip()), default=0.0)
        upright = drawn.text.upright
        self._is_scan = drawn.drawing.image_area > _SCAN * upright.width * upright.height
        boxes = map(drawn.text.upright.turn, drawn.drawing.rules)
        self._rules = [
            box for box in boxes if box[3] - box[1] <= RULE_THICKNESS and box[2] - box[0] > _RULE_LENGTH
        ]

    def spot(self, value: WrittenValue) -> Spot | None:
        if value.is_signature:  # it may lie over a clause
            return self._over_blank(value) or Spot(len(self._rows.pieces), 0, is_own_line=True)
        return (
            self._over_blank(value)
            or self._in_row(value)
            or self._under_label(value)
            or self._after_value(value)
            or self._beside_rect(value)
            or self._own_line(value)
        )

    def _over_blank(self, value: WrittenValue) -> Spot | None:
        """Before the blank over which it stands."""
        low, high = value.baseline - 0.9 * value.size, value.baseline + 0.4 * value.size
        near = self._blanks[bisect_left(self._baselines, low) : bisect_right(self._baselines, high)]
        under = [blank for blank in near if overlap(blank.box, value.box) > 0]
        if not under:
            return None
        baseline = min((blank.baseline for blank in under), key=lambda y: abs(y - value.baseline))
        under = [blank for blank in under if abs(blank.baseline - baseline) < 0.3 * blank.size]
        width = max(0.1, value.box[2] - value.box[0])
        needed = 0.3 if value.is_field else _OVER
        if sum(overlap(blank.box, value.box) for blank in under) < needed * width:
            return None
        whole = self.runs.around(under)
        return Spot(whole[0].number, whole[0].start, whole)

    def _in_row(self, value: WrittenValue) -> Spot | None:
        """Beside the words to its left, or to its right."""
        row = self._row(value)
        if not value.is_field and any(self._is_under(number, value) for number in row):
            return None
        edge = value.box[0] + 0.35 * value.size
        left = [number for number in row if self._box(number)[0] <= edge]
        right = [number for number in row if self._box(number)[0] > edge]
        before = max(left, key=lambda number: self._box(number)[2], default=None)
        after = min(right, key=lambda number: self._box(number)[0], default=None)
        if before is not None and self._box(before)[2] > edge:
            return self._inside(before, value)
        if not value.is_field and not self._is_gap(before, after, value):
            return None
        if before is not None and self._is_label(before, value):
            return Spot(before, len(self._piece(before).text))
        if after is not None and self._box(after)[0] - value.box[2] <= REACH * value.size:
            return Spot(after, 0)
        return None

    def _is_under(self, number: int, value: WrittenValue) -> bool:
        """Whether shown words lie under the value: it is their shadow, or they its, and in no gap."""
        piece = self._piece(number)
        x = (piece.box[0] + piece.box[2]) / 2
        return (
            value.box[0] < x < value.box[2]
            and not piece.marks & NOT_LIVE
            and _LETTERS.search(piece.text) is not None
        )

    def _inside(self, number: int, value: WrittenValue) -> Spot | None:
        piece = self._piece(number)
        at = gap_in(piece, value.box[0], value.box[2], self._text, 0.4 if value.is_field else 0.2)
        if at is None or not (value.is_field or value.is_free_text or value.is_late or value.is_late_form):
            return None
        return Spot(number, at)

    def _after_value(self, value: WrittenValue) -> Spot | None:
        """After another value on its line, as in a row of a table."""
        if not value.is_field and not value.is_late_form:
            return None
        for other, spot in reversed(self.placed[-_MAX_BESIDE:]):
            is_level = abs(other.baseline - value.baseline) <= 0.4 * value.size
            if is_level and -0.35 * value.size <= value.box[0] - other.box[2] <= REACH * value.size:
                return replace(spot, blanks=())
        return None

    def _beside_rect(self, value: WrittenValue) -> Spot | None:
        """After a label that stands beside the field's rectangle, not on the value's own line."""
        if value.rect is None:
            return None
        x0, y0, _, y1 = value.rect
        near = self._rows.between(y0 - 0.5 * value.size, y1)
        labels = [n for n in near if 0 <= x0 + 1 - self._box(n)[2] <= REACH * value.size]
        if not labels:
            return None
        label = max(labels, key=lambda number: (self._piece(number).baseline, self._box(number)[2]))
        return Spot(label, len(self._piece(label).text))

    def _is_label(self, number: int, value: WrittenValue) -> bool:
        gap = value.box[0] - self._box(number)[2]
        return gap <= REACH * value.size or self._piece(number).text.rstrip().endswith((":", "："))

    def _is_gap(self, before: int | None, after: int | None, value: WrittenValue) -> bool:
        """Whether words that need not belong to the line stand in a gap of it, or on a rule."""
        if before is None:
            if value.is_late_form:
                return after is not None
            return value.is_free_text and any(_carries(rule, value, rule[0]) for rule in self._rules)
        left = self._box(before)[2]
        space = value.box[0] - left
        is_close = space <= _WORD_SPACE * value.size
        if value.is_late_form:
            is_in_text = value.box[2] <= self._right + value.size or is_close
            return space <= REACH * value.size and is_in_text
        if not value.is_free_text and not (value.is_late and self._is_level(before, value)):
            return False
        if after is None:
            fits = (value.is_free_text and is_close) or self._ends_line(before, value)
        else:
            width = value.box[2] - value.box[0]
            fits = self._is_next(before, after) and self._box(after)[0] - left >= 0.9 * width
        return fits or any(_carries(rule, value, left) for rule in self._rules)

    def _ends_line(self, before: int, value: WrittenValue) -> bool:
        """Whether words that are drawn after all of the page's own were typed behind the line's end."""
        host, size = self._piece(before), value.size
        space = value.box[0] - host.box[2]
        if self._is_scan or not (
            value.is_late and value.numbers and -0.1 * size <= space <= _BEHIND_LINE * size
        ):
            return False
        if not 0.75 <= size / max(host.size, 0.1) <= 1.33 or not self._is_drawn_last(value):
            return False
        late = (other for other in self.values if other is not value and other.is_late)
        stacked = [other for other in late if abs(other.box[0] - value.box[0]) <= 0.5 * size]
        is_near = any(abs(other.baseline - value.baseline) <= _COLUMN_LINES * size for other in stacked)
        return not is_near and len(stacked) <= _MAX_STACKED  # else they are a column

    def _is_drawn_last(self, value: WrittenValue) -> bool:
        """Whether nothing comes after it but other late words, and such as go on a line."""
        for piece in self._rows.pieces[value.numbers[-1] + 1 :]:
            if piece is None or not piece.text.strip():
                continue
            row = self._rows.between(piece.baseline - 0.1 * piece.size, piece.baseline + 0.1 * piece.size)
            if not any(number < value.numbers[0] for number in row):
                return False
        return True

    def _is_level(self, number: int, value: WrittenValue) -> bool:
        """Whether the value is no superscript there."""
        host = self._piece(number)
        return abs(value.baseline - host.baseline) <= 0.12 * host.size

    def _is_next(self, before: int, after: int) -> bool:
        """Whether the page draws nothing between the two, and both on one baseline."""
        between = self._rows.pieces[before + 1 : after]
        is_level = self._piece(before).baseline == self._piece(after).baseline
        return is_level and before < after and all(p is None or not p.text.strip() for p in between)

    def _under_label(self, value: WrittenValue) -> Spot | None:
        """After its label, where each of several values side by side has a label above it."""
        if not value.is_field and not value.is_late_form:
            return None
        mine = self._labels(value)
        if not mine or any(self._is_below(other, value) for other in self.values):
            return None
        level = (other for other in self.values if abs(other.baseline - value.baseline) <= value.size)
        others = [labels for other in level if other is not value and (labels := self._labels(other))]
        last = max(mine, key=lambda number: self._box(number)[2])
        if not any(set(mine).isdisjoint(labels) and self._are_level(last, labels[0]) for labels in others):
            return None
        return Spot(last, len(self._piece(last).text))

    def _labels(self, value: WrittenValue) -> list[int]:
        """The pieces right above the value's field, if all of them stand over it."""
        x0, _, x1, top = value.rect or value.box
        size = value.size
        near = self._rows.between(top - 0.5 * size, top + _LABEL_ABOVE * size)
        over = [number for number in near if overlap(self._box(number), (x0, 0, x1, 0)) > 0]
        is_own = all(x0 - size <= self._box(n)[0] and self._box(n)[2] <= x1 + size for n in over)
        return over if is_own else []

    def _are_level(self, first: int, second: int) -> bool:
        return (
            abs(self._piece(first).baseline - self._piece(second).baseline) <= 0.3 * self._piece(first).size
        )

    def _is_below(self, other: WrittenValue, value: WrittenValue) -> bool:
        """Whether it is in another row of a table whose head is the label."""
        if other.rect == value.rect and value.rect is not None:
            return False
        if overlap(other.box, value.box) <= 0 or not 0 < value.baseline - other.baseline <= 4 * value.size:
            return False
        between = self._rows.between(other.baseline + 0.3 * value.size, value.baseline - 0.3 * value.size)
        return not any(overlap(self._box(number), value.box) > 0 for number in between)

    def _own_line(self, value: WrittenValue) -> Spot | None:
        """After the line above it, preferably one that is over it."""
        if not value.is_field and not value.is_late_form:
            return None
        above = self._nearest(self._rows.above(value.baseline), value)
        below = self._nearest(self._rows.below(value.baseline), value)
        if value.is_late_form and None in (above, below):  # a header or footer, a stamp
            return None
        if above is not None:
            return Spot(self._line_end(above), 0, is_own_line=True)
        return Spot(len(self._rows.pieces) if below is None else self._line_start(below), 0, is_own_line=True)

    def _nearest(self, numbers: Iterator[int], value: WrittenValue) -> int | None:
        """The nearest line's piece over or under the value; the nearest at all if there is none."""
        nearest: int | None = None
        for number in numbers:
            nearest = number if nearest is None else nearest
            if overlap(self._box(number), value.box) > 0:
                return number
        return nearest

    def _line_end(self, number: int) -> int:
        """The number after the piece's line."""
        pieces, baseline = self._rows.pieces, self._piece(number).baseline
        for at in range(number + 1, len(pieces)):
            piece = pieces[at]
            if piece is None or (piece.text.strip() and abs(piece.baseline - baseline) > 0.5 * piece.size):
                return at
        return len(pieces)

    def _line_start(self, number: int) -> int:
        pieces, baseline = self._rows.pieces, self._piece(number).baseline
        for at in range(number - 1, -1, -1):
            piece = pieces[at]
            if piece is None or (piece.text.strip() and abs(piece.baseline - baseline) > 0.5 * piece.size):
                return at + 1
        return 0

    def _row(self, value: WrittenValue) -> list[int]:
        """Numbers of the pieces on the baseline nearest to the value's."""
        is_loose = value.is_field or value.is_late_form
        reach = (0.9 if is_loose else 0.6) * value.size
        share = 0.9 if is_loose else 0.5  # LibreOffice sets a field's letters 0.6 em above the line
        near = self._rows.between(value.baseline - 1.5 * reach, value.baseline + 1.5 * reach)
        near = [
            n
            for n in near
            if abs(self._piece(n).baseline - value.baseline) <= max(reach, share * self._piece(n).size)
        ]
        if not near:
            return []
        nearest = min((self._piece(n).baseline for n in near), key=lambda y: abs(y - value.baseline))
        return [n for n in near if abs(self._piece(n).baseline - nearest) <= 0.35 * self._piece(n).size]

    def _piece(self, number: int) -> Piece:
        piece = self._rows.pieces[number]
        assert piece is not None  # rows have no line breaks
        return piece

    def _box(self, number: int) -> Box:
        return self._piece(number).box


def overlap(first: Box, second: Box) -> float:
    return min(first[2], second[2]) - max(first[0], second[0])


def _carries(rule: Box, value: WrittenValue, left: float) -> bool:
    """Whether the value stands on the rule, which begins where the words to its left end."""
    if not value.baseline - 0.5 * value.size <= rule[1] <= value.baseline + 0.1 * value.size:
        return False  # nearly every rule
    is_longer = rule[2] - rule[0] > 1.1 * (value.box[2] - value.box[0])
    is_close = -0.5 * value.size <= rule[0] - left <= 0.8 * value.size
    return is_longer and is_close and rule[0] <= value.box[0] and value.box[2] <= rule[2]
