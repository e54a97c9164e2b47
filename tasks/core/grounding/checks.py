"""Check candidates and the parts of records without a model.

The quote must be in the chunk, and the value in the quote; the page must say the words to its reader. A
choice must be one of the schema's choices, and a record must have its required parts. No critic
overrules a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.core.grounding.unprovable import UnprovableWords
from tasks.core.records import Candidate, Finding, FindingKind, FindingSource, Part
from tasks.core.schema import FieldSpec, FieldType, SchemaField
from tasks.core.text.folding import fold
from tasks.core.values.amounts import Amount, amounts_in
from tasks.core.values.dates import possible_dates
from tasks.core.values.durations import length_of, lengths_in
from tasks.core.values.forms import list_entries
from tasks.core.values.habit import UNKNOWN_HABIT
from tasks.core.values.measures import numbers_in
from tasks.core.values.money import decided
from tasks.core.values.sums import sums_in

_ISO_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def value_stands_in_quote(spec: FieldSpec, value: str, quote: str) -> bool:
    """Whether the quote contains the value.

    Text must be in the quote; of a number or sum, the same amount, whole, in any words: neither
    `EUR 4.200` nor `EUR 200,00` stands in `EUR 4.200,00`; of an ISO date, the same date in
    any words, or its year, month and day; of a duration, the same length in any words. A list needs at
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
    if kind in (FieldType.MONEY, FieldType.NUMBER):
        return _amount_stands_in(value, quote)
    if text in source or fold(value, True).text.casefold() in fold(quote, True).text.casefold():
        return True
    if kind is FieldType.DURATION:
        return length_of(value) in lengths_in(quote)
    is_date = kind is FieldType.DATE
    return is_date and (value in possible_dates(quote) or _date_stands_in(text, source))


def _date_stands_in(iso_date: str, source: str) -> bool:
    parts = _ISO_DATE.match(iso_date)
    if parts is None:
        return False
    year, month, day = (int(part) for part in parts.groups())
    numbers = {int(n) for n in re.findall(r"\d+", source)}
    return {year, day} <= numbers and (month in numbers or _MONTHS[month - 1] in source)


def _amount_stands_in(value: str, quote: str) -> bool:
    pairs = [(fold(value, join).text, fold(quote, join).text) for join in (False, True)]
    if any(_stands_whole(words.casefold(), source) for words, source in pairs):
        return True
    said = _whole_amounts(pairs[0][0])
    there = [amount for _, source in pairs for amount in _whole_amounts(source)]
    return bool(said) and all(any(_is_same(amount, other) for other in there) for amount in said)


def _stands_whole(words: str, source: str) -> bool:
    """Whether the words stand in a text and cut none of its amounts."""
    plain = source.casefold()
    start = plain.find(words)
    while start >= 0:
        end = start + len(words)
        inside = [a for a in _whole_amounts(plain) if a.start < end and start < a.end]
        if all(start <= a.start and a.end <= end for a in inside):
            return True
        start = plain.find(words, start + 1)
    return False


def _whole_amounts(text: str) -> list[Amount]:
    """The sums of a text, its other numbers with their units, and what is left of its amounts."""
    whole: list[Amount] = []
    for amounts in (sums_in(text), numbers_in(text), amounts_in(text)):
        taken = [(a.start, a.end) for a in whole]
        whole += [a for a in amounts if not any(a.start < end and start < a.end for start, end in taken)]
    return whole


def _is_same(said: Amount, there: Amount) -> bool:
    """Whether both are one exact amount, or both leave the same open."""
    if said.is_vague or there.is_vague:
        return False
    exact = decided(said, UNKNOWN_HABIT)
    return exact == decided(there, UNKNOWN_HABIT) if exact is not None else said.readings == there.readings


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
