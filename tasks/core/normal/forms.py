"""Normal forms of values, to sort, sum and compare; the value keeps the words of the text.

    date      1999-06-21, 1999-06, 1999     ISO 8601
    money     USD 5000000, $ 5000000        ISO 4217, or the sign if it may mean several currencies
    duration  P30D, P3Y6M, P10D business    ISO 8601, and the type of day if not all days count
    number    6.2 %, 1500, 5 mg
    boolean   true, false
    list      ["P30D", "P60D"]              the forms of its entries, if all have one

There is no normal form if the words are ambiguous or say more than the form can.
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
from tasks.core.normal.numerals import NUMBER, in_digits, plain_decimal
from tasks.core.records import Part
from tasks.core.schema import FieldSpec, FieldType
from tasks.core.text.folding import fold


def list_value(entries: Iterable[str]) -> str:
    return json.dumps(list(entries), ensure_ascii=False)


def list_entries(value: str) -> tuple[str, ...]:
    """The entries of a list's value; a text that is not a JSON list is one entry."""
    try:
        parsed: object = json.loads(value)
    except (ValueError, RecursionError):
        return (value,)
    if not isinstance(parsed, list):
        return (value,)
    entries = cast("list[object]", parsed)
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
    """The number and its unit; None for ranges, fractions and approximate numbers."""
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
    return f"{plain_decimal(Decimal(match['number']))} {unit}".rstrip()


_MAX_CHARS = 300  # a longer text is a passage, not a value
_FORMS: dict[FieldType, Callable[[FieldSpec, str], str | None]] = {
    FieldType.DATE: date_form,
    FieldType.MONEY: money_form,
    FieldType.DURATION: duration_form,
    FieldType.NUMBER: number_form,
    FieldType.BOOLEAN: boolean_form,
}


def normal_form(spec: FieldSpec, value: str) -> str | None:
    """The normal form of a value; None if it is not certain, and for texts and records."""
    if spec.type is not FieldType.LIST:
        return form_of_one(spec, value)
    entries = list_entries(value)
    forms = [form for entry in entries if (form := form_of_one(spec, entry)) is not None]
    return list_value(forms) if forms and len(forms) == len(entries) else None


def form_of_one(spec: FieldSpec, value: str) -> str | None:
    """The normal form of a single value; for a list, of one entry."""
    form = _FORMS.get(spec.value_type)
    if form is None or len(value) > _MAX_CHARS or _has_small_digits(value):
        return None
    return form(spec, value)


def _has_small_digits(value: str) -> bool:
    # `30¹ days`: the small digit is a note marker or a power, and folding would make 301 of it.
    return any(unicodedata.category(character) == "No" for character in value)
