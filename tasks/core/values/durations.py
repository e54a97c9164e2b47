"""Lengths of time in a text, each whole, and their normal forms: ISO 8601.

A form keeps the units of the text: 18 months are `P18M`, not `P1Y6M`. ISO 8601 has no business
days; `days_counted` says which days count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from tasks.core.schema import FieldSpec
from tasks.core.text.look_alikes import plain_lower
from tasks.core.values.found import FoundValue, in_words
from tasks.core.values.habit import UNKNOWN_HABIT, Habit
from tasks.core.values.numerals import PUNCTUATION, any_of
from tasks.core.values.time.calendar_words import MONTH
from tasks.core.values.time.duration_spans import DurationSpan
from tasks.core.values.time.duration_words import UNIT, UNITS, kind_after, kind_before, time_count
from tasks.core.values.time.han_durations import han_durations

_FILLER = (
    "a|an|the|of|period|term|for|at|least|not|no|less|more|than|up|to|within|minimum|maximum|prior|written|advance|notice|in|initial|s"
    "|期限|为|为期|期|内|以内|之内|提前|至少|不少于|不低于|不超过|书面|通知|的|起"
)
_FILLERS = re.compile(rf"(?:{any_of(_FILLER)}|{PUNCTUATION}|-|'|’)*", re.ASCII)
_ISO = re.compile(
    r"P(?=[T\d])((?:\d+(?:\.\d+)?[YMWD])*)(?:T((?:\d+(?:\.\d+)?[HMS])+))?(?: (?P<counted>business|trading))?",
    re.ASCII,
)
_ISO_PART = re.compile(r"(\d+(?:\.\d+)?)([A-Z])", re.ASCII)
_AND_A_HALF = re.compile(
    r"\s+(?:and\s+(?:a|one)[\s-]half|et\s+demie?|y\s+medi[oa]|e\s+mei[oa]|e\s+mezz[oa]|och\s+en\s+halv|og\s+en\s+halv)(?![^\W_])(?!\s+(?:an?|of|months?|weeks?|days?|hours?|years?|percent|per)(?![^\W_]))"
)
_ONE = re.compile(r"(?<![^\W_])an?[\s]+$")
_AFTER_AN = re.compile(r"\s+et(?![^\W_])|\s*[.,;)]|$")  # the French year, not the English article
_AGE_AFTER = re.compile(r"\s+(?:of\s+age|old)(?![^\W_])")
_AGE_BEFORE = re.compile(r"(?<![^\W_])age[ds]?\s+(?:of\s+)?$")
_OF_MONTH = re.compile(rf"\s+of\s+(?:{MONTH}(?![^\W\d_])|[_\[])")
_ALL_THE_TIME = re.compile(
    r"(?:24|twenty-?\s?four)\W.*hours?\W*(?:a|per|each|every)\s+day|(?:7|seven)\W.*days?\W*(?:a|per|each|every)\s+week|365\W.*days?\W*(?:a|per|each|every)\s+year",
    re.DOTALL,
)
_RATE = re.compile(r"'?\s*(?:a|per|each|every)\s+(?:day|week|year)(?![^\W_])")
_TIME_OF_DAY = re.compile(r"(?:[01]?\d|2[0-4])\.[0-5]\d(?!\d)|(?:1\d|2[0-4])[0-5]\d(?![\d,.])")
"""`18.00 hours`, `1800 hours`: the clock's, or a length."""
_SUM = re.compile(r"(?:\s*,)?\s*(?:(?<![^\W_])(?:and|plus|und|et|och|og|y|e|en)(?![^\W_])|[零又])\s*|\s*")
_TO = re.compile(r"\s*(?:to|bis|à|至|到|[-–—])\s*")
_EACH = re.compile(r"\s*,?\s*respectively(?![^\W_])")
_AGAIN = re.compile(r"\s*\(\s*(\d+)\s*\)")


def find_durations(text: str, habit: Habit) -> list[FoundValue]:
    """The lengths in a text in order, each whole; a range is one value without a form."""
    return [
        FoundValue(in_words(text, s.start, s.end), s.start, s.end, s.form)
        for s in _spans(text, habit.decimal_comma)
    ]


def duration_form(_: FieldSpec, value: str, habit: Habit) -> str | None:
    """ISO 8601; None without a number, and for two lengths (`30 to 60 days`)."""
    return _whole(value, habit)[0]


def days_counted(value: str) -> str:
    """Which days a length counts, where not all: `business` or `trading`; else empty."""
    return _whole(value, UNKNOWN_HABIT)[1]


def length_of(value: str) -> str | None:
    """A length to compare with `lengths_in`: the form with the days that count."""
    form, counted = _whole(value, UNKNOWN_HABIT)
    return None if form is None else f"{form} {counted}".rstrip()


def lengths_in(text: str) -> frozenset[str]:
    """The lengths in a text; `3 years and 6 months` is one, and 10 business days are not 10 days."""
    return frozenset(f"{s.form} {s.counted}".rstrip() for s in _spans(text, None) if s.form is not None)


def _whole(value: str, habit: Habit) -> tuple[str | None, str]:
    """The form of a value and the days that count; None if it says more than one length."""
    spans = _spans(value, habit.decimal_comma)
    said = {(s.form, s.counted) for s in spans}
    plain, at, around = plain_lower(value), 0, ""
    for span in spans:
        around += plain[at : span.start] + " "
        at = span.end
    if len(said) != 1 or not _FILLERS.fullmatch(around + plain[at:]):
        return None, ""
    return said.pop()


@lru_cache(maxsize=4096)
def _spans(text: str, decimal_comma: bool | None) -> tuple[DurationSpan, ...]:
    if iso := _ISO.fullmatch(text.strip()):
        return (_read_iso(iso, text.index("P")),)
    plain = plain_lower(text)
    found = sorted([*_worded(plain, decimal_comma), *han_durations(plain)], key=lambda s: s.start)
    return tuple(_joined(plain, found))


def _read_iso(iso: re.Match[str], start: int) -> DurationSpan:
    days, hours = _ISO_PART.findall(iso[1]), _ISO_PART.findall(iso[2] or "")
    parts = [*((x, Decimal(n)) for n, x in days), *(("T" + x, Decimal(n)) for n, x in hours)]
    return DurationSpan(start, start + len(iso[0]), tuple(parts), iso["counted"] or "")


def _worded(plain: str, decimal_comma: bool | None) -> Iterator[DurationSpan]:
    for word in UNIT.finditer(plain):
        span = _around(plain, word, decimal_comma)
        if span is not None and not _is_none(plain, span):
            yield span


def _around(plain: str, word: re.Match[str], decimal_comma: bool | None) -> DurationSpan | None:
    """The length of which the word is the unit."""
    start = word.start()
    if start == 0 or plain[start - 1].isalpha():
        return None
    unit = UNITS[word[0]]
    end, counted_after = kind_after(plain, word.end()) if unit.letter == "D" else (word.end(), "")
    kind_start, counted = kind_before(plain, start)
    count = time_count(plain, kind_start, unit.languages, decimal_comma)
    half = _AND_A_HALF.match(plain, end)
    if count is None:
        one = _ONE.search(plain, max(0, kind_start - 4), kind_start)
        if one is None or not (half or (word[0] == "fortnight")):
            return None
        first, amount = one.start(), Decimal(1)
    else:
        first, amount = count.start, count.amount
    if half:
        end, amount = half.end(), None if amount is None else amount + Decimal("0.5")
    if word[0] == "an" and not (
        amount == 1 and (plain.startswith("un", first) or _AFTER_AN.match(plain, end))
    ):
        return None
    if unit.letter == "TH" and _TIME_OF_DAY.match(plain, first):
        amount = None
    counted = (unit.counted or counted or counted_after) if unit.letter == "D" else ""
    if counted and amount is not None and amount % 1:
        amount = None  # the heading `1.8 Business Day`
    parts = None if amount is None else ((unit.letter, amount * unit.times),)
    return DurationSpan(first, end, parts, counted)


def _is_none(plain: str, span: DurationSpan) -> bool:
    """Whether it is an age, a day of a month, or all the time: `24 hours a day`."""
    if _AGE_AFTER.match(plain, span.end) or _AGE_BEFORE.search(plain, max(0, span.start - 12), span.start):
        return True
    if plain.endswith("day", span.start, span.end) and _OF_MONTH.match(plain, span.end):
        return True
    rate = _RATE.match(plain, span.end)
    return bool(rate and _ALL_THE_TIME.fullmatch(plain, span.start, rate.end()))


def _joined(plain: str, spans: Iterable[DurationSpan]) -> list[DurationSpan]:
    """The spans with sums and ranges as one: `3 years and 6 months`, `30 days to 60 days`."""
    kept: list[DurationSpan] = []
    for span in spans:
        last = kept[-1] if kept else None
        if last and span.start < last.end:
            continue
        joined = _pair(plain, last, span) if last else None
        if joined:
            kept[-1] = joined
        else:
            kept.append(_said_again(plain, span))
    return kept


def _pair(plain: str, last: DurationSpan, span: DurationSpan) -> DurationSpan | None:
    between = plain[last.end : span.start]
    if len(between) > 12:
        return None
    if _TO.fullmatch(between):
        return replace(last, end=span.end, parts=None)
    if between.strip() == "(" and plain[span.end :].lstrip()[:1] == ")" and last.form == span.form:
        return replace(last, end=plain.index(")", span.end) + 1)
    if not last.goes_before(span) or _EACH.match(plain, span.end):
        return None
    is_list = between.strip() == ","
    if not is_list and not _SUM.fullmatch(between):
        return None
    parts = (*(last.parts or ()), *(span.parts or ()))
    return replace(last, end=span.end, parts=parts, is_listed=is_list)


def _said_again(plain: str, span: DurationSpan) -> DurationSpan:
    """`thirty days (30)` is one length."""
    again = _AGAIN.match(plain, span.end)
    same = again and span.parts and len(span.parts) == 1 and span.parts[0][1] == Decimal(again[1])
    return replace(span, end=again.end()) if again and same else span
