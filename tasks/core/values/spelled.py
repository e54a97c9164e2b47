"""Numbers in words, `Two Thousand Three Hundred Eighty-Five` and `贰佰捌拾万`, as decimals.

text2num reads English words and cn2an Chinese numerals; neither knows lakh and crore, cents of
a hundred, halves, or figures among numerals (`1亿2000万`), which are composed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import cast

import text_to_num  # pyright: ignore[reportMissingTypeStubs]

from tasks.core.values.found import words_in

_ONES = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
    "|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
_SCALE = "hundred|thousand|millions?|billions?|trillion|lakhs?|lacs?|crores?"
_WORD = rf"(?:{_ONES}|{_SCALE}|zero)"
_PARTS = {
    "half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourth": 4, "fourths": 4,
    "fifth": 5, "fifths": 5, "eighth": 8, "eighths": 8, "tenth": 10, "tenths": 10,
    "hundredth": 100, "hundredths": 100,
}  # fmt: skip
_PART = rf"(?:(?:{_ONES}|a(?=[\s-]+(?:half|quarter|tenth)))[\s-]+(?:{'|'.join(sorted(_PARTS, key=len, reverse=True))})(?![a-z]))"
_CENTS = r"(?:\d\d|no|xx|zero)\s?/\s?100(?!\d)"
_LARGE = "thousand|million|billion|trillion"
_RUN = rf"(?:a[\s-]+(?:{_SCALE})|(?:{_ONES}|zero))(?![a-z])(?:(?:,\s*|[\s-]+)(?:and[\s-]+)?(?!{_PART}){_WORD}(?![a-z]))*"
_HALF_SCALE = rf"[\s-]+and[\s-]+(?:a[\s-]+|one[\s-]+)?half[\s-]+(?:{_LARGE})(?![a-z])"
_WORDS = re.compile(
    rf"(?:half[\s-]+(?:a[\s-]+)?(?:{_LARGE})(?![a-z])|{_PART}"
    rf"|{_RUN}(?:{_HALF_SCALE}|[\s-]+and[\s-]+(?:a[\s-]+)?(?:{_PART}|half(?![a-z])))?)(?:,?\s+(?:and|&)\s+{_CENTS})?"
)
_FIRST = re.compile(rf"\b(?:{_ONES}|zero|half|a(?=[\s-]+(?:{_SCALE}|half|quarter|tenth)\b))\b")
_KNOWN = frozenset(
    [*_ONES.split("|"), "zero", "half", "hundred", "thousand", "million", "billion", "quarter", "tenth"]
)
_INEXACT = re.compile(r"\b(?:several|few|some|many)\s+$")
_LAST_PART = re.compile(rf"(?:^|\band\b)[\s-]*({_PART}|(?:a[\s-]+)?half)$")
_LAST_CENTS = re.compile(rf",?\s+(?:and|&)\s+({_CENTS})$")
_HALF_OF = re.compile(rf"^(?:(.+?)[\s-]+and[\s-]+)?(?:(?:a|one)[\s-]+)?half[\s-]+(?:a[\s-]+)?({_LARGE})$")
_LARGE_SIZE = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_LANGUAGES = ("de", "fr", "pt", "es", "nl", "it")
_INDIAN = {"lakh": 10**5, "lac": 10**5, "crore": 10**7}
_INDIAN_SCALE = re.compile(r"\b(lakh|lac|crore)s?\b")

_HAN_DIGITS = "零〇一二三四五六七八九壹贰貳叁參肆伍陆陸柒捌玖两兩"
_HAN_UNITS = "十拾百佰千仟万萬亿億廿"
_HAN_FIGURE = r"\d+(?:[.,]\d+)*"
HAN = (
    rf"(?>(?:(?<![\d.,])(?:{_HAN_FIGURE})\s?(?=[{_HAN_UNITS}]))?[{_HAN_DIGITS}{_HAN_UNITS}]+"
    rf"(?:[点點][{_HAN_DIGITS}]+[{_HAN_UNITS}]*)?(?:(?:{_HAN_FIGURE})[{_HAN_UNITS}]+)*)(?!分之)"
)
"""A pattern for Chinese numerals, also among figures."""
_BIG = (("亿億", 10**8), ("万萬", 10**4))
_SMALL = {"千": 1000, "仟": 1000, "百": 100, "佰": 100, "十": 10, "拾": 10}
_MIXED = re.compile(rf"({_HAN_FIGURE})([千仟百佰十拾]*)")


def number_words(text: str) -> Iterator[tuple[int, int]]:
    """The ranges of runs of English number words in a text."""
    low = text.lower()
    if len(low) != len(text) or _KNOWN.isdisjoint(words_in(text)):
        return
    end = 0
    for first in _FIRST.finditer(low):
        run = _WORDS.match(low, first.start()) if first.start() >= end else None
        if run is not None:
            end = run.end()
            if not _INEXACT.search(low, max(0, run.start() - 9), run.start()):
                yield run.span()


@lru_cache(maxsize=4096)
def words_number(words: str) -> Decimal | None:
    """The number of a run that `number_words` found; None if the words are no number."""
    text = words.casefold()
    total = Decimal(0)
    if cents := _LAST_CENTS.search(text):
        digits = re.match(r"\d\d", cents[1])
        total += Decimal(digits[0]) / 100 if digits else 0
        text = text[: cents.start()]
    if half := _HALF_OF.match(text):
        whole = _whole(half[1]) if half[1] else 0
        return None if whole is None else total + (whole + Decimal("0.5")) * _LARGE_SIZE[half[2]]
    if part := _LAST_PART.search(text):
        fraction = _part(part[1])
        if fraction is None:
            return None
        total += fraction
        text = text[: part.start()].strip(" -\n\t")
    whole = _whole(text) if text else 0
    return None if whole is None else total + whole


def _part(words: str) -> Decimal | None:
    """None for thirds, which have no exact decimal."""
    pieces = re.split(r"[\s-]+", words)
    count = _whole(pieces[0]) if len(pieces) > 1 and pieces[0] != "a" else 1
    size = _PARTS[pieces[-1]]
    return None if size == 3 else Decimal(count or 1) / size


def _whole(text: str) -> int | None:
    """English words with lakh and crore: each names how many of it come before."""
    total, at = 0, 0
    for scale in _INDIAN_SCALE.finditer(text):
        before = _english(text[at : scale.start()])
        if before is None:
            return None
        total, at = total + before * _INDIAN[scale[1]], scale.end()
    rest = _english(text[at:]) if text[at:].strip(" ,-") else 0
    return None if rest is None else total + rest


def _english(text: str) -> int | None:
    plain = re.sub(r"^\s*(?:and\b)?\s*a\b", "one", " ".join(re.sub("[-,]", " ", text).split()))
    plain = re.sub(r"\b(million|billion)s\b", r"\1", re.sub(r"^and\s+", "", plain))
    digits = cast("str", text_to_num.alpha2digit(plain, "en", 0))  # pyright: ignore[reportUnknownMemberType]
    return int(digits) if digits.isdecimal() else None


@lru_cache(maxsize=1024)
def foreign_numbers(words: str) -> frozenset[Decimal]:
    """What words may say in German, French, Portuguese, Spanish, Dutch or Italian."""
    plain = " ".join(words.casefold().split())
    read = (cast("str", text_to_num.alpha2digit(plain, language, 0)) for language in _LANGUAGES)  # pyright: ignore[reportUnknownMemberType]
    return frozenset(Decimal(digits) for digits in read if digits.isdecimal())


@lru_cache(maxsize=4096)
def han_number(run: str) -> Decimal | None:
    """The number of a run that `HAN` matched; None for colloquial ones like `一百五`."""
    text = "".join(run.split()).replace("兩", "二").replace("两", "二").replace("廿", "二十")
    return _han_sections(text)


def _han_sections(text: str) -> Decimal | None:
    for signs, size in _BIG:
        at = max(text.rfind(sign) for sign in signs)
        if at >= 0:
            above, below = text[:at], text[at + 1 :].lstrip("零〇")
            high = _han_sections(above) if above else None
            low = _han_sections(below) if below else Decimal(0)
            if high is None or low is None or low >= size or _is_colloquial(below, text[at + 1 :]):
                return None
            return high * size + low
    return _han_small(text)


def _is_colloquial(below: str, rest: str) -> bool:
    """`一万五` is 15,000: a single digit without its unit and without a zero before it."""
    return len(below) == 1 and below == rest


def _han_small(text: str) -> Decimal | None:
    """A number below ten thousand, or any in figures with 千, 百 and 十 behind."""
    total, at = Decimal(0), 0
    for mixed in _MIXED.finditer(text):
        if mixed.start() != at or not re.fullmatch(r"\d+(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?", mixed[1]):
            return None
        number = Decimal(mixed[1].replace(",", ""))
        for unit in mixed[2]:
            number *= _SMALL[unit]
        total, at = total + number, mixed.end()
    if at == len(text):
        return total
    return None if at else _cn2an(text)


def _cn2an(text: str) -> Decimal | None:
    # Imported here, because it takes a fifth of a second and few documents need it.
    from cn2an import cn2an  # pyright: ignore[reportMissingTypeStubs]

    try:
        return Decimal(str(cn2an(text.replace("點", "点"), "strict")))
    except ValueError:
        return None
