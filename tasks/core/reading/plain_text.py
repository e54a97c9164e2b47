"""Reads a plain text: UTF-8, a new page at each form feed, no notes. Runs in the worker.

The document text is the file's, but each line end or form feed is one newline. A text has no
positions, so boxes are computed for a monospaced font; blank lines belong to the line above, as the
gap of a paragraph.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tasks.core.reading.layout.agreements import with_agreements
from tasks.core.reading.layout.headers_footers import tag_running
from tasks.core.reading.limits import Limits
from tasks.core.reading.lines import PageLine
from tasks.core.reading.pdf_open import Refusal
from tasks.core.reading.refusals import refused
from tasks.core.reading.version import TEXT_VERSION
from tasks.core.records import Line, LineTag, Page, Reading, ReadStatus

_SIZE, _PITCH, _GAP, _LETTER = 10.0, 12.0, 36.0, 5.0
"""Points: type size, line distance, distance over blank lines, width of a letter."""
_TAB_LETTERS = 8
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class _Row:
    """A line with text; its range includes its end and the blank lines after it."""

    text: str
    start: int
    end: int
    depth: float
    """Points below the page's top."""


def take_text(data: bytes, limits: Limits) -> Reading:
    """Read a text's bytes. A refusal is a reading, too."""
    try:
        text = _decoded(data)
    except Refusal as refusal:
        return refused(refusal.code)
    return lay_out(text, limits, TEXT_VERSION)


def lay_out(text: str, limits: Limits, version: str) -> Reading:
    """The reading of a text with plain line ends, by the reader of this version."""
    try:
        bounds = _page_bounds(text, limits)
    except Refusal as refusal:
        return refused(refusal.code)
    if not text.strip():
        return refused("no_text", n_pages=len(bounds))
    text = text.replace("\f", "\n")
    pages = tuple(Page(i + 1, start, end, "ok") for i, (start, end) in enumerate(bounds))
    lines = _tagged([_rows(text, page) for page in pages])
    return with_agreements(Reading(ReadStatus.OK, None, (), len(pages), text, pages, lines, (), version))


def _decoded(data: bytes) -> str:
    if data.lstrip()[:5] == b"%PDF-":
        raise Refusal("wrong_type:pdf")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal("not_utf8") from None
    if "\0" in text:
        raise Refusal("not_a_text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _page_bounds(text: str, limits: Limits) -> list[tuple[int, int]]:
    """The pages' ranges, each with its form feed; white space after the last one is no page."""
    ends = [i + 1 for i, letter in enumerate(text) if letter == "\f"]
    if ends and not text[ends[-1] :].strip():
        ends.pop()
    if len(ends) >= limits.max_pages:
        raise Refusal("too_many_pages")
    return list(zip([0, *ends], [*ends, len(text)], strict=True))


def _rows(text: str, page: Page) -> list[_Row]:
    """The page's lines; blank lines before the first belong to it. A blank page is one row."""
    rows: list[_Row] = []
    depth, at = 0.0, page.start
    for match in _LINE.finditer(text, page.start, page.end):
        if not match.group().strip():
            continue
        gap = bool(rows) and match.start() > at
        depth += _GAP if gap else _PITCH
        if gap:
            rows[-1] = replace(rows[-1], end=match.start())
        rows.append(_Row(match.group().rstrip(), match.start() if rows else page.start, match.end(), depth))
        at = match.end()
    if not rows:
        return [_Row("", page.start, page.end, _PITCH)]
    return [*rows[:-1], replace(rows[-1], end=page.end)]


def _tagged(pages: Sequence[Sequence[_Row]]) -> tuple[Line, ...]:
    """The lines with their tags. A text of one page has no running lines: nothing repeats."""
    heights = [rows[-1].depth + _PITCH for rows in pages]
    seen = [
        [_page_line(row, index, height) for row in rows]
        for index, (rows, height) in enumerate(zip(pages, heights, strict=True))
    ]
    if len(pages) > 1:
        tag_running(seen, [(0.0, height) for height in heights])
    return tuple(
        Line(row.start, row.end, n.page_index + 1, n.tag, n.box, n.size)
        for rows, lines in zip(pages, seen, strict=True)
        for row, n in zip(rows, lines, strict=True)
    )


def _page_line(row: _Row, page_index: int, height: float) -> PageLine:
    shown = row.text.expandtabs(_TAB_LETTERS)
    left, bottom = _LETTER * (len(shown) - len(shown.lstrip())), height - row.depth
    box = (left, bottom, left + _width(shown.strip()), bottom + _SIZE)
    tag = LineTag.BODY if row.text else LineTag.RUNNING
    return PageLine(page_index, row.text.strip(), _SIZE, box, (), False, tag)


def _width(shown: str) -> float:
    """Points; ideographs and full-width forms are two letters wide."""
    return _LETTER * sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in shown)
