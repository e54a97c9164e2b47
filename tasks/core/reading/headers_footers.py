"""Finds running lines (headers, footers, page numbers, source stamps) and tags them.

A running line follows the top or bottom margin without other lines between. It repeats on other
pages at the same height, exactly or with a number that counts with the pages, or is a bare page
number or a source stamp. A line that opens with a note marker is no running line.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

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
_MAX_CHARS = 200
_LETTERS = re.compile(r"[^\W\d_]")


def tag_running(pages: Sequence[list[PageLine]], heights: Sequence[float]) -> None:
    """Tag the running lines of all pages in place."""
    seen: dict[tuple[str, bool], list[tuple[int, float]]] = defaultdict(list)
    margins = [
        (is_top, height, margin)
        for lines, height in zip(pages, heights, strict=True)
        for is_top, margin in zip((True, False), _margins(lines, height), strict=True)
    ]
    for is_top, height, margin in margins:
        for line in margin:
            for key in _keys(line.text, line.page_index):
                seen[key, is_top].append((line.page_index, _height(line, is_top, height)))
    for is_top, height, margin in margins:
        for line in margin:
            if not _is_running(line, is_top, height, seen, len(pages)):
                break
            line.tag = LineTag.RUNNING
    _tag_counted([line for lines in pages for line in lines])


def _tag_counted(lines: Sequence[PageLine]) -> None:
    """Tag page numbers in mid-page, left by a conversion: bare numbers that count up, far apart."""
    chains: dict[int, list[int]] = {}
    for index, line in enumerate(lines):
        match = _BARE_NUMBER.fullmatch(line.text.strip())
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


def _margins(lines: list[PageLine], height: float) -> tuple[list[PageLine], list[PageLine]]:
    """The outermost lines from the top down and from the bottom up."""
    by_height = sorted((n for n in lines if n.tag is LineTag.BODY), key=lambda n: -(n.box[1] + n.box[3]))
    top = [n for n in by_height[:_DEPTH] if n.box[1] > height / 2]
    bottom = [n for n in reversed(by_height[-_DEPTH:]) if n.box[3] < height / 2]
    return top, bottom


def _keys(text: str, page_index: int) -> list[str]:
    """What the line must share with other pages: its text, with or without a number that counts."""
    plain = re.sub(r"\s+", " ", text).strip().casefold()
    keys = [plain]
    for match in _PAGE_DIGITS.finditer(plain):
        counted = int(match.group()) - page_index
        keys.append(f"{plain[: match.start()]}<{counted}>{plain[match.end() :]}")
    return keys


def _height(line: PageLine, is_top: bool, page_height: float) -> float:
    """Distance from the page's edge, so that pages of different length compare."""
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
    min_pages = 2 if n_pages <= 6 else 3
    near = (
        {page for page, at in seen[key, is_top] if abs(at - distance) <= _SAME_HEIGHT}
        for key in _keys(line.text, line.page_index)
    )
    return any(len(pages) >= min_pages for pages in near)


def opens_note(line: PageLine) -> bool:
    """Whether the line begins with a superscript before other letters, as a note does."""
    if not line.raised or line.raised[0][0] != 0:
        return False
    return bool(_LETTERS.search(line.text[line.raised[0][1] :]))
