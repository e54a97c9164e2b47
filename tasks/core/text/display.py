"""Texts, values and counts for display in tables, pages and messages; never for stored text."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from tasks.core.text.folding import fold, is_cjk

_BLANKS = re.compile(r"\s+")
_LINE_ENDS = frozenset("\n\r\f\v\x85\u2028\u2029")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff\uffa0-\uffdc]")
_JSON_STARTS = ('["', '{"')


def one_line(text: str, max_chars: int | None = None) -> str:
    """A text on one line: white space becomes one blank, or none after a Chinese or Japanese line.

    Such a line ends wherever it is full. Its end leaves no blank between two ideographs, kana or
    marks, nor beside full-width punctuation. The blank stays between an ideograph and a Latin
    letter or digit, in Korean, and within a line.

    Args:
        text: Any text.
        max_chars: Longer texts are cut and end with an ellipsis; None: no limit.
    """
    return _shortened(_joined(text, frozenset()), max_chars)


def shown_quote(quote: str, spans: Sequence[Sequence[int]], n_pages: int) -> str:
    """A quote on one line, with an ellipsis where its spans leave out words of the same page.

    A model may join words of two places: without the ellipsis, `shall … assign` over "shall not assign"
    would read as its opposite.

    Args:
        quote: The text of the spans, joined.
        spans: [start, end] of each continuous piece.
        n_pages: Pages that they touch. A quote that only runs over the end of a page has a span for each.
    """
    lengths = [end - start for start, end in spans]
    if len(spans) <= max(n_pages, 1) or sum(lengths) != len(quote):
        return one_line(quote)
    shown, at, before = "", 0, None
    for (start, end), length in zip(spans, lengths, strict=True):
        is_gap = before is not None and start - before > 1
        shown += (" … " if is_gap else "") + quote[at : at + length]
        at, before = at + length, end
    return one_line(shown)


def shown_value(value: str, quote: str, max_chars: int | None = None) -> str:
    """A value on one line, like `one_line`.

    A model may have replaced line ends by blanks: where the quote has a line end between the same
    two characters, the blank goes too.

    Args:
        value: As stored; in a list or a record, line ends are written as `\\n`.
        quote: The text that the value was found in.
        max_chars: As in `one_line`.
    """
    if value.startswith(_JSON_STARTS):
        value = value.replace("\\n", "\n")
    stripped = quote.strip()
    ends = {_sides(match) for match in _BLANKS.finditer(stripped) if _is_line_end(match)}
    return _shortened(_joined(value, ends), max_chars)


def value_key(value: str) -> str:
    """Equal for values that differ only in white space, hyphenation and quotation marks."""
    return fold(value, join_hyphens=True).text


def counted(number: int, one: str, several: str | None = None) -> str:
    """`1 batch`, `2 batches`, `1,204 values`; `several` is a plural without a plain s."""
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def _joined(text: str, ends: Set[tuple[str, str]]) -> str:
    if text.isascii():
        return " ".join(text.split())

    def blank(match: re.Match[str]) -> str:
        sides = _sides(match)
        return "" if (sides in ends or _is_line_end(match)) and _touch(*sides) else " "

    return _BLANKS.sub(blank, text.strip())


def _is_line_end(match: re.Match[str]) -> bool:
    return not _LINE_ENDS.isdisjoint(match[0])


def _sides(match: re.Match[str]) -> tuple[str, str]:
    """The characters before and after a run of white space inside a stripped text."""
    return match.string[match.start() - 1], match.string[match.end()]


def _touch(left: str, right: str) -> bool:
    """Whether no blank belongs between the last character of a line and the first of the next."""
    if _HANGUL.match(left) or _HANGUL.match(right):
        return False
    wide = [character for character in (left, right) if is_cjk(character)]
    is_beside_word = any(c.isalnum() and not is_cjk(c) for c in (left, right))
    return bool(wide) and (not is_beside_word or not wide[0].isalnum())


def _shortened(line: str, max_chars: int | None) -> str:
    return line if max_chars is None or len(line) <= max_chars else f"{line[: max_chars - 1]}…"
