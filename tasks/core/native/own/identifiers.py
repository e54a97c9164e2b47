"""Numbers of policies, contracts, vehicles and registers: letters and digits that are no value.

Dates, sums, shares, clause numbers and plain counts are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_CURRENCY = r"(?:[$€£¥￥]|[A-Z]{0,2}\$|Rs\.?|USD|EUR|GBP|CHF|RMB|CNY|HKD|SGD|AUD|CAD|NZD|INR|NOK|SEK|DKK|JPY|AED|QAR|SAR|ZAR)"
_MARK = r"(?i:(?<![\w])(?:no|nr|nos|number|numbers|ref|reference|id|vin|plate|code|file|account)s?\b\.?|№|#)[:\s]{0,3}"
_TOKEN = re.compile(
    r"(?<![\w.,/’'-])(?=[A-Za-z./-]*\d)[A-Za-z0-9]+(?:[./–_-][A-Za-z0-9]+)*(?![\w%‰]|[.,]\d|\s?%)"
)
_SPACED = re.compile(
    r"(?<![\w.,/’'-])(?:[A-Z]{1,5}[ ])?(?:[A-Z0-9][A-Z0-9./-]*\d[A-Z0-9./-]*|[A-Z]?\d+)(?:[ ](?:[A-Z]{1,3}(?=[ ]\d)|\d[A-Z0-9./-]*|[A-Z](?![\w]))){1,5}(?![\w%‰]|,\d)"
)
_MARKED = re.compile(_MARK + r"([A-Z0-9][\w./-]*(?:[ ][A-Z0-9][\w./-]*){0,5})")
_DATE = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{2,4}|\d{4}([./-])\d{1,2}\2\d{1,2}|\d{1,2}[./-]\d{4}")
_AMOUNT = re.compile(r"\d{1,3}(?:[.,’' ]\d{2,3})*(?:[.,]\d+)?(?:[kKmM]|bn|MM)?|\d+[.,]\d+|\d{1,5}")
_COUNT = re.compile(
    r"\d+(?:st|nd|rd|th|h|am|pm|x|°|m|km|kg|mm|cm|kW|MW|MWh|kWh|GB|MB)?|\d+(?:\.\d+){1,3}|\d+(?:-(?:[a-z]+))+",
    re.IGNORECASE,
)
_AFTER_MONEY = re.compile(rf"{_CURRENCY}\s?$")
_STARTS_MONEY = re.compile(rf"{_CURRENCY}(?:[ ]|\d)")
_HAN_DIGIT = "〇○零一二三四五六七八九十百"
_HAN = re.compile(
    rf"[\u4e00-\u9fffA-Za-z0-9-]{{1,14}}?字?[（(〔\[【]?(?:\d{{2,4}}|[{_HAN_DIGIT}]{{2,4}})年?[）)〕\]】]?[\u4e00-\u9fffA-Za-z]{{0,6}}?第?[A-Za-z\d{_HAN_DIGIT}-]{{1,14}}号(?:之[{_HAN_DIGIT}])?"
    r"|[A-Z0-9][A-Za-z0-9]*(?:[-/–—_][A-Za-z0-9\u4e00-\u9fff]{1,12})+(?:号)?"
)
_DIGIT = re.compile(r"\d")
_HAS_HAN = re.compile(r"[\u4e00-\u9fff]")
_FROM_LABEL = re.compile(r".*(?:编号|号码|文号|合同号|案号|为|于|即|见|至|是|按|据)(?=.)")


def identifiers(text: str) -> Iterator[tuple[int, int]]:
    """The ranges of identifiers; of one with blanks also its parts that may stand alone."""
    if _DIGIT.search(text) is not None:
        yield from _with_digits(text)
    if _HAS_HAN.search(text) is not None:
        yield from _han(text)


def _with_digits(text: str) -> Iterator[tuple[int, int]]:
    for match in _MARKED.finditer(text):
        end = _last_digit_word(text, match.start(1), match.end(1))
        if end > match.start(1) and not _DATE.fullmatch(text, match.start(1), end):
            yield match.start(1), end
    for match in _TOKEN.finditer(text):
        if _is_identifier(text, *match.span()):
            yield match.span()
    for match in _SPACED.finditer(text):
        if _is_spaced(text, *match.span()):
            yield match.span()


def _han(text: str) -> Iterator[tuple[int, int]]:
    for match in _HAN.finditer(text):
        label = _FROM_LABEL.match(text, *match.span())
        start = label.end() if label is not None else match.start()
        if any(c.isdigit() or c in _HAN_DIGIT for c in text[start : match.end()]) and not _DATE.fullmatch(
            text, start, match.end()
        ):
            yield start, match.end()


def _last_digit_word(text: str, start: int, end: int) -> int:
    """The end of the last word with a digit; `start` if there is none."""
    words = [m for m in re.finditer(r"\S+", text[start:end]) if any(c.isdigit() for c in m.group())]
    return start + words[-1].end() if words else start


def _is_identifier(text: str, start: int, end: int) -> bool:
    word = text[start:end]
    if _DATE.fullmatch(word) or _COUNT.fullmatch(word):
        return len(word) >= 6 and word.isdigit() and not _AFTER_MONEY.search(text, max(0, start - 5), start)
    if _AMOUNT.fullmatch(word) and not any(c.isalpha() for c in word):
        return False
    if len(word) < 4 or (word.islower() and "-" in word) or _STARTS_MONEY.match(word):
        return False
    return not _AFTER_MONEY.search(text, max(0, start - 5), start)


def _is_spaced(text: str, start: int, end: int) -> bool:
    words = text[start:end]
    if _STARTS_MONEY.match(words) or _AMOUNT.fullmatch(words):
        return False
    has_letter = any(c.isalpha() for c in words)
    is_long = sum(c.isdigit() for c in words) >= 5
    return has_letter and is_long and not _AFTER_MONEY.search(text, max(0, start - 5), start)
