"""Cells travel with their chunk only where there are tables."""

from __future__ import annotations

from dataclasses import replace

from tasks.core.records import Segment, TableCell
from tasks.core.wire.cells import placed_cells
from tasks.core.wire.native_format import chunk_payload
from tests.unit.core.prompts.scenes import chunk_of

TEXT = "Year 1 $18.00"
CELL = TableCell(107, 113, "Rate", "Year 1")


def test_chunk_without_cells_has_no_such_key() -> None:
    assert "cells" not in chunk_payload(chunk_of(TEXT, None), ())


def test_offsets_on_the_wire_are_those_of_the_passage() -> None:
    chunk = chunk_of(TEXT, None)
    passage = replace(chunk.passages[0], segments=(Segment(0, 100, len(TEXT)),))
    chunk = replace(chunk, passages=(passage,), cells=(CELL,))
    assert chunk_payload(chunk, ())["cells"] == [
        {"passage": 0, "start": 7, "end": 13, "column": "Rate", "row": "Year 1"}
    ]


def test_cell_of_which_words_were_left_out_spans_what_is_left() -> None:
    chunk = chunk_of("$18", None)
    segments = (Segment(0, 107, 1), Segment(1, 111, 2))
    chunk = replace(chunk, passages=(replace(chunk.passages[0], segments=segments),), cells=(CELL,))
    assert [(c.start, c.end) for c in placed_cells(chunk)] == [(0, 3)]
