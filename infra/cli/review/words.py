"""Finds the words that a person says are right on the pages around a question: they are taken from the page, never typed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tasks.core.review.records import PassagePage
from tasks.core.text.display import one_line
from tasks.core.text.folding import fold, is_cjk

_NUMBERED = re.compile(r"(?P<words>.*\S)\s*#(?P<number>[1-9]\d{0,2})", re.DOTALL)
_RANGE = re.compile(r"\[?(?P<start>\d{1,9})\s*[-–]\s*(?P<end>\d{1,9})\]?")
_MAX_PLACES = 5
_AROUND = 40
Range = tuple[int, int]
"""Half-open, in code points of the document text."""


class WordsNotFound(Exception):
    """The words are not there, or several times; the message says where. It may hold contract text, so it is for the
    person who decides and never for a log."""


def as_range(text: str) -> Range:
    """`START-END` in code points of the document text.

    Raises:
        WordsNotFound: it is no such range.
    """
    if not (match := _RANGE.fullmatch(text.strip())):
        raise WordsNotFound(f"`{one_line(text, 40)}` is no range START-END of the document text")
    start, end = int(match["start"]), int(match["end"])
    if start >= end:
        raise WordsNotFound(f"`{one_line(text, 40)}` holds no words: START is before END")
    return start, end


def find_words(said: str, pages: Sequence[PassagePage], own: Sequence[Range]) -> Range:
    """Where words stand on these pages.

    White space, hyphens at line ends, quotation marks and, if nothing else fits, letter case do not
    count. Of several places the only one that shares characters with the question's own words is
    meant; `WORDS #2` is the second place in the order of the pages.

    Args:
        own: The question's own words.

    Raises:
        WordsNotFound: there is no such place, or several.
    """
    places = _places(said, pages)
    number = None
    if not places and (match := _NUMBERED.fullmatch(said.strip())):
        number, places = int(match["number"]), _places(match["words"], pages)
    if not places:
        raise WordsNotFound(f"the words do not stand on {_near(pages)}")
    if number is not None:
        if number > len(places):
            raise WordsNotFound(
                f"there is no place {number}; the words stand in {len(places)}: {_listed(places, pages, own)}"
            )
        return places[number - 1]
    if len(places) == 1:
        return places[0]
    touching = [place for place in places if any(_touch(place, one) for one in own)]
    if len(touching) == 1:
        return touching[0]
    raise WordsNotFound(
        f"the words stand in {len(places)} places; write `WORDS #2` for the second: {_listed(places, pages, own)}"
    )


def _places(said: str, pages: Sequence[PassagePage]) -> list[Range]:
    """Every place, in order; on one page, or else across the end of one."""
    for ignores_case in (False, True):
        for stretches in (pages, list(_pairs(pages))):
            found = {place for page in stretches for place in _on(page, said, ignores_case)}
            if found:
                return sorted(found)
    return []


def _pairs(pages: Sequence[PassagePage]) -> Iterator[PassagePage]:
    """Pages that follow each other, as one text."""
    for one, other in pairwise(pages):
        gap = other.start - one.start - len(one.text)
        if gap >= 0:
            text = one.text + "\n" * gap + other.text
            yield PassagePage(one.page_number, one.start, one.start + len(text), text)


def _on(page: PassagePage, said: str, ignores_case: bool) -> Iterator[Range]:
    for joins in (False, True):
        folded = fold(page.text, joins)
        text, words = folded.text, fold(said.strip(), joins).text
        if ignores_case and len(text.lower()) == len(text):
            text, words = text.lower(), words.lower()
        at = text.find(words) if words else -1
        while at >= 0:
            end = at + len(words)
            if _stands_alone(text, at, end):
                first, last = folded.original(at, end)
                yield page.start + first, page.start + last
            at = text.find(words, at + 1)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether the words are no part of a longer word or number."""
    return not _joins(text[start - 1 : start], text[start]) and not _joins(text[end - 1], text[end : end + 1])


def _joins(one: str, other: str) -> bool:
    return one.isalnum() and other.isalnum() and not is_cjk(one) and not is_cjk(other)


def _touch(one: Range, other: Range) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _near(pages: Sequence[PassagePage]) -> str:
    numbers = sorted({page.page_number for page in pages})
    if not numbers:
        return "any page near the question"
    pages_named = f"page {numbers[0]}" if len(numbers) == 1 else f"pages {numbers[0]} to {numbers[-1]}"
    return f"{pages_named}, where the question is"


def _listed(places: Sequence[Range], pages: Sequence[PassagePage], own: Sequence[Range]) -> str:
    """The places nearest to the question, in their order."""
    middle = sum(own[0]) / 2 if own else 0
    nearest = sorted(enumerate(places, start=1), key=lambda place: abs(sum(place[1]) / 2 - middle))
    lines = [f"{n}: {_shown(place, pages)}" for n, place in sorted(nearest[:_MAX_PLACES])]
    if len(places) > _MAX_PLACES:
        lines.append(f"and {len(places) - _MAX_PLACES} more")
    return "; ".join(lines)


def _shown(place: Range, pages: Sequence[PassagePage]) -> str:
    """Page, range and the words before and after."""
    for page in pages:
        start, end = place[0] - page.start, place[1] - page.start
        if 0 <= start < len(page.text):
            before, after = page.text[max(0, start - _AROUND) : start], page.text[end : end + _AROUND]
            return f"page {page.page_number}, {place[0]}-{place[1]}, “…{one_line(before)} […] {one_line(after)}…”"
    return f"{place[0]}-{place[1]}"
