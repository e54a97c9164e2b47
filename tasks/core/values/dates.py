"""Dates in a text, each whole, and their normal forms: days, months and years as ISO 8601.

What is found and what is read is one grammar: dates in digits, with names of months, and Chinese
ones. dateutil and dateparser read more, but they fill in missing parts, read 3/4/2014 as March,
and find dates in clause numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from tasks.core.schema import FieldSpec
from tasks.core.text.look_alikes import plain_lower
from tasks.core.values.found import FoundValue, in_words
from tasks.core.values.habit import Habit
from tasks.core.values.time.calendar_words import MONTH, MONTH_NUMBER, WEEKDAY
from tasks.core.values.time.date_spans import DateSpan, iso, on_weekday
from tasks.core.values.time.han_dates import han_dates
from tasks.core.values.time.named_dates import named_dates
from tasks.core.values.time.numeric_dates import numeric_dates

_WEEKDAY_BEFORE = re.compile(
    rf"(?<![^\W_])(?P<weekday>{WEEKDAY})(?:\s*,\s*|\s+)(?:(?:the|den|dem|der|d\.)\s+)?$"
)
_WEEKDAY_AFTER = re.compile(rf"\s*\(\s*(?P<weekday>{WEEKDAY}\.?)\s*\)")
_TO = r"\s*(?:to|through|thru|until|till|til|bis(?:\s+zum)?|au|à|al|t/m|[-–—])\s*"
_DAY_BEFORE = re.compile(
    r"(?P<label>\b(?:sections?|clauses?|articles?|exhibit|annex|schedule|item|paragraphs?|part|page|no\.?|nr\.?)\s+)?"
    r"(?P<whole>(?:\b(?:the|den|dem|le)\s+)?(?<![\w.,/$€£-])(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.)?)"
    r"(?:(?<=\d)[-–—](?=$)|(?<=[a-z.])\s*[-–—]\s*(?=$)|\s+(?:to|through|until|till|til|bis(?:\s+zum)?|au|t/m)\s+)(?:the\s+)?$"
)
_MONTH_BEFORE = re.compile(
    rf"(?<![\w.,/-])(?P<whole>(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.)?\s*(?:of\s+)?)?(?P<month>{MONTH})\.?(?:\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d))?)(?:{_TO})(?:the\s+)?$"
)
_TIME = r"\d{1,2}(?:[:.]\d{2})?\s*(?:a\.?m\.?|p\.?m\.?|uhr|hours|hrs)?(?:\s*\(?(?:[a-z]+\s+)?(?:(?:eastern|central|pacific|mountain|london|new york|local|standard|daylight|hong kong|beijing|singapore)\s+)*(?:time|[a-z]{2,4}t|utc|gmt)\)?)?"
_FILLER = re.compile(
    rf"(?:{_TIME}|\b(?:of|the|day|this|as|at|on|in|dated|date|made|entered|into|is|effective|from|by|since|am|den|dem|vom|le|du|el|il)\b|midnight|noon|日期|于|於|为|為|起|止"
    r"|[\s,.:;()\[\]\"'])*"
)
_NEEDED = re.compile(r"\d|年|thousand|nineteen|twenty", re.IGNORECASE)
_REACH = 40


@lru_cache(maxsize=4096)
def _spans(plain: str, day_first: bool | None) -> tuple[DateSpan, ...]:
    found = [*named_dates(plain), *numeric_dates(plain, day_first), *han_dates(plain)]
    whole = _agreeing(plain, [_with_weekday(plain, span) for span in _apart(found)])
    return tuple(_apart([*whole, *(end for span in whole for end in _first_ends(plain, span))]))


def find_dates(text: str, habit: Habit) -> list[FoundValue]:
    """The dates of a text in order, each whole; a full date has its form as value."""
    if not _NEEDED.search(text):
        return []
    return [_found(text, span) for span in _spans(plain_lower(text), habit.day_first)]


def date_form(field: FieldSpec, value: str, habit: Habit) -> str | None:
    """ISO 8601 for a day, a month or a year; None if the value says more than one date.

    `3/4/2014` has no form unless the habit says which number is the day.
    """
    found = find_dates(value, habit)
    if len(found) != 1:
        return None
    around = plain_lower(value[: found[0].start] + " " + value[found[0].end :])
    return found[0].form if _FILLER.fullmatch(around) else None


def possible_dates(text: str) -> frozenset[str]:
    """The forms of the dates in a text, in any order of day and month that their digits allow."""
    plain = plain_lower(text)
    return frozenset(form for order in (None, True, False) for s in _spans(plain, order) for form in s.forms)


def _found(text: str, span: DateSpan) -> FoundValue:
    form, words = span.form, in_words(text, span.start, span.end)
    is_whole = form is not None and (span.borrows or len(form) == len("2025-07-01"))
    return FoundValue(form if form and is_whole else words, span.start, span.end, form)


def _apart(spans: Iterable[DateSpan]) -> list[DateSpan]:
    """The spans in order without those that lie in or over a longer one before them."""
    kept: list[DateSpan] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def _with_weekday(plain: str, span: DateSpan) -> DateSpan:
    start, end, forms = span.start, span.end, span.forms
    if before := _WEEKDAY_BEFORE.search(plain, max(0, start - _REACH), start):
        start, forms = before.start(), on_weekday(forms, before["weekday"])
    if after := _WEEKDAY_AFTER.match(plain, end):
        end, forms = after.end(), on_weekday(forms, after["weekday"])
    return replace(span, start=start, end=end, forms=forms)


def _agreeing(plain: str, spans: list[DateSpan]) -> list[DateSpan]:
    """`4 July 2025 (04/07/2025)` is one date, which has a form if both say the same."""
    joined: list[DateSpan] = []
    for span in spans:
        last = joined[-1] if joined else None
        between = plain[last.end : span.start] if last else ""
        if last and between.strip() == "(" and (close := re.match(r"\s*\)", plain[span.end :])):
            forms = last.forms & span.forms
            joined[-1] = replace(last, end=span.end + close.end(), forms=forms)
        else:
            joined.append(span)
    return joined


def _first_ends(plain: str, span: DateSpan) -> Iterator[DateSpan]:
    """The first day of `1 to 31 March 2025`, which has its month and year from the second."""
    form, low = span.form, max(0, span.start - _REACH)
    if form is None or len(form) < 7:
        return
    year, month, *rest = map(int, form.split("-"))
    if first := _MONTH_BEFORE.search(plain, low, span.start):
        day = first["day"] or first["day2"]
        parts = (MONTH_NUMBER[first["month"]], *([int(day)] if day else []))
        in_order = len(parts) == len(rest) + 1 and parts < (month, *rest)
    elif span.begins_with_day and rest and (first := _DAY_BEFORE.search(plain, low, span.start)):
        if first["label"]:
            return
        parts = (month, int(first["day"]))
        in_order = parts[1] < rest[0]
    else:
        return
    forms = iso(year, *parts) if in_order else frozenset[str]()
    yield DateSpan(first.start("whole"), first.end("whole"), forms, borrows=True)
