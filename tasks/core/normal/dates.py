"""Normal forms of dates: days, months and years as ISO 8601.

dateutil reads English dates, but it fills in missing parts and reads 3/4/2014 as March. So each
date is read with several defaults and in both orders; only the parts on which all readings agree
are in the text.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from dateutil import parser

from tasks.core.normal.numerals import han_in_digits, words_in_digits
from tasks.core.schema import FieldSpec
from tasks.core.text.folding import fold

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = rf"(?:{'|'.join(MONTHS)})[a-z]*"  # a pattern for lower case

_YEAR_FIRST = re.compile(r"(?P<year>[12]\d{3})(?:(?P<mark>[-/.])(\d{1,2})(?:(?P=mark)(\d{1,2}))?)?", re.ASCII)
_CHINESE = re.compile(r"[于為为]?([12]\d{3})年(?:(\d{1,2})月(?:(\d{1,2})[日号號])?)?", re.ASCII)
_NUMERIC = re.compile(r"(?:\d{1,2}(?P<mark>[-/.]))?\d{1,2}(?(mark)(?P=mark)|[-/.])[12]\d{3}", re.ASCII)
# At most one day, one month by name, and a year of four digits; `_Words` limits the words between.
_WORDED = re.compile(
    rf"[a-z ]*(?:\d{{1,2}}[a-z ]*[ .,/-]+{MONTH}|{MONTH}[ ./-]*\d{{1,2}}|{MONTH})?[ .,/-]*[12]\d{{3}}\.?"
    rf"|[12]\d{{3}}[ ,]+{MONTH}[ .]+\d{{1,2}}",
    re.ASCII,
)
_ORDINAL = re.compile(r"(\d)(?:st|nd|rd|th)\b")
_DESCRIBED_ORDER = re.compile(r"\b(DD[-/.]MM|MM[-/.]DD)[-/.]YY", re.IGNORECASE)
# Two days without a common part, both in leap years, so that 29 February fits both.
_DEFAULTS = (datetime(2000, 1, 1), datetime(2004, 12, 31))

# Words beside a date that do not change it: `as of the 1st day of March, 2014`.
_AROUND = "of|the|day|this|as|on|in|dated|date|made|entered|into|is|effective"


class _Words(parser.parserinfo):
    """dateutil's vocabulary with other words to ignore, and without times of day."""

    def __init__(self, dayfirst: bool) -> None:
        self.JUMP = [*" .,/-", *_AROUND.split("|")]
        self.HMS, self.AMPM, self.UTCZONE = [], [], []
        super().__init__(dayfirst)


_WORDS = (_Words(dayfirst=False), _Words(dayfirst=True))


def date_form(field: FieldSpec, value: str) -> str | None:
    """ISO 8601 for a day, a month or a year.

    `3/4/2014` has no form unless the field's description has the order, as `DD/MM/YYYY` or
    `MM/DD/YYYY`.
    """
    if "–" in value or "—" in value:
        return None  # 2005–06 is two years, and folding would make a month of it
    text = han_in_digits(fold(value).text.casefold()).strip()
    for pattern in (_CHINESE, _YEAR_FIRST):
        if parts := pattern.fullmatch(text):
            return _iso(*(int(p) for p in parts.groups() if p and p.isdigit()))
    order = _DESCRIBED_ORDER.search(field.description)
    orders = _WORDS if order is None else (_WORDS[order[1][0] in "Dd"],)
    return _read(_ORDINAL.sub(r"\1", words_in_digits(text)), orders)


def _read(text: str, orders: tuple[_Words, ...]) -> str | None:
    """The form on which all orders agree."""
    if not (_NUMERIC.fullmatch(text) or _WORDED.fullmatch(text)):
        return None
    try:
        forms = {_agreed([parser.parse(text, o, default=d).date() for d in _DEFAULTS]) for o in orders}
    except (ValueError, OverflowError):
        return None
    return forms.pop() if len(forms) == 1 else None


def _agreed(readings: list[date]) -> str | None:
    """The parts that do not change with the defaults: a day, a month of a year, or a year."""
    parts = ({getattr(reading, part) for reading in readings} for part in ("year", "month", "day"))
    agreed = [len(values) == 1 for values in parts]
    if agreed not in ([True, True, True], [True, True, False], [True, False, False]):
        return None
    return readings[0].isoformat()[: (4, 7, 10)[sum(agreed) - 1]]


def _iso(year: int, month: int | None = None, day: int | None = None) -> str | None:
    try:
        return date(year, month or 1, day or 1).isoformat()[: 10 if day else 7 if month else 4]
    except ValueError:
        return None
