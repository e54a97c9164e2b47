"""How texts, values and counts are shown to a person: on one line, of a bounded length, in the singular where there is one.

For tables, pages and messages only. Stored quotes and spans stay as they are, and nothing here may decide what is extracted.
"""

from __future__ import annotations

import re
from collections.abc import Set

from tasks.core.text.folding import fold, is_cjk

_BLANKS = re.compile(r"\s+")
_LINE_ENDS = frozenset("\n\r\f\v\x85\u2028\u2029")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff\uffa0-\uffdc]")
_JSON_STARTS = ('["', '{"')


def one_line(text: str, max_chars: int | None = None) -> str:
    """A text on one line: white space becomes a single blank, and nothing where a line of Chinese or Japanese ended.

    Such a line ends wherever it is full, so its end says nothing. Both sides decide: between two ideographs, kana or marks the blank
    goes; beside full-width punctuation it goes, too, since the sign brings its own space. Between an ideograph and a Latin letter
    or digit it stays, as it does in Korean, which separates its words by blanks. A blank within a line stays.

    Args:
        text: Any text.
        max_chars: Longer texts are cut and end with an ellipsis; None: as long as it is.
    """
    return _shortened(_joined(text, frozenset()), max_chars)


def shown_value(value: str, quote: str, max_chars: int | None = None) -> str:
    """A value on one line, like `one_line`.

    Values may have been written with single blanks already: where the quote has a line end between the same two signs, the blank goes.

    Args:
        value: As stored; in a list or a record line ends are written as `\\n`.
        quote: Where it was found.
        max_chars: As in `one_line`.
    """
    if value.startswith(_JSON_STARTS):
        value = value.replace("\\n", "\n")
    stripped = quote.strip()
    ends = {_sides(found) for found in _BLANKS.finditer(stripped) if _is_line_end(found)}
    return _shortened(_joined(value, ends), max_chars)


def value_key(value: str) -> str:
    """Equal for values that read the same: blanks, line ends, hyphenation and kinds of quotation marks make no difference."""
    return fold(value, join_hyphens=True).text


def counted(number: int, one: str, several: str | None = None) -> str:
    """`1 batch`, `2 batches`, `1,204 values`.

    Args:
        number: How many.
        one: The noun in the singular.
        several: Its plural, where that is not the singular with an s.
    """
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def _joined(text: str, ends: Set[tuple[str, str]]) -> str:
    if text.isascii():
        return " ".join(text.split())

    def blank(found: re.Match[str]) -> str:
        sides = _sides(found)
        return "" if (sides in ends or _is_line_end(found)) and _touch(*sides) else " "

    return _BLANKS.sub(blank, text.strip())


def _is_line_end(found: re.Match[str]) -> bool:
    return not _LINE_ENDS.isdisjoint(found[0])


def _sides(found: re.Match[str]) -> tuple[str, str]:
    """The signs before and after a run of white space inside a stripped text."""
    return found.string[found.start() - 1], found.string[found.end()]


def _touch(left: str, right: str) -> bool:
    """Whether no blank belongs between two signs, one at a line's end and one at the next line's beginning."""
    if _HANGUL.match(left) or _HANGUL.match(right):
        return False
    wide = [sign for sign in (left, right) if is_cjk(sign)]
    is_beside_word = any(sign.isalnum() and not is_cjk(sign) for sign in (left, right))
    return bool(wide) and (not is_beside_word or not wide[0].isalnum())


def _shortened(line: str, max_chars: int | None) -> str:
    return line if max_chars is None or len(line) <= max_chars else f"{line[: max_chars - 1]}…"
