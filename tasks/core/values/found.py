"""A value that was found in a text, and the plain characters in which texts are searched."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from tasks.core.text.look_alikes import exchanged, folded

_PLAIN = (
    dict.fromkeys("‘’‚‛′`´", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("\u2004\u2005\u2006\u2008\u2009\u200a\u3000", " ")
    | {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0xFF01, 0xFF5F)}
    | {"\u066b": ",", "\u2236": ":", "\u2044": "/", "\uffe5": "¥", "\uffe1": "£"}
)

_LATIN_WORD = re.compile(r"[^\W\d_\u2e80-\uffff²³¹¼-¾\u2150-\u215e]+")
_NO_LETTERS = {code: " " for code in range(128) if not chr(code).isalpha()}


@dataclass(frozen=True, slots=True)
class FoundValue:
    """A value and its range in the text."""

    value: str
    start: int
    end: int
    form: str | None = None
    """Its normal form; None: not certain."""


@lru_cache(maxsize=4096)
def plain_text(text: str) -> str:
    """The text with one way of writing quotes, dashes, spaces and wide letters; offsets stay."""
    return text if text.isascii() else exchanged(folded(text), _PLAIN)


@lru_cache(maxsize=4096)
def words_in(text: str) -> frozenset[str]:
    """The words of a text in small letters; figures and punctuation divide them."""
    low = text.lower()
    return frozenset(low.translate(_NO_LETTERS).split() if text.isascii() else _LATIN_WORD.findall(low))


def in_words(text: str, start: int, end: int) -> str:
    """The words of a range with single spaces, as a value keeps them."""
    return " ".join(folded(text[start:end]).split())
