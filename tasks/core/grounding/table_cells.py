"""Finds values of a table's cells whose column or row names another thing than the field.

A head may have been misread, so such a value is never rejected: it ends unsettled, and a person
decides. Only plain words are compared: the schema's cues and titles with heads and labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tasks.core.grounding.checks import value_stands_in_quote
from tasks.core.grounding.quotes import Placement
from tasks.core.records import Candidate, Chunk, Finding, FindingKind, FindingSource
from tasks.core.schema import FieldType, Schema, SchemaField
from tasks.core.text.folding import fold
from tasks.core.wire.cells import PlacedCell, placed_cells

# Stored, and compared by replays.
OTHER_COLUMN = "another column of its row is headed by the field's name"
OTHER_FIELD = "its column or row in the table names another field"
_SCORE = 0.5  # the value may be right, but a person must look at it
_MEASURED = (FieldType.DATE, FieldType.MONEY, FieldType.NUMBER, FieldType.DURATION)
_CJK = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"\w+")


class ChunkCells:
    """The cells of a chunk, to look up where values stand."""

    def __init__(self, chunk: Chunk, schema: Schema) -> None:
        self._schema = schema
        self._texts = tuple(passage.text for passage in chunk.passages)
        self._cells = placed_cells(chunk) if chunk.cells else ()

    def findings(self, index: int, candidate: Candidate, place: Placement | None) -> Iterator[Finding]:
        """The finding about a candidate, if its cell names something else.

        Args:
            index: Of the candidate in its answer.
        """
        field = self._schema.field(candidate.field)
        if not self._cells or place is None or field.type not in _MEASURED:
            return
        holding = self._holding(field, candidate.value, place)
        if not holding or any(_names(field, cell) for cell in holding):
            return
        reason = next((r for cell in holding if (r := self._objection(field, cell))), None)
        if reason is not None and all(self._objection(field, cell) for cell in holding):
            about = (candidate.field, index, candidate.quote, candidate.citation)
            yield Finding(FindingKind.REDUNDANT, FindingSource.GROUNDING, *about, _SCORE, reason)

    def _holding(self, field: SchemaField, value: str, place: Placement) -> list[PlacedCell]:
        """The cells in the quote that hold the value; none if it stands outside them, too."""
        text = self._texts[place.passage_index]
        inside = [c for c in self._cells if c.passage_index == place.passage_index]
        inside = [c for c in inside if c.start < place.end and c.end > place.start]
        at, outside = place.start, ""
        for cell in inside:
            outside += text[at : max(at, cell.start)] + "\n"
            at = max(at, cell.end)
        outside += text[at : place.end]
        if value_stands_in_quote(field, value, outside):
            return []
        return [c for c in inside if value_stands_in_quote(field, value, text[c.start : c.end])]

    def _objection(self, field: SchemaField, cell: PlacedCell) -> str | None:
        beside = (
            c
            for c in self._cells
            if c.passage_index == cell.passage_index and c.row == cell.row and c != cell
        )
        if cell.row and any(_says(c.column, field, for_sure=True) for c in beside):
            return OTHER_COLUMN
        others = (f for f in self._schema.fields if f.name != field.name and f.type is field.type)
        return OTHER_FIELD if any(_names(f, cell, for_sure=True) for f in others) else None


def _names(field: SchemaField, cell: PlacedCell, for_sure: bool = False) -> bool:
    words = (f"{cell.column} {cell.row}", f"{cell.row} {cell.column}")
    return any(_says(text, field, for_sure) for text in words)


def _says(words: str, field: SchemaField, for_sure: bool = False) -> bool:
    """Whether words hold the field's title or one of its cues, patterns left out.

    Args:
        for_sure: Cues of one word do not count: "term" stands in many heads.
    """
    held = _plain(words)
    cues = [_plain(cue) for cue in field.cues if not cue.startswith("/")]
    names = [_plain(field.title), *(c for c in cues if not for_sure or " " in c or _CJK.search(c))]
    return any(_holds(held, name) for name in names if name)


def _holds(held: str, name: str) -> bool:
    if _CJK.search(name):
        return name.replace(" ", "") in held.replace(" ", "")
    return f" {name} " in f" {held} "


def _plain(words: str) -> str:
    return " ".join(_WORD.findall(fold(words).text.casefold()))


def cell_findings(
    candidates: Sequence[Candidate], placements: Sequence[Placement | None], chunk: Chunk, schema: Schema
) -> Iterator[Finding]:
    """The findings about all candidates of a chunk."""
    cells = ChunkCells(chunk, schema)
    for index, (candidate, place) in enumerate(zip(candidates, placements, strict=True)):
        yield from cells.findings(index, candidate, place)
