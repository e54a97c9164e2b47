"""What a model may change in a quote, so that it is still found: the case of letters, escapes.

Models write clauses in capitals in small letters. The case can be all that tells two things apart:
`US` from `us`, `MW` from `mW`, `(A)` from `(a)`. There it must be the page's own.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tasks.core.text.folding import is_cjk

# Short texts are other words in another case: `Will`, `May`, `US Bank`.
_MIN_LETTERS = 8
_CJK_LETTERS = 2  # what one Chinese character counts
_SHORT_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]{1,2}(?![^\W\d_])")
# Short words after a number are mostly units, and their case says how many: `5 mW`, `2 Mb`.
_AFTER_NUMBER = re.compile(r"(?<=\d)\s?([^\W\d_]{1,2})(?![^\W\d_])")
# Longer ones are units if they mix both cases: `5 MWh`, `10 Mbps`.
_LONG_UNIT = re.compile(r"(?<=\d)\s?([^\W\d_]{3,5})(?![^\W\d_])")
_NO_UNITS = frozenset(("am", "pm", "to", "of", "or", "in", "on", "at", "by", "if", "is", "as", "no", "us", "st", "nd", "rd", "th"))  # fmt: skip
# A line break that was escaped once too often: the two characters stand in the quote.
_ESCAPED_BREAK = re.compile(r"\\+(?:r\\+n|[nrt])")


def with_breaks(quote: str) -> str | None:
    """The quote with line breaks for those that it has as two characters; None if it has none."""
    if "\\" not in quote:
        return None
    plain = _ESCAPED_BREAK.sub("\n", quote)
    return None if plain == quote else plain


@lru_cache(maxsize=1024)
def lowered(text: str) -> str:
    """The text in small letters, with as many characters."""
    small = text.lower()
    if len(small) == len(text):
        return small
    # `İ` is two characters in small letters.
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def may_differ(quote: str, page: str) -> bool:
    """Whether the quote may stand for these words of the page, which are equal in small letters.

    Args:
        quote: Folded, as `page` is.
    """
    weight = sum(_CJK_LETTERS if is_cjk(c) else c.lower() != c.upper() for c in quote)
    if (
        weight < _MIN_LETTERS
        or _differs(_AFTER_NUMBER, quote, page, _NO_UNITS)
        or _has_other_unit(quote, page)
    ):
        return False
    # In one case throughout, short words are no more than the others.
    is_in_one_case = page.upper() == page or quote.upper() == quote or quote.lower() == quote
    return is_in_one_case or not _differs(_SHORT_WORD, quote, page, frozenset())


def _has_other_unit(quote: str, page: str) -> bool:
    for found in _LONG_UNIT.finditer(quote):
        words = quote[found.start(1) : found.end(1)], page[found.start(1) : found.end(1)]
        if words[0] != words[1] and any(not (w.islower() or w.isupper() or w.istitle()) for w in words):
            return True
    return False


def _differs(words: re.Pattern[str], quote: str, page: str, but: frozenset[str]) -> bool:
    return any(
        quote[m.start() : m.end()] != page[m.start() : m.end()] and m.group().strip().lower() not in but
        for m in words.finditer(quote)
    )
