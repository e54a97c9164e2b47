"""Finds the runs of printed rows whose words stand in the same columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from tasks.core.reading.layout.table_rows import CellBlock, PrintedRow
from tasks.core.reading.rows.word_gaps import WordRun

_WIDER = 1.3  # gaps that part columns are so much wider than the others of their block
_FIRM = 1.6  # of the size: a gap that parts columns even if it is the only one
_FAR = 3.2  # of the size: rows further apart are of two tables, unless the rows so far are as far


@dataclass(slots=True)
class TableRun:
    """Rows one under the other whose blocks stand in columns."""

    rows: list[PrintedRow]
    columns: list[tuple[float, float]] = field(default_factory=list)
    """x ranges, from left to right."""
    has_figures: bool = False
    """Some row has."""
    drops: list[float] = field(default_factory=list)
    """From each row to the next, in points."""


def split_at(row: PrintedRow, columns: Sequence[tuple[float, float]]) -> PrintedRow:
    """The row with the blocks cut that lie over several columns, in the widest gap between two."""
    blocks: list[CellBlock] = []
    for block in row.blocks:
        blocks += _split(block, columns) if _n_over(block, columns) > 1 else [block]
    return PrintedRow(blocks, row.baseline, row.size, row.top)


def _n_over(block: CellBlock, columns: Sequence[tuple[float, float]]) -> int:
    left, right = block.x0, block.x1
    return len([1 for x0, x1 in columns if left < x1 and right > x0])


def _split(block: CellBlock, columns: Sequence[tuple[float, float]]) -> list[CellBlock]:
    cuts: set[int] = set()
    for (_, left), (right, _) in pairwise(columns):
        between = [
            (b.x0 - a.x1, i)
            for i, (a, b) in enumerate(zip(block.parts, block.parts[1:], strict=False), 1)
            if left - 1 < b.x0 and a.x1 < right + 1
        ]
        if between:
            cuts.add(max(between)[1])
    gaps = {i: b.x0 - a.x1 for i, (a, b) in enumerate(zip(block.parts, block.parts[1:], strict=False), 1)}
    others = [gap for i, gap in gaps.items() if i not in cuts]
    if not cuts or min(gaps[i] for i in cuts) < _WIDER * max(others, default=0.0):
        return [block]
    bounds = [0, *sorted(cuts), len(block.parts)]
    return [_of_parts(block, block.parts[a:b]) for a, b in pairwise(bounds)]


def _of_parts(block: CellBlock, parts: tuple[WordRun, ...]) -> CellBlock:
    first, last = parts[0], parts[-1]
    inside = slice(first.start - block.start, last.end - block.start)
    place = (block.line, first.start, last.end, first.x0, last.x1, first.baseline, first.font)
    return CellBlock(block.text[inside], *place, parts, block.live[inside])


def runs_of(rows: Sequence[PrintedRow]) -> Iterator[TableRun]:
    """The runs of a page: at least two rows of two blocks or more, in the same columns."""
    run: TableRun | None = None
    for row in rows:
        if run is not None and _bridges(run.columns, row):
            row = split_at(row, run.columns)
            if _bridges(run.columns, row) and not _bridges(firm := firm_columns(run), row):
                run.columns = firm
        if run is not None and not _continues(run, row):
            if _n_parted(run) > 1:
                yield run
            run = None
        if run is not None:
            _add(run, row)
        elif row.is_parted:
            run = TableRun([])
            _add(run, row)
    if run is not None and _n_parted(run) > 1:
        yield run


def _n_parted(run: TableRun) -> int:
    return sum(row.is_parted and not row.is_typed_rule for row in run.rows)


def _continues(run: TableRun, row: PrintedRow) -> bool:
    """Whether the row stands in the run's columns, and near enough."""
    drop = run.rows[-1].baseline - row.top
    drops = run.drops
    if drop > max(_FAR * row.size, 1.6 * max(drops, default=0.0)):
        return False
    if row.is_typed_rule:
        return True
    if _bridges(run.columns, row):
        return False
    usual = median(drops[-6:]) if drops else drop
    if drop > 1.45 * usual and row.is_parted and len(run.rows) > 1:
        return not _opens_table(run, row)
    return True


def _opens_table(run: TableRun, row: PrintedRow) -> bool:
    """Whether a row behind a wider gap begins a table of its own."""
    if run.columns and run.has_figures and not row.has_figures:
        fonts = {b.font for b in row.blocks}
        body = {b.font for r in run.rows[-2:] for b in r.blocks}
        return len(row.blocks) < len(run.columns) or not (fonts & body)
    return False


def _bridges(columns: Sequence[tuple[float, float]], row: PrintedRow) -> bool:
    """Whether a block lies over two columns."""
    return any(_n_over(block, columns) > 1 for block in row.blocks)


def _add(run: TableRun, row: PrintedRow) -> None:
    if run.rows:
        run.drops.append(run.rows[-1].baseline - row.top)
    run.rows.append(row)
    is_first, has_figures = not run.has_figures, row.has_figures
    run.has_figures = run.has_figures or has_figures
    # Heads may span columns, and single blocks may be titles: neither makes columns.
    if row.is_typed_rule or not row.is_parted or not (has_figures or is_first):
        return
    if has_figures and is_first:
        run.columns = []
    run.columns = merged([*run.columns, *((b.x0, b.x1) for b in row.blocks)])


def firm_columns(run: TableRun) -> list[tuple[float, float]]:
    """The run's columns, as most of its rows show them, without gutters that one wide blank makes."""
    columns = list(run.columns)
    figures = [row for row in run.rows if row.has_figures]
    counts = Counter(len({(round(b.x0), round(b.x1)) for b in row.blocks}) for row in figures)
    if counts:
        usual = max(counts, key=lambda n: (counts[n], n))
        finer = merged([(b.x0, b.x1) for r in figures if len(r.blocks) >= usual for b in r.blocks])
        columns = finer if len(finer) > len(columns) and 2 * counts[usual] > len(figures) else columns
    i = 0
    while i + 1 < len(columns):
        if _is_firm(run, columns[i], columns[i + 1]):
            i += 1
        else:
            columns[i : i + 2] = [(columns[i][0], columns[i + 1][1])]
    return columns


def _is_firm(run: TableRun, left: tuple[float, float], right: tuple[float, float]) -> bool:
    """Whether two columns are apart: in half of the rows, by a wide gap, or never both filled."""
    gaps: list[float] = []
    for row in run.rows:
        before = [b.x1 for b in row.blocks if b.x0 < left[1] and b.x1 > left[0]]
        behind = [b.x0 for b in row.blocks if b.x0 < right[1] and b.x1 > right[0]]
        if before and behind:
            gaps.append((min(behind) - max(before)) / row.size)
    return not gaps or max(gaps) > _FIRM or 2 * len(gaps) >= _n_parted(run)


def merged(ranges: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The ranges' union, from left to right."""
    union: list[tuple[float, float]] = []
    for x0, x1 in sorted(ranges):
        if union and x0 < union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], x1))
        else:
            union.append((x0, x1))
    return union
