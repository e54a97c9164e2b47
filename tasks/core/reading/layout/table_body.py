"""Joins printed rows to the rows of a table: a cell may run over several lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tasks.core.reading.layout.table_rows import BESIDE, CellBlock, PrintedRow

_TIGHT = 1.45  # of the size: lines of one cell are so near
_FIGURE = re.compile(r"\(?(?:[A-Z]{2,3}\s?)?[$€£¥￥]?\s*[\d.,]+\s*(?:%|％|元|万元)?\)?")


@dataclass(slots=True)
class TableRow:
    """The blocks of one row of a table, by column; a cell may have several lines."""

    cells: dict[int, list[CellBlock]]


def column_of(block: CellBlock, columns: Sequence[tuple[float, float]]) -> int:
    """The column over which most of the block lies, else the nearest."""
    x0, x1 = block.x0, block.x1
    shares = [(x1 if x1 < right else right) - (x0 if x0 > left else left) for left, right in columns]
    return shares.index(max(shares))


def table_rows(
    body: Sequence[PrintedRow],
    columns: Sequence[tuple[float, float]],
    label: int | None,
    strokes: Sequence[float],
) -> list[TableRow]:
    """Printed rows joined to rows of the table: a cell may run over several lines."""
    rows: list[TableRow] = []
    limit = _line_pitch(body)
    last: PrintedRow | None = None
    for row in body:
        cells = _by_column(row, columns)
        apart = last is not None and any(row.top < y < last.baseline for y in strokes)
        drop = 0.0 if last is None else last.baseline - row.top
        is_same = (len(strokes) > 3 and not apart) or drop < max(limit, BESIDE * row.size)
        if rows and _joins(rows[-1], cells, label, is_same, len(strokes) > 3 and apart):
            _extend(rows[-1], cells)
        else:
            carried: dict[int, list[CellBlock]] = {}
            if rows and label is not None and label not in cells and label in rows[-1].cells:
                carried = {label: rows[-1].cells[label]}
            rows.append(TableRow({**carried, **cells}))
        last = row
    return rows


def _line_pitch(body: Sequence[PrintedRow]) -> float:
    """The distance below which two printed rows are lines of one row; 0: all are as far apart."""
    drops = sorted(a.baseline - b.top for a, b in pairwise(body))
    lines = [d for d in drops if BESIDE * body[0].size <= d < _TIGHT * body[0].size]
    wider = [d for d in drops if lines and d > 1.15 * lines[0]]
    return (lines[0] + wider[0]) / 2 if wider else 0.0


def _joins(
    row: TableRow, cells: dict[int, list[CellBlock]], label: int | None, is_same: bool, is_apart: bool
) -> bool:
    """Whether a printed row continues the row of the table above it."""
    if is_apart or any(is_figure(row.cells[i]) and is_figure(cells[i]) for i in cells if i in row.cells):
        return False
    if is_same or label is None:
        return is_same
    has_values = any(i != label for i in row.cells)
    if label in cells:
        return _goes_on(cells[label][0]) and (set(cells) == {label} or not has_values)
    return not has_values or len(cells) == 1 or not any(b.is_amount for bs in cells.values() for b in bs)


def is_figure(blocks: Sequence[CellBlock]) -> bool:
    """Whether a cell is a bare figure, which another one cannot continue."""
    return len(blocks) == 1 and bool(_FIGURE.fullmatch(blocks[0].text.strip()))


def _by_column(row: PrintedRow, columns: Sequence[tuple[float, float]]) -> dict[int, list[CellBlock]]:
    cells: dict[int, list[CellBlock]] = {}
    for block in row.blocks:
        cells.setdefault(column_of(block, columns), []).append(block)
    return cells


def _goes_on(block: CellBlock) -> bool:
    """Whether a label reads like the middle of one."""
    return block.text[:1].islower() or block.text[:1] in "(（&/"


def _extend(row: TableRow, cells: dict[int, list[CellBlock]]) -> None:
    for i, blocks in cells.items():
        row.cells.setdefault(i, []).extend(blocks)
