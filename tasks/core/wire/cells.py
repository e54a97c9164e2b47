"""The table cells of a chunk, placed in its passages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tasks.core.records import Chunk, Passage, TableCell


@dataclass(frozen=True, slots=True)
class PlacedCell:
    """A cell with its place in a passage; `start` and `end` are offsets of the passage."""

    passage_index: int
    start: int
    end: int
    column: str
    row: str


def placed_cells(chunk: Chunk) -> tuple[PlacedCell, ...]:
    """The chunk's cells, by passage and in order; a cell that two passages hold comes twice."""
    return tuple(
        PlacedCell(index, start, end, cell.column, cell.row)
        for index, passage in enumerate(chunk.passages)
        for cell in chunk.cells
        for start, end in _ranges(passage, cell)
    )


def _ranges(passage: Passage, cell: TableCell) -> Iterator[tuple[int, int]]:
    """The cell's range in the passage, if it is there."""
    parts: list[tuple[int, int]] = []
    for segment in passage.segments:
        first = max(cell.start, segment.doc_start)
        last = min(cell.end, segment.doc_start + segment.length)
        if first < last:
            shift = segment.start - segment.doc_start
            parts.append((first + shift, last + shift))
    if parts:
        yield parts[0][0], parts[-1][1]


def cell_rows(chunk: Chunk) -> list[dict[str, Any]]:
    """The cells for the wire."""
    return [
        {"passage": c.passage_index, "start": c.start, "end": c.end, "column": c.column, "row": c.row}
        for c in placed_cells(chunk)
    ]
