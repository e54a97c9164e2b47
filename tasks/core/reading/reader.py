"""A file to a reading, inside the worker: opens, takes the text page by page, makes lines, tags them, links notes, writes the text.

Must run in a worker process only: pdfium is not thread-safe and ends its process on some files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

from tasks.core.reading.extras import list_extras
from tasks.core.reading.footnotes import PageNote, find_notes
from tasks.core.reading.glyphs import corrected, is_garbled
from tasks.core.reading.headers_footers import tag_running
from tasks.core.reading.limits import Limits
from tasks.core.reading.lines import PageLine, page_lines
from tasks.core.reading.ocr import NotRecognised, recognise
from tasks.core.reading.page_check import check_page
from tasks.core.reading.pdf_open import HOSTILE, OpenedFile, Refusal, configure, open_document, page_bounds
from tasks.core.reading.pdfium import n_pages, open_page, open_pdf
from tasks.core.reading.refusals import refused
from tasks.core.reading.text_runs import page_pieces
from tasks.core.reading.version import READER_VERSION, ocr_available
from tasks.core.records import (
    Correction,
    ExtraKind,
    Footnote,
    Line,
    LineTag,
    NoteReference,
    Page,
    Reading,
    ReadStatus,
    Span,
)

_IMAGE = 0.25  # of the page: less is a logo
_WHOLE_PAGE = 0.8  # of the page: a scan
_FEW_LETTERS = 20
_EXTRA_FLAGS = {
    ExtraKind.FORM_VALUE: "form_values",
    ExtraKind.ANNOTATION: "annotations",
    ExtraKind.ATTACHMENT: "has_attachments",
}


@dataclass(slots=True)
class PageSeen:
    """One page before the document text is written."""

    status: str = "ok"
    reason: str | None = None
    lines: list[PageLine] = field(default_factory=list)
    rules: list[tuple[float, float, float, float]] = field(default_factory=list)
    width: float = 612.0
    height: float = 792.0
    is_scan: bool = False
    """The page is a picture and its text an OCR program's, hidden or not: markers do not survive that."""


def take_reading(data: bytes, limits: Limits, password: str = "") -> Reading:
    """The reading of a file's bytes; a refusal is a reading too."""
    configure(limits)
    try:
        opened = open_document(data, limits, password)
    except Refusal as refusal:
        return refused(refusal.code)
    pages = _see_pages(data, opened, limits, password)
    flags = list(opened.flags)
    if all(page.status == "failed" for page in pages):
        return refused(pages[0].reason or "broken", tuple(flags), len(pages))
    _judge_legibility(pages)
    if limits.ocr and any(page.status == "needs_ocr" for page in pages) and ocr_available():
        _recognise(pages, data, limits, password)
    _tag_hidden(pages, flags)
    tag_running([p.lines for p in pages], [p.height for p in pages])
    flags += _scan_flags(pages)
    notes = find_notes([[] if p.is_scan else p.lines for p in pages], [p.rules for p in pages])
    extras = list_extras(opened.reader, opened.n_pages)
    flags += [flag for kind, flag in _EXTRA_FLAGS.items() if any(extra.kind is kind for extra in extras)]
    status, reason = _outcome(pages)
    return replace(_write(pages, notes, status, reason, tuple(dict.fromkeys(flags))), extras=extras)


# ---------------------------------------------------------------- seeing pages


def _see_pages(data: bytes, opened: OpenedFile, limits: Limits, password: str) -> list[PageSeen]:
    with open_pdf(data, password) as document:
        n_shown = 0 if document is None else n_pages(document)
        pages: list[PageSeen] = []
        for index in range(opened.n_pages):
            reason = check_page(opened.reader, index, limits)
            usable = document if index < n_shown and reason is None else None
            pages.append(_see_page(usable, index, opened, reason))
        return pages


def _see_page(document: Any | None, index: int, opened: OpenedFile, reason: str | None) -> PageSeen:
    if reason not in (None, "cyclic_form"):
        return PageSeen("failed", reason)
    if document is None:
        return _plain_page(index, opened, reason)
    with open_page(document, index) as page:
        if page is None:
            return _plain_page(index, opened, reason)
        try:
            seen = page_pieces(page, page_bounds(opened.reader, index))
            lines = page_lines(seen, index)
        except (ValueError, OverflowError):  # coordinates that are no numbers
            return _plain_page(index, opened, reason or "no_positions")
    if not all(map(isfinite, (number for line in lines for number in (line.size, *line.box)))):
        return _plain_page(index, opened, reason or "no_positions")
    result = PageSeen("ok", None, lines, seen.rules, seen.width, seen.height)
    n_letters = sum(len(line.text) for line in lines)
    mostly_hidden = seen.image_share > _IMAGE and seen.n_invisible > 0.8 * n_letters
    result.is_scan = n_letters > 0 and (mostly_hidden or seen.image_share > _WHOLE_PAGE)
    if n_letters < _FEW_LETTERS and seen.image_share > _IMAGE:
        result.status, result.reason = "needs_ocr", "no_text_layer"
    return result


def _plain_page(index: int, opened: OpenedFile, reason: str | None) -> PageSeen:
    """A page that pdfium may not have or cannot load: pypdf's plain text, without positions."""
    try:
        text = opened.reader.pages[index].extract_text()
    except HOSTILE:
        return PageSeen("failed", reason or "broken_page")
    rows = ["".join(map(corrected, row)).strip() for row in text.splitlines()]
    lines = [PageLine(index, row, 0.0, (0.0, 0.0, 0.0, 0.0), (), False) for row in rows if row]
    return PageSeen("ok", reason, lines)


# ---------------------------------------------------------------- judging


def _judge_legibility(pages: Sequence[PageSeen]) -> None:
    """A page whose letters map to nonsense needs OCR as much as an image does."""
    if is_garbled("\n".join(line.text for page in pages for line in page.lines)):
        for page in pages:
            if page.status == "ok" and page.lines:
                page.status, page.reason = "needs_ocr", "text_garbled"


def _recognise(pages: Sequence[PageSeen], data: bytes, limits: Limits, password: str) -> None:
    """What an OCR engine reads of the pages that need it; one that it fails on stays as it is, with the reason."""
    n_left = limits.max_ocr_pages
    with open_pdf(data, password) as document:
        for index, page in enumerate(pages):
            if page.status != "needs_ocr" or document is None:
                continue
            if n_left == 0:
                page.reason = "ocr_page_limit"
                continue
            n_left -= 1
            with open_page(document, index) as handle:
                if handle is None:
                    continue
                try:
                    found = recognise(handle, index, limits.ocr_languages, limits.ocr_page_s)
                except NotRecognised as failure:
                    page.reason = failure.code
                    continue
            page.status, page.reason, page.is_scan = "ocr", None, True
            page.lines, page.rules, page.width, page.height = found.lines, [], found.width, found.height


def _scan_flags(pages: Sequence[PageSeen]) -> list[str]:
    """What is not as it is on other pages: pages nobody read, and pages on which notes cannot be told from text."""
    told = {
        "pages_not_read": any(page.status in ("needs_ocr", "failed") for page in pages),
        "ocr": any(page.status == "ocr" for page in pages),
        "ocr_layer": any(page.is_scan and page.status != "ocr" for page in pages),
        "footnotes_unknown": any(page.is_scan for page in pages),
    }
    return [flag for flag, holds in told.items() if holds]


def _tag_hidden(pages: Sequence[PageSeen], flags: list[str]) -> None:
    """Text nobody sees is kept but not body; the invisible layer over a scan is what the scan says, and stays body.

    A line of which less than half is hidden stays body: its hidden ranges are kept, and no value that touches them is verified.
    """
    for page in pages:
        for line in page.lines:
            if page.is_scan:
                line.hidden = ()
            if line.hidden and "hidden_text" not in flags:
                flags.append("hidden_text")
            if line.is_hidden and not page.is_scan:
                line.tag = LineTag.RUNNING


def _outcome(pages: Sequence[PageSeen]) -> tuple[ReadStatus, str | None]:
    reasons = [page.reason for page in pages if page.reason is not None]
    first = reasons[0] if reasons else None
    told = [page.status for page in pages if page.lines or page.status != "ok"]
    if told and all(status == "needs_ocr" for status in told):
        return ReadStatus.NEEDS_OCR, first
    if any(status not in ("ok", "ocr") for status in told) or first is not None:
        return ReadStatus.PARTIAL, first
    if not any(page.lines for page in pages):
        return ReadStatus.ERROR, "ocr_saw_nothing" if told else "no_text"
    return ReadStatus.OK, None


# ---------------------------------------------------------------- writing


def _write(
    pages: Sequence[PageSeen],
    notes: Sequence[PageNote],
    status: ReadStatus,
    reason: str | None,
    flags: tuple[str, ...],
) -> Reading:
    """The document text with every offset in it."""
    pieces: list[str] = []
    rows: list[Line] = []
    page_rows: list[Page] = []
    starts: dict[int, int] = {}
    hidden: list[Span] = []
    corrections: list[Correction] = []
    at = 0
    for index, page in enumerate(pages):
        page_start = at
        for line in page.lines:
            starts[id(line)] = at
            hidden += [Span(at + first, at + last) for first, last in line.hidden]
            corrections += [Correction(at + first, at + last, said) for first, last, said in line.corrected]
            end = at + len(line.text) + 1
            rows.append(Line(at, end, index + 1, line.tag, line.box, line.size))
            pieces.append(line.text + "\n")
            at = end
        page_rows.append(Page(index + 1, page_start, at, page.status))
    footnotes = tuple(_footnote(note, starts) for note in notes)
    text = "".join(pieces)
    return Reading(
        status,
        reason,
        flags,
        len(pages),
        text,
        tuple(page_rows),
        tuple(rows),
        footnotes,
        READER_VERSION,
        hidden=tuple(hidden),
        corrections=tuple(corrections),
    )


def _footnote(note: PageNote, starts: dict[int, int]) -> Footnote:
    spans: list[Span] = []
    for lines in note.lines_by_page():
        start, end = starts[id(lines[0])], starts[id(lines[-1])] + len(lines[-1].text)
        if lines[0] is note.lines[0]:
            start += note.marker.end
            start += len(lines[0].text[note.marker.end :]) - len(
                re.sub(r"^[\s.、．:：)）]+", "", lines[0].text[note.marker.end :])
            )
        spans.append(Span(start, end))
    references = tuple(
        NoteReference(starts[id(line)] + marker.start, starts[id(line)] + marker.end, line.page_index + 1)
        for line, marker in note.references
    )
    return Footnote(
        marker=note.marker.text,
        spans=tuple(spans),
        page_number=note.lines[0].page_index + 1,
        last_page_number=note.lines[-1].page_index + 1,
        references=references,
        confidence=note.confidence,
    )
