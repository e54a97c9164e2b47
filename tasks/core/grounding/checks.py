"""What speaks against a candidate and against each part of a record without asking any model.

The quote must stand in the chunk, the value in its quote, and neither may be hidden on the page; a choice must be one of the schema's, and
a record must have the parts that its schema requires. Whoever approves of it later, what is found here stands.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tasks.core.normal.dates import MONTHS
from tasks.core.normal.durations import durations_in
from tasks.core.normal.forms import form_of_one, list_entries
from tasks.core.records import Candidate, Citation, Finding, FindingKind, FindingSource, Part, Span
from tasks.core.schema import FieldSpec, FieldType, SchemaField
from tasks.core.text.folding import fold

_ISO_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def value_stands_in_quote(asked: FieldSpec, value: str, quote: str) -> bool:
    """Whether the quote carries the value.

    A clause's value is its quote; text must occur in it; a number's or a sum's digits must; an ISO date's year, month and day
    must (a month by number or English name); a duration's length must be one that the quote names, in whatever words; of a list
    every entry must, and it must have one. Booleans and choices are readings of a quote: the critic judges those. So is a record,
    whose parts are asked one by one.
    """
    if asked.type is FieldType.LIST:
        entries = list_entries(value)
        return bool(entries) and all(_stands_in(asked, entry, quote) for entry in entries)
    return asked.type is FieldType.RECORD or _stands_in(asked, value, quote)


def _stands_in(asked: FieldSpec, value: str, quote: str) -> bool:
    kind = asked.value_type
    if kind in (FieldType.BOOLEAN, FieldType.CHOICE):
        return True
    wanted, source = fold(value).text.casefold(), fold(quote).text.casefold()
    if not wanted:
        return False
    if wanted in source or fold(value, True).text.casefold() in fold(quote, True).text.casefold():
        return True
    if kind is FieldType.DURATION:
        return form_of_one(asked, value) in durations_in(quote)
    if kind is FieldType.DATE:
        return _date_stands_in(wanted, source)
    is_amount = kind in (FieldType.MONEY, FieldType.NUMBER)
    return is_amount and bool(_numbers(wanted)) and _numbers(wanted) <= _numbers(source)


def _date_stands_in(wanted: str, source: str) -> bool:
    parts = _ISO_DATE.match(wanted)
    if parts is None:
        return False
    year, month, day = (int(part) for part in parts.groups())
    numbers = {int(n) for n in re.findall(r"\d+", source)}
    return {year, day} <= numbers and (month in numbers or MONTHS[month - 1] in source)


def _numbers(text: str) -> set[str]:
    """Digit groups with thousands separators and trailing zero decimals taken out."""
    found = (n.replace(",", "") for n in _NUMBER.findall(text))
    return {re.sub(r"\.0+$", "", n) for n in found}


NOT_IN_CHUNK = "the quote does not stand in the source"
NOT_IN_QUOTE = "the value does not stand in its quote"
NO_CHOICE = "the value is none of the choices"
LACKS_PART = "the record lacks a part that it must have"
NO_PARTS = "the record has none of its parts"
HIDDEN = "the words are hidden on the page"
_HIDDEN_SCORE = 0.5
"""The value may well be right, and a person must see it: a generator that is sure may keep it, unsettled."""


def grounding_findings(
    index: int, candidate: Candidate, field: SchemaField, hidden: Sequence[Span]
) -> Iterator[Finding]:
    """What speaks against a candidate and against each of its parts, without asking a model."""
    for part in (None, *candidate.parts):
        about = part or candidate
        objection = _objection(field if part is None else field.part(part.name), about, hidden)
        if objection is not None:
            yield _at(FindingKind.REDUNDANT, index, candidate, part, *objection)
    if field.type is FieldType.RECORD:
        given = {part.name for part in candidate.parts}
        for asked in field.parts:
            if asked.required and asked.name not in given:
                finding = _at(FindingKind.MISSING, index, candidate, None, LACKS_PART, 1.0)
                yield replace(finding, part=asked.name)
        if not given:
            yield _at(FindingKind.REDUNDANT, index, candidate, None, NO_PARTS, 1.0)


def _objection(asked: FieldSpec, about: Candidate | Part, hidden: Sequence[Span]) -> tuple[str, float] | None:
    """(reason, score)"""
    if about.citation is None:
        return NOT_IN_CHUNK, 1.0
    if not value_stands_in_quote(asked, about.value, about.quote):
        return NOT_IN_QUOTE, 1.0
    if asked.choices and not _is_choice(asked, about.value):
        return NO_CHOICE, 1.0
    return (HIDDEN, _HIDDEN_SCORE) if _touches(about.citation, hidden) else None


def _is_choice(asked: FieldSpec, value: str) -> bool:
    values = list_entries(value) if asked.type is FieldType.LIST else (value,)
    return set(values) <= set(asked.choices)


def _at(
    kind: FindingKind, index: int, candidate: Candidate, part: Part | None, reason: str, score: float
) -> Finding:
    about = part or candidate
    name = None if part is None else part.name
    source = FindingSource.GROUNDING
    return Finding(kind, source, candidate.field, index, about.quote, about.citation, score, reason, name)


def _touches(citation: Citation, hidden: Sequence[Span]) -> bool:
    """Whether a cited span and a hidden one share a character."""
    for span in citation.spans:
        index = bisect_right(hidden, span.start, key=lambda h: h.end)
        if index < len(hidden) and hidden[index].start < span.end:
            return True
    return False
