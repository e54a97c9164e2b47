"""Finds dates, sums, numbers, durations and choices in a text, English and Chinese.

A value is the words of the text, except for a full date, which becomes ISO (`1999-06-21`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tasks.core.schema import FieldType
from tasks.core.text.look_alikes import folded
from tasks.core.values.dates import find_dates
from tasks.core.values.durations import find_durations
from tasks.core.values.found import FoundValue
from tasks.core.values.habit import UNKNOWN_HABIT, Habit
from tasks.core.values.money import find_money
from tasks.core.values.numbers import find_numbers

MEASURED_TYPES = (FieldType.DATE, FieldType.MONEY, FieldType.NUMBER, FieldType.DURATION)
_MAY_BE_DATE = re.compile(
    "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|JA|FE|MA|AP|JU|AU|SE|OC|NO|DE|年|[0-9][/.-][0-9]"
)
_BESIDE_CHARS = 12


def find_values(
    kind: FieldType, text: str, choices: Sequence[str] = (), habit: Habit = UNKNOWN_HABIT
) -> list[FoundValue]:
    """The values of a type in a text, in order, each whole; none for clause, text and boolean.

    Args:
        habit: Of the document, which decides forms that the words leave open.
    """
    if kind is FieldType.MONEY:
        return find_money(text, habit)
    if kind is FieldType.NUMBER:
        return _without_dates(folded(text), find_numbers(text, habit))
    if kind is FieldType.DATE:
        return find_dates(text, habit)
    if kind is FieldType.DURATION:
        return find_durations(text, habit)
    return _choices(folded(text), choices) if kind is FieldType.CHOICE else []


def _without_dates(plain: str, numbers: list[FoundValue]) -> list[FoundValue]:
    beside = (
        _MAY_BE_DATE.search(plain, max(0, v.start - _BESIDE_CHARS), v.end + _BESIDE_CHARS) for v in numbers
    )
    if not any(beside):
        return numbers
    dates = [(v.start, v.end) for v in find_dates(plain, UNKNOWN_HABIT)]
    return [v for v in numbers if not any(start < v.end and v.start < end for start, end in dates)]


def normalised(kind: FieldType, words: str) -> str:
    """The value of a short text: its first date, else the words with single spaces."""
    dates = find_dates(words, UNKNOWN_HABIT) if kind is FieldType.DATE else []
    return dates[0].value if dates else " ".join(folded(words).split())


def _choices(plain: str, choices: Sequence[str]) -> list[FoundValue]:
    values: list[FoundValue] = []
    for choice in choices:
        words = re.escape(choice).replace(r"\ ", r"\s+").replace("_", r"[\s_-]+")
        edge_left = r"\b" if choice[:1].isascii() and choice[:1].isalnum() else ""
        edge_right = r"\b" if choice[-1:].isascii() and choice[-1:].isalnum() else ""
        match = re.search(edge_left + words + edge_right, plain, re.IGNORECASE)
        if match:
            values.append(FoundValue(choice, match.start(), match.end()))
    return sorted(values, key=lambda v: v.start)
