"""Lays a chunk out for the models: every unit with its neighbours, headings and place.

A note gets no neighbours and no place: it must give the same answer in the chunk that cites it and
in a chunk of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tasks.core.native.text.units import MAX_CHARS, Unit, is_heading, split_units

N_PLACES = 10
_CONTEXT_CHARS = 600
_MAX_HEAD_ROW = 200  # characters
_BARE_VALUE = re.compile(
    r"(?:^|(?<=\n))([^\n\d.;]{3,48})\n((?=[^\n]{5,40}(?:\n|$))(?=[^\n]*\d)[^\n]*[^\s\n])(?=\n|$)"
)
"""A short line without figures, and below it one of a value."""
_LABEL_CHARS = 300  # before a cell, where the label of its row may stand


@dataclass(frozen=True, slots=True)
class LineCell:
    """A cell of a table in a unit; offsets are the unit's text's."""

    start: int
    end: int
    column: str
    """The head of its column; empty: none."""
    row: str
    """The label of its row; empty: none."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """A unit with everything that the models see of it."""

    passage_index: int
    unit: Unit
    text: str
    before: str
    """Text of the unit before it, empty where there is none."""
    after: str
    headings: tuple[str, ...]
    place: int
    """The tenth of the document in which its chunk begins, 0 to 9; -1 for notes."""
    is_note: bool
    cells: tuple[LineCell, ...] = ()
    """In order. Only the rules for typed values read them; no trained weight has seen them."""
    head_rows: tuple[tuple[int, int], ...] = ()
    """The printed lines of `text` that hold several heads of columns."""


def lay_out(chunk: dict[str, Any]) -> tuple[TextLine, ...]:
    """The lines of a chunk in the wire format, in order."""
    lines: list[TextLine] = []
    for index, passage in enumerate(chunk["passages"]):
        if passage["kind"] == "note":
            lines.extend(_lines(index, passage["text"], ("", ""), (), -1, True))
            continue
        neighbours = _edge(chunk.get("context_before", ""), -1), _edge(chunk.get("context_after", ""), 0)
        headings = tuple(chunk.get("headings", ()))
        place = _place(N_PLACES * float(chunk.get("position", 0.0)))
        lines.extend(_lines(index, passage["text"], neighbours, headings, place, False))
    cells = chunk.get("cells") or ()
    return tuple(_with_cells(line, cells) for line in lines) if cells else tuple(lines)


def _with_cells(line: TextLine, cells: Sequence[dict[str, Any]]) -> TextLine:
    first, last = line.unit.start, line.unit.end
    inside = tuple(
        LineCell(
            max(cell["start"], first) - first, min(cell["end"], last) - first, cell["column"], cell["row"]
        )
        for cell in cells
        if cell["passage"] == line.passage_index and cell["start"] < last and cell["end"] > first
    )
    heads = {cell["column"].casefold() for cell in cells if cell["column"]}
    rows = tuple(_head_rows(line.text, heads)) if len(heads) > 1 else ()
    return replace(line, cells=inside, head_rows=rows) if inside or rows else line


def _head_rows(text: str, heads: set[str]) -> Iterator[tuple[int, int]]:
    at = 0
    for printed in text.split("\n"):
        words = " ".join(printed.split()).casefold()
        if len(words) <= _MAX_HEAD_ROW and sum(head in words for head in heads) > 1:
            yield at, at + len(printed)
        at += len(printed) + 1


def lay_out_cells(chunk: dict[str, Any], lines: Sequence[TextLine]) -> tuple[TextLine, ...]:
    """A line for each row with cells that no unit holds whole: a bare sum makes no unit.

    A line begins with the row's label if the label stands before the cells. No trained weight reads
    these lines.
    """
    rows: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for cell in chunk.get("cells") or ():
        if not any(_holds(line, cell) for line in lines):
            rows.setdefault((cell["passage"], cell["row"]), []).append(cell)
    return tuple(_row_line(chunk, cells) for cells in rows.values())


def lay_out_bare_values(lines: Sequence[TextLine], passages: Sequence[str]) -> tuple[TextLine, ...]:
    """A line for each bare value that stands alone below a label: "Start" over "12/01/2025".

    A sum or date without words makes no unit. Each such line begins with its label. No trained weight
    reads these lines.
    """
    found: list[TextLine] = []
    for index, passage in enumerate(passages):
        of_passage = [x for x in lines if x.passage_index == index]
        for match in _BARE_VALUE.finditer(passage):
            label = next((x for x in of_passage if x.unit.start <= match.start(1) < x.unit.end), None)
            is_read = any(x.unit.start <= match.start(2) < x.unit.end for x in of_passage)
            if label is not None and not is_read:
                unit = Unit(match.start(1), match.end(2), True)
                found.append(replace(label, unit=unit, text=unit.of(passage), cells=(), head_rows=()))
    return tuple(found)


def _holds(line: TextLine, cell: dict[str, Any]) -> bool:
    is_inside = line.unit.start <= cell["start"] and cell["end"] <= line.unit.end
    return is_inside and line.passage_index == cell["passage"]


def _row_line(chunk: dict[str, Any], cells: Sequence[dict[str, Any]]) -> TextLine:
    index, first, last = cells[0]["passage"], cells[0]["start"], cells[-1]["end"]
    passage = chunk["passages"][index]
    window = max(0, first - _LABEL_CHARS)
    label = r"\s+".join(map(re.escape, cells[0]["row"].split()))
    found = [m.start() for m in re.finditer(label, passage["text"][window:first])] if label else []
    start = window + found[-1] if found else first
    if last - start > MAX_CHARS:  # rows of one label that stand far apart
        cells, last = cells[:1], cells[0]["end"]
    unit = Unit(start, last, True)
    line = TextLine(index, unit, unit.of(passage["text"]), "", "", (), -1, passage["kind"] == "note")
    return _with_cells(line, cells)


def lay_out_document(text: str, chunk_chars: int) -> tuple[TextLine, ...]:
    """A whole document's lines, as if it had been cut into chunks; for training."""
    lines: list[TextLine] = []
    for line in _lines(0, text, ("", ""), (), 0, False):
        chunk_start = line.unit.start // chunk_chars * chunk_chars
        lines.append(replace(line, place=_place(N_PLACES * chunk_start / len(text))))
    return tuple(lines)


def _place(tenths: float) -> int:
    return min(N_PLACES - 1, max(0, int(tenths)))


def _edge(context: str, index: int) -> str:
    """The unit of a context that is nearest to the chunk."""
    window = context[-_CONTEXT_CHARS:] if index else context[:_CONTEXT_CHARS]
    units = split_units(window)
    return units[index].of(window) if units else ""


def _lines(
    passage_index: int,
    text: str,
    neighbours: tuple[str, str],
    headings: tuple[str, ...],
    place: int,
    is_note: bool,
) -> Iterator[TextLine]:
    units = split_units(text)
    texts = [neighbours[0], *(u.of(text) for u in units), neighbours[1]]
    headings = headings[-2:]
    for unit, before, here, after in zip(units, texts, texts[1:], texts[2:], strict=False):
        yield TextLine(passage_index, unit, here, before, after, headings, place, is_note)
        if is_heading(here):
            headings = (*headings, here)[-2:]
