"""Puts columns of prose that are drawn row by row into reading order: column after column.

Rows stay as they are unless a gutter runs through many of them and every column is prose: lines
that fill their column, by width or by letters, and go on in lower case. Tables, label-value lists
and signature blocks fail.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from tasks.core.reading.text_runs import Piece

_GUTTER = 0.7  # of the size: the least width of a gap that parts two columns
_WORD_GAP = 2.0  # of the size: the widest gap between words of justified text
_MIN_ROWS = 6  # with text on both sides
_SAME_EDGE = 2.0  # points: left edges of a column's lines
_FULL = 0.75  # of the column's width or most letters: a line that fills it
_FULL_SHARE = 0.6  # of a column's lines
_GOES_ON_SHARE = 0.3  # of a column's lines: they begin in lower case, so a sentence goes on
_ONE_CELL_SHARE = 0.9  # of a column's lines: no further gap in it
_MAX_PITCH = 1.45  # of the usual distance of lines: more is another block
_MIN_LETTERS = 12  # median letters of a column's line
_MAX_COLUMNS = 4
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


@dataclass(slots=True)
class PieceRow:
    """The pieces of one line before its text is written."""

    at: int
    """The index of its first piece among the page's."""
    pieces: list[Piece]


@dataclass(slots=True)
class _Cell:
    """Adjacent pieces of a row, without a wide gap."""

    row: PieceRow
    pieces: list[Piece]
    x0: float
    x1: float
    y: float
    size: float
    column: int = 0
    """-1: its row crosses a gutter."""

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces).strip()


def column_by_column(rows: list[PieceRow]) -> list[PieceRow]:
    """The rows; those that run through columns of prose are cut, and come column by column."""
    if len(rows) < _MIN_ROWS or not _may_alternate(rows):
        return rows
    by_row = [list(_cells(row)) for row in rows]
    cells = [cell for row in by_row for cell in row]
    gutters = _gutters(cells)
    if not gutters:
        return rows
    by_row = [[part for cell in row for part in _cut_at(cell, gutters)] for row in by_row]
    for row in by_row:
        columns = [_column(cell, gutters) for cell in row]
        for cell, column in zip(row, columns, strict=True):
            cell.column = -1 if -1 in columns else column
    cells = [cell for row in by_row for cell in _with_word_gaps(row)]
    ordered: list[PieceRow] = []
    for block in _blocks(cells):
        if block[0].column >= 0 and _is_prose_in_columns(block, len(gutters) + 1):
            for column in range(len(gutters) + 1):
                ordered += _joined([cell for cell in block if cell.column == column])
        else:
            ordered += _joined(block)
    return ordered


def _may_alternate(rows: Sequence[PieceRow]) -> bool:
    """Cheap: whether many rows have a wide gap, or stand to the right of the row before."""
    n_wide = 0
    right, bottom = 0.0, 0.0
    for row in rows:
        first, last = row.pieces[0], row.pieces[-1]
        n_wide += len(row.pieces) > 1 and _has_gap(row.pieces)
        n_wide += first.first[0] > right and abs(first.baseline - bottom) < 1.2 * first.size
        right, bottom = last.last[2], last.baseline
    return n_wide >= _MIN_ROWS


def _has_gap(pieces: Sequence[Piece]) -> bool:
    end = pieces[0].box[2]
    for piece in pieces:
        if piece.text.isspace():
            continue
        if piece.box[0] - end > _GUTTER * piece.size:
            return True
        end = piece.box[2]
    return False


def _cells(row: PieceRow) -> Iterator[_Cell]:
    pieces: list[Piece] = []
    end = 0.0
    for piece in row.pieces:
        is_blank = piece.text.isspace()
        if pieces and not is_blank and piece.box[0] - end > _GUTTER * piece.size:
            yield _cell(row, pieces)
            pieces = []
        if pieces or not is_blank:
            pieces.append(piece)
        if not is_blank:
            end = piece.box[2]
    if pieces:
        yield _cell(row, pieces)


def _cell(row: PieceRow, pieces: list[Piece]) -> _Cell:
    solid = [piece for piece in pieces if not piece.text.isspace()]
    x1 = max(piece.box[2] for piece in solid)
    return _Cell(row, pieces, solid[0].box[0], x1, solid[0].baseline, solid[0].size)


def _cut_at(cell: _Cell, gutters: Sequence[float]) -> Iterator[_Cell]:
    """The cell, cut where one of its text objects begins a column: a wide line may come near to it."""
    if _column(cell, gutters) >= 0:
        yield cell
        return
    pieces: list[Piece] = []
    end = 0.0
    for piece in cell.pieces:
        is_blank = piece.text.isspace()
        at_gutter = any(abs(piece.box[0] - gutter) <= _SAME_EDGE for gutter in gutters)
        if pieces and not is_blank and at_gutter and end < piece.box[0] and _solid(pieces):
            yield _cell(cell.row, pieces)
            pieces = []
        pieces.append(piece)
        end = end if is_blank else piece.box[2]
    if _solid(pieces):
        yield _cell(cell.row, pieces)


def _solid(pieces: Sequence[Piece]) -> bool:
    return any(not piece.text.isspace() for piece in pieces)


def _with_word_gaps(row: Sequence[_Cell]) -> Iterator[_Cell]:
    """The row's cells; those of one column are one if only the gaps of justified text part them."""
    before: _Cell | None = None
    for cell in row:
        if before and cell.column == before.column >= 0 and cell.x0 - before.x1 <= _WORD_GAP * cell.size:
            before.pieces += cell.pieces
            before.x1 = max(before.x1, cell.x1)
            continue
        if before:
            yield before
        before = cell
    if before:
        yield before


def _gutters(cells: Sequence[_Cell]) -> list[float]:
    """The left edges of the second and further columns, where many rows jump to the right."""
    edges: Counter[int] = Counter()
    for before, after in pairwise(cells):
        if after.x0 > before.x1 and abs(after.y - before.y) < 1.2 * after.size:
            edges[round(after.x0)] += 1
    found: list[float] = []
    for edge, _ in edges.most_common():
        n_near = sum(edges[edge + off] for off in (-2, -1, 0, 1, 2))
        if n_near >= _MIN_ROWS and all(abs(edge - other) > 4 * _SAME_EDGE for other in found):
            found.append(float(edge))
    return sorted(found) if len(found) < _MAX_COLUMNS else []


def _column(cell: _Cell, gutters: Sequence[float]) -> int:
    column = bisect_right(gutters, cell.x0 + 1.5 * _SAME_EDGE)
    is_crossing = column < len(gutters) and cell.x1 > gutters[column] - 1
    return -1 if is_crossing else column


def _blocks(cells: Sequence[_Cell]) -> Iterator[list[_Cell]]:
    """Runs of cells that cross no gutter; each crossing run; what follows a block in one column."""
    block: list[_Cell] = []
    for cell in cells:
        if block and (cell.column < 0) != (block[-1].column < 0):
            yield from _without_tail(block)
            block = []
        block.append(cell)
    if block:
        yield from _without_tail(block)


def _without_tail(block: list[_Cell]) -> Iterator[list[_Cell]]:
    """The block, and apart from it the lines after a larger gap behind its last common row."""
    last = max((i for i, cell in enumerate(block) if cell.column > 0), default=len(block))
    left = [cell for cell in block if cell.column == 0]
    pitches = [a.y - b.y for a, b in pairwise(left) if a.y - b.y > 0.5 * a.size]
    pitch = median(pitches) if pitches else 0.0
    above = next((cell.y for cell in reversed(block[: last + 1]) if cell.column == 0), 0.0)
    for i in range(last + 1, len(block)):
        drop, above = above - block[i].y, block[i].y
        if drop > _MAX_PITCH * pitch or drop < -pitch:
            yield block[:i]
            yield block[i:]  # begins another row: cells of a row are of one height
            return
    yield block


def _is_prose_in_columns(block: Sequence[_Cell], n_columns: int) -> bool:
    columns = [[cell for cell in block if cell.column == column] for column in range(n_columns)]
    n_switches = sum(a.column != b.column for a, b in pairwise(block))
    n_rows = min(map(len, columns))
    if n_rows < _MIN_ROWS or n_switches < n_rows:
        return False  # column after column already
    return all(map(_is_prose, columns))


def _is_prose(cells: Sequence[_Cell]) -> bool:
    n = len(cells)
    n_rows = len({id(cell.row) for cell in cells})
    texts = [cell.text for cell in cells]
    # Lines that were broken by a count of letters differ in width: capitals are wide.
    n_full = max(_n_full([cell.x1 - cell.x0 for cell in cells]), _n_full([*map(len, texts)]))
    if n_full < _FULL_SHARE * n or n_rows < _ONE_CELL_SHARE * n or median(map(len, texts)) < _MIN_LETTERS:
        return False
    if sum(bool(_CJK.search(text)) for text in texts) > n / 2:
        return True
    return sum(text[0].islower() for text in texts) >= _GOES_ON_SHARE * n


def _n_full(lengths: Sequence[float]) -> int:
    longest = max(lengths)
    return sum(length > _FULL * longest for length in lengths)


def _joined(cells: Sequence[_Cell]) -> Iterator[PieceRow]:
    """The cells as rows: those of one row that stay together are one again."""
    rows: list[PieceRow] = []
    source: PieceRow | None = None
    for cell in cells:
        if rows and cell.row is source:
            rows[-1].pieces += cell.pieces
        else:
            rows.append(PieceRow(cell.row.at, list(cell.pieces)))
        source = cell.row
    yield from rows
