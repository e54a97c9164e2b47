"""Normal forms as quantities, which can be compared and calculated with.

What the forms leave open (June 2019 against 21 June 2019, USD against EUR, 30 days against a month)
raises ValueError with the reason in words: an answer that may be wrong is no answer.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tasks.core.schema import FieldType
from tasks.core.text.folding import fold


@dataclass(frozen=True, slots=True)
class Magnitude:
    """A number with its unit: a currency, `%`, a measure, or none."""

    number: Decimal
    unit: str = ""


@dataclass(frozen=True, slots=True)
class DayRange:
    """A date; of a month or a year, the days between which it lies."""

    first: date
    last: date
    is_reckoned: bool = False
    """A day plus a length: the day before counts as the same, since a term ends on either."""


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time; days of a kind (`business`) are other days."""

    months: Decimal
    days: Decimal
    kind: str = ""

    def bounds(self) -> tuple[Decimal, Decimal]:
        """The least and the most days that it may have, whichever month it begins in."""
        mean = self.months * _MONTH_DAYS
        slack = Decimal(0) if not self.months else Decimal(3)
        return mean - slack + self.days, mean + slack + self.days


@dataclass(frozen=True, slots=True)
class Words:
    text: str

    @property
    def folded(self) -> str:
        return fold(self.text, join_hyphens=True).text.casefold()


Single = Magnitude | DayRange | Length | Words | bool


@dataclass(frozen=True, slots=True)
class Series:
    """The values of a field that may have several."""

    items: tuple[Single, ...]


Quantity = Single | Series
_MONTH_DAYS = Decimal("30.436875")  # the mean of the Gregorian calendar: 146097 days in 4800 months
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_MONEY = re.compile(r"(\S+) (-?\d+(?:\.\d+)?)")
_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)(?: (\S.*))?")
_LENGTH = re.compile(
    r"P(?=\d)(?:(?P<years>[\d.]+)Y)?(?:(?P<months>[\d.]+)M)?(?:(?P<weeks>[\d.]+)W)?(?:(?P<days>[\d.]+)D)?(?: (?P<kind>\S+))?"
)


def quantity(kind: FieldType, form: str) -> Single:
    """The quantity of a normal form, or of the words of a text.

    Raises:
        ValueError: the form cannot be read.
    """
    if kind is FieldType.DATE and (match := _DATE.fullmatch(form)):
        return _day_range(int(match[1]), int(match[2] or 0), int(match[3] or 0))
    if kind is FieldType.MONEY and (match := _MONEY.fullmatch(form)):
        return Magnitude(Decimal(match[2]), match[1])
    if kind is FieldType.NUMBER and (match := _NUMBER.fullmatch(form)):
        return Magnitude(Decimal(match[1]), match[2] or "")
    if kind is FieldType.DURATION and (match := _LENGTH.fullmatch(form)):
        years, months, weeks, days = (Decimal(match[n] or 0) for n in ("years", "months", "weeks", "days"))
        return Length(years * 12 + months, weeks * 7 + days, match["kind"] or "")
    if kind is FieldType.BOOLEAN:
        return form == "true"
    if kind in (FieldType.DATE, FieldType.MONEY, FieldType.NUMBER, FieldType.DURATION):
        raise ValueError(f"no {kind} that can be calculated with")
    return Words(form)


def _day_range(year: int, month: int, day: int) -> DayRange:
    if day:
        return DayRange(date(year, month, day), date(year, month, day))
    first, last = (month, month) if month else (1, 12)
    return DayRange(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))


# ---------------------------------------------------------------- comparing


def compare(one: Quantity, other: Quantity) -> int:
    """-1, 0 or 1, as `one` is less than, equal to or more than `other`.

    Raises:
        ValueError: they are of two kinds, or the forms leave it open.
    """
    match _same_kind(one, other):
        case Magnitude() as a, Magnitude() as b:
            _unit_of(a, b)
            return _sign(a.number - b.number)
        case DayRange() as a, DayRange() as b:
            return _compare_days(a, b)
        case Length() as a, Length() as b:
            return _compare_lengths(a, b)
        case _:
            raise ValueError("only numbers, sums, dates and lengths of time have an order")


def equal(one: Quantity, other: Quantity) -> bool:
    """Whether both are the same.

    Raises:
        ValueError: they are of two kinds, or the forms leave it open.
    """
    match _same_kind(one, other):
        case Words() as a, Words() as b:
            return a.folded == b.folded
        case bool() as a, bool() as b:
            return a == b
        case a, b:
            return compare(a, b) == 0


def _same_kind(one: Quantity, other: Quantity) -> tuple[Single, Single]:
    a, b = single(one), single(other)
    if isinstance(a, Words) and not isinstance(b, Words | bool):
        a = _as_kind_of(a, b)
    elif isinstance(b, Words) and not isinstance(a, Words | bool):
        b = _as_kind_of(b, a)
    if type(a) is not type(b):
        raise ValueError("values of two kinds cannot be compared")
    return a, b


def _as_kind_of(words: Words, other: Single) -> Single:
    """A text in an expression, as "2024-01-01" or "P30D", read like the value beside it."""
    match other:
        case DayRange():
            return quantity(FieldType.DATE, words.text)
        case Length():
            return quantity(FieldType.DURATION, words.text)
        case _:
            return quantity(FieldType.NUMBER if words.text[:1].isdigit() else FieldType.MONEY, words.text)


def single(value: Quantity) -> Single:
    """The value; of a field that may have several, the only one.

    Raises:
        ValueError: it has several.
    """
    if not isinstance(value, Series):
        return value
    if len(value.items) != 1:
        raise ValueError("a field with several values needs `sum`, `min`, `max` or `len`")
    return value.items[0]


def _compare_days(a: DayRange, b: DayRange) -> int:
    if a.first == a.last and b.first == b.last:
        is_reckoned = a.is_reckoned or b.is_reckoned
        near = abs((a.first - b.first).days) <= 1 and is_reckoned
        if near and a.is_reckoned != b.is_reckoned:
            reckoned, said = (a, b) if a.is_reckoned else (b, a)
            near = reckoned.first >= said.first
        return 0 if near else _sign(Decimal((a.first - b.first).days))
    if a.last < b.first:
        return -1
    if a.first > b.last:
        return 1
    raise ValueError("the dates are not exact enough")


def _compare_lengths(a: Length, b: Length) -> int:
    if a == b:
        return 0
    if a.kind != b.kind:
        raise ValueError("the days are of two kinds")
    if a.months == b.months or a.days == b.days:
        return _sign((a.months - b.months) or (a.days - b.days))
    (a_least, a_most), (b_least, b_most) = a.bounds(), b.bounds()
    if a_most < b_least or a_least > b_most:
        return -1 if a_most < b_least else 1
    raise ValueError("months have no certain number of days")


def _sign(number: Decimal) -> int:
    return (number > 0) - (number < 0)


def _unit_of(a: Magnitude, b: Magnitude) -> str:
    """The unit of both; a plain number takes that of the other."""
    if a.unit and b.unit and a.unit != b.unit:
        raise ValueError("two currencies or units cannot be compared")
    return a.unit or b.unit


# ---------------------------------------------------------------- calculating


def add(one: Quantity, other: Quantity) -> Single:
    """
    Raises:
        ValueError: the sum has no meaning, or is not certain.
    """
    match single(one), single(other):
        case Magnitude() as a, Magnitude() as b:
            return Magnitude(a.number + b.number, _unit_of(a, b))
        case (DayRange() as day, Length() as length) | (Length() as length, DayRange() as day):
            return _later(day, length)
        case Length() as a, Length() as b if a.kind == b.kind:
            return Length(a.months + b.months, a.days + b.days, a.kind)
        case _:
            raise ValueError("these values cannot be added")


def subtract(one: Quantity, other: Quantity) -> Single:
    """
    Raises:
        ValueError: the difference has no meaning, or is not certain.
    """
    match single(one), single(other):
        case DayRange() as a, DayRange() as b:
            if a.first != a.last or b.first != b.last:
                raise ValueError("the dates are not exact enough")
            return Length(Decimal(0), Decimal((a.first - b.first).days))
        case a, b:
            return add(a, negative(b))


def negative(value: Quantity) -> Single:
    """
    Raises:
        ValueError: it is no number and no length of time.
    """
    match single(value):
        case Magnitude() as a:
            return Magnitude(-a.number, a.unit)
        case Length() as a:
            return Length(-a.months, -a.days, a.kind)
        case _:
            raise ValueError("this value cannot be subtracted")


def multiply(one: Quantity, other: Quantity) -> Single:
    """A sum times 5 % is a twentieth of it; a plain number times 5 % stays in per cent.

    Raises:
        ValueError: the product has no meaning.
    """
    match single(one), single(other):
        case Magnitude() as a, Magnitude() as b if not (a.unit and b.unit):
            return Magnitude(a.number * b.number, a.unit or b.unit)
        case Magnitude(unit="%") as a, Magnitude() as b:
            return Magnitude(a.number * b.number / 100, b.unit)
        case Magnitude() as a, Magnitude(unit="%") as b:
            return Magnitude(a.number * b.number / 100, a.unit)
        case (Magnitude(unit="") as a, Length() as b) | (Length() as b, Magnitude(unit="") as a):
            return Length(a.number * b.months, a.number * b.days, b.kind)
        case _:
            raise ValueError("these values cannot be multiplied")


def divide(one: Quantity, other: Quantity) -> Single:
    """
    Raises:
        ValueError: the quotient has no meaning.
    """
    match single(one), single(other):
        case Magnitude(), Magnitude(number=b) if b == 0:
            raise ValueError("nothing can be divided by 0")
        case Magnitude() as a, Magnitude() as b if a.unit == b.unit:
            return Magnitude(a.number / b.number)
        case Magnitude() as a, Magnitude(unit="") as b:
            return Magnitude(a.number / b.number, a.unit)
        case Magnitude() as a, Magnitude(unit="%") as b:
            return Magnitude(a.number * 100 / b.number, a.unit)
        case _:
            raise ValueError("these values cannot be divided")


def power(one: Quantity, other: Quantity) -> Single:
    """
    Raises:
        ValueError: the numbers have units, or the exponent is no whole number from 0 to 100.
    """
    match single(one), single(other):
        case Magnitude(number=a, unit=""), Magnitude(number=b, unit="") if b == int(b) and 0 <= b <= 100:
            return Magnitude(a ** int(b))
        case _:
            raise ValueError("this power cannot be calculated")


def total(values: Sequence[Quantity]) -> Single:
    """
    Raises:
        ValueError: there is none, or they cannot be added.
    """
    first, *others = items_of(values)
    for value in others:
        first = add(first, value)
    return first


def items_of(values: Sequence[Quantity]) -> tuple[Single, ...]:
    """
    Raises:
        ValueError: there is none.
    """
    items = [i for v in values for i in (v.items if isinstance(v, Series) else (v,))]
    if not items:
        raise ValueError("there is no value")
    return tuple(items)


def _later(day: DayRange, length: Length) -> DayRange:
    if length.kind:
        raise ValueError(f"{length.kind} days cannot be counted without a calendar")
    if day.first != day.last or length.months != int(length.months) or length.days != int(length.days):
        raise ValueError("the date or the length is not exact enough")
    n_months = day.first.year * 12 + day.first.month - 1 + int(length.months)
    year, month = divmod(n_months, 12)
    last_of_month = calendar.monthrange(year, month + 1)[1]
    at = date(year, month + 1, min(day.first.day, last_of_month)) + timedelta(days=int(length.days))
    return DayRange(at, at, is_reckoned=True)
