"""Scanned pages: told page by page, and read where the extra `ocr` and its engine are installed."""

from __future__ import annotations

import io
from dataclasses import replace

import pypdfium2
import pytest
from reportlab.lib.utils import ImageReader

from tasks.core.reading import FileKind, Limits, read_document
from tasks.core.reading.refusals import unread_pages
from tasks.core.reading.version import ocr_available
from tasks.core.records import LineTag, Page, ReadStatus
from tests.reading.pages import NOTE, blank, contract

WITHOUT = Limits(ocr=False)
needs_engine = pytest.mark.skipif(not ocr_available("rapidocr"), reason="needs the extra `ocr`")
needs_tesseract = pytest.mark.skipif(
    not ocr_available("tesseract"), reason="needs the extra `ocr-tesseract` and Debian's tesseract-ocr"
)
TESSERACT = Limits(ocr_engine="tesseract")


def scanned(data: bytes, *kept_as_text: int) -> bytes:
    """The file with its pages as pictures, but for those that stay text."""
    buffer, canvas = blank()
    document = pypdfium2.PdfDocument(data)
    for number, page in enumerate(document, start=1):
        if number in kept_as_text:
            canvas.drawString(72, 700, f"This page {number} of the Agreement is text and no picture.")
        else:
            canvas.drawImage(ImageReader(page.render(scale=3).to_pil()), 0, 0, 595, 842)
        canvas.showPage()
    document.close()
    canvas.save()
    return buffer.getvalue()


def test_without_the_engine_every_scanned_page_is_told() -> None:
    reading = read_document(scanned(contract(3), 2), WITHOUT)
    assert [page.status for page in reading.pages] == ["needs_ocr", "ok", "needs_ocr"]
    assert (reading.status, reading.reason) == (ReadStatus.PARTIAL, "no_text_layer")
    assert "pages_not_read" in reading.flags
    assert unread_pages(reading) == "pages not read: 1, 3"


def test_runs_of_unread_pages_are_told_as_ranges() -> None:
    reading = read_document(contract(1))
    states = ["ok", "failed", "needs_ocr", "ok", "needs_ocr"]
    pages = tuple(Page(n, 0, 0, state) for n, state in enumerate(states, start=1))
    assert unread_pages(replace(reading, pages=pages)) == "pages not read: 2-3, 5"
    assert unread_pages(reading) == ""


@needs_engine
def test_note_of_a_scanned_page_is_found_and_linked() -> None:
    reading = read_document(scanned(contract(1)))
    assert {"ocr", "footnotes_by_ocr"} <= set(reading.flags)
    assert "footnotes_unknown" not in reading.flags
    (note,) = reading.footnotes
    assert (note.marker, note.page_number) == ("1", 1)
    assert reading.text[note.spans[0].start : note.spans[0].end] == NOTE
    (cited,) = note.references
    assert reading.text[: cited.start].endswith("The price is fixed.")


@needs_engine
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_scan_is_read_upright(quarters: int) -> None:
    upright = pypdfium2.PdfDocument(contract(1, note_page=0))[0].render(scale=200 / 72).to_pil()
    out = io.BytesIO()
    upright.rotate(90 * quarters, expand=True).save(out, "JPEG", dpi=(200, 200))
    reading = read_document(out.getvalue(), kind=FileKind.IMAGE)
    assert "shall pay the purchase price in immediately available funds" in reading.text


@needs_tesseract
def test_page_read_by_tesseract_is_marked_and_its_notes_are_unknown() -> None:
    reading = read_document(scanned(contract(1)), TESSERACT)
    assert [page.status for page in reading.pages] == ["ocr"]
    assert (reading.status, reading.reason, reading.footnotes) == (ReadStatus.OK, None, ())
    assert {"ocr", "footnotes_unknown"} <= set(reading.flags)
    words = " ".join(reading.text.split())
    assert "shall pay the purchase price in immediately available funds" in words
    assert NOTE in words


@needs_engine
def test_text_pages_of_a_mixed_file_stay_as_they_are() -> None:
    reading = read_document(scanned(contract(2), 2))
    assert [page.status for page in reading.pages] == ["ocr", "ok"]
    last = reading.pages[1]
    assert reading.text[last.start : last.end] == "This page 2 of the Agreement is text and no picture.\n"
    assert "pages_not_read" not in reading.flags


@needs_engine
def test_recognised_lines_stand_where_the_page_shows_them() -> None:
    seen, read = read_document(contract(1, note_page=0)), read_document(scanned(contract(1, note_page=0)))
    for line in (n for n in seen.lines if n.tag is LineTag.BODY):
        text = seen.text[line.start : line.end]
        (same,) = [n for n in read.lines if read.text[n.start : n.end] == text]
        assert same.box == pytest.approx(line.box, abs=4)


@needs_engine
def test_pages_over_the_limit_stay_unread_and_are_told() -> None:
    reading = read_document(scanned(contract(3)), Limits(max_ocr_pages=1))
    assert [page.status for page in reading.pages] == ["ocr", "needs_ocr", "needs_ocr"]
    assert (reading.status, reading.reason) == (ReadStatus.PARTIAL, "ocr_page_limit")


@needs_engine
def test_engine_that_takes_too_long_leaves_the_page_unread() -> None:
    reading = read_document(scanned(contract(1)), Limits(ocr_page_s=0.01))
    assert (reading.status, reading.reason) == (ReadStatus.NEEDS_OCR, "ocr_timeout")


@needs_tesseract
def test_language_that_is_not_installed_is_told() -> None:
    reading = read_document(scanned(contract(1)), replace(TESSERACT, ocr_languages="xyz"))
    assert reading.reason == "ocr_no_language"
