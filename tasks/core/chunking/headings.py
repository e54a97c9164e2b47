"""Which of the headings above a place hold it. A chunk keeps the last ones as they stand in the text, equal ranks beside each other.

Numbers and the words before them tell the rank: `2` stands above `2.1`, `ARTICLE II` above `Section 2.1`, 第二章 above 第三节. Two titles
without either could be of any rank. For showing only: what a chunk keeps goes to the models as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.core.text.display import one_line

_ENGLISH = ("schedule exhibit annex appendix", "part", "chapter", "article", "section", "clause")
_CHINESE = ("编", "章", "节", "条", "款")
_LEVELS = {
    word: (script, level)
    for script, words in (("en", _ENGLISH), ("zh", _CHINESE))
    for level, several in enumerate(words)
    for word in several.split()
}
"""Script and level of a word, the outermost 0. Words of two scripts have no order."""
_WORDED = re.compile(
    rf"({'|'.join(_ENGLISH).replace(' ', '|')})\s+([\dIVXL.]+|[A-Z])?(?![A-Za-z])", re.IGNORECASE
)
_COUNTED = re.compile(r"第([〇零一二两三四五六七八九十百\d]+)([编章节条款])")
_NUMBERED = re.compile(r"(\d{1,3}(?:\.\d{1,3})*|[IVXL]+(?=\.))\.?(?:\s|$)")
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}


@dataclass(frozen=True, slots=True)
class _Rank:
    number: tuple[int, ...] = ()
    """(2, 1) for `2.1`; empty: none, or not readable."""
    word: tuple[str, int] | None = None


def enclosing_headings(headings: Sequence[str]) -> tuple[str, ...]:
    """The headings that hold a place, outermost first: the nearest one, and before it those that surely stand above.

    Args:
        headings: Those before the place, nearest last.
    """
    held = list(headings[-1:])
    for heading in reversed(headings[:-1]):
        if _stands_above(_rank(heading), _rank(held[0])):
            held.insert(0, heading)
    return tuple(held)


def shown_heading(heading: str) -> str:
    """A heading without the blanks that took the place of its line ends, where its script has none; the one behind 第三条 stays."""
    found = _COUNTED.match(heading)
    number, title = (found[0], heading[found.end() :]) if found else ("", heading)
    shown = one_line(title.replace(" ", "\n"))
    return f"{number} {shown}" if number and title.startswith(" ") else number + shown


def _stands_above(outer: _Rank, inner: _Rank) -> bool:
    if outer.number and len(inner.number) > len(outer.number):
        # 3.1 does not belong to 2: the heading 3 was not seen as one.
        return inner.number[: len(outer.number)] == outer.number
    if outer.word is None or inner.word is None:
        return False
    return outer.word[0] == inner.word[0] and outer.word[1] < inner.word[1]


def _rank(heading: str) -> _Rank:
    if found := _WORDED.match(heading):
        return _Rank(_number(found[2] or ""), _LEVELS[found[1].lower()])
    if found := _COUNTED.match(heading):
        from tasks.core.normal.numerals import han_in_digits  # late: its libraries take a while to load

        return _Rank(_number(han_in_digits(found[1])), _LEVELS[found[2]])
    found = _NUMBERED.match(heading)
    return _Rank(_number(found[1])) if found else _Rank()


def _number(text: str) -> tuple[int, ...]:
    parts = text.strip(".").split(".")
    if all(map(str.isdecimal, parts)):
        return tuple(map(int, parts))
    roman = parts[0].upper()
    return (_roman(roman),) if len(parts) == 1 and roman and set(roman) <= _ROMAN.keys() else ()


def _roman(numeral: str) -> int:
    values = [_ROMAN[letter] for letter in numeral]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))
