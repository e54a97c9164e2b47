"""The candidate values of a chunk: every range of its text that may be a value of some field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tasks.core.native.request import Request
from tasks.core.native.text.lines import LineCell, TextLine
from tasks.core.native.text.units import is_heading
from tasks.core.schema import FieldType
from tasks.core.values.find import find_values
from tasks.core.values.habit import Habit


class SpanKind(StrEnum):
    """What a range of a text looks like."""

    VALUE = "value"  # a date, sum, number, duration
    NAME = "name"  # of a company or person
    PROPER = "proper"  # capitalised words that may be a name or a place
    PLACE = "place"  # a jurisdiction, court or address
    IDENTIFIER = "identifier"
    LABELLED = "labelled"  # what stands behind a label or in a cell
    PATTERN = "pattern"  # the group of a user's pattern, or a cue that is the value
    PHRASE = "phrase"  # the words behind a cue, or in quotes
    SENTENCE = "sentence"  # for clauses and booleans


@dataclass(frozen=True, slots=True)
class CandidateSpan:
    """A range of a passage."""

    kind: SpanKind
    line: int
    """Index of the request's `cued_lines`."""
    passage_index: int
    start: int
    end: int
    value: str
    form: str | None = None
    cell: LineCell | None = None


_NUMBER = re.compile(
    r"\s*(?:[(（]?\d{1,2}(?:\.\d{1,2}){0,3}[)）.、]?|[(（][a-z一二三四五六七八九十]{1,3}[)）]|[a-z][.)]|[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十\d]{1,3}[条款])\s+(?=\S)|\s*(?:[一二三四五六七八九十]{1,3}、|[(（][一二三四五六七八九十\d]{1,3}[)）]|第[一二三四五六七八九十\d]{1,3}[条款])(?=\S)"
)
"""The number of a clause or list entry."""
TYPED = (FieldType.DATE, FieldType.MONEY, FieldType.NUMBER, FieldType.DURATION)


def is_typed(kind: FieldType) -> bool:
    """Whether the candidates of a field are values, not words or lines."""
    return kind in TYPED or kind is FieldType.CHOICE


def typed_spans(
    request: Request, kind: FieldType, choices: Sequence[str], habit: Habit
) -> list[CandidateSpan]:
    """The values of a type in the request's lines, in order."""
    spans: list[CandidateSpan] = []
    seen: set[tuple[int, int, int]] = set()
    for number, line in enumerate(request.cued_lines):
        for start, end, cell in _pieces(line):
            for v in find_values(kind, line.text[start:end], choices, habit):
                first = line.unit.start + start + v.start
                key = (line.passage_index, first, first + v.end - v.start)
                if key not in seen:
                    seen.add(key)
                    spans.append(CandidateSpan(SpanKind.VALUE, number, *key, v.value, v.form, cell))
    return spans


def _pieces(line: TextLine) -> Iterator[tuple[int, int, LineCell | None]]:
    """The parts of a line that no value may cross: cells and the text between them."""
    at = 0
    for cell in line.cells:
        if at < cell.start:
            yield at, cell.start, None
        yield max(at, cell.start), cell.end, cell
        at = max(at, cell.end)
    if at < len(line.text):
        yield at, len(line.text), None


def sentence_spans(request: Request) -> list[CandidateSpan]:
    """The lines without their numbers, for clauses and booleans; no headings, nor what only
    introduces a list."""
    lines = [
        (n, x)
        for n, x in enumerate(request.lines)
        if not is_heading(x.text) and not x.text.rstrip().endswith((":", "："))
    ]
    return [_sentence(n, line) for n, line in lines]


def _sentence(number: int, line: TextLine) -> CandidateSpan:
    mark = _NUMBER.match(line.text)
    start = mark.end() if mark and mark.end() < len(line.text) else 0
    place = (line.passage_index, line.unit.start + start, line.unit.end)
    return CandidateSpan(SpanKind.SENTENCE, number, *place, line.text[start:])
