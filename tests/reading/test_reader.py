"""What is seen in whole files."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption

from tasks.core.reading import Limits, read_document, reader
from tasks.core.reading.layout import page_text
from tasks.core.records import LineTag, Reading, ReadStatus
from tests.reading.pages import NOTE, blank, contract


def tagged(reading: Reading, tag: LineTag) -> str:
    return "".join(reading.text[n.start : n.end] for n in reading.lines if n.tag is tag)


def test_lines_and_pages_cover_the_text() -> None:
    reading = read_document(contract(3))
    assert "".join(reading.text[n.start : n.end] for n in reading.lines) == reading.text
    assert [p.start for p in reading.pages[1:]] == [p.end for p in reading.pages[:-1]]
    assert reading.pages[-1].end == len(reading.text)


def test_note_is_read_with_marker_page_and_citing_place() -> None:
    reading = read_document(contract(3, note_page=2))
    (note,) = reading.footnotes
    (span,) = note.spans
    (reference,) = note.references
    assert (note.marker, note.page_number, note.last_page_number) == ("1", 2, 2)
    assert reading.text[span.start : span.end] == NOTE
    assert reading.text[: reference.start].endswith("The price is fixed.")
    assert reading.text[reference.start : reference.end] == "1"
    assert tagged(reading, LineTag.NOTE).strip() == f"1 {NOTE}"


def test_headers_and_page_numbers_are_tagged_running() -> None:
    reading = read_document(contract(3))
    running = tagged(reading, LineTag.RUNNING).splitlines()
    assert sorted(set(running)) == ["Page 1", "Page 2", "Page 3", "Subscription Agreement - Draft"]


def test_document_without_notes_has_none() -> None:
    assert read_document(contract(2, note_page=0)).footnotes == ()


def test_hidden_text_is_kept_flagged_and_not_body() -> None:
    buffer, canvas = blank()
    canvas.drawString(72, 700, "The liability is capped.")
    ghost = canvas.beginText(72, 600)
    ghost.setTextRenderMode(3)
    ghost.textLine("The liability is unlimited.")
    canvas.drawText(ghost)
    canvas.save()
    reading = read_document(buffer.getvalue())
    assert "unlimited" in reading.text
    assert "unlimited" not in tagged(reading, LineTag.BODY)
    assert "hidden_text" in reading.flags


def test_hidden_words_inside_a_line_are_told_by_their_place() -> None:
    buffer, canvas = blank()
    text = canvas.beginText(72, 700)
    text.textOut("The liability of the Company is capped at 100,000 euros")
    text.setFillColorRGB(1, 1, 1)
    text.textOut(" not")
    text.setFillColorRGB(0, 0, 0)
    text.textOut(" in any one year.")
    canvas.drawText(text)
    canvas.save()
    reading = read_document(buffer.getvalue())
    assert [reading.text[span.start : span.end] for span in reading.marks] == ["not"]
    assert "hidden_text" in reading.flags
    assert "capped" in tagged(reading, LineTag.BODY)


def test_white_text_on_a_dark_bar_is_seen() -> None:
    buffer, canvas = blank()
    canvas.setFillColorRGB(0, 0, 0.4)
    canvas.rect(60, 690, 300, 24, stroke=0, fill=1)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(72, 697, "SCHEDULE OF FEES")
    canvas.save()
    reading = read_document(buffer.getvalue())
    assert (tagged(reading, LineTag.BODY), reading.flags) == ("SCHEDULE OF FEES\n", ())


def test_user_password_is_asked_for_and_taken() -> None:
    buffer, canvas = blank(encrypt=StandardEncryption("open", ownerPassword="own", strength=128))
    canvas.drawString(72, 700, "This Agreement is made on 1 March 2021.")
    canvas.save()
    data = buffer.getvalue()
    assert read_document(data).reason == "password_required"
    opened = read_document(data, password="open")
    assert opened.status is ReadStatus.OK
    assert opened.text == "This Agreement is made on 1 March 2021.\n"
    assert "encrypted" in opened.flags


def test_page_cap_is_held() -> None:
    assert read_document(contract(4), Limits(max_pages=3)).reason == "too_many_pages"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty_file"),
        (b"plain words", "not_a_pdf"),
        (b"<!DOCTYPE html><html></html>", "wrong_type:html"),
        (b"PK\x03\x04 word/document.xml", "wrong_type:zip"),
        (b"%PDF-1.7\n", "truncated"),
    ],
)
def test_what_is_no_pdf_is_refused(data: bytes, reason: str) -> None:
    reading = read_document(data)
    assert (reading.status, reading.reason, reading.text) == (ReadStatus.ERROR, reason, "")


def test_half_a_file_is_refused() -> None:
    data = contract()
    assert read_document(data[: len(data) // 2]).status is ReadStatus.ERROR


def test_tree_whose_kids_are_no_pages_is_refused() -> None:
    data = contract(1).replace(b"/Type /Page\n", b"/Type /Pxge\n")
    assert read_document(data).reason == "page_tree_broken"


def test_empty_page_is_no_text() -> None:
    buffer, canvas = blank()
    canvas.showPage()
    canvas.save()
    reading = read_document(buffer.getvalue())
    assert (reading.status, reading.reason) == (ReadStatus.ERROR, "no_text")


def test_picture_of_a_page_needs_ocr() -> None:
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    buffer, canvas = blank()
    picture: Any = ImageReader(Image.new("L", (60, 80), 200))
    canvas.drawImage(picture, 0, 0, 595, 842)
    canvas.save()
    reading = read_document(buffer.getvalue(), Limits(ocr=False))
    assert (reading.status, reading.reason) == (ReadStatus.NEEDS_OCR, "no_text_layer")
    assert reading.pages[0].status == "needs_ocr"


@pytest.mark.parametrize(("module", "part"), [(page_text, "find_cells"), (reader, "with_agreements")])
def test_an_error_beside_the_text_loses_no_document(
    module: ModuleType, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise IndexError

    whole = reader.take_reading(contract(), Limits(ocr=False))
    monkeypatch.setattr(module, part, fails)
    reading = reader.take_reading(contract(), Limits(ocr=False))
    assert (reading.status, reading.text) == (ReadStatus.OK, whole.text)
    assert "extras_incomplete" in reading.flags
    assert "extras_incomplete" not in whole.flags


def test_an_error_on_a_page_leaves_its_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise IndexError

    monkeypatch.setattr(reader, "page_pieces", fails)
    reading = reader.take_reading(contract(), Limits(ocr=False))
    assert (reading.status, reading.reason) == (ReadStatus.PARTIAL, "no_positions")
    assert NOTE in reading.text
