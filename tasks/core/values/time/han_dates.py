"""Chinese dates: `2025年7月1日`, `二〇二五年七月一日`, `民国114年7月1日`, and ranges of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.core.values.time.date_spans import DateSpan, iso

_DIGITS = {
    **dict(zip("零〇○ＯOo一二三四五六七八九", "000000123456789", strict=True)),
    **dict(zip("壹贰貳叁參肆伍陆陸柒捌玖", "122334566789", strict=True)),
    **{str(n): str(n) for n in range(10)},
}
_DIGIT = f"[{''.join(_DIGITS)}]"
_TEN = "十拾"
_SMALL = rf"(?:[元{''.join(_DIGITS)}]{{1,2}}|[一二三壹贰貳叁參]?[{_TEN}][一二三四五六七八九壹贰貳叁參肆伍陆陸柒捌玖]?|廿[一二三四五六七八九]?|卅一?)"
_ROC_YEAR = r"民[国國]\s*(?P<roc>\d{1,3}|[零〇一二三四五六七八九十百]{1,7})"
_VAGUE = r"(?:度|(?:第?[一二三四1-4]|首)(?:个)?季度|[上下]半年|[年月]?[底末初]|[上中下]旬)"
_DATE = re.compile(
    rf"(?:{_ROC_YEAR}|(?<![a-z\d_.{''.join(_DIGITS)}])(?P<year>{_DIGIT}{{4}}))\s*年"
    rf"(?:\s*(?P<month>{_SMALL})\s*月(?:份)?(?:\s*(?P<day>{_SMALL})\s*[日号號])?)?(?P<vague>\s*{_VAGUE})?"
)
_JOIN = r"\s*(?:至|到|[-–—~]{1,2})\s*"
_SECOND = re.compile(rf"{_JOIN}(?P<whole>(?:(?P<month>{_SMALL})\s*月\s*)?(?P<day>{_SMALL})\s*[日号號])")
_SECOND_MONTH = re.compile(rf"{_JOIN}(?P<whole>(?P<month>{_SMALL})\s*月)(?!\s*{_SMALL}\s*[日号號])")
_FIRST_REPUBLICAN_YEAR = 1911


def han_dates(plain: str) -> Iterator[DateSpan]:
    """The dates of a text as `plain_lower` gives it."""
    if "年" not in plain:
        return
    for m in _DATE.finditer(plain):
        year = _year(m)
        if year is None:
            continue
        forms = frozenset[str]() if m["vague"] else _iso(year, m["month"], m["day"])
        yield DateSpan(m.start(), m.end(), forms)
        if m["month"] and not m["vague"]:
            yield from _second_end(plain, m, year)


def _second_end(plain: str, first: re.Match[str], year: int) -> Iterator[DateSpan]:
    """The last day or month of `2024年3月1日至31日`, `2024年3月至5月`."""
    pattern = _SECOND if first["day"] else _SECOND_MONTH
    last = pattern.match(plain, first.end())
    if last is None:
        return
    ends = [(first["month"], first["day"]), (last["month"] or first["month"], last.groupdict().get("day"))]
    numbers = [(han_number(month), han_number(day) if day else 0) for month, day in ends]
    in_order = numbers[0] < numbers[1]
    forms = _iso(year, *ends[1]) if in_order else frozenset[str]()
    yield DateSpan(last.start("whole"), last.end("whole"), forms, borrows=True)


def _iso(year: int, month: str | None, day: str | None) -> frozenset[str]:
    return iso(year, han_number(month) if month else None, han_number(day) if day else None)


def _year(m: re.Match[str]) -> int | None:
    if m["roc"]:
        return _FIRST_REPUBLICAN_YEAR + han_number(m["roc"])
    year = int("".join(_DIGITS[d] for d in m["year"]))
    return year if 1000 <= year < 3000 else None


def han_number(numeral: str) -> int:
    """A whole number below a thousand: `十二`, `一百一十四`, `廿五`, `元` (the first month), `07`."""
    if numeral.isascii():
        return int(numeral.replace("o", "0"))
    text = numeral.replace("廿", "二十").replace("卅", "三十").replace("元", "一").replace("拾", "十")
    total, digits = 0, ""
    for letter in text:
        if letter in "十百":
            total += int(digits or "1") * (10 if letter == "十" else 100)
            digits = ""
        else:
            digits += _DIGITS[letter]
    return total + int(digits or "0")
