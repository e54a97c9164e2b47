"""Days, months and years as ISO 8601.

Source:
    dateutil reads English dates. It fills in what the words leave out and takes 3/4/2014 for March, so it is asked several times,
    with other things to fill in and in both orders: what the answers do not share was not said.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from dateutil import parser

from tasks.core.normal.numerals import han_in_digits, words_in_digits
from tasks.core.schema import FieldSpec
from tasks.core.text.folding import fold

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
"""The letters that identify a month, January first."""
MONTH = rf"(?:{'|'.join(MONTHS)})[a-z]*"
"""A pattern for lower case; with re.IGNORECASE, for any case."""


_YEAR_FIRST = re.compile(r"(?P<year>[12]\d{3})(?:(?P<mark>[-/.])(\d{1,2})(?:(?P=mark)(\d{1,2}))?)?", re.ASCII)
_CHINESE = re.compile(r"[于為为]?([12]\d{3})年(?:(\d{1,2})月(?:(\d{1,2})[日号號])?)?", re.ASCII)
_NUMERIC = re.compile(r"(?:\d{1,2}(?P<mark>[-/.]))?\d{1,2}(?(mark)(?P=mark)|[-/.])[12]\d{3}", re.ASCII)
_WORDED = re.compile(
    rf"[a-z ]*(?:\d{{1,2}}[a-z ]*[ .,/-]+{MONTH}|{MONTH}[ ./-]*\d{{1,2}}|{MONTH})?[ .,/-]*[12]\d{{3}}\.?"
    rf"|[12]\d{{3}}[ ,]+{MONTH}[ .]+\d{{1,2}}",
    re.ASCII,
)
"""At most one day, one month by name, and a year of four digits; which words may stand there is for `_Words`."""
_ORDINAL = re.compile(r"(\d)(?:st|nd|rd|th)\b")
_TOLD_ORDER = re.compile(r"\b(DD[-/.]MM|MM[-/.]DD)[-/.]YY", re.IGNORECASE)
_LEFT_OPEN = (datetime(2000, 1, 1), datetime(2004, 12, 31))
"""Two days without a part in common; 2000 and 2004 are leap years, so that 29 February fits both."""

_AROUND = "of|the|day|this|as|on|in|dated|date|made|entered|into|is|effective"
"""What may stand beside a date without making it another one: `as of the 1st day of March, 2014`."""


class _Words(parser.parserinfo):
    """dateutil's vocabulary, with other words to pass over and none for times of day."""

    def __init__(self, dayfirst: bool) -> None:
        self.JUMP = [*" .,/-", *_AROUND.split("|")]
        self.HMS, self.AMPM, self.UTCZONE = [], [], []
        super().__init__(dayfirst)


_WORDS = (_Words(dayfirst=False), _Words(dayfirst=True))


def date_form(field: FieldSpec, value: str) -> str | None:
    """ISO for a day, a month or a year.

    `3/4/2014` has none, unless the field's description says the order, as `DD/MM/YYYY` or `MM/DD/YYYY`.
    """
    if "–" in value or "—" in value:
        return None  # 2005–06 is two years, and folding would make a month of it
    text = han_in_digits(fold(value).text.casefold()).strip()
    for pattern in (_CHINESE, _YEAR_FIRST):
        if parts := pattern.fullmatch(text):
            return _iso(*(int(p) for p in parts.groups() if p and p.isdigit()))
    orders = (
        _WORDS if (told := _TOLD_ORDER.search(field.description)) is None else (_WORDS[told[1][0] in "Dd"],)
    )
    return _read(_ORDINAL.sub(r"\1", words_in_digits(text)), orders)


def _read(text: str, orders: tuple[_Words, ...]) -> str | None:
    """The form that every order gives."""
    if not (_NUMERIC.fullmatch(text) or _WORDED.fullmatch(text)):
        return None
    try:
        forms = {
            _agreed([parser.parse(text, order, default=d).date() for d in _LEFT_OPEN]) for order in orders
        }
    except (ValueError, OverflowError):
        return None
    return forms.pop() if len(forms) == 1 else None


def _agreed(readings: list[date]) -> str | None:
    """What was said: the parts that do not change with what is filled in; a day, a month of a year, or a year."""
    years, months, days = ({getattr(r, part) for r in readings} for part in ("year", "month", "day"))
    told = [len(parts) == 1 for parts in (years, months, days)]
    if told not in ([True, True, True], [True, True, False], [True, False, False]):
        return None
    return readings[0].isoformat()[: (4, 7, 10)[sum(told) - 1]]


def _iso(year: int, month: int | None = None, day: int | None = None) -> str | None:
    try:
        return date(year, month or 1, day or 1).isoformat()[: 10 if day else 7 if month else 4]
    except ValueError:
        return None
