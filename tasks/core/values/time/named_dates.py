"""Dates with the month in words: `1er juillet 2025`, `the 31st day of March 2026`, `15-Mar-24`.

Every date is read around the name of its month, which keeps the search fast: contracts have many
numbers and few months.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from tasks.core.values.time.calendar_words import (
    LETTER,
    MONTH,
    MONTH_NUMBER,
    ORDINAL,
    SIGN,
    WEEKDAY,
    WEEKDAY_NUMBER,
    YEAR_IN_WORDS,
    ordinal,
    year_in_words,
)
from tasks.core.values.time.date_spans import DateSpan, full_year, iso

_ANCHOR = re.compile(rf"(?:{MONTH}|des(?=\.))(?!{LETTER})")
_LETTER = re.compile(LETTER)
_RUN_ON = frozenset(
    [
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ]
)
"""Months that may stand at the end of another word, where a space was lost: `CopyMarch 27, 2019`."""
_SUFFIX = r"(?:\s?(?:s\s?t|n\s?d|r\s?d|t\s?h)\b|er\b|re\b|[ºª°]|:[ae]\b|\.)"
_DAY = rf"(?:(?<!{SIGN})(?<![$€£])|(?<=\bof)|(?<=\bon))(?<!\d[.,/])(?<!\d\d\d-)(?P<day>\d{{1,2}})(?!\d){_SUFFIX}?(?:\s*\(\s*{ORDINAL}\s*\))?"
_DAY_WORD = rf"(?<![^\W_])(?P<word>{ORDINAL})(?:\s*\(\s*(?P<again>\d{{1,2}}){_SUFFIX}?\s*\))?"
_BLANK = r"(?:\[[\s_●•]*\]|_+|[●•…]+|\.{3,})"
_OF_MONTH = r"(?:of|de|do|in|im|i)\s+(?:the\s+month\s+of\s+)?"
_BEFORE = re.compile(
    rf"(?:(?<![^\W_])(?:the|this|den|der|dem|d\.|le|el|il|op)\s+)?(?:{_DAY}|{_DAY_WORD})"
    rf"(?:\s*day)?(?:\s*,?\s+{_OF_MONTH}|\s*[-/]|(?<=[a-z]),\s*|\s*)$"
)
_NTH = re.compile(
    rf"(?:(?<![^\W_])(?:the|am|den|le)\s+)?(?<!\w)(?P<nth>first|second|third|fourth|fifth|last|final|[1-5](?:st|nd|rd|th)|ersten|zweiten|dritten|vierten|letzten)"
    rf"\s+(?P<what>{WEEKDAY}|(?:(?:calendar|business|working|banking|trading)\s+)?day)\s+{_OF_MONTH}$"
)
_NTHS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "ersten": 1,
    "zweiten": 2,
    "dritten": 3,
    "vierten": 4,
}
_VAGUE = re.compile(
    rf"(?:(?:the\s+)?(?<![^\W_])(?:end|beginning|middle|start|close)\s+of\s+(?:the\s+month\s+of\s+)?|(?<![^\W_])(?:mid|early|late|ende|anfang|mitte|fin|début)[\s-]+"
    rf"|(?:(?:the|this)\s+)?{_BLANK}\s*(?:st|nd|rd|th)?\s*(?:day\s+)?(?:of\s+)?)$"
)
_YEAR_BEFORE = re.compile(r"(?<![\w/.,-])(?P<year>[12]\d{3})(?:,?\s+|-)$")
_YEAR = (
    rf"(?:(?P<year>[12]\d{{3}})(?!\d|,\d)|(?P<spelled>{YEAR_IN_WORDS})(?:\s*\(\s*(?P<figures>\d{{4}})\s*\))?)"
)
_IN_YEAR = r"(?:(?:of|in|de|del|do|des|d'|av)\s+)?(?:the\s+year\s+)?(?:of\s+our\s+lord\s+)?(?:a\.?d\.?\s+)?"
_AFTER = re.compile(rf"\.?(?:\s*,\s*|\s+|[-/]|){_IN_YEAR}{_YEAR}")
_SHORT_AFTER = re.compile(
    r"\.?(?:[-/](?P<year>\d\d)(?![\w/-])|\s*,?\s*'(?P<year2>\d\d)(?!\w)|\s+(?P<year3>\d\d)(?=\s*(?:$|[,;.)\n])))"
)
_JOIN = r"\s*(?:to|through|thru|until|till|[-–—]|and|bis|au|à|al)\s*"
_DAY_AFTER = re.compile(
    rf"\.?\s*(?:the\s+)?(?:(?P<day>\d{{1,2}})(?!\d)(?:{_SUFFIX})?(?:{_JOIN}(?P<last>\d{{1,2}})(?!\d)(?:st|nd|rd|th)?)?|(?P<word>{ORDINAL}))"
    rf"(?:\s*[.,]\s*|\s+){_IN_YEAR}{_YEAR}"
)
_DAY_END = re.compile(r"(?:\s+|-)(?P<day>\d{1,2})(?![\w./-])(?!\s*\w)")
_REACH = 60


def named_dates(plain: str) -> Iterator[DateSpan]:
    """The dates of a text as `plain_lower` gives it, by the places of their months."""
    for month in _ANCHOR.finditer(plain):
        number = MONTH_NUMBER.get(month[0], 12)
        start, end = month.span()
        if not start or not _LETTER.match(plain, start - 1):
            yield from _around(plain, start, end, number)
        elif month[0] in _RUN_ON and (found := _DAY_AFTER.match(plain, end)):
            yield from _month_first(found, start, number)


def _around(plain: str, start: int, end: int, month: int) -> Iterator[DateSpan]:
    if found := _DAY_AFTER.match(plain, end):
        yield from _month_first(found, start, month)
        return
    low = max(0, start - _REACH)
    after = _AFTER.match(plain, end)
    before = _BEFORE.search(plain, low, start)
    if before and (after or (after := _short_year(plain, before, end))):
        yield DateSpan(before.start(), after.end(), _day(_year(after), month, before), begins_with_day=True)
    elif after and after.re is _AFTER:
        yield _month(plain, low, start, after, month)
    elif (first := _YEAR_BEFORE.search(plain, low, start)) and (last := _DAY_END.match(plain, end)):
        yield DateSpan(first.start(), last.end(), iso(int(first["year"]), month, int(last["day"])))


def _short_year(plain: str, before: re.Match[str], end: int) -> re.Match[str] | None:
    """The year of `15-Mar-24` or `1 July '25`, with one mark on both sides of the month."""
    after = _SHORT_AFTER.match(plain, end)
    return after if after and (after[0][0] in "-/") == (before[0][-1] in "-/") else None


def _month_first(found: re.Match[str], start: int, month: int) -> Iterator[DateSpan]:
    year = _year(found)
    if found["last"] is None:
        yield DateSpan(start, found.end(), _day(year, month, found))
    elif int(found["day"]) < int(found["last"]):  # March 1-15, 2025
        yield DateSpan(start, found.end("day"), _day(year, month, found))
        yield DateSpan(found.start("last"), found.end(), iso(year or 0, month, int(found["last"])))
    else:
        yield DateSpan(start, found.end(), frozenset())


def _month(plain: str, low: int, start: int, after: re.Match[str], month: int) -> DateSpan:
    """A month of a year, with what makes a day of it or leaves the day open."""
    year = _year(after)
    if nth := _NTH.search(plain, low, start):
        day = _nth_day(year, month, nth["nth"], nth["what"])
        return DateSpan(nth.start(), after.end(), iso(year or 0, month, day) if day else frozenset())
    if vague := _VAGUE.search(plain, low, start):
        return DateSpan(vague.start(), after.end(), frozenset())
    return DateSpan(start, after.end(), iso(year, month) if year else frozenset())


def _nth_day(year: int | None, month: int, nth: str, what: str) -> int | None:
    """The third Friday, the last day; None for a business day, since holidays differ."""
    if not year or not (what in WEEKDAY_NUMBER or (what.endswith("day") and nth in ("last", "final"))):
        return None
    length = monthrange(year, month)[1]
    days = [date(year, month, 1) + timedelta(n) for n in range(length)]
    if what in WEEKDAY_NUMBER:
        days = [d for d in days if d.weekday() == WEEKDAY_NUMBER[what]]
    elif what not in ("day", "calendar day"):
        return None
    if nth in ("last", "final", "letzten"):
        return days[-1].day
    number = int(nth[0]) if nth[0].isdigit() else _NTHS[nth]
    return days[number - 1].day if number <= len(days) else None


def _day(year: int | None, month: int, parts: re.Match[str]) -> frozenset[str]:
    word = parts["word"]
    day = ordinal(word) if word else int(parts["day"])
    again = parts.groupdict().get("again")
    if not year or (again is not None and int(again) != day):
        return frozenset()
    return iso(year, month, day)


def _year(parts: re.Match[str]) -> int | None:
    """None where it contradicts itself or its century is open."""
    groups = parts.groupdict()
    if groups.get("spelled"):
        year = year_in_words(groups["spelled"])
        return year if groups["figures"] in (None, str(year)) else None
    digits = groups.get("year") or groups.get("year2") or groups.get("year3")
    return full_year(digits) if digits else None
