"""Normal forms: one way to write what a value says, whatever words a contract uses.

    date      1999-06-21, 1999-06, 1999            ISO 8601
    money     USD 5000000, $ 5000000               ISO 4217, or the sign where it may mean several currencies
    duration  P30D, P3Y6M, P10D business           ISO 8601, and which days are counted where not all are
    number    6.2 %, 1500, 5 mg
    boolean   true, false
    list      ["P30D", "P60D"]                     the forms of its entries, if every one has one

A pure function of what is asked for and a value, for people who sort, sum and compare; the value itself stays as the text has it. Nothing is ever
guessed: where the words leave a doubt, or say more than the form could, there is none. Not for the served models: they need none of it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from tasks.core.composite import list_entries, list_value
from tasks.core.normal.booleans import boolean_form
from tasks.core.normal.dates import date_form
from tasks.core.normal.durations import duration_form
from tasks.core.normal.money import money_form
from tasks.core.normal.numbers import number_form
from tasks.core.schema import Asked, FieldType

__all__ = ["form_of_one", "normal_form"]

_MAX_CHARS = 300
"""What is longer is a passage, not a value."""
_FORMS: dict[FieldType, Callable[[Asked, str], str | None]] = {
    FieldType.DATE: date_form,
    FieldType.MONEY: money_form,
    FieldType.DURATION: duration_form,
    FieldType.NUMBER: number_form,
    FieldType.BOOLEAN: boolean_form,
}


def normal_form(asked: Asked, value: str) -> str | None:
    """The normal form of a value; None where it cannot be told for sure, and for types that are words. A record's parts have their own."""
    if asked.type is not FieldType.LIST:
        return form_of_one(asked, value)
    forms = [form_of_one(asked, entry) for entry in list_entries(value)]
    told = [form for form in forms if form is not None]
    return list_value(told) if told and len(told) == len(forms) else None


def form_of_one(asked: Asked, value: str) -> str | None:
    """The normal form of a single value: of a list's type, one entry."""
    form = _FORMS.get(asked.value_type)
    if form is None or len(value) > _MAX_CHARS or _has_small_digits(value):
        return None
    return form(asked, value)


def _has_small_digits(value: str) -> bool:
    """`30¹ days`: the small one is a note's marker or a power, and folding would make 301 of it."""
    return any(unicodedata.category(character) == "No" for character in value)
