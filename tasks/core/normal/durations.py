"""Normal forms of durations: ISO 8601 in the units of the text: 18 months are `P18M`, not `P1Y6M`.

ISO 8601 has no business days: `P10D business` adds the type of day in one word, as FpML does.
"""

from __future__ import annotations

import re
from decimal import Decimal

from tasks.core.normal.numerals import NUMBER, PUNCTUATION, any_of, digits_in, in_digits, plain_decimal, scan
from tasks.core.schema import FieldSpec

_UNITS = {
    "Y": "year|years|yr|yrs|年",
    "M": "month|months|个月|個月",
    "W": "week|weeks|周|週|星期|个星期|礼拜|个礼拜",
    "D": "day|days|天|日|自然日|个自然日|日历日|个日历日",
    "TH": "hour|hours|hr|hrs|小时|个小时",
    "TM": "minute|minutes|分钟",
    "D business": "business day|business days|working day|working days|banking day|banking days|工作日|个工作日|营业日|个营业日",
    "D trading": "trading day|trading days|交易日|个交易日",
}
_LETTER = {word: letter for letter, words in _UNITS.items() for word in words.split("|")}
_FILLER = (
    "a|an|the|of|period|term|for|at|least|not|no|less|more|than|up|to|within|minimum|maximum|prior|written|advance|notice|in|initial|calendar"
    "|期限|为|为期|期|内|以内|之内|提前|至少|不少于|不低于|不超过|书面|通知|的"
)
_UNIT = any_of("|".join(_LETTER))
_KIND = r"\s*(?:calendar |consecutive )?"
_PART = rf"(?P<number>{NUMBER}){_KIND}(?P<unit>{_UNIT})"
_JOIN = r"\s*(?:\band\b|,|零|又)\s*"
_TOKEN = re.compile(rf"{_PART}|(?P<join>{_JOIN})|{any_of(_FILLER)}|{PUNCTUATION}", re.ASCII)
_SPOKEN = re.compile(_PART, re.ASCII)
_RUN = re.compile(rf"{NUMBER}{_KIND}(?:{_UNIT})(?:(?:{_JOIN}|\s*){NUMBER}{_KIND}(?:{_UNIT}))*", re.ASCII)
_ISO = re.compile(
    r"P(?=[T\d])(?:\d+(?:\.\d+)?[YMWD])*(?:T(?:\d+(?:\.\d+)?[HM])+)?(?:(?<=D) (?:business|trading))?",
    re.ASCII,
)
_HALF_YEAR = re.compile(r"(?<![\d年月两])半年")
_FIRST_CALENDAR_YEAR = 1000  # `2016年` is a date, not a duration
_SIZES = ("Y", "M", "W", "D", "TH", "TM")


def duration_form(_: FieldSpec, value: str) -> str | None:
    """ISO 8601; None without a number, and for two durations (`30 to 60 days`)."""
    if _ISO.fullmatch(value.strip()):
        return value.strip()
    text = in_digits(_HALF_YEAR.sub("6个月", value))
    matches = None if text is None else scan(_TOKEN, text.casefold().strip())
    parts = [m for m in matches or () if m["number"]]
    if not matches or not parts:
        return None
    between = matches[matches.index(parts[0]) : matches.index(parts[-1])]
    if len({_single(m) for m in parts}) == 1 and not any(m["join"] for m in between):
        return _single(parts[0])
    if all(m["number"] or m["join"] or m[0].isspace() for m in between):
        return _sum(parts)
    return None


def durations_in(text: str) -> frozenset[str]:
    """The forms of all durations in a text; `3 years and 6 months` is one duration."""
    runs = [list(_SPOKEN.finditer(run[0])) for run in _RUN.finditer(digits_in(text).casefold())]
    forms = {form for parts in runs for form in ([_sum(parts)] if _sum(parts) else map(_single, parts))}
    return frozenset(form for form in forms if form is not None)


def _single(part: re.Match[str]) -> str | None:
    number, letter = Decimal(part["number"]), _LETTER[part["unit"]]
    if part["unit"] == "年" and number >= _FIRST_CALENDAR_YEAR:
        return None
    time, letter = ("T", letter[1:]) if letter[0] == "T" else ("", letter)
    return f"P{time}{plain_decimal(number)}{letter}"


def _sum(parts: list[re.Match[str]]) -> str | None:
    """`3 years and 6 months`: whole numbers, larger units first, no weeks and no business days."""
    letters = [_LETTER[m["unit"]] for m in parts]
    ordered = [size for size in _SIZES if size in letters]
    if letters != ordered or "W" in letters or not all(m["number"].isdecimal() for m in parts):
        return None
    if None in map(_single, parts):
        return None
    pieces = [(letter, plain_decimal(Decimal(m["number"]))) for letter, m in zip(letters, parts, strict=True)]
    days = "".join(f"{number}{letter}" for letter, number in pieces if letter[0] != "T")
    hours = "".join(f"{number}{letter[1:]}" for letter, number in pieces if letter[0] == "T")
    return f"P{days}{'T' if hours else ''}{hours}"
