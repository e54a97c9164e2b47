"""Tells grids of labels and values from tables with heads: such a grid has no row of heads, and each
value has the label to its left.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tasks.core.reading.layout.table_body import TableRow, column_of
from tasks.core.reading.layout.table_rows import PrintedRow

_MAX_LABEL = 30  # characters
_MANY_ABOVE = 2  # parted rows
_SURE = 4  # points of evidence for heads
_COUNTER = re.compile(r"\(?(\d{1,2})[.)]?")
_SUM = re.compile(
    r"(?:[A-Z]{1,3}\s?)?[$€£¥￥]?\s?\d[\d.,'’ ]*\d(?:\s?[¹²³⁴*†])?|(?:19|20)\d\d[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.](?:19|20)\d\d"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_DIGIT = re.compile(r"\d")


def is_value_row(row: PrintedRow, rows: Sequence[PrintedRow], points: int) -> bool:
    """Whether a row that looks like heads is one of labels and values, or a title.

    Args:
        points: The evidence for heads.
    """
    at = rows.index(row)
    beside = [rows[i] for i in (at - 1, at + 1) if 0 <= i < len(rows)]
    if any(_counts_on(row, other) for other in beside):
        return True
    if any(_SUM.fullmatch(t) and not _YEAR.fullmatch(t) for t in (b.text.strip() for b in row.blocks[1:])):
        return True
    widest = max((len(r.blocks) for r in rows[at + 1 :]), default=0)
    if at == 0 and widest >= 4 and 2 * len(row.blocks) <= widest:
        return True
    return points < _SURE and sum(r.is_parted for r in rows[:at]) >= _MANY_ABOVE


def _counts_on(row: PrintedRow, other: PrintedRow) -> bool:
    """Whether both rows begin with a number, one more than the other."""
    mine, its = (_COUNTER.fullmatch(r.blocks[0].text.strip()) for r in (row, other))
    return mine is not None and its is not None and abs(int(mine[1]) - int(its[1])) == 1


def is_grid_of_pairs(rows: Sequence[PrintedRow], columns: Sequence[tuple[float, float]]) -> bool:
    """Whether rows of four or six columns are label, value, label, value."""
    if len(columns) not in (4, 6):
        return False
    by_column: list[list[str]] = [[] for _ in columns]
    for row in rows:
        for block in row.blocks:
            by_column[column_of(block, columns)].append(block.text.strip())
    labels, values = by_column[::2], by_column[1::2]
    if any(len(texts) < 2 for texts in labels) or not all(values):
        return False
    every = [t for texts in labels for t in texts]
    if any(_DIGIT.search(t) or len(t) > _MAX_LABEL for t in every) or len(set(every)) < len(every):
        return False
    # Under a head, the cells of one column are of one kind.
    return any(len({bool(_DIGIT.search(t)) for t in texts[1:]}) > 1 for texts in values)


def pair_labels(row: TableRow) -> dict[int, int]:
    """For each column with a value, that of its label."""
    return {i: i - 1 for i in row.cells if i % 2 == 1 and i - 1 in row.cells}
