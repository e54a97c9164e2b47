"""Write the numbers in a text in plain digits: separators, words, Chinese numerals and scales.

`thirty-six (36) months` becomes `36 months`, `人民币伍佰万元整` becomes `人民币5000000元整`. text2num reads
English number words, cn2an Chinese numerals.
"""

from __future__ import annotations

import re
from decimal import Decimal
from math import prod
from typing import cast

import text_to_num  # pyright: ignore[reportMissingTypeStubs]

from tasks.core.text.folding import fold

NUMBER = r"(?<![\d.,])[0-9]+(?:\.[0-9]+)?(?![.,]?\d)"  # as `in_digits` writes it
_GROUPED = re.compile(r"(?<![\d.,])(\d{1,3}(?:(?:,\d{3})+|(?:'\d{3})+))(\.\d+)?(?![\d,']|\.\d)", re.ASCII)
_CONTINENTAL = re.compile(r"(?<![\d.,])(\d{1,3}(?:\.\d{3})+),(\d{2})(?![\d.,])", re.ASCII)
_SCALES = {
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "百": 10**2, "千": 10**3, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8,
}  # fmt: skip
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
    """The value with numbers in plain digits; None for `thirty (40)`, which contradicts itself."""
    text = digits_in(value)
    return None if _TWICE.search(text) else text


def digits_in(text: str) -> str:
    """Any text with its numbers in plain digits; `thirty (30)` becomes one number."""
    text = han_in_digits(fold(text).text)
    text = _CONTINENTAL.sub(lambda m: f"{m[1].replace('.', '')}.{m[2]}", text)
    text = _GROUPED.sub(lambda m: re.sub("[,']", "", m[1]) + (m[2] or ""), text)
    text = words_in_digits(_SCALED.sub(_multiplied, text))
    return _TWICE.sub(lambda m: m[1] if Decimal(m[1]) == Decimal(m[2]) else m[0], text)


def words_in_digits(text: str) -> str:
    """English number words and ordinals: `the seventh of April` becomes `the 7th of April`."""
    text = _HYPHEN.sub(" ", text)
    return cast("str", text_to_num.alpha2digit(text, "en", 0))  # pyright: ignore[reportUnknownMemberType]


def han_in_digits(text: str) -> str:
    """Chinese numerals in digits; colloquial ones like `一百五` stay."""
    text = _HAN_YEAR.sub(lambda m: "".join(map(_HAN_DIGITS.__getitem__, m[0])), text)
    return _HAN.sub(_han, text)


def plain_decimal(number: Decimal) -> str:
    """The number without exponent and without trailing zeros."""
    text = f"{number:f}"  # not `normalize`: it rounds to the context's 28 digits
    return text.rstrip("0").rstrip(".") if "." in text else text


def _han(match: re.Match[str]) -> str:
    # Imported here, because it takes a fifth of a second and few documents need it.
    from cn2an import cn2an  # pyright: ignore[reportMissingTypeStubs]

    try:
        return plain_decimal(Decimal(str(cn2an(match[0].replace("两", "二"), "strict"))))
    except ValueError:
        return match[0]


def _multiplied(match: re.Match[str]) -> str:
    words = [match[2].lower()] if match[2] else match[3]
    return plain_decimal(Decimal(match[1]) * prod(_SCALES[word] for word in words))


PUNCTUATION = r"[\s()\[\]\"';:]|[,.](?!\d)"


def scan(pattern: re.Pattern[str], text: str) -> list[re.Match[str]] | None:
    """Matches of the pattern that cover the whole text one after the other; None if they cannot."""
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
    """A pattern for any of the words, which `|` separates; Latin ones match only as whole words."""
    spelled = sorted(words.split("|"), key=len, reverse=True)
    return "|".join(_edge(w[0], "<!") + re.escape(w) + _edge(w[-1], "!") for w in spelled)


def _edge(character: str, look: str) -> str:
    return f"(?{look}[a-z])" if character.isascii() and character.isalpha() else ""
