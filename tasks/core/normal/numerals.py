"""Numbers however they are written, into plain digits: separators, words, Chinese numerals, scales, and the same number said twice.

`thirty-six (36) months` becomes `36 months`, `人民币伍佰万元整` becomes `人民币5000000元整`; words that are no numbers stay as they are.

Source:
    text2num (English words) and cn2an (Chinese numerals) decide what a number is.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import cast

import text_to_num  # pyright: ignore[reportMissingTypeStubs]

from tasks.core.text.folding import fold

NUMBER = r"(?<![\d.,])[0-9]+(?:\.[0-9]+)?(?![.,]?\d)"
"""A number as `in_digits` leaves it."""
_GROUPED = re.compile(r"(?<![\d.,])(\d{1,3}(?:(?:,\d{3})+|(?:'\d{3})+))(\.\d+)?(?![\d,']|\.\d)", re.ASCII)
_CONTINENTAL = re.compile(r"(?<![\d.,])(\d{1,3}(?:\.\d{3})+),(\d{2})(?![\d.,])", re.ASCII)
_SCALES = {
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "百": 10**2,
    "千": 10**3,
    "万": 10**4,
    "萬": 10**4,
    "亿": 10**8,
    "億": 10**8,
}
_SCALED = re.compile(
    r"(?<![\d.,])(\d+(?:\.\d+)?)(?:[ -]?((?:thousand|million|billion|trillion)\b)|([百千]?[万萬亿億]|[百千]))(?![百千万萬亿億\d])",
    re.IGNORECASE | re.ASCII,
)
_HAN_DIGITS = dict(
    zip("零〇一二三四五六七八九壹贰貳叁參肆伍陆陸柒捌玖", "00123456789122334566789", strict=True)
)
_HAN_NUMERAL = f"{''.join(_HAN_DIGITS)}十拾百佰千仟万萬亿億两廿点點"
_HAN = re.compile(rf"(?<![\d.{_HAN_NUMERAL}])[{_HAN_NUMERAL}]+(?!\d)", re.ASCII)
_HAN_YEAR = re.compile(rf"(?<![\d.{_HAN_NUMERAL}])[{''.join(_HAN_DIGITS)}]{{4}}(?=年)", re.ASCII)
_HYPHEN = re.compile(r"(?<=[A-Za-z\d])-(?=[A-Za-z])")
_TWICE = re.compile(rf"({NUMBER})\s*\(\s*({NUMBER})\s*\)", re.ASCII)


def in_digits(value: str) -> str | None:
    """The value with every number in plain digits; None when it says a number twice and not the same."""
    text = digits_in(value)
    return None if _TWICE.search(text) else text


def digits_in(text: str) -> str:
    """Any text with its numbers in plain digits, and once what it says twice: `thirty (30)`."""
    text = han_in_digits(fold(text).text)
    text = _CONTINENTAL.sub(lambda m: f"{m[1].replace('.', '')}.{m[2]}", text)
    text = _GROUPED.sub(lambda m: re.sub("[,']", "", m[1]) + (m[2] or ""), text)
    text = words_in_digits(_SCALED.sub(_multiplied, text))
    return _TWICE.sub(lambda m: m[1] if Decimal(m[1]) == Decimal(m[2]) else m[0], text)


def words_in_digits(text: str) -> str:
    """English number words and ordinals: `the seventh of April, two thousand four` -> `the 7th of April, 2004`."""
    text = _HYPHEN.sub(" ", text)
    return cast("str", text_to_num.alpha2digit(text, "en", 0))  # pyright: ignore[reportUnknownMemberType]


def han_in_digits(text: str) -> str:
    """Chinese numerals; what is none (`一百五`, which people say and contracts do not write) stays."""
    text = _HAN_YEAR.sub(lambda m: "".join(map(_HAN_DIGITS.__getitem__, m[0])), text)
    return _HAN.sub(_han, text)


def plain(number: Decimal) -> str:
    """Without exponent and without zeros that say nothing."""
    text = f"{number:f}"  # not `normalize`: it rounds to the context's 28 digits
    return text.rstrip("0").rstrip(".") if "." in text else text


def _han(match: re.Match[str]) -> str:
    from cn2an import cn2an  # pyright: ignore[reportMissingTypeStubs]  # a fifth of a second that few documents need

    try:
        return plain(Decimal(str(cn2an(match[0].replace("两", "二"), "strict"))))
    except ValueError:
        return match[0]


def _multiplied(match: re.Match[str]) -> str:
    scale = 1
    for word in [match[2].lower()] if match[2] else match[3]:
        scale *= _SCALES[word]
    return plain(Decimal(match[1]) * scale)


PUNCTUATION = r"[\s()\[\]\"';:]|[,.](?!\d)"


def scan(pattern: re.Pattern[str], text: str) -> list[re.Match[str]] | None:
    """The matches one after the other from end to end of the text; None where something lies between or behind them."""
    matches: list[re.Match[str]] = []
    at = 0
    while at < len(text):
        match = pattern.match(text, at)
        if match is None or match.end() == at:
            return None
        matches.append(match)
        at = match.end()
    return matches


def any_of(words: str) -> str:
    """A pattern for any of the words, which are parted by `|`: whole ones where a script parts words by spaces."""
    spelled = sorted(words.split("|"), key=len, reverse=True)
    return "|".join(_edge(w[0], "<!") + re.escape(w) + _edge(w[-1], "!") for w in spelled)


def _edge(character: str, look: str) -> str:
    return f"(?{look}[a-z])" if character.isascii() and character.isalpha() else ""
