"""Reads a PDF: pages to lines, scans by OCR, running lines and notes tagged, one text with offsets.

Runs only in a worker process: pdfium is not thread-safe and crashes on some files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from tasks.core.reading.glyphs import corrected_text, is_garbled
from tasks.core.reading.layout.agreements import with_agreements
from tasks.core.reading.layout.headers_footers import tag_running
from tasks.core.reading.layout.line_numbers import split_line_numbers
from tasks.core.reading.layout.options import mark_options
from tasks.core.reading.layout.page_text import PageSeen, write
from tasks.core.reading.limits import Limits
from tasks.core.reading.lines import PageLine, page_lines
from tasks.core.reading.notes.footnotes import NotePage, find_notes
from tasks.core.reading.ocr.images import image_pages
from tasks.core.reading.ocr.pages import picture_dpi, recognise
from tasks.core.reading.ocr.pictures import page_picture
from tasks.core.reading.ocr.rapid import NotRecognised
from tasks.core.reading.pdf_open import HOSTILE, OpenedFile, Refusal, configure, open_document, page_bounds
from tasks.core.reading.pdfium import n_annotations, n_pages, open_page, open_pdf
from tasks.core.reading.refusals import refused
from tasks.core.reading.seen.annotations import Annotation, n_listed, page_annotations
from tasks.core.reading.seen.extras import list_extras
from tasks.core.reading.seen.forms.appearances import Appearances
from tasks.core.reading.seen.forms.filled_values import FilledPage, filled_page
from tasks.core.reading.seen.forms.form_fields import is_dynamic_form
from tasks.core.reading.seen.optional_content import OptionalContent
from tasks.core.reading.seen.page_check import check_page
from tasks.core.reading.seen.page_pieces import PagePieces, TextLook, page_pieces
from tasks.core.reading.seen.revisions.history import signed_history
from tasks.core.reading.seen.stamps import annotated_watermarks
from tasks.core.reading.seen.tagged_notes import Pages, note_boxes, tagged_notes
from tasks.core.reading.seen.watermarks import watermark_extras
from tasks.core.reading.version import ocr_available
from tasks.core.records import (
    ExtraKind,
    LineTag,
    MarkKind,
    Reading,
    ReadStatus,
)
from tasks.core.text.swapped_letters import SWAPPED, has_mixed_scripts

_IMAGE = 0.25  # of the page: less is a logo
_WHOLE_PAGE = 0.8  # of the page: a scan
_FEW_LETTERS = 20
_STAMP_LETTERS = 200  # a scan without a text layer may have a stamp or a header of so many
_PLACEHOLDER_LETTERS = 1500  # Adobe's "Please wait..." has 650 in English, more in other languages
_EXTRA_FLAGS = {
    ExtraKind.FORM_VALUE: "form_values",
    ExtraKind.ANNOTATION: "annotations",
    ExtraKind.ATTACHMENT: "has_attachments",
}
_MARK_FLAGS = {
    MarkKind.HIDDEN: "hidden_text",
    MarkKind.COVERED: "covered_text",
    MarkKind.LAYER_OFF: "layer_off",
    MarkKind.STRUCK: "redline",
    MarkKind.REDACTION: "redaction_marks",
    MarkKind.REPLACED: "replaced_text",
    MarkKind.UNTICKED: "unticked_options",
}


@dataclass(frozen=True, slots=True)
class Looks:
    """What is opened once for all pages."""

    layers: OptionalContent
    appearances: Appearances
    notes: Pages


@dataclass(frozen=True, slots=True)
class PageLines:
    """What a page shows, and its lines with their options marked and its watermarks at the end."""

    seen: PagePieces
    lines: list[PageLine]
    annotations: Sequence[Annotation]
    filled: FilledPage


def take_reading(data: bytes, limits: Limits, password: str = "") -> Reading:
    """Read a PDF's bytes. A refusal is a reading, too."""
    configure(limits)
    try:
        opened = open_document(data, limits, password)
    except Refusal as refusal:
        return refused(refusal.code)
    pages = _see_pages(data, opened, limits, password)
    flags = list(opened.flags)
    if all(page.status == "failed" for page in pages):
        return refused(pages[0].reason or "broken", tuple(flags), len(pages))
    if "xfa_form" in flags and _is_placeholder(pages, opened):
        return refused("xfa_form", tuple(flags), len(pages))
    _judge_legibility(pages)
    if limits.ocr and any(page.status == "needs_ocr" for page in pages) and ocr_available(limits.ocr_engine):
        _recognise(pages, data, limits, password)
    split_line_numbers([p.lines for p in pages])
    _tag_unseen(pages)
    tag_running([p.lines for p in pages], [(p.width, p.height) for p in pages])
    flags += _scan_flags(pages)
    found = find_notes([NotePage(p.lines if p.has_notes else [], p.rules, p.note_boxes) for p in pages])
    flags += [] if found.is_complete else ["notes_incomplete"]
    shown = [(number, value) for number, page in enumerate(pages, 1) for value in page.differing]
    flags += ["form_values_differ"] if shown else []
    history = signed_history(data, opened.reader, limits, password)
    flags += history.flags
    marked = watermark_extras([page.watermarks for page in pages])
    flags += ["watermark"] if any(extra.name == "watermark" for extra in marked) else []
    listed = list_extras(opened.reader, opened.n_pages, shown)
    flags += [] if listed.is_complete else ["extras_incomplete"]
    extras = (*listed.extras, *history.extras, *marked)
    flags += [flag for kind, flag in _EXTRA_FLAGS.items() if any(extra.kind is kind for extra in extras)]
    kinds = _settle_insertions(pages)
    flags += sorted({flag for page in pages for flag in page.flags})
    flags += [flag for kind, flag in _MARK_FLAGS.items() if kind in kinds]
    flags += ["text_mixed_scripts"] if any(map(_has_swapped_letters, pages)) else []
    status, reason = _outcome(pages)
    reading = write(pages, found.notes, status, reason, tuple(dict.fromkeys(flags)))
    return _parted(replace(reading, extras=extras))


def take_image(data: bytes, limits: Limits) -> Reading:
    """Read the bytes of a TIFF or JPEG. A refusal is a reading, too."""
    try:
        frames = image_pages(data, limits)
    except Refusal as refusal:
        reading = refused(refusal.code)
        is_missing = refusal.code == "image_reader_missing"
        return replace(reading, status=ReadStatus.NEEDS_OCR) if is_missing else reading
    if all(frame.status == "failed" for frame in frames):
        return refused(frames[0].reason or "broken", (), len(frames))
    pages = [PageSeen() for _ in frames]
    for page, frame in zip(pages, frames, strict=True):
        page.take(frame.seen)
        page.status, page.reason, page.is_scan = frame.status, frame.reason, frame.status == "ocr"
    split_line_numbers([p.lines for p in pages])
    tag_running([p.lines for p in pages], [(p.width, p.height) for p in pages])
    found = find_notes([NotePage(p.lines if p.has_notes else [], p.rules) for p in pages])
    flags = [*_scan_flags(pages), *([] if found.is_complete else ["notes_incomplete"])]
    status, reason = _outcome(pages)
    return _parted(write(pages, found.notes, status, reason, tuple(flags)))


def _parted(reading: Reading) -> Reading:
    """The reading with its agreements; as it is if they cannot be found."""
    try:
        return with_agreements(reading)
    except HOSTILE:
        return replace(reading, flags=tuple(dict.fromkeys((*reading.flags, "extras_incomplete"))))


# ---------------------------------------------------------------- seeing pages


def _see_pages(data: bytes, opened: OpenedFile, limits: Limits, password: str) -> list[PageSeen]:
    layers = OptionalContent(opened.reader)
    with open_pdf(data, password) as document, Appearances(data, password) as appearances:
        looks = Looks(layers, appearances, tagged_notes(opened.reader))
        n_shown = 0 if document is None else n_pages(document)
        pages: list[PageSeen] = []
        for index in range(opened.n_pages):
            reason = check_page(opened.reader, index, limits)
            usable = document if index < n_shown and reason is None else None
            pages.append(_see_page(usable, index, opened, reason, looks))
        return pages


def _see_page(
    document: Any | None, index: int, opened: OpenedFile, reason: str | None, looks: Looks
) -> PageSeen:
    if reason not in (None, "cyclic_form"):
        return PageSeen("failed", reason)
    if document is None:
        return _plain_page(index, opened, reason)
    with open_page(document, index) as page:
        if page is None:
            return _plain_page(index, opened, reason)
        try:
            is_told_apart = n_annotations(page) != n_listed(opened.reader, index)
            words = page_words(page, index, opened, looks)
            boxes = note_boxes(page, looks.notes[index]) if index in looks.notes else []
        except HOSTILE:  # coordinates that are no numbers, or what no one thought of: the page has words
            return _plain_page(index, opened, reason or "no_positions")
    seen, lines, filled = words.seen, words.lines, words.filled
    # A sum with a number that is none is none, too.
    if not all(isfinite(line.size + sum(line.box)) for line in lines):
        return _plain_page(index, opened, reason or "no_positions")
    watermarks = [*seen.watermarks, *annotated_watermarks(opened.reader, index, words.annotations)]
    result = PageSeen("ok", None, lines, seen.rules, boxes, seen.width, seen.height, watermarks)
    result.flags, result.differing = seen.flags, filled.differing
    if is_told_apart:  # pdfium and pypdf see different annotations
        result.flags |= {"extras_incomplete"}
    n_letters = sum(len(line.text) for line in lines)
    mostly_hidden = seen.image_share > _IMAGE and seen.n_invisible > 0.8 * n_letters
    is_layer = seen.n_layer > n_letters / 2 or n_letters < _STAMP_LETTERS
    result.is_scan = n_letters > 0 and (mostly_hidden or (seen.image_share > _WHOLE_PAGE and is_layer))
    result.has_notes = not result.is_scan
    if n_letters < _FEW_LETTERS and seen.image_share > _IMAGE:
        result.status, result.reason = "needs_ocr", "no_text_layer"
    return result


def page_words(
    page: Any, index: int, opened: OpenedFile, looks: Looks, look: TextLook | None = None
) -> PageLines:
    """The lines of a pdfium page handle.

    Args:
        look: Gets the page's pieces while their letters can be asked for; then lines keep them, too.

    Raises:
        One of `HOSTILE`: no text with positions can be had.
    """
    annotations = page_annotations(opened.reader, index, looks.layers)
    bounds = page_bounds(opened.reader, index)
    filled = filled_page(opened.reader, annotations, looks.appearances, index)
    has_layers = looks.layers.has_layers
    seen = page_pieces(page, bounds, annotations, filled, has_layers=has_layers, look=look)
    lines = page_lines(seen, index, keep_pieces=look is not None)
    mark_options(lines)
    lines += [
        PageLine(index, mark.text, mark.size, mark.box, (), False, LineTag.RUNNING)
        for mark in seen.watermarks
    ]
    return PageLines(seen, lines, annotations, filled)


def _plain_page(index: int, opened: OpenedFile, reason: str | None) -> PageSeen:
    """A page that pdfium cannot load: pypdf's plain text, without positions."""
    try:
        text = opened.reader.pages[index].extract_text()
    except HOSTILE:
        return PageSeen("failed", reason or "broken_page")
    rows = [corrected_text(row).strip() for row in text.splitlines()]
    lines = [PageLine(index, row, 0.0, (0.0, 0.0, 0.0, 0.0), (), False) for row in rows if row]
    return PageSeen("ok", reason, lines)


def _is_placeholder(pages: Sequence[PageSeen], opened: OpenedFile) -> bool:
    """Whether an XFA form has only the page that asks to wait until Adobe's program makes the others."""
    n_letters = sum(len(line.text) for page in pages for line in page.lines)
    return n_letters < _PLACEHOLDER_LETTERS and is_dynamic_form(opened.reader, opened.n_pages)


# ---------------------------------------------------------------- judging


def _judge_legibility(pages: Sequence[PageSeen]) -> None:
    """Mark pages of garbled text as scans: OCR can read them."""
    if is_garbled("\n".join(line.text for page in pages for line in page.lines)):
        for page in pages:
            if page.status == "ok" and page.lines:
                page.status, page.reason = "needs_ocr", "text_garbled"


def _recognise(pages: Sequence[PageSeen], data: bytes, limits: Limits, password: str) -> None:
    """Recognise the pages that need OCR; one that fails keeps its status, with the reason."""
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
                    seen = recognise(page_picture(handle, picture_dpi(limits)), index, limits)
                except NotRecognised as failure:
                    page.reason = failure.code
                    continue
            page.take(seen)


def _scan_flags(pages: Sequence[PageSeen]) -> list[str]:
    """Flags for pages without text, and for pages whose notes are unknown or less sure."""
    flags = {
        "pages_not_read": any(page.status in ("needs_ocr", "failed") for page in pages),
        "ocr": any(page.status == "ocr" for page in pages),
        "ocr_layer": any(page.is_scan and page.status != "ocr" for page in pages),
        "footnotes_unknown": any(not page.has_notes for page in pages),
        "footnotes_by_ocr": any(page.is_scan and page.has_notes for page in pages),
    }
    return [flag for flag, holds in flags.items() if holds]


def _has_swapped_letters(page: PageSeen) -> bool:
    """Whether letters of ligatures had swapped bytes, mended or not."""
    if page.status == "ocr":
        return False
    return any(
        any(old in SWAPPED for _, _, old in line.corrected) or has_mixed_scripts(line.text)
        for line in page.lines
    )


def _tag_unseen(pages: Sequence[PageSeen]) -> None:
    """Tag lines that show no word as running lines, so that nothing is made of them.

    The invisible text over a scan is the scan's text, and stays body.
    """
    for page in pages:
        for line in page.lines:
            if page.is_scan:
                line.marks = tuple(mark for mark in line.marks if mark[2] is not MarkKind.HIDDEN)
            if line.is_unseen and not page.is_scan:
                line.tag = LineTag.RUNNING


def _settle_insertions(pages: Sequence[PageSeen]) -> set[MarkKind]:
    """The kinds of marks that the document has. Without struck words, an underline inserts nothing."""
    kinds = {kind for page in pages for line in page.lines for _, _, kind in line.marks}
    if MarkKind.INSERTED in kinds and MarkKind.STRUCK not in kinds:
        for line in (line for page in pages for line in page.lines):
            line.marks = tuple(mark for mark in line.marks if mark[2] is not MarkKind.INSERTED)
        return kinds - {MarkKind.INSERTED}
    return kinds


def _outcome(pages: Sequence[PageSeen]) -> tuple[ReadStatus, str | None]:
    reasons = [page.reason for page in pages if page.reason is not None]
    first = reasons[0] if reasons else None
    statuses = [page.status for page in pages if page.lines or page.status != "ok"]
    if statuses and all(status == "needs_ocr" for status in statuses):
        return ReadStatus.NEEDS_OCR, first
    if any(status not in ("ok", "ocr") for status in statuses) or first is not None:
        return ReadStatus.PARTIAL, first
    if not any(page.lines for page in pages):
        return ReadStatus.ERROR, "ocr_saw_nothing" if statuses else "no_text"
    return ReadStatus.OK, None
