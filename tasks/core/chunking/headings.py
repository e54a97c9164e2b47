"""Which of a chunk's headings enclose it, for display. Models see all headings of the chunk.

The rank comes from the number and the word before it: `2` is above `2.1`, `ARTICLE II` above
`Section 2.1`, 第二章 above 第三节. A title with neither has no rank.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.core.text.display import one_line
from tasks.core.text.roman import ROMAN_LETTERS, roman_value

_ENGLISH = ("schedule exhibit annex appendix", "part", "chapter", "article", "section", "clause")
_CHINESE = ("编", "章", "节", "条", "款")
# Word -> script and level, the outermost level 0. Words of two scripts cannot be compared.
_LEVELS = {
    word: (script, level)
    for script, words in (("en", _ENGLISH), ("zh", _CHINESE))
    for level, several in enumerate(words)
    for word in several.split()
}
_WORDED = re.compile(
    rf"({'|'.join(_ENGLISH).replace(' ', '|')})\s+([\dIVXL.]+|[A-Z])?(?![A-Za-z])", re.IGNORECASE
)
_COUNTED = re.compile(r"第([〇零一二两三四五六七八九十百\d]+)([编章节条款])")
_NUMBERED = re.compile(r"(\d{1,3}(?:\.\d{1,3})*|[IVXL]+(?=\.))\.?(?:\s|$)")


@dataclass(frozen=True, slots=True)
class _Rank:
    number: tuple[int, ...] = ()  # (2, 1) for `2.1`; empty: none, or not readable
    word: tuple[str, int] | None = None


def enclosing_headings(headings: Sequence[str]) -> tuple[str, ...]:
    """The headings that enclose a place, outermost first: the nearest and those above it.

    Args:
        headings: The headings before the place, the nearest last.
    """
    enclosing = list(headings[-1:])
    for heading in reversed(headings[:-1]):
        if _is_above(_rank(heading), _rank(enclosing[0])):
            enclosing.insert(0, heading)
    return tuple(enclosing)


def shown_heading(heading: str) -> str:
    """A heading without blanks where its script has none, but with that after 第三条."""
    match = _COUNTED.match(heading)
    number, title = (match[0], heading[match.end() :]) if match else ("", heading)
    shown = one_line(title.replace(" ", "\n"))
    return f"{number} {shown}" if number and title.startswith(" ") else number + shown


def _is_above(outer: _Rank, inner: _Rank) -> bool:
    if outer.number and len(inner.number) > len(outer.number):
        # 3.1 is not in 2: the heading 3 was not recognised.
        return inner.number[: len(outer.number)] == outer.number
    if outer.word is None or inner.word is None:
        return False
    return outer.word[0] == inner.word[0] and outer.word[1] < inner.word[1]


def _rank(heading: str) -> _Rank:
    if match := _WORDED.match(heading):
        return _Rank(_number(match[2] or ""), _LEVELS[match[1].lower()])
    if match := _COUNTED.match(heading):
        from tasks.core.values.numerals import han_in_digits  # its libraries load slowly

        return _Rank(_number(han_in_digits(match[1])), _LEVELS[match[2]])
    match = _NUMBERED.match(heading)
    return _Rank(_number(match[1])) if match else _Rank()


def _number(text: str) -> tuple[int, ...]:
    parts = text.strip(".").split(".")
    if all(map(str.isdecimal, parts)):
        return tuple(map(int, parts))
    roman = parts[0].upper()
    return (roman_value(roman),) if len(parts) == 1 and roman and set(roman) <= ROMAN_LETTERS.keys() else ()
