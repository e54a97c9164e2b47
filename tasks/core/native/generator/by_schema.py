"""Reads fields without a trained head: by cues, patterns, examples, and typed values near a cue.

It needs no labels and no training. Notes count less than body text, as with generators that were
trained on contract bodies; the critic finds what is missed there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tasks.core.native.text.cues import (
    FieldCues,
    Hit,
    example_likeness,
    find_hits,
    likeness,
    shingles,
    strength,
)
from tasks.core.native.text.examples import Exemplar, Surroundings, resemblance
from tasks.core.native.text.lines import LineCell, TextLine
from tasks.core.native.text.table_cells import (
    CellValue,
    hits_of_prose,
    line_values,
    named_values,
    quote_range,
    untold_values,
)
from tasks.core.native.text.units import is_heading
from tasks.core.schema import FieldType
from tasks.core.values.find import FoundValue, find_values
from tasks.core.values.forms import list_value

DRAFT_BAR = 0.5
_NOTE_WEIGHT = 0.6
_EXAMPLE_WEIGHT = 0.9
_HEADING_WEIGHT = 0.35
_NEAR_CHARS = 120
_TITLED = 0.62  # as a phrase of several words
_LONGEST_CELL = 200  # characters of a text's value
_LEAST_CHARS, _LEAST_SCORE = 25, 0.02
"""Shorter lines, and lines less like the examples, are not read."""


@dataclass(frozen=True, slots=True)
class CuedValue:
    """A value read from a line."""

    value: str
    start: int
    end: int
    """The range of the quote in its passage."""
    score: float
    cell: LineCell | None = None
    """Of a value that a table's head or label gives."""


def read_field(
    cues: FieldCues, lines: Sequence[TextLine], weigh_notes: bool = True
) -> Iterator[tuple[TextLine, CuedValue]]:
    """Every value of a field with any evidence, however low its score.

    Args:
        weigh_notes: Whether notes count less.
    """
    for line in lines:
        weight = _NOTE_WEIGHT if weigh_notes and line.is_note else 1.0
        for reading in _read_line(cues, line):
            yield line, replace(reading, score=min(0.99, reading.score * weight))


def _read_line(cues: FieldCues, line: TextLine) -> list[CuedValue]:
    hits = find_hits(cues, line.text)
    kind = cues.field.type
    if kind is FieldType.CLAUSE:
        return _clause(cues, line, hits)
    if kind in (FieldType.TEXT, FieldType.NAME):
        titled = _titled_cells(cues, line)
        prose = hits_of_prose(line, hits) if titled else hits
        return [*titled, *(_phrase(cues, line, h, hits) for h in _longest(prose))]
    if kind is FieldType.BOOLEAN:
        return [_at(line, "true", strength(hits))] if hits else []
    if kind is FieldType.LIST:
        return _listed(cues, line, hits)
    if kind is FieldType.RECORD:
        return []  # Cues cannot tell which values belong together.
    return _typed(cues, line, hits)


def _clause(cues: FieldCues, line: TextLine, hits: Sequence[Hit]) -> list[CuedValue]:
    if cues.exemplar is not None:
        return _like_examples(cues, cues.exemplar, line, hits)
    alike = example_likeness(cues, line.text)
    if not hits and alike < 0.3:
        return []
    headed = _HEADING_WEIGHT if any(find_hits(cues, h) for h in line.headings[-1:]) else 0.0
    against = (1.0 - strength(hits)) * (1.0 - _EXAMPLE_WEIGHT * alike) * (1.0 - headed)
    return [_at(line, line.text, 1.0 - against)]


def _like_examples(
    cues: FieldCues, exemplar: Exemplar, line: TextLine, hits: Sequence[Hit]
) -> list[CuedValue]:
    if len(line.text) < _LEAST_CHARS:
        return []
    above = line.headings[-1] if line.headings else ""
    around = Surroundings(
        strength(hits),
        float(bool(above) and bool(find_hits(cues, above))),
        likeness(shingles(cues.field.title), shingles(above)),
        is_heading(line.text),
    )
    score = resemblance(exemplar, shingles(line.text), len(line.text), around)
    return [_at(line, line.text, score)] if score >= _LEAST_SCORE else []


def _phrase(cues: FieldCues, line: TextLine, hit: Hit, hits: Sequence[Hit]) -> CuedValue:
    """The words of the cue, or of its pattern's group."""
    score = max(strength([hit]), 0.55) if hit.is_pattern or cues.field.cues else strength(hits)
    return _at(line, _words(line, hit), score)


def _typed(cues: FieldCues, line: TextLine, hits: Sequence[Hit]) -> list[CuedValue]:
    """Values of the field's type: the one in a pattern's group, else the one nearest to each cue.

    Without a cue in the line, a cue in its heading gives the first value.
    """
    values = line_values(cues.field.type, line, cues.field.choices)
    grouped = [h for h in hits if h.is_pattern and (h.value_start, h.value_end) != (h.start, h.end)]
    if grouped:
        return [_at(line, _grouped_value(h, values, line), strength(hits)) for h in grouped]
    told = [_in_cell(line, x) for x in named_values(cues, line, values)] if line.cells else []
    if line.cells or line.head_rows:
        values, hits = untold_values(line, values), hits_of_prose(line, hits)
    if not values or told:
        return told
    if hits:
        nearest = {min(values, key=lambda v, h=h: _distance(v, h)) for h in hits}
        kept = [v for v in values if v in nearest and min(_distance(v, h) for h in hits) <= _NEAR_CHARS]
        return [_at(line, v.value, strength(hits)) for v in kept]
    if any(find_hits(cues, h) for h in line.headings[-1:]):
        return [_at(line, values[0].value, _HEADING_WEIGHT)]
    return []


def _in_cell(line: TextLine, found: CellValue) -> CuedValue:
    return CuedValue(found.value.value, *quote_range(line, found.cell), found.named, found.cell)


def _titled_cells(cues: FieldCues, line: TextLine) -> list[CuedValue]:
    """The words of cells whose label, or head if there is no label, is the field's title."""
    title = " ".join(cues.field.title.split()).casefold()
    cells = [c for c in line.cells if (c.row or c.column).strip(" :：").casefold() == title]
    texts = ((c, " ".join(line.text[c.start : c.end].split())) for c in cells)
    return [
        CuedValue(text, *quote_range(line, c), _TITLED, c)
        for c, text in texts
        if 0 < len(text) <= _LONGEST_CELL
    ]


def _listed(cues: FieldCues, line: TextLine, hits: Sequence[Hit]) -> list[CuedValue]:
    """A line's values as one list: the words of its cues, or all values of the entries' type."""
    if not hits:
        return []
    field = cues.field
    if field.items in (FieldType.TEXT, FieldType.NAME):
        entries = [_words(line, h) for h in _longest(hits)]
    else:
        entries = [v.value for v in find_values(field.value_type, line.text, field.choices)]
    return [_at(line, list_value(dict.fromkeys(entries)), strength(hits))] if entries else []


def _grouped_value(hit: Hit, values: Sequence[FoundValue], line: TextLine) -> str:
    """The typed value that overlaps a pattern's group, else the group's words."""
    inside = next((v for v in values if v.start < hit.value_end and v.end > hit.value_start), None)
    return inside.value if inside else _words(line, hit)


def _words(line: TextLine, hit: Hit) -> str:
    return line.text[hit.value_start : hit.value_end].strip()


def _distance(value: FoundValue, hit: Hit) -> int:
    return max(0, value.start - hit.end, hit.start - value.end)


def _longest(hits: Sequence[Hit]) -> list[Hit]:
    """The longest of overlapping hits: "SQL Server" is not also "SQL"."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.start - h.end, h.start)):
        if all(hit.end <= k.start or hit.start >= k.end for k in kept):
            kept.append(hit)
    return sorted(kept, key=lambda h: h.start)


def _at(line: TextLine, value: str, score: float) -> CuedValue:
    return CuedValue(value, line.unit.start, line.unit.end, score)
