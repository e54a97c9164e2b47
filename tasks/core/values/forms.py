"""Normal forms of values, to sort, sum and compare; the value keeps the words of the text.

    date      1999-06-21, 1999-06, 1999     ISO 8601
    money     USD 5000000, $ 5000000        ISO 4217, or the sign if it may mean several currencies
    duration  P30D, P3Y6M, PT24H            ISO 8601; `day_type` says which days count, if not all
    number    6.2 %, 1500, 5 mg
    boolean   true, false
    list      ["P30D", "P60D"]              the forms of its entries, if all have one

There is no normal form if the words are ambiguous or say more than the form can.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable
from typing import cast

from tasks.core.records import Part
from tasks.core.schema import FieldSpec, FieldType
from tasks.core.text.folding import fold
from tasks.core.values.dates import date_form
from tasks.core.values.durations import days_counted, duration_form
from tasks.core.values.habit import UNKNOWN_HABIT, Habit, described
from tasks.core.values.money import money_form
from tasks.core.values.numbers import number_form


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


def boolean_form(_: FieldSpec, value: str, __: Habit) -> str | None:
    word = fold(value).text.casefold().rstrip(".。")
    if word in _YES:
        return "true"
    return "false" if word in _NO else None


_MAX_CHARS = 300  # a longer text is a passage, not a value
_FORMS: dict[FieldType, Callable[[FieldSpec, str, Habit], str | None]] = {
    FieldType.DATE: date_form,
    FieldType.MONEY: money_form,
    FieldType.DURATION: duration_form,
    FieldType.NUMBER: number_form,
    FieldType.BOOLEAN: boolean_form,
}


def has_normal_form(spec: FieldSpec) -> bool:
    """Whether values of the field have one, if their words allow it."""
    return spec.value_type in _FORMS


def normal_form(spec: FieldSpec, value: str, habit: Habit = UNKNOWN_HABIT) -> str | None:
    """The normal form of a value; None if it is not certain, and for texts and records.

    Args:
        habit: Of the document, which decides forms that the words leave open.
    """
    if spec.type is not FieldType.LIST:
        return form_of_one(spec, value, habit)
    entries = list_entries(value)
    forms = [form for entry in entries if (form := form_of_one(spec, entry, habit)) is not None]
    return list_value(forms) if forms and len(forms) == len(entries) else None


def form_of_one(spec: FieldSpec, value: str, habit: Habit = UNKNOWN_HABIT) -> str | None:
    """The normal form of a single value; for a list, of one entry."""
    form = _FORMS.get(spec.value_type)
    if form is None or len(value) > _MAX_CHARS or _has_small_digits(value):
        return None
    return form(spec, value, described(spec, habit))


def day_type(value: str, normal: str | None) -> str | None:
    """Which days the length in a value counts, `business` or `trading`, of a list entry by entry.

    None where all days count, and for values of other types: only a length has a form with `P`.
    """
    if normal is None or not normal.startswith(("P", '["P')):
        return None
    if normal[0] == "P":
        return days_counted(value) or None
    types = [days_counted(entry) for entry in list_entries(value)]
    return list_value(types) if any(types) else None


def _has_small_digits(value: str) -> bool:
    # `30¹ days`: the small digit is a note marker or a power, and folding would make 301 of it.
    return any(unicodedata.category(c) == "No" and unicodedata.digit(c, None) is not None for c in value)
