"""The grammar of note marks: what a note may open with, and what may cite it.

A mark is a place in a counting order: `[3]`, `³`, `3)`, `注3` and `*3` are all the third of a row of
numbers, `∗` and `*` the first symbol. Look-alikes are folded before they are compared.

Source: Unicode 15.1 for circled and superscript forms; the order of symbols is that of the Chicago
Manual of Style, 17th edition, 14.25.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from tasks.core.text.roman import roman_value


class MarkForm(StrEnum):
    """How a mark is dressed; it decides which marks may cite which notes."""

    BARE = "bare"
    """1, a, iv"""
    SYMBOL = "symbol"
    CIRCLED = "circled"
    BRACKET = "bracket"
    """[1], 〔1〕, 【1】"""
    PAREN = "paren"
    """(1), （1）"""
    HALF_PAREN = "half_paren"
    """1)"""
    STAR_NUMBER = "star_number"
    """*1, ※1"""
    NOTE_WORD = "note_word"
    """注1, [注1]"""


class Family(StrEnum):
    """A counting order."""

    NUMBER = "number"
    LETTER = "letter"
    CAPITAL = "capital"
    ROMAN = "roman"
    CAPITAL_ROMAN = "capital_roman"
    SYMBOL = "symbol"
    CIRCLED = "circled"
    DARK_CIRCLED = "dark_circled"


@dataclass(frozen=True, slots=True)
class MarkPlace:
    """A place in a counting order, from 1."""

    family: Family
    ordinal: int


_LOOK_ALIKES = str.maketrans(
    {"∗": "*", "⁎": "*", "＊": "*", "✱": "*", "∥": "‖", "⁑": "**", "⁂": "***", "＃": "#", "註": "注"}
    | {chr(0x2780 + i): chr(0x2460 + i) for i in range(10)}  # ➀ looks like ①
    | {chr(0x278A + i): chr(0x2776 + i) for i in range(10)}  # ➊ looks like ❶
)
_WHITE = "①-⑳㉑-㉟㊱-㊿➀-➉⓵-⓾"
_DARK = "❶-❿➊-➓⓫-⓴"
CIRCLED = _WHITE + _DARK
SUPERSCRIPT = "⁰¹²³⁴-⁹"
_ROMANS = "(?:x{0,2}(?:ix|iv|v?i{0,3}))"
_CORE = rf"\d{{1,3}}|[{SUPERSCRIPT}]{{1,3}}|[ivx]{{1,5}}(?![a-z])|[IVX]{{1,5}}(?![A-Za-z])|[a-zA-Z](?![a-z])"
_SYMBOLS = r"[*∗⁎＊✱]{1,4}|†{1,4}|‡{1,4}|§{1,4}|¶{1,4}|[‖∥]{1,2}|#{1,2}|⁑|⁂"
_STAR = "[*∗⁎＊※]"
FORMS: tuple[tuple[MarkForm, str], ...] = (
    (MarkForm.CIRCLED, rf"[{CIRCLED}]"),
    (
        MarkForm.NOTE_WORD,
        rf"[\[［(（【〔]?(?:脚注|译注|[注註])\s?(?:\d{{1,3}}|[{_WHITE}])[\]］)）】〕]?",
    ),
    (MarkForm.STAR_NUMBER, rf"{_STAR}\s?\d{{1,3}}[)）]?"),
    (MarkForm.BRACKET, rf"[\[［〔【](?:{_CORE})[\]］〕】]"),
    (MarkForm.PAREN, rf"[(（](?:{_CORE})[)）]"),
    (MarkForm.HALF_PAREN, rf"(?:{_CORE})[)）]"),
    (MarkForm.SYMBOL, rf"(?:{_SYMBOLS})[)）]?"),
    (MarkForm.BARE, _CORE),
)
"""In the order in which they are tried."""

_SYMBOL_ORDER = "*†‡§¶‖#"
_DRESSING = re.compile(r"[\[［(（【〔\])）】〕］\s.、:：]|脚注|译注|注")


@lru_cache(maxsize=4096)
def places_of(mark: str) -> tuple[MarkPlace, ...]:
    """The places that a mark may have; none: it is no mark. `i` may be the first roman number or the ninth letter."""
    folded = _DRESSING.sub("", mark.translate(_LOOK_ALIKES))
    if not folded:
        return ()
    if len(folded) == 1 and (found := _circled(folded)):
        return found
    plain = unicodedata.normalize("NFKC", folded)
    plain = plain[1:] if len(plain) > 1 and plain[0] in "*※" and plain[1:].isdigit() else plain
    if plain.isascii() and plain.isdigit():
        return (MarkPlace(Family.NUMBER, int(plain)),)
    if plain[0] in _SYMBOL_ORDER and set(plain) == {plain[0]}:
        row = (len(plain) - 1) * len(_SYMBOL_ORDER)
        return (MarkPlace(Family.SYMBOL, row + _SYMBOL_ORDER.index(plain[0]) + 1),)
    return _lettered(plain)


def _circled(letter: str) -> tuple[MarkPlace, ...]:
    number = unicodedata.numeric(letter, 0)
    if not number or letter.isdecimal() or re.match(rf"[{SUPERSCRIPT}]", letter):
        return ()
    is_dark = bool(re.match(rf"[{_DARK}]", letter))
    if not is_dark and not re.match(rf"[{_WHITE}]", letter):
        return ()
    return (MarkPlace(Family.DARK_CIRCLED if is_dark else Family.CIRCLED, int(number)),)


def _lettered(plain: str) -> tuple[MarkPlace, ...]:
    places: list[MarkPlace] = []
    if len(plain) == 1 and "a" <= plain <= "z":
        places.append(MarkPlace(Family.LETTER, ord(plain) - ord("a") + 1))
    elif len(plain) == 1 and "A" <= plain <= "Z":
        places.append(MarkPlace(Family.CAPITAL, ord(plain) - ord("A") + 1))
    for family, roman in ((Family.ROMAN, plain), (Family.CAPITAL_ROMAN, plain.swapcase())):
        if roman.islower() and re.fullmatch(_ROMANS, roman):
            places.append(MarkPlace(family, roman_value(roman)))
    return tuple(places)


def same_place(a: str, b: str) -> bool:
    """Whether two marks may stand for the same note."""
    return not set(places_of(a)).isdisjoint(places_of(b))


def step(before: str, after: str) -> int | None:
    """How far the second mark is behind the first in their counting order; None: they have none in common."""
    steps = [
        b.ordinal - a.ordinal for a in places_of(before) for b in places_of(after) if a.family is b.family
    ]
    return min(steps, key=lambda n: abs(n - 1)) if steps else None


def is_first(mark: str) -> bool:
    """Whether a counting order begins with it."""
    return any(place.ordinal == 1 for place in places_of(mark))


def is_word_mark(mark: str) -> bool:
    """Whether the mark is a letter or a roman number."""
    return any(
        place.family in (Family.LETTER, Family.CAPITAL, Family.ROMAN, Family.CAPITAL_ROMAN)
        for place in places_of(mark)
    )
