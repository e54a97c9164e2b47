"""Does a value stand in its quote? A quote that is on the page proves nothing for a value that is not in the quote.

Deterministic, asked before any critic. Free of models and servers; what a value's normal form is, `tasks.core.normal` says.
"""

from __future__ import annotations

import re

from tasks.core.composite import list_entries
from tasks.core.folding import fold
from tasks.core.months import MONTHS
from tasks.core.normal import form_of_one
from tasks.core.normal.durations import durations_in
from tasks.core.schema import Asked, FieldType

_ISO_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def value_stands_in_quote(asked: Asked, value: str, quote: str) -> bool:
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


def _stands_in(asked: Asked, value: str, quote: str) -> bool:
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
