"""Dates in digits: `01.07.2025`, `1/2/98`, `2025-07-01`; which number is the month, and which text is none.

Clause numbers, versions, telephone and file numbers look alike and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.core.values.time.calendar_words import SIGN
from tasks.core.values.time.date_spans import DateSpan, full_year, iso

_TIME = r"(?:t\d\d:?\d\d(?::?\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:?\d\d)?)?"
_YEAR_FIRST = re.compile(
    rf"(?<!{SIGN})(?<!\.)(?<!{SIGN}[-/])(?P<year>[12]\d{{3}})(?P<gap>\s*)(?P<mark>[-/.])(?P=gap)(?P<month>\d{{1,2}})(?P=gap)(?P=mark)(?P=gap)(?P<day>\d{{1,2}})(?!\d){_TIME}(?![a-z])"
)
# It looks back from behind the first digit: a pattern that begins with a digit passes over all else in C.
_DAY_OR_MONTH_FIRST = re.compile(
    rf"(?P<first>\d(?<![\d_]\d)(?<!\d[.:]\d)(?<!{SIGN}/\d)\d?)(?P<gap>\s?)(?P<mark>[-/.])\s?(?P<second>\d{{1,2}})(?P=gap)(?P=mark)\s?(?P<year>[12]\d{{3}}|\d\d)(?!{SIGN})"
)
_NUMBERED = re.compile(
    r"(?:§|\b(?:sections?|sec|clauses?|articles?|art|para|paragraphs?|schedule|annex|appendix|exhibit|items?|part|chapter|rules?|regulation|versions?|ver|rev|release"
    r"|v|ziffer|ziff|abschnitt|artikel|punkt|kapitel|absatz|pkt|point|punkt|avsnitt)s?)\.?\s*$"
)
_HEADING = re.compile(r"\.?\s+[^\W\d_]")
_LINE_START = re.compile(r"(?:^|\n)[ \t]*$")
_WHOLE = re.compile(
    r"(?P<year>[12]\d{3})(?:(?P<mark>[-/])(?P<month>\d{1,2}))?"
    r"|(?P<compact>(?:19|20)\d\d[01]\d[0-3]\d)"
    r"|(?P<month_first>\d{1,2})[/.-](?P<year_last>[12]\d{3})"
    r"|(?P<first>\d{1,2})[.-](?P<second>\d{1,2})[.-](?P<short>\d\d)"
)
_TWO_YEARS = re.compile(
    r"(?<![\w./-])(?:fy\s?)?(?P<year>(?:19|20)\d\d)(?:\s?[–—]\s?|/)(?:(?:19|20)?(?P<next>\d\d))(?![\w/]|[.-]\d)"
)
_FISCAL = re.compile(
    r"(?<!\w)(?:(?:q[1-4]\s?[-–/]\s?)?(?:q[1-4]|h[12])\s?(?:[-/]\s?)?(?:of\s+)?(?:fy\s?)?(?:19|20)\d\d|(?:19|20)\d\d[\s-]?(?:q[1-4]|h[12])|fy\s?'?(?:(?:19|20)\d\d|\d\d)"
    r"|(?:the\s+)?(?:(?:first|second|third|fourth|1st|2nd|3rd|4th)\s+(?:(?:calendar|fiscal|financial)\s+)?(?:quarter|half)(?:\s+(?:of|in))?\s+|(?:fiscal|financial)\s+year\s+)(?:the\s+year\s+)?(?:19|20)\d\d)"
    r"(?:\s?[/–—-]\s?(?:(?:19|20)?\d\d))?(?![\w/-])"
)
_GERMAN_START = re.compile(
    r"(?<![\w.,/-])(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?:[-–—]|bis(?:\s+(?:zum|einschließlich))?|to|til|till)\s?$"
)


_REACH = 24


def numeric_dates(plain: str, day_first: bool | None) -> Iterator[DateSpan]:
    """The dates of a text as `plain_lower` gives it; years alone only where they are the whole text."""
    if whole := _whole(plain, day_first):
        yield whole
        return
    for m in _YEAR_FIRST.finditer(plain):
        if not _goes_on(plain, m.end(), m["mark"]):
            yield DateSpan(m.start(), m.end(), iso(int(m["year"]), int(m["month"]), int(m["day"])))
    for m in _DAY_OR_MONTH_FIRST.finditer(plain):
        if _is_date(plain, m):
            yield from _first_end(plain, m)
            yield DateSpan(m.start(), m.end(), _forms(m, day_first))
    for pattern in (_TWO_YEARS, _FISCAL):
        for m in pattern.finditer(plain):
            if pattern is _FISCAL or _is_next(m["year"], m["next"]) or "/" not in m[0]:
                yield DateSpan(m.start(), m.end(), frozenset())


def day_first_in(plain: str) -> bool | None:
    """Which number is the day, by the dates of a text that allow one order only; None: not known."""
    orders: set[bool] = set()
    for m in _DAY_OR_MONTH_FIRST.finditer(plain):
        first, second = int(m["first"]), int(m["second"])
        if _is_date(plain, m) and (first > 12) != (second > 12):
            orders.add(first > 12)
    return orders.pop() if len(orders) == 1 else None


def _is_date(plain: str, m: re.Match[str]) -> bool:
    return _may_be_date(m) and not _goes_on(plain, m.end(), m["mark"]) and not _is_number(plain, m)


def _may_be_date(m: re.Match[str]) -> bool:
    """Whether the digits may be a day, a month and a year, written as houses write them."""
    first, second, mark = int(m["first"]), int(m["second"]), m["mark"]
    if not (0 < min(first, second) <= 12 and max(first, second) <= 31):
        return False
    if len(m["year"]) == 4:
        return mark != "-" or not m["gap"]
    return not m["gap"] and (mark == "/" or (mark == "." and _has_two_digits_each(m)))


def _is_number(plain: str, m: re.Match[str]) -> bool:
    """Whether it is the number of a file, a clause or a version."""
    start, mark = m.start(), m["mark"]
    before = plain[max(0, start - 2) : start]
    if before[-1:] == "-" and before[0].isalnum() and (mark == "-" or not before[0].isdigit()):
        return True
    if mark == "/":
        return False
    if _NUMBERED.search(plain, max(0, start - _REACH), start):
        return True
    is_head = _LINE_START.search(plain, max(0, start - _REACH), start) and _HEADING.match(plain, m.end())
    return bool(is_head) and not _has_two_digits_each(m)


def _has_two_digits_each(m: re.Match[str]) -> bool:
    return len(m["first"]) == len(m["second"]) == 2


def _goes_on(plain: str, end: int, mark: str) -> bool:
    """Whether the number is longer than a date: `10.1.2000.3`, `2025-07-01-A`."""
    rest = plain[end : end + 2]
    return len(rest) == 2 and rest[0] == mark and (rest[1].isdigit() or (mark == "-" and rest[1].isalnum()))


def _forms(m: re.Match[str], day_first: bool | None) -> frozenset[str]:
    year = full_year(m["year"])
    is_short = len(m["year"]) == 2
    first, second = int(m["first"]), int(m["second"])
    if year is None or (is_short and day_first is None):
        return frozenset()
    days_first, months_first = iso(year, second, first), iso(year, first, second)
    if m["mark"] == "." and day_first is not False:
        return days_first or months_first
    if is_short or (day_first is not None and m["mark"] != "."):
        return days_first if day_first else months_first
    return days_first | months_first


def _first_end(plain: str, m: re.Match[str]) -> Iterator[DateSpan]:
    """The first day of `01.07. – 30.09.2025`."""
    start = _GERMAN_START.search(plain, max(0, m.start() - _REACH), m.start()) if m["mark"] == "." else None
    if start is None or len(m["year"]) == 2:
        return
    day, month = int(start["day"]), int(start["month"])
    in_order = (month, day) < (int(m["second"]), int(m["first"]))
    yield DateSpan(
        start.start(), start.end("month") + 1, iso(int(m["year"]), month, day) if in_order else frozenset()
    )


def _is_next(year: str, following: str) -> bool:
    """Whether 2010/11 is one fiscal year: else it is a month."""
    return (int(year) + 1) % 100 == int(following)


def _whole(plain: str, day_first: bool | None) -> DateSpan | None:
    """A text that is nothing but a year, a month, or digits that would be a number elsewhere."""
    start, end = len(plain) - len(plain.lstrip()), len(plain.rstrip())
    m = _WHOLE.fullmatch(plain, start, end) if end - start <= 10 else None
    if m is None:
        return None
    if digits := m["compact"]:
        forms = iso(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        return DateSpan(start, end, forms) if forms else None
    if m["short"]:
        return DateSpan(start, end, _short_forms(m, day_first))
    if m["year_last"]:
        return DateSpan(start, end, iso(int(m["year_last"]), int(m["month_first"])))
    is_fiscal = m["mark"] == "/" and _is_next(m["year"], m["month"])
    forms = iso(int(m["year"]), int(m["month"]) if m["month"] else None)
    return DateSpan(start, end, frozenset() if is_fiscal else forms)


def _short_forms(m: re.Match[str], day_first: bool | None) -> frozenset[str]:
    year = full_year(m["short"])
    if year is None or day_first is None:
        return frozenset()
    first, second = int(m["first"]), int(m["second"])
    return iso(year, second, first) if day_first else iso(year, first, second)
