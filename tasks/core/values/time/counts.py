"""Small whole numbers in words, as lengths of time have them: `thirty`, `sechsunddreißig`, `tjugofyra`.

text2num reads seven languages; the Nordic ones are composed here.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import cast

import text_to_num  # pyright: ignore[reportMissingTypeStubs]

_SWEDISH = (
    "en|ett två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton sjutton arton nitton",
    "tjugo trettio fyrtio femtio sextio sjuttio åttio nittio",
    "hundra",
)
_NORWEGIAN = (
    "en|ett|én|ei to tre fire fem seks sju|syv åtte ni ti elleve tolv tretten fjorten femten seksten sytten atten nitten",
    "tjue tretti førti femti seksti sytti åtti nitti",
    "hundre",
)
_DANISH = (
    "en|et|én|ét to tre fire fem seks syv otte ni ti elleve tolv tretten fjorten femten seksten sytten atten nitten",
    "tyve tredive fyrre halvtreds tres halvfjerds firs halvfems",
    "hundrede",
)
_FINNISH = re.findall(r"\S+", "yksi kaksi kolme neljä viisi kuusi seitsemän kahdeksan yhdeksän")
_ARTICLES = {
    "de": ("einen", "einem", "eine", "einer", "eines"),
    "fr": ("une",),
    "es": ("un", "una"),
    "pt": ("uma",),
    "it": ("un", "una"),
    "nl": ("een", "één"),
}
_HALVES = {"anderthalb": "1.5", "eineinhalb": "1.5", "zweieinhalb": "2.5", "dreieinhalb": "3.5", "halvannet": "1.5", "halvanden": "1.5", "anderhalf": "1.5"}  # fmt: skip
_JOINING = frozenset(("and",))
_MOST_WORDS = 7
_WORD = re.compile(r"[^\W\d_]+")
_LOOSE = re.compile(r"\s?-\s?")
_BACKWARDS = re.compile(r"(?:(?<![^\W_])[^\W\d_]+[\s-]+){0,7}(?<![^\W_])[^\W\d_]+$")


@lru_cache(maxsize=1)
def _nordic() -> dict[str, dict[str, int]]:
    return {
        "sv": _composed(_SWEDISH),
        "no": _composed(_NORWEGIAN),
        "da": _composed(_DANISH),
        "fi": _finnish(),
    }


def _composed(words: tuple[str, str, str]) -> dict[str, int]:
    """The numbers to 100 by name; Danish ones also with the unit before the ten."""
    small, tens, hundred = words
    names = {name: n for n, forms in enumerate(small.split(), 1) for name in forms.split("|")}
    units = {name: n for name, n in names.items() if n < 10}
    for n, ten in enumerate(tens.split(), 2):
        names[ten] = 10 * n
        names |= {ten + unit: 10 * n + value for unit, value in units.items()}
        names |= {f"{unit}og{ten}": 10 * n + value for unit, value in units.items()}
    return names | {hundred: 100}


def _finnish() -> dict[str, int]:
    names = {name: n for n, name in enumerate(_FINNISH, 1)} | {"kymmenen": 10}
    names |= {f"{name}toista": 10 + n for n, name in enumerate(_FINNISH, 1)}
    for n, ten in enumerate(_FINNISH[1:], 2):
        names |= {f"{ten}kymmentä": 10 * n}
        names |= {f"{ten}kymmentä{unit}": 10 * n + value for value, unit in enumerate(_FINNISH, 1)}
    return names


@lru_cache(maxsize=8192)
def count_in_words(words: str, language: str) -> Decimal | None:
    """The number that the words are, lower case with single spaces; None for other words.

    Args:
        language: ISO 639-1.
    """
    if words in _HALVES:
        return Decimal(_HALVES[words])
    if language in _nordic():
        number = _nordic()[language].get(words)
        return None if number is None else Decimal(number)
    if words in _ARTICLES.get(language, ()):
        return Decimal(1)
    try:
        return Decimal(cast("int", text_to_num.text2num(words, language)))  # pyright: ignore[reportUnknownMemberType]
    except ValueError:
        return None


def count_before(plain: str, low: int, end: int, languages: str) -> tuple[int, Decimal] | None:
    """The longest number in words that ends there: its start and amount.

    Args:
        low: Where to stop looking.
        languages: ISO 639-1 codes, any of which the words may be in.
    """
    row = _BACKWARDS.search(plain, low, end)
    if row is None:
        return None
    words = list(_WORD.finditer(plain, row.start(), end))
    for language in languages.split():
        best = _longest(plain, words, end, language)
        if best:
            return best
    return None


def _longest(plain: str, words: list[re.Match[str]], end: int, language: str) -> tuple[int, Decimal] | None:
    best: tuple[int, Decimal] | None = None
    for word in reversed(words[-_MOST_WORDS:]):
        text = _LOOSE.sub(" " if language == "en" else "-", " ".join(plain[word.start() : end].split()))
        number = count_in_words(text, language)
        if number is not None:
            best = word.start(), number
        elif language == "en" and (best is None or word[0] not in _JOINING):
            break
    return best
