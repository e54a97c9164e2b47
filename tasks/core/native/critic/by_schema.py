"""Judges values of fields without a head by the field's definition in the schema.

It checks what the generator does not: is the value denied, is it a word of its own, is it of the
field's type, is the line a heading or in a table of contents, does it read like the definition and
the examples? Notes count as much as body text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.core.native.generator.by_schema import read_field
from tasks.core.native.request import Request
from tasks.core.native.text.cues import (
    FieldCues,
    example_likeness,
    find_hits,
    likeness,
    shingles,
    strength,
)
from tasks.core.native.text.lines import LineCell, TextLine
from tasks.core.native.text.table_cells import cell_of, cell_words, how_named, line_values, says_little
from tasks.core.native.text.units import is_heading
from tasks.core.schema import FieldType
from tasks.core.text.look_alikes import folded
from tasks.core.text.negation import DENIED, Stand, stands
from tasks.core.values.find import MEASURED_TYPES, find_values
from tasks.core.values.forms import list_entries

RIGHT_BAR = 0.5
MISSING_BAR = 0.55
RIGHT_WITH_OBJECTION = 0.08
_SOMEBODY_ELSE = re.compile(
    r"\b(?:father|mother|brother|sister|uncle|aunt|grand\w+|family history)\b|父亲|母亲|兄弟|姐妹|家族史"
)
"""Before a value that is named of another person."""
_ELSEWHERE = 0.65
"""Factor for a clause under another field's heading: strong evidence passes, a phrase does not."""
OTHER_CELL = "neither the head of its column nor the label of its row names the field"
_OTHER_CELL = 0.45
_NEAR_CHARS = 45
_SENTENCE_BREAK = re.compile(r"[.;。；!?！？]\s|\b(?:but|however|except|besides)\b|但|然而")
_CONTENTS = re.compile(r"(?:\.\s?){5,}|…{2,}|…\s*\d+\s*$")
"""Dot leaders: a line of a table of contents, or a blank to be filled in."""
_ALIKE_ALONE = 0.5
"""The likeness to an example at which a line without a cue can count as overlooked."""
_EDGE_WORDS = re.compile(r"[A-Za-z0-9+#]")


@dataclass(frozen=True, slots=True)
class Opinion:
    """How likely a value is right, 0..1, and the objection to it, if there is one."""

    right: float
    reason: str


def judge(
    name: str,
    value: str,
    quote: str,
    heading: str,
    schema_cues: Mapping[str, FieldCues],
    told_by: Sequence[LineCell] = (),
) -> Opinion:
    """Judge a value that was read from a quote, by the schema's definitions alone.

    Args:
        name: The field.
        heading: The quote's heading, empty if there is none.
        schema_cues: The cues of all fields, since the heading may be another field's.
        told_by: The table cells that the value may stand in; empty: it stands in none, or its cell
            does not say what it is.
    """
    cues = schema_cues[name]
    if objection := objection_to(cues, value, quote):
        return Opinion(RIGHT_WITH_OBJECTION, objection)
    if told_by:
        right = max(_support(cues, value, cell_words(c), "", how_named(cues, c)) for c in told_by)
        # A head may be misread, so the doubt stays weak: a person decides.
        return Opinion(right, "") if right >= RIGHT_BAR else Opinion(max(right, _OTHER_CELL), OTHER_CELL)
    right = _support(cues, value, quote, heading)
    if cues.field.type is FieldType.CLAUSE and _headed_elsewhere(name, heading, schema_cues):
        right *= _ELSEWHERE
        return Opinion(right, "" if right >= RIGHT_BAR else "it stands under the heading of another field")
    return Opinion(right, "" if right >= RIGHT_BAR else "little in the text speaks for this field")


def overlooked_values(
    name: str, request: Request, covered: list[tuple[int, int, int]]
) -> list[tuple[TextLine, float]]:
    """Lines with evidence for a field that none of its candidates touches, and P(right) of each.

    Args:
        covered: (passage index, start, end) of the field's candidates.
    """
    cues = request.cues[name]
    best: dict[tuple[int, int], tuple[TextLine, float]] = {}
    for line, reading in read_field(cues, request.cued_lines, weigh_notes=False):
        index = line.passage_index
        if any(p == index and s < reading.end and e > reading.start for p, s, e in covered):
            continue
        # Words of the definition alone are too weak as evidence.
        if (
            reading.cell is None
            and not find_hits(cues, line.text)
            and example_likeness(cues, line.text) < _ALIKE_ALONE
        ):
            continue
        heading = line.headings[-1] if line.headings else ""
        told_by = () if reading.cell is None else (reading.cell,)
        right = judge(name, reading.value, line.text, heading, request.cues, told_by).right
        key = (index, line.unit.start)
        if right >= MISSING_BAR and right > best.get(key, (line, 0.0))[1]:
            best[key] = (line, right)
    return list(best.values())


def told_by_cells(
    request: Request, place: tuple[int, int, int], value: str, cues: FieldCues
) -> list[LineCell]:
    """The cells with heads or labels in which a value of a quote stands; none if it stands outside.

    Args:
        place: Passage index, start and end of the quote.
    """
    (index, start, end), kind = place, cues.field.type
    if kind not in MEASURED_TYPES:
        return []
    told: list[LineCell] = []
    for line in request.cued_lines:
        if line.passage_index != index or line.unit.start >= end or line.unit.end <= start:
            continue
        inside = max(0, start - line.unit.start), end - line.unit.start
        for found in line_values(kind, line):
            if found.value != value or found.start < inside[0] or found.end > inside[1]:
                continue
            cell = cell_of(line, found)
            if cell is None or (says_little(cell) and not how_named(cues, cell)):
                return []  # the words around it may say what it is
            told.append(cell)
    return told


def _headed_elsewhere(name: str, heading: str, schema_cues: Mapping[str, FieldCues]) -> bool:
    """The heading has cues of another clause field, but no cue or title word of this one."""
    cues = schema_cues[name]
    if not heading or find_hits(cues, heading) or shingles(cues.field.title) & shingles(heading):
        return False
    others = (c for n, c in schema_cues.items() if n != name and c.field.type is FieldType.CLAUSE)
    return any(find_hits(c, heading) for c in others)


def _support(cues: FieldCues, value: str, quote: str, heading: str, named: float = 0.0) -> float:
    hits = max(named, strength(find_hits(cues, quote)))
    alike = 0.8 * example_likeness(cues, quote)
    defined = min(0.4, 2.0 * likeness(cues.definition, shingles(quote)))
    headed = 0.3 if heading and find_hits(cues, heading) else 0.0
    if cues.field.type in (FieldType.TEXT, FieldType.NAME) and _is_known(cues, value):
        hits = max(hits, 0.7)
    return 1.0 - (1.0 - hits) * (1.0 - alike) * (1.0 - defined) * (1.0 - headed)


def objection_to(cues: FieldCues, value: str, quote: str) -> str:
    """The objection to a value, or to a list's first bad entry; empty if there is none."""
    kind = cues.field.value_type
    values = list_entries(value) if cues.field.type is FieldType.LIST else (value,)
    return next((reason for v in values if (reason := _objection_to_one(kind, v, quote))), "")


def _objection_to_one(kind: FieldType, value: str, quote: str) -> str:
    if kind is FieldType.CLAUSE and (is_heading(quote) or _CONTENTS.search(quote)):
        return "a heading, not a provision"
    if kind in (FieldType.TEXT, FieldType.NAME) and not _stands_alone(value, quote):
        return "the value is only a part of another word"
    if kind in (FieldType.TEXT, FieldType.NAME, FieldType.CHOICE) and (reason := _not_asserted(value, quote)):
        return reason
    if kind in MEASURED_TYPES and not find_values(kind, quote):
        return f"no {kind.value} stands in the quote"
    return ""


def _is_known(cues: FieldCues, value: str) -> bool:
    """Whether the value is one of the field's own cue words."""
    return any(not c.is_pattern and c.pattern.fullmatch(value.strip()) for c in cues.cues)


def _stands_alone(value: str, quote: str) -> bool:
    """Whether an occurrence of the value in the quote is not a part of a longer word."""
    plain, words = (" ".join(folded(text).lower().split()) for text in (quote, value))
    start = plain.find(words)
    while start >= 0:
        end = start + len(words)
        before, after = plain[start - 1 : start], plain[end : end + 1]
        if not (_joins(before) and _joins(words[:1])) and not (_joins(after) and _joins(words[-1:])):
            return True
        start = plain.find(words, start + 1)
    return False


def _joins(character: str) -> bool:
    return bool(character) and bool(_EDGE_WORDS.match(character))


def _not_asserted(value: str, quote: str) -> str:
    """Why the quote names the value without asserting it; empty if one occurrence asserts it."""
    plain, words = folded(quote).lower(), folded(value).lower().strip()
    matches = re.finditer(re.escape(words), plain) if words else ()
    reasons = [_objection_at(plain, *m.span()) for m in matches]
    return reasons[0] if reasons and all(reasons) else ""


def _objection_at(plain: str, start: int, end: int) -> str:
    first = max(0, start - _NEAR_CHARS)
    first = plain.find(" ", first, start) + 1 or first if first else 0  # no part of a word
    near = plain[first : end + _NEAR_CHARS]
    if _SOMEBODY_ELSE.search(_SENTENCE_BREAK.split(near[: start - first])[-1]):
        return "the text says it of somebody else"
    standing = stands(near, start - first, end - first)
    if standing.is_denied and standing.stand in (Stand.DENIED, Stand.CONDITIONAL):
        return DENIED
    # What only something else denies ("shall not disclose it to Acme") is named all the same.
    return standing.reason if standing.stand is Stand.UNCERTAIN and not standing.denials else ""
