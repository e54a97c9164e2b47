"""A date as its words allow it: where it stands, and the days, months or years that it may mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tasks.core.values.time.calendar_words import WEEKDAY_NUMBER

_LAST_OF_2000S, _FIRST_OF_1900S = 49, 70


@dataclass(frozen=True, slots=True)
class DateSpan:
    """A date in a text."""

    start: int
    end: int
    forms: frozenset[str]
    """ISO 8601, each possible meaning; none for a date that no calendar has, or that is no one day."""
    begins_with_day: bool = False
    """Whether a number that stands before it, as in `1 to 31 March`, may be another day of its month."""
    borrows: bool = False
    """Whether its year is that of the other end of a range, so that its words alone do not say it."""

    @property
    def form(self) -> str | None:
        return next(iter(self.forms)) if len(self.forms) == 1 else None


def iso(year: int, month: int | None = None, day: int | None = None) -> frozenset[str]:
    """The form of a day, a month or a year; empty if there is none."""
    try:
        whole = date(year, month or 1, day or 1).isoformat()
    except ValueError:
        return frozenset()
    return frozenset({whole[: 10 if day is not None else 7 if month is not None else 4]})


def full_year(digits: str) -> int | None:
    """The year of four digits, or of two where only one century is likely: not of 50 to 69."""
    year = int(digits)
    if len(digits) != 2:
        return year
    return 2000 + year if year <= _LAST_OF_2000S else 1900 + year if year >= _FIRST_OF_1900S else None


def on_weekday(forms: frozenset[str], weekday: str) -> frozenset[str]:
    """The days that fall on this day of the week; one that contradicts it is no date."""
    number = WEEKDAY_NUMBER[weekday]
    return frozenset(f for f in forms if len(f) == 10 and date.fromisoformat(f).weekday() == number)
