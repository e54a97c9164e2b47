"""Chinese lengths of time: `十八个月`, `一年半`, `三个工作日`, `十五（15）日`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from tasks.core.values.time.duration_spans import DurationSpan
from tasks.core.values.time.han_dates import han_number

_NUMERALS = "零〇一二两兩三四五六七八九十百壹贰貳叁參肆伍陆陸柒捌玖拾佰廿"
_COUNT = rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d{{1,4}}(?:\.\d+)?|[{_NUMERALS}]+|半)"
_START = rf"(?:(?<![\d第月{_NUMERALS}半])(?<!\d[.,])|(?<=[年月]零))(?<!月\s)(?![零〇])(?<![a-z$¥])(?![零〇一二三四五六七八九]{{4}}年)"
_UNIT = (
    r"(?:(?P<business>[个個]?(?:工作日|营业日|營業日))|(?P<trading>[个個]?交易日)|(?P<hours>[个個]?(?:小时|小時|钟头))|(?P<minutes>分钟|分鐘)"
    r"|(?P<weeks>[个個]?(?:星期|礼拜)|周(?![年一二三四五六日岁])|週)|(?P<months>[个個](?P<half_month>半)?月)|(?P<days>[个個]?(?:自然日|日历日|日曆日)|天|日(?![本元圆币])))"
    r"|(?P<years>年)(?![度级底末初代]|\s*[\d一二三四五六七八九十]{1,3}\s*月)"
)
_VALUE = re.compile(
    rf"{_START}(?:(?P<low>{_COUNT})\s*(?:至|到|[-–—~])\s*)?(?P<count>{_COUNT})(?:\s*\(\s*(?P<again>{_COUNT})\s*\))?\s*(?:{_UNIT})(?P<half>半(?![数年月日天]))?"
)
_LETTERS = {
    "business": "D",
    "trading": "D",
    "hours": "TH",
    "minutes": "TM",
    "weeks": "W",
    "months": "M",
    "days": "D",
    "years": "Y",
}
_HALF = Decimal("0.5")
_FIRST_CALENDAR_YEAR = 1000


def han_durations(plain: str) -> Iterator[DurationSpan]:
    """The lengths in a text as `plain_lower` gives it."""
    if plain.isascii():
        return
    for m in _VALUE.finditer(plain):
        unit = next(name for name in _LETTERS if m[name])
        amount = _amount(m)
        if unit == "years" and amount is not None and amount >= _FIRST_CALENDAR_YEAR:
            continue
        if unit == "months" and amount is not None and m["count"] == "半":
            amount = None  # fifteen days to some
        counted = unit if unit in ("business", "trading") else ""
        parts = None if amount is None else ((_LETTERS[unit], amount),)
        yield DurationSpan(m.start(), m.end(), parts, counted)


def _amount(m: re.Match[str]) -> Decimal | None:
    number = _number(m["count"])
    if m["low"] or number is None or (m["again"] and _number(m["again"]) != number):
        return None
    return number + _HALF if m["half"] or m["half_month"] else number


def _number(numeral: str) -> Decimal | None:
    if numeral == "半":
        return _HALF
    if numeral[0].isdigit() and numeral.isascii():
        return Decimal(numeral.replace(",", ""))
    text = numeral.translate(str.maketrans("两兩佰", "二二百"))
    return Decimal(han_number(text)) if _IN_ORDER.fullmatch(text) else None


_DIGIT = "[一二三四五六七八九壹贰貳叁參肆伍陆陸柒捌玖]"
_IN_ORDER = re.compile(
    rf"(?:{_DIGIT}百(?:[零〇](?={_DIGIT}$))?)?(?:{_DIGIT}?[十拾]{_DIGIT}?|廿{_DIGIT}?|{_DIGIT})?"
)
"""Not `一百五`, which is 150, nor a row of digits."""
