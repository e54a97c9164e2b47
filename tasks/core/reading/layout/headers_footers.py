"""Finds running lines (headers, footers, page numbers, source stamps) and tags them.

A running line follows the top or bottom margin without other lines between. It repeats on other
pages at the same height, exactly or with numbers that count with the pages, in whatever order of
words (left and right pages differ), or is a bare page number or a stamp (`legends`). A line that opens with a note marker is no running line, and
neither is one of three lines or more of a page that differ in their numbers only: those are rows of a list. Text that is turned, as the page number of a landscape page may be, has its own top and bottom.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tasks.core.reading.layout.legends import tag_legends
from tasks.core.reading.layout.margins import Size, own_place
from tasks.core.reading.lines import PageLine
from tasks.core.records import LineTag

_DEPTH = 5  # lines from each margin that may be running lines
_SAME_HEIGHT = 8.0  # points
_MARGIN = 0.16  # of the page height: where a bare page number may stand

_PAGE_NUMBER = re.compile(
    r"""(?:page|pg\.?|p\.)?\s*[-–—~·|\[(]?\s*(?:[A-Z]{1,3}[-–.]?)?(?:\d{1,4}|[ivxlc]{1,6}|[IVXLC]{1,6})(?:[-–.]\d{1,4})?\s*[-–—~·|\])]?
        (?:\s*(?:of|/)\s*\d{1,4})?
      | 第\s*\d{1,4}\s*页(?:\s*[,，/]?\s*共\s*\d{1,4}\s*页)?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_STAMP = re.compile(r"Source:\s.{3,120},\s*(?:\d{1,2}/\d{1,2}/\d{2,4}|\d{4})\s*$")
_BARE_NUMBER = re.compile(r"[-–—~\s]*(\d{1,3})[-–—~\s]*")
_MIN_LINES_BETWEEN = 12  # nearer numbers are those of a table or a list
_MIN_CHAIN = 4
_PAGE_DIGITS = re.compile(r"(?<!\d)\d{1,4}(?!\d)")
_NUMBER = re.compile(r"\d+")
_LISTED = 3  # lines of a page with the same words and other numbers
_NEAR_PAGES = 4  # before and after
_MAX_NEAR = 40  # lines of these pages
_MAX_WORDS = 12  # of a line in which several numbers count; a longer one is a sentence
_NOTE = re.compile(r"\s*[\[(（【〔]\w{1,3}[\])）】〕]")
_PAGE_NUMBER_DIGITS = 4
_LONG = 4  # digits or more: beside a page number that counts, such a number may skip
_MAX_CHARS = 200
_LETTERS = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Margin:
    """The outermost lines of one direction, from the edge inwards."""

    is_top: bool
    height: float
    """The page's, in points, as these lines stand."""
    lines: list[tuple[PageLine, float]]
    """Each with its distance from the edge, so that pages of different length compare."""


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The numbers of a line, for lines that have the same words around them."""

    page_index: int
    distance: float
    values: tuple[str, ...]


@dataclass(slots=True)
class _Seen:
    """Where lines of all margins stand."""

    keys: dict[tuple[str, bool], list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[tuple[str, bool], list[_Numbers]] = field(default_factory=lambda: defaultdict(list))
    """By words, in the order of pages."""
    alike: Counter[tuple[int, str]] = field(default_factory=Counter[tuple[int, str]])
    """Lines by page index and words."""


def tag_running(pages: Sequence[list[PageLine]], sizes: Sequence[Size]) -> None:
    """Tag the running lines of all pages in place."""
    tag_legends(pages, sizes)
    seen = _Seen()
    seen.alike.update(
        (line.page_index, _words(line.text)[0])
        for lines in pages
        for line in lines
        if line.tag is LineTag.BODY
    )
    margins = [margin for lines, size in zip(pages, sizes, strict=True) for margin in _margins(lines, size)]
    for margin in margins:
        for line, distance in margin.lines:
            for key in _keys(line.text, line.page_index):
                seen.keys[key, margin.is_top].append((line.page_index, distance))
            words, values = _words(line.text)
            if " " in words:
                seen.numbers[words, margin.is_top].append(_Numbers(line.page_index, distance, values))
    for margin in margins:
        for line, distance in margin.lines:
            if not _is_running(line, distance, margin, seen, len(pages)):
                break
            line.tag = LineTag.RUNNING
    _tag_counted([line for lines in pages for line in lines])


def _tag_counted(lines: Sequence[PageLine]) -> None:
    """Tag page numbers in mid-page, left by a conversion: bare numbers that count up, far apart."""
    chains: dict[int, list[int]] = {}
    for index, line in enumerate(lines):
        match = _BARE_NUMBER.fullmatch(line.text)
        if match is None:
            continue
        value = int(match.group(1))
        before = chains.pop(value - 1, [])
        if before and index - before[-1] < _MIN_LINES_BETWEEN:
            chains[value - 1] = before
            continue
        chains[value] = [*before, index]
        for member in chains[value] if len(chains[value]) >= _MIN_CHAIN else ():
            lines[member].tag = LineTag.RUNNING


def _margins(lines: list[PageLine], size: Size) -> Iterator[Margin]:
    """The outermost lines from the top down and from the bottom up, for each direction of text."""
    body = [line for line in lines if line.tag is LineTag.BODY]
    for quarter in sorted({line.turned for line in body}):
        places = [(line, *own_place(line, size)) for line in body if line.turned == quarter]
        places.sort(key=lambda place: -(place[1][1] + place[1][3]))
        height = places[0][2]
        top = [(n, height - box[3]) for n, box, _ in places[:_DEPTH] if box[1] > height / 2]
        bottom = [(n, box[1]) for n, box, _ in reversed(places[-_DEPTH:]) if box[3] < height / 2]
        yield Margin(True, height, top)
        yield Margin(False, height, bottom)


def _keys(text: str, page_index: int) -> list[str]:
    """What the line must share with other pages: its text, with or without a number that counts."""
    plain = " ".join(text.split()).casefold()
    keys = [plain]
    for match in _PAGE_DIGITS.finditer(plain):
        counted = int(match.group()) - page_index
        keys.append(f"{plain[: match.start()]}<{counted}>{plain[match.end() :]}")
    return keys


def _is_running(
    line: PageLine,
    distance: float,
    margin: Margin,
    seen: _Seen,
    n_pages: int,
) -> bool:
    if opens_note(line):
        return False
    if _STAMP.search(line.text):
        return True
    words = _words(line.text)[0]
    is_listed = seen.alike[line.page_index, words] >= _LISTED
    if len(line.text) > _MAX_CHARS or (is_listed and _LETTERS.search(words)):
        return False
    is_at_edge = distance < _MARGIN * margin.height and not is_listed
    if is_at_edge and _PAGE_NUMBER.fullmatch(line.text.strip()):
        return True
    min_pages = 2 if n_pages <= 6 else 3
    near = (
        {page for page, at in seen.keys[key, margin.is_top] if abs(at - distance) <= _SAME_HEIGHT}
        for key in _keys(line.text, line.page_index)
    )
    return any(len(pages) >= min_pages for pages in near) or (
        _n_counting(line, distance, margin, seen) >= min_pages
    )


def _words(text: str) -> tuple[str, tuple[str, ...]]:
    """The words in one order for left and right pages, without their numbers, and the numbers."""
    words = sorted(text[:_MAX_CHARS].casefold().split(), key=lambda word: _NUMBER.sub("#", word))
    joined = " ".join(words)
    return _NUMBER.sub("#", joined), tuple(_NUMBER.findall(joined))


def _n_counting(line: PageLine, distance: float, margin: Margin, seen: _Seen) -> int:
    """The pages near the line's that have its words at its height with numbers that count with them."""
    words, values = _words(line.text)
    if _NOTE.match(line.text) or words.count(" ") >= _MAX_WORDS:
        return 0
    own = _Numbers(line.page_index, distance, values)
    others = seen.numbers[words, margin.is_top]
    first = bisect_left(others, own.page_index - _NEAR_PAGES, key=lambda other: other.page_index)
    pages = {own.page_index}
    for other in others[first : first + _MAX_NEAR]:
        if other.page_index > own.page_index + _NEAR_PAGES:
            break
        if abs(other.distance - distance) <= _SAME_HEIGHT and _count_together(own, other):
            pages.add(other.page_index)
    return len(pages)


def _count_together(a: _Numbers, b: _Numbers) -> bool:
    """Whether each number is the same or counts with the pages; beside one that counts, some may skip."""
    n_pages = b.page_index - a.page_index
    n_counting, skips = 0, False
    for one, other in zip(a.values, b.values, strict=True):
        if one == other:
            continue
        step = int(other) - int(one) if len(other) < 19 and len(one) < 19 else 0
        if step == n_pages and len(other) <= _PAGE_NUMBER_DIGITS:
            n_counting += 1
        elif len(one) == len(other) >= _LONG and step * n_pages > 0:
            skips = True
        else:
            return False
    return n_counting > 0 or not skips


def opens_note(line: PageLine) -> bool:
    """Whether the line begins with a superscript before other letters, as a note does."""
    if not line.raised or line.raised[0][0] != 0:
        return False
    return bool(_LETTERS.search(line.text[line.raised[0][1] :]))
