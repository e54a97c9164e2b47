"""Finds the line numbers of pleadings and drafts and makes each a running line of its own.

Numbers of one column at the text's edge are line numbers if they count up with nearly every line
of prose beside them, or with every fifth; or if they stand at an even pitch down the whole page.
A page with too few is judged by the pages of the same file. Numbered lists, table rows, sections
and years do not count with the lines, or number no prose.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from tasks.core.reading.layout.number_columns import (
    SAME_EDGE,
    SAME_SIZE,
    NumberColumn,
    edge_numbers,
    number_columns,
)
from tasks.core.reading.lines import PageLine
from tasks.core.records import LineTag

_SAME_ROW = 0.4  # of the size: baselines of a number and its line
_MIN_EACH = 5  # numbers that stand at every line
_MIN_SPACED = 3  # numbers that stand at every fifth line
_MIN_EVEN = 15  # numbers at an even pitch beside lines of another pitch
_EVEN = 1.0  # points
_COVERED = 0.9  # of the lines between the first and the last number
_OUTSIDE = 0.95  # of those lines: they do not reach into the column of numbers
_COLUMN_SHARE = 0.15  # of a page's lines: they begin at a text column's left edge
_WHOLE_PAGE = 0.7  # of the page's lines: between the first and the last number
_GOES_ON = 0.12  # of the lines: they begin in lower case, so a sentence goes on
_LONG_LINE = 0.9  # of the lines: not longer than the one that counts as full
_FULL, _FULL_SHARE = 0.7, 0.5  # of that line's length; of the lines that are so long
_ENDS, _ENDED = ".;:", 0.6  # of the lines: more sentences that end with the line are a list's
_DENSE = 0.8  # of the size: the width of a letter; table rows are wider, for their gaps
_DENSE_CJK = 1.2
_MAX_MISSED = 3  # numbers at the head of a page that were not found
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


def split_line_numbers(pages: Sequence[list[PageLine]]) -> None:
    """Part line numbers from their lines, in place, and tag them as running lines."""
    for is_head in (True, False):
        numbers = [edge_numbers(lines, is_head) for lines in pages]
        if not any(len(row) >= _MIN_SPACED for row in numbers):
            continue
        found = [number_columns(row) if row else [] for row in numbers]
        proven = [
            [column for column in columns if _is_proven(column, lines)]
            for columns, lines in zip(found, pages, strict=True)
        ]
        styles = [column for columns in proven for column in columns]
        if not styles:
            continue
        last: int | None = None
        for lines, columns, sure in zip(pages, found, proven, strict=True):
            for column in sorted(columns, key=lambda column: column.numbers[0].value):
                if not _begins_well(column, last):
                    continue
                if column in sure or _follows(column, styles, lines):
                    last = column.numbers[-1].value
                    _split(lines, column)


# ---------------------------------------------------------------- proof


def _is_proven(column: NumberColumn, lines: Sequence[PageLine]) -> bool:
    """Whether the page alone shows that the numbers are those of its lines."""
    if len(column.numbers) < (_MIN_EACH if column.step == 1 else _MIN_SPACED):
        return False
    texts = _text_lines(column, lines)
    if not _is_outside(column, texts):
        return False
    middle = (column.left + column.right) / 2
    edges = {id(n.edge.rest): n.edge.is_head for n in column.numbers if n.edge}
    right = [n for n in texts if edges.get(id(n), n.box[0] >= middle)]
    left = [n for n in texts if not edges.get(id(n), n.box[2] > middle)]
    sides = (right, left, _nearest(right, is_first=True), _nearest(left, is_first=False))
    return any(side and _numbers_prose(column, side) for side in sides)


def _nearest(texts: Sequence[PageLine], is_first: bool) -> list[PageLine]:
    """The lines of the first or the last of two text columns; empty: there is one."""
    starts = Counter(round(line.box[0] / 4) for line in texts)
    often = sorted(4 * start for start, count in starts.items() if count >= _COLUMN_SHARE * len(texts))
    if len(often) < 2:
        return []
    edge = often[-1] - 4
    first, last = [n for n in texts if n.box[0] < edge], [n for n in texts if n.box[0] >= edge]
    has_gutter = sum(line.box[2] < edge for line in first) >= _OUTSIDE * len(first)
    return (first if is_first else last) if has_gutter else []


def _numbers_prose(column: NumberColumn, texts: Sequence[PageLine]) -> bool:
    """Whether these lines, all on one side of the numbers, are prose that the numbers count."""
    beside = [line for line in texts if column.bottom <= line.box[1] <= column.top]
    if not beside or len(beside) + 2 * (column.step - 1) < _WHOLE_PAGE * len(texts):
        return False
    return _is_prose(beside) and (_counts_lines(column, beside) or _is_even(column))


def _text_lines(column: NumberColumn, lines: Sequence[PageLine]) -> list[PageLine]:
    """The page's lines without the column's numbers."""
    numbers = {id(n.line): n for n in column.numbers}
    texts: list[PageLine] = []
    for line in lines:
        number = numbers.get(id(line))
        if number is not None and number.edge is not None:
            texts.append(number.edge.rest)
        elif number is None and line.tag is LineTag.BODY and not line.turned:
            texts.append(line)
    return texts


def _is_outside(column: NumberColumn, texts: Sequence[PageLine]) -> bool:
    """Whether nearly no line reaches into the numbers; their own lines do not, as read."""
    own = {id(n.edge.rest) for n in column.numbers if n.edge}
    beside = [line for line in texts if column.bottom <= line.box[1] <= column.top]
    n_inside = sum(
        id(line) not in own and line.box[0] < column.right - 0.5 and line.box[2] > column.left + 0.5
        for line in beside
    )
    return n_inside <= (1 - _OUTSIDE) * len(beside)


def _is_prose(beside: Sequence[PageLine]) -> bool:
    """Whether sentences go on from line to line, which they do not in lists and tables."""
    n = len(beside)
    lengths = sorted(line.box[2] - line.box[0] for line in beside)
    n_full = sum(length >= _FULL * lengths[int(_LONG_LINE * (n - 1))] for length in lengths)
    if n_full < _FULL_SHARE * n:
        return False
    widths = [(line.box[2] - line.box[0]) / (line.size * len(line.text)) for line in beside if line.size]
    if sum(bool(_CJK.search(line.text)) for line in beside) > n / 2:
        return bool(widths) and median(widths) <= _DENSE_CJK
    n_ended = sum(line.text[-1] in _ENDS for line in beside)
    n_going_on = sum(line.text[0].islower() for line in beside)
    is_dense = bool(widths) and median(widths) <= _DENSE
    return is_dense and n_ended <= _ENDED * n and n_going_on >= _GOES_ON * n


def _counts_lines(column: NumberColumn, beside: Sequence[PageLine]) -> bool:
    """Whether from number to number there are as many lines as the numbers say."""
    heights = _row_heights(beside)
    if column.step == 1:
        at = [n.y for n in column.numbers]
        size = max(column.size, median(line.size for line in beside))
        n_covered = sum(_is_near(y, at, size) for y in heights)
        return n_covered >= _COVERED * len(heights)
    steps = [
        sum(b.y - 0.3 * column.size < y <= a.y - 0.3 * column.size for y in heights)
        for a, b in pairwise(column.numbers)
    ]
    return sum(step == column.step for step in steps) >= 0.7 * len(steps)


def _row_heights(lines: Sequence[PageLine]) -> list[float]:
    """The lower edges of the rows: lines of one height are one row."""
    rows: list[float] = []
    for line in sorted(lines, key=lambda n: -n.box[1]):
        if not rows or rows[-1] - line.box[1] > _SAME_ROW * line.size:
            rows.append(line.box[1])
    return rows


def _is_near(y: float, heights: Sequence[float], size: float) -> bool:
    return any(abs(y - other) <= _SAME_ROW * size for other in heights)


def _is_even(column: NumberColumn) -> bool:
    """Whether the numbers go down the page from 1 at one pitch, whatever the text's."""
    heights = [n.y for n in column.numbers]
    if len(heights) < _MIN_EVEN or column.numbers[0].value != 1 or column.step != 1:
        return False
    pitches = [a - b for a, b in pairwise(heights)]
    usual = median(pitches)
    return all(abs(pitch - usual) <= _EVEN for pitch in pitches)


def _begins_well(column: NumberColumn, last: int | None) -> bool:
    """Whether the numbers begin anew, or go on from those before."""
    first, most = column.numbers[0].value, _MAX_MISSED * column.step
    return first <= most or (last is not None and last < first <= last + most)


def _follows(column: NumberColumn, styles: Sequence[NumberColumn], lines: Sequence[PageLine]) -> bool:
    """Whether the column is alike in place, type and step to what other pages prove."""
    n = len(column.numbers)
    if not any(_is_alike(column, style, n) for style in styles):
        return False
    return _is_outside(column, _text_lines(column, lines))


def _is_alike(column: NumberColumn, style: NumberColumn, n: int) -> bool:
    side = 2 if style.is_right else 0
    x = column.numbers[0].number.box[side]
    same_step = n == 1 or column.step == style.step
    return same_step and abs(x - style.x) <= 2 * SAME_EDGE and abs(column.size - style.size) <= SAME_SIZE


# ---------------------------------------------------------------- the lines


def _split(lines: list[PageLine], column: NumberColumn) -> None:
    numbers = {id(n.line): n for n in column.numbers}
    parted: list[PageLine] = []
    for line in lines:
        number = numbers.get(id(line))
        if number is None:
            parted.append(line)
            continue
        number.number.tag = LineTag.RUNNING
        if number.edge is None:
            parted.append(line)
        elif number.edge.is_head:
            parted += [number.number, number.edge.rest]
        else:
            parted += [number.edge.rest, number.number]
    lines[:] = parted
