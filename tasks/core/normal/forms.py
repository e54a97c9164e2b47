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

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import cast

from tasks.core.normal.dates import date_form
from tasks.core.normal.durations import duration_form
from tasks.core.normal.money import money_form
from tasks.core.normal.numerals import NUMBER, in_digits, plain
from tasks.core.records import Part
from tasks.core.schema import FieldSpec, FieldType
from tasks.core.text.folding import fold


def list_value(entries: Iterable[str]) -> str:
    return json.dumps(list(entries), ensure_ascii=False)


def list_entries(value: str) -> tuple[str, ...]:
    """The entries of a list's value; a text that is no JSON list is a list of one."""
    try:
        read: object = json.loads(value)
    except (ValueError, RecursionError):
        return (value,)
    if not isinstance(read, list):
        return (value,)
    entries = cast("list[object]", read)
    if any(isinstance(entry, list | dict) or entry is None for entry in entries):
        return (value,)
    return tuple(entry if isinstance(entry, str) else json.dumps(entry) for entry in entries)


def record_value(parts: Iterable[Part]) -> str:
    return json.dumps({part.name: part.value for part in parts}, ensure_ascii=False)


_YES, _NO = frozenset({"true", "yes", "是"}), frozenset({"false", "no", "否"})


def boolean_form(_: FieldSpec, value: str) -> str | None:
    word = fold(value).text.casefold().rstrip(".。")
    if word in _YES:
        return "true"
    return "false" if word in _NO else None


_PERCENT = re.compile(r"\s*(?:%|per\s?cent\b|percentum\b|per\s?centum\b)", re.IGNORECASE)
_HAN_PERCENT = re.compile(rf"百分之({NUMBER})", re.ASCII)
_TWICE = re.compile(r"(.+?)\s*\(\s*\1\s*\)")
_BOUND = re.compile(
    r"(?:(?:at least|at most|up to|no more than|not more than|no less than|not less than|a minimum of|a maximum of)\s+|不超过|不低于|不少于|至少|最多)+",
    re.IGNORECASE,
)
_MEASURE = re.compile(
    rf"(?P<number>-?{NUMBER})\s*(?P<unit>[%‰](?: per annum| p\.a\.)?|[^\W\d_]+(?:/[^\W\d_]+)?|(?:business|working|calendar|basis) [a-z]+)?\.?",
    re.IGNORECASE,
)
_NO_UNIT = re.compile(
    r"or|and|to|plus|minus|less|more|times|point|half|per|of|in|is|by|an?|the|st|nd|rd|th|dozen|hundred|thousand|million|billion|trillion",
    re.IGNORECASE,
)
_VAGUE = re.compile(r"[上下余餘多左右约約或和至几幾半百千万萬亿億分之点]")


def number_form(_: FieldSpec, value: str) -> str | None:
    """The number and its unit; None for ranges, fractions, and numbers that are only about right."""
    text = in_digits(value)
    if text is None:
        return None
    text = _BOUND.sub("", _PERCENT.sub(" %", _HAN_PERCENT.sub(r"\1 %", text))).strip()
    match = _MEASURE.fullmatch(_TWICE.sub(r"\1", text))
    if match is None:
        return None
    unit = match["unit"] or ""
    if _NO_UNIT.fullmatch(unit) or _VAGUE.search(unit):
        return None
    return f"{plain(Decimal(match['number']))} {unit}".rstrip()


__all__ = ["form_of_one", "normal_form"]

_MAX_CHARS = 300
"""What is longer is a passage, not a value."""
_FORMS: dict[FieldType, Callable[[FieldSpec, str], str | None]] = {
    FieldType.DATE: date_form,
    FieldType.MONEY: money_form,
    FieldType.DURATION: duration_form,
    FieldType.NUMBER: number_form,
    FieldType.BOOLEAN: boolean_form,
}


def normal_form(asked: FieldSpec, value: str) -> str | None:
    """The normal form of a value; None where it cannot be told for sure, and for types that are words. A record's parts have their own."""
    if asked.type is not FieldType.LIST:
        return form_of_one(asked, value)
    forms = [form_of_one(asked, entry) for entry in list_entries(value)]
    told = [form for form in forms if form is not None]
    return list_value(told) if told and len(told) == len(forms) else None


def form_of_one(asked: FieldSpec, value: str) -> str | None:
    """The normal form of a single value: of a list's type, one entry."""
    form = _FORMS.get(asked.value_type)
    if form is None or len(value) > _MAX_CHARS or _has_small_digits(value):
        return None
    return form(asked, value)


def _has_small_digits(value: str) -> bool:
    """`30¹ days`: the small one is a note's marker or a power, and folding would make 301 of it."""
    return any(unicodedata.category(character) == "No" for character in value)
