"""Numbers as plain decimals, with their unit as it is written: `6.2 %`, `1500`, `5 mg`."""

from __future__ import annotations

import re
from decimal import Decimal

from tasks.core.normal.numerals import NUMBER, in_digits, plain
from tasks.core.schema import Asked

_PERCENT = re.compile(r"\s*(?:%|per\s?cent\b|percentum\b|per\s?centum\b)", re.IGNORECASE)
_HAN_PERCENT = re.compile(rf"百分之({NUMBER})", re.ASCII)
_TWICE = re.compile(r"(.+?)\s*\(\s*\1\s*\)")
_BOUND = re.compile(
    r"(?:(?:at least|at most|up to|no more than|not more than|no less than|not less than|a minimum of|a maximum of)\s+|不超过|不低于|不少于|至少|最多)+",
    re.IGNORECASE,
)
_MEASURE = re.compile(
    rf"(?P<number>-?{NUMBER})\s*(?P<unit>[%‰](?: per annum| p\.a\.)?|[^\W\d_]+(?:/[^\W\d_]+)?|(?:business|working|calendar|basis) [a-z]+)?\.?",
    re.IGNORECASE,
)
_NO_UNIT = re.compile(
    r"or|and|to|plus|minus|less|more|times|point|half|per|of|in|is|by|an?|the|st|nd|rd|th|dozen|hundred|thousand|million|billion|trillion",
    re.IGNORECASE,
)
_VAGUE = re.compile(r"[上下余餘多左右约約或和至几幾半百千万萬亿億分之点]")


def number_form(_: Asked, value: str) -> str | None:
    """The number and its unit; None for ranges, fractions, and numbers that are only about right."""
    text = in_digits(value)
    if text is None:
        return None
    text = _BOUND.sub("", _PERCENT.sub(" %", _HAN_PERCENT.sub(r"\1 %", text))).strip()
    match = _MEASURE.fullmatch(_TWICE.sub(r"\1", text))
    if match is None:
        return None
    unit = match["unit"] or ""
    if _NO_UNIT.fullmatch(unit) or _VAGUE.search(unit):
        return None
    return f"{plain(Decimal(match['number']))} {unit}".rstrip()
