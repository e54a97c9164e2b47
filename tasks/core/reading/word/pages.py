"""What each page of a Word document has: its lines, its headers and footers.

Pages end where they did when Word saved the file, else by estimate. Each header or footer is read once,
on the first page that shows it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.core.reading.word.blocks import StoryReader, joined
from tasks.core.reading.word.content import Found
from tasks.core.reading.word.lines import LineMaker, WordLine
from tasks.core.reading.word.package import Package
from tasks.core.reading.word.styles import Styles
from tasks.core.reading.word.xml import Element, children, qn, switch
from tasks.core.records import LineTag

_PAGE_LETTERS = 3000  # on an estimated page; an ideograph counts as two
_RENDERED = qn("w:lastRenderedPageBreak")


def place(lines: Sequence[WordLine], max_estimated: int, *, is_saved: bool) -> int:
    """Set the page of each line.

    Args:
        max_estimated: No page of estimate begins behind so many: an estimate is no reason to refuse a file.
        is_saved: The file says where pages ended when it was saved.

    Returns:
        The number of pages.
    """
    at, n_letters = 0, 0
    for line in lines:
        length = _width(line.text)
        if line.n_breaks:
            at, n_letters = at + line.n_breaks, 0
        elif not is_saved and n_letters and n_letters + length > _PAGE_LETTERS and at + 1 < max_estimated:
            at, n_letters = at + 1, 0
        line.page_index = at
        n_letters += length
    return at + 1


def has_saved_pages(body: Element) -> bool:
    """Whether Word stored where its pages ended."""
    return next(body.iter(_RENDERED), None) is not None


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text)


# ---------------------------------------------------------------- headers, footers


@dataclass(frozen=True, slots=True)
class PageEdge:
    """A header or footer that some page shows."""

    part: str
    is_header: bool
    page_index: int
    """The first page that shows it."""


def running_parts(
    package: Package,
    sections: Sequence[Element],
    first_pages: Sequence[int],
    n_pages: int,
    settings: Element | None,
) -> Iterator[PageEdge]:
    """The headers and footers that pages show, each part once.

    Args:
        first_pages: Where each section begins, from 0.
    """
    targets = package.relationships(package.main)
    has_even = switch(settings, "w:evenAndOddHeaders") or False
    current: dict[tuple[str, str], str] = {}
    seen: set[str] = set()
    for index, section in enumerate(sections):
        for name in ("w:headerReference", "w:footerReference"):
            for reference in children(section, name):
                target = targets.get(reference.get(qn("r:id")) or "")
                if target is not None and not target.is_external:
                    current[name, reference.get(qn("w:type")) or "default"] = target.target
        first = first_pages[index]
        last = max(first, first_pages[index + 1] - 1 if index + 1 < len(sections) else n_pages - 1)
        has_first = switch(section, "w:titlePg") or False
        for (name, kind), part in sorted(current.items()):
            page = _shown_on(kind, first, last, has_first=has_first, has_even=has_even)
            if page is not None and part not in seen:
                seen.add(part)
                yield PageEdge(part, name == "w:headerReference", page)


def _shown_on(kind: str, first: int, last: int, *, has_first: bool, has_even: bool) -> int | None:
    """The first page of a section on which a kind is shown; None: on no page."""
    if kind == "first":
        return first if has_first else None
    pages = range(first + has_first, last + 1)
    if kind == "even":
        return next((page for page in pages if page % 2 == 1), None) if has_even else None
    return next((page for page in pages if not has_even or page % 2 == 0), None)


def running_lines(root: Element, styles: Styles, found: Found, maker: LineMaker) -> list[WordLine]:
    """The lines of a header or footer."""
    blocks = joined(StoryReader(root, styles, found).blocks(root))
    return maker.apart(blocks, LineTag.RUNNING)
