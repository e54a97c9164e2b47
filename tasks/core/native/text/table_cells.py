"""What the cells of a table say of a field: the head of its column and the label of its row.

A typed value in a cell belongs to the field that these name, not to the nearest cue: in a rent roll
the sum beside the words "monthly rent" may be the rate for a square foot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.core.native.text.cues import FieldCues, Hit, is_cue, likeness, named_by, shingles
from tasks.core.native.text.lines import LineCell, TextLine
from tasks.core.schema import FieldType
from tasks.core.schema.fields import Cardinality
from tasks.core.values.find import FoundValue, find_values

_WHOLE = 0.62  # as a phrase of several words
_SAYS_LITTLE = re.compile(
    r"(?:total\s+)?(?:amounts?|sums?|values?|figures?|details?|terms?|descriptions?|particulars|information|date|price|rate|percent(?:age)?|us\s?\$|usd|eur|gbp|rmb|[$€£¥￥%]"
    r"|金额|数额|数值|内容|说明|日期|价格|比例)(?:\s*[(（].{0,12}[)）])?",
    re.IGNORECASE,
)
"""Heads that name a kind of value and no field."""


@dataclass(frozen=True, slots=True)
class CellValue:
    """A typed value in a cell that its words say is the field's."""

    value: FoundValue
    cell: LineCell
    named: float
    """How surely, 0..1."""


def line_values(kind: FieldType, line: TextLine, choices: Sequence[str] = ()) -> list[FoundValue]:
    """The typed values of a line, in order; none lies over two cells: "2026 | EUR 40,000"."""
    if not line.cells:
        return find_values(kind, line.text, choices)
    values: list[FoundValue] = []
    at = 0
    for start, end in [*((c.start, c.end) for c in line.cells), (len(line.text), len(line.text))]:
        for first, last in ((at, start), (max(at, start), end)):
            found = find_values(kind, line.text[first:last], choices) if first < last else []
            values += [FoundValue(v.value, v.start + first, v.end + first) for v in found]
        at = max(at, end)
    return values


def how_named(cues: FieldCues, cell: LineCell) -> float:
    """How surely head and label name the field, 0..1; a head that is a cue, whole, says it alone."""
    whole = any(is_cue(cues, text.strip(" :：")) for text in (cell.column, cell.row))
    return max(named_by(cues, cell_words(cell)), _WHOLE if whole else 0.0)


def cell_words(cell: LineCell) -> str:
    """Head and label in both orders: "Monthly" over "rent" is the monthly rent."""
    return f"{cell.column} {cell.row}\n{cell.row} {cell.column}"


def says_little(cell: LineCell) -> bool:
    """Whether no head says what the cell means."""
    return not cell.column or bool(_SAYS_LITTLE.fullmatch(cell.column.strip()))


def named_values(cues: FieldCues, line: TextLine, values: Sequence[FoundValue]) -> list[CellValue]:
    """The values in cells whose head or label names the field; of a row's cells the likest ones."""
    found: list[CellValue] = []
    for value in values:
        cell = cell_of(line, value)
        if cues.field.cardinality is Cardinality.ONE and any(x.cell is cell for x in found):
            continue  # behind the value come its conditions: "2.75 %, if Leverage is below 2.50:1 2.25 %"
        named = how_named(cues, cell) if cell is not None else 0.0
        if cell is not None and named > 0.0:
            found.append(CellValue(value, cell, named))
    title = shingles(cues.field.title)
    best: dict[str, tuple[float, float]] = {}
    for x in found:
        rank = (round(x.named, 4), likeness(title, shingles(x.cell.column)))
        best[x.cell.row] = max(best.get(x.cell.row, rank), rank)
    return [
        x for x in found if (round(x.named, 4), likeness(title, shingles(x.cell.column))) == best[x.cell.row]
    ]


def cell_of(line: TextLine, value: FoundValue) -> LineCell | None:
    """The cell in which most of the value stands."""
    overlaps = [(min(c.end, value.end) - max(c.start, value.start), c) for c in line.cells]
    best = max(overlaps, key=lambda x: x[0], default=None)
    return best[1] if best is not None and 2 * best[0] > value.end - value.start else None


def untold_values(line: TextLine, values: Sequence[FoundValue]) -> list[FoundValue]:
    """The values of which no cell says what they are: a cue near them may."""
    cells = ((value, cell_of(line, value)) for value in values)
    return [value for value, cell in cells if cell is None or says_little(cell)]


def hits_of_prose(line: TextLine, hits: Sequence[Hit]) -> list[Hit]:
    """The hits that are no head, label or cell of the line's tables."""
    if not line.cells and not line.head_rows:
        return list(hits)
    told = " \n ".join({text.casefold() for c in line.cells for text in (c.column, c.row)})
    rows = [*line.head_rows, *_printed_rows(line)]
    return [h for h in hits if not _in_table(line, h, rows, told)]


def _in_table(line: TextLine, hit: Hit, rows: Sequence[tuple[int, int]], told: str) -> bool:
    words = " ".join(line.text[hit.start : hit.end].split()).casefold()
    return words in told or any(start <= hit.start < end for start, end in rows)


def _printed_rows(line: TextLine) -> Iterator[tuple[int, int]]:
    for cell in line.cells:
        end = line.text.find("\n", cell.end)
        yield line.text.rfind("\n", 0, cell.start) + 1, len(line.text) if end < 0 else end


def quote_range(line: TextLine, cell: LineCell) -> tuple[int, int]:
    """The range, in the passage, of the printed lines from the row's label to the cell."""
    label = r"\s+".join(map(re.escape, cell.row.split()))
    found = [m.start() for m in re.finditer(label, line.text[: cell.start])] if label else []
    start = line.text.rfind("\n", 0, found[-1] if found else cell.start) + 1
    end = line.text.find("\n", cell.end)
    return line.unit.start + start, line.unit.start + (len(line.text) if end < 0 else end)
