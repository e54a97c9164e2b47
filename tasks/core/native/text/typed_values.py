"""Finds dates, sums, numbers, durations and choices in a text, English and Chinese.

A value is the words of the text, except for a full date, which becomes ISO (`1999-06-21`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.core.native.text.units import folded
from tasks.core.normal.dates import MONTH, MONTHS
from tasks.core.schema import FieldType

MEASURED_TYPES = (FieldType.DATE, FieldType.MONEY, FieldType.NUMBER, FieldType.DURATION)
_MONTH = rf"{MONTH}\.?"
_DATE = re.compile(
    rf"(?P<month1>{_MONTH})\s+(?P<day1>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s+(?P<year1>\d{{4}})"
    rf"|(?P<day2>\d{{1,2}})\s*(?:st|nd|rd|th)?\s+(?:day\s+of\s+)?(?P<month2>{_MONTH})\s*,?\s+(?P<year2>\d{{4}})"
    r"|(?P<year3>\d{4})\s*[-年/.]\s*(?P<month3>\d{1,2})\s*[-月/.]\s*(?P<day3>\d{1,2})\s*日?"
    rf"|{_MONTH}\s+\d{{4}}|\d{{1,2}}/\d{{1,2}}/\d{{2,4}}|\d{{4}}\s*年(?:\s*\d{{1,2}}\s*月)?",
    re.IGNORECASE,
)
_SCALE = r"(?:\s*(?:thousand|million|billion|k|m|bn)\b|\s*[十百千万亿]+)?"
_AMOUNT = r"\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_MONEY = re.compile(
    rf"(?:US\$|HK\$|[$€£¥￥]|\b(?:USD|EUR|GBP|CHF|RMB|CNY|HKD|JPY|AUD|CAD|SGD)\b|人民币|美元|港币)\s*(?:{_AMOUNT}){_SCALE}\s*(?:元|圆)?"
    rf"|(?:{_AMOUNT}){_SCALE}\s*(?:元|圆|美元|欧元|港元|(?:U\.?S\.?\s+)?dollars?\b|euros?\b|pounds?\b|\b(?:USD|EUR|GBP|CHF|RMB|CNY|HKD)\b)",
    re.IGNORECASE,
)
_UNIT_OF = (
    r"(?:\s*(?:%|％|‰|per\s?cent(?:um)?\b|percent\b|basis\s+points?\b|bps\b|(?:business\s+|calendar\s+)?(?:days?|months?|years?|weeks?|hours?)\b"
    r"|mg\b|ml\b|mcg\b|µg|g\b|kg\b|个?(?:工作日|自然日|交易日|月|年|周|小时)|日|天|年|岁|倍|毫克|毫升|克))?"
)
_NUMBER = re.compile(rf"(?:{_AMOUNT}){_UNIT_OF}|百分之[零一二三四五六七八九十百点\d.]+", re.IGNORECASE)

_NUMERAL = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
    r"|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand)"
)
_SPELLED = rf"\b{_NUMERAL}(?:[\s-]+(?:and[\s-]+)?(?:{_NUMERAL}|half)){{0,8}}\b"
_COUNT = (
    rf"(?:{_SPELLED}(?:\s*\(\s*\d+(?:\.\d+)?\s*\))?|(?<![\d.,])(?:{_AMOUNT})(?:\s*\(\s*{_SPELLED}\s*\))?)"
)
_DAYS_COUNTED = r"[\s-]*(?:(?:consecutive|calendar|full|business|working|banking|trading)\s+)?"
_HAN_COUNT = r"(?<![\d.第月零〇一二两三四五六七八九十百半])(?<!月\s)(?![零〇一二三四五六七八九]{4}年)(?:\d{1,3}(?:\.\d+)?|[零〇一二两三四五六七八九十百]+|半)"
_DURATION = re.compile(
    rf"(?:{_COUNT}\s*(?:to|or|-|–)\s*)?{_COUNT}{_DAYS_COUNTED}"
    rf"(?:(?:days?|weeks?|hours?)\b|(?:months?|years?)\b(?:,?\s+(?:and\s+)?{_COUNT}\s*(?:months?|days?)\b)?)"
    rf"|(?:{_HAN_COUNT}\s*[至到-]\s*)?{_HAN_COUNT}\s*"
    r"(?:个?(?:工作日|营业日|交易日|自然日|日历日|星期|小时)|个半?月|周(?![年一二三四五六日])|天|日"
    r"|年半?(?!\s*[\d一二三四五六七八九十]{1,3}\s*月)(?:零?\s*[\d一二三四五六七八九十]+\s*个月)?)",
    re.IGNORECASE,
)
"""A range is one value with both ends, since one end alone would be another duration."""
_PATTERNS: dict[FieldType, re.Pattern[str]] = dict(
    zip(MEASURED_TYPES, (_DATE, _MONEY, _NUMBER, _DURATION), strict=True)
)


@dataclass(frozen=True, slots=True)
class TypedValue:
    """A value and its range in the text."""

    value: str
    start: int
    end: int


def find_typed(kind: FieldType, text: str, choices: Sequence[str] = ()) -> list[TypedValue]:
    """The values of a type in a text, in order; none for clause, text and boolean."""
    plain = folded(text)
    if kind is FieldType.CHOICE:
        return _choices(plain, choices)
    matches = _PATTERNS[kind].finditer(plain) if kind in _PATTERNS else ()
    return [TypedValue(_value(kind, m), m.start(), m.start() + len(m.group().rstrip())) for m in matches]


def normalised(kind: FieldType, words: str) -> str:
    """The value of a short text: ISO for a full date, else the words with single spaces."""
    match = _DATE.search(folded(words)) if kind is FieldType.DATE else None
    return _value(kind, match) if match else " ".join(folded(words).split())


def _value(kind: FieldType, match: re.Match[str]) -> str:
    if kind is FieldType.DATE:
        for n in "123":
            year, month, day = match.group(f"year{n}"), match.group(f"month{n}"), match.group(f"day{n}")
            if year and month and day:
                return _iso(year, month, day) or " ".join(match.group().split())
    return " ".join(match.group().split())


def _iso(year: str, month: str, day: str) -> str | None:
    number = int(month) if month.isdigit() else MONTHS.index(month[:3].lower()) + 1
    if not (1 <= number <= 12 and 1 <= int(day) <= 31):
        return None
    return f"{int(year):04d}-{number:02d}-{int(day):02d}"


def _choices(plain: str, choices: Sequence[str]) -> list[TypedValue]:
    values: list[TypedValue] = []
    for choice in choices:
        words = re.escape(choice).replace(r"\ ", r"\s+").replace("_", r"[\s_-]+")
        edge_left = r"\b" if choice[:1].isascii() and choice[:1].isalnum() else ""
        edge_right = r"\b" if choice[-1:].isascii() and choice[-1:].isalnum() else ""
        match = re.search(edge_left + words + edge_right, plain, re.IGNORECASE)
        if match:
            values.append(TypedValue(choice, match.start(), match.end()))
    return sorted(values, key=lambda v: v.start)
