"""Check candidates and the parts of records without a model.

The quote must be in the chunk, and the value in the quote; the page must say the words to its reader. A
choice must be one of the schema's choices, and a record must have its required parts. No critic
overrules a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.core.grounding.unprovable import UnprovableWords
from tasks.core.normal.dates import MONTHS
from tasks.core.normal.durations import durations_in
from tasks.core.normal.forms import form_of_one, list_entries
from tasks.core.records import Candidate, Finding, FindingKind, FindingSource, Part
from tasks.core.schema import FieldSpec, FieldType, SchemaField
from tasks.core.text.folding import fold

_ISO_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def value_stands_in_quote(spec: FieldSpec, value: str, quote: str) -> bool:
    """Whether the quote contains the value.

    Text must be in the quote; of a number or sum, the digits; of an ISO date, year, month (as
    number or English name) and day; of a duration, the same length in any words. A list needs at
    least one entry, and each must be in the quote. Always true for booleans and choices, which only
    a critic can judge, and for records, whose parts are checked one by one.
    """
    if spec.type is FieldType.LIST:
        entries = list_entries(value)
        return bool(entries) and all(_stands_in(spec, entry, quote) for entry in entries)
    return spec.type is FieldType.RECORD or _stands_in(spec, value, quote)


def _stands_in(spec: FieldSpec, value: str, quote: str) -> bool:
    kind = spec.value_type
    if kind in (FieldType.BOOLEAN, FieldType.CHOICE):
        return True
    text, source = fold(value).text.casefold(), fold(quote).text.casefold()
    if not text:
        return False
    if text in source or fold(value, True).text.casefold() in fold(quote, True).text.casefold():
        return True
    if kind is FieldType.DURATION:
        return form_of_one(spec, value) in durations_in(quote)
    if kind is FieldType.DATE:
        return _date_stands_in(text, source)
    is_amount = kind in (FieldType.MONEY, FieldType.NUMBER)
    return is_amount and bool(_numbers(text)) and _numbers(text) <= _numbers(source)


def _date_stands_in(iso_date: str, source: str) -> bool:
    parts = _ISO_DATE.match(iso_date)
    if parts is None:
        return False
    year, month, day = (int(part) for part in parts.groups())
    numbers = {int(n) for n in re.findall(r"\d+", source)}
    return {year, day} <= numbers and (month in numbers or MONTHS[month - 1] in source)


def _numbers(text: str) -> set[str]:
    """The numbers in a text without thousands separators and trailing zero decimals."""
    return {re.sub(r"\.0+$", "", n.replace(",", "")) for n in _NUMBER.findall(text)}


# These reasons are stored, and compared by replays.
NOT_IN_CHUNK = "the quote does not stand in the source"
NOT_IN_QUOTE = "the value does not stand in its quote"
NO_CHOICE = "the value is none of the choices"
LACKS_PART = "the record lacks a part that it must have"
NO_PARTS = "the record has none of its parts"
_UNPROVABLE_SCORE = 0.5  # the value may be right, but a person must look at it


def grounding_findings(
    index: int, candidate: Candidate, field: SchemaField, unprovable: UnprovableWords
) -> Iterator[Finding]:
    """Findings about a candidate and each of its parts.

    Args:
        index: Of the candidate in its answer.
        unprovable: The words of the document that prove nothing.
    """
    redundant, source = FindingKind.REDUNDANT, FindingSource.GROUNDING
    for part in (None, *candidate.parts):
        spec, name = (field, None) if part is None else (field.part(part.name), part.name)
        subject = part or candidate
        problem = _problem(spec, subject, unprovable)
        if problem is not None:
            about = (source, candidate.field, index, subject.quote, subject.citation)
            yield Finding(redundant, *about, *problem, name)
    if field.type is FieldType.RECORD:
        names = {part.name for part in candidate.parts}
        about = (source, candidate.field, index, candidate.quote, candidate.citation)
        for spec in field.parts:
            if spec.required and spec.name not in names:
                yield Finding(FindingKind.MISSING, *about, 1.0, LACKS_PART, spec.name)
        if not names:
            yield Finding(redundant, *about, 1.0, NO_PARTS)


def _problem(
    spec: FieldSpec, subject: Candidate | Part, unprovable: UnprovableWords
) -> tuple[float, str] | None:
    """Score and reason."""
    if subject.citation is None:
        return 1.0, NOT_IN_CHUNK
    if not value_stands_in_quote(spec, subject.value, subject.quote):
        return 1.0, NOT_IN_QUOTE
    if spec.choices and not _is_choice(spec, subject.value):
        return 1.0, NO_CHOICE
    reason = unprovable.reason(subject.citation)
    return None if reason is None else (_UNPROVABLE_SCORE, reason)


def _is_choice(spec: FieldSpec, value: str) -> bool:
    values = list_entries(value) if spec.type is FieldType.LIST else (value,)
    return set(values) <= set(spec.choices)
