"""Finds running lines: headers, footers, page numbers and source stamps. They are tagged, never removed.

A running line stands in an unbroken row from the top or bottom margin and either repeats on other pages at the same height, word
for word or with a number that counts with the pages, or is a bare page number or a source stamp. A line that opens with a note marker is never one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from tasks.core.reading.lines import PageLine
from tasks.core.records import LineTag

_DEPTH = 5  # lines looked at from each margin
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
_FAR_APART = 12  # lines: nearer numbers are a table's or a list's
_MIN_CHAIN = 4
_PAGE_DIGITS = re.compile(r"(?<!\d)\d{1,4}(?!\d)")
_MAX_CHARS = 200
_LETTERS = re.compile(r"[^\W\d_]")


def tag_running(pages: Sequence[list[PageLine]], heights: Sequence[float]) -> None:
    """Tags the running lines of all pages in place."""
    seen: dict[tuple[str, bool], list[tuple[int, float]]] = defaultdict(list)
    margins = [_margins(lines, height) for lines, height in zip(pages, heights, strict=True)]
    for page_index, (top, bottom) in enumerate(margins):
        for is_top, row in ((True, top), (False, bottom)):
            for line in row:
                for key in _keys(line.text, page_index):
                    seen[key, is_top].append((page_index, _height(line, is_top, heights[page_index])))
    for page_index, (top, bottom) in enumerate(margins):
        for is_top, row in ((True, top), (False, bottom)):
            for line in row:
                if not _is_running(line, is_top, heights[page_index], seen, len(pages)):
                    break
                line.tag = LineTag.RUNNING
    _tag_counted([line for lines in pages for line in lines])


def _tag_counted(lines: Sequence[PageLine]) -> None:
    """Page numbers in mid-page, where a conversion forgot the pages they stood on: bare numbers that count up, far apart."""
    chains: dict[int, list[int]] = {}
    for index, line in enumerate(lines):
        found = _BARE_NUMBER.fullmatch(line.text.strip())
        if found is None:
            continue
        value = int(found.group(1))
        before = chains.pop(value - 1, [])
        if before and index - before[-1] < _FAR_APART:
            chains[value - 1] = before
            continue
        chains[value] = [*before, index]
        _tag_chain(lines, chains[value])


def _tag_chain(lines: Sequence[PageLine], chain: Sequence[int]) -> None:
    if len(chain) >= _MIN_CHAIN:
        for index in chain:
            lines[index].tag = LineTag.RUNNING


def _margins(lines: list[PageLine], height: float) -> tuple[list[PageLine], list[PageLine]]:
    """The outermost lines from the top down and from the bottom up."""
    by_height = sorted((n for n in lines if n.tag is LineTag.BODY), key=lambda n: -(n.box[1] + n.box[3]))
    top = [n for n in by_height[:_DEPTH] if n.box[1] > height / 2]
    bottom = [n for n in reversed(by_height[-_DEPTH:]) if n.box[3] < height / 2]
    return top, bottom


def _keys(text: str, page_index: int) -> list[str]:
    """What a line must share with other pages: its whole text, or its text with one number that counts with the pages."""
    plain = re.sub(r"\s+", " ", text).strip().casefold()
    keys = [plain]
    for found in _PAGE_DIGITS.finditer(plain):
        counted = int(found.group()) - page_index
        keys.append(f"{plain[: found.start()]}<{counted}>{plain[found.end() :]}")
    return keys


def _height(line: PageLine, is_top: bool, page_height: float) -> float:
    """Distance from the margin's edge, so that pages of different length compare."""
    return page_height - line.box[3] if is_top else line.box[1]


def _is_running(
    line: PageLine,
    is_top: bool,
    page_height: float,
    seen: dict[tuple[str, bool], list[tuple[int, float]]],
    n_pages: int,
) -> bool:
    if opens_note(line):
        return False
    distance = _height(line, is_top, page_height)
    if _STAMP.search(line.text) or (
        distance < _MARGIN * page_height and _PAGE_NUMBER.fullmatch(line.text.strip())
    ):
        return True
    if len(line.text) > _MAX_CHARS:
        return False
    wanted = 2 if n_pages <= 6 else 3
    near = (
        {page for page, at in seen[key, is_top] if abs(at - distance) <= _SAME_HEIGHT}
        for key in _keys(line.text, line.page_index)
    )
    return any(len(pages) >= wanted for pages in near)


def opens_note(line: PageLine) -> bool:
    """Whether the line begins with a superscript and goes on: what a note does and a running line does not."""
    return (
        bool(line.raised) and line.raised[0][0] == 0 and bool(_LETTERS.search(line.text[line.raised[0][1] :]))
    )
