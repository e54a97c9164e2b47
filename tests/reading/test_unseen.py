"""What the page does not show is marked, and what it shows is not."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Literal

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    TextStringObject,
)
from reportlab.lib.colors import Color, black, white, yellow
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tasks.core.reading import read_document
from tasks.core.records import LineTag, MarkKind, Reading
from tests.reading.pages import blank

LAW = "This Agreement is governed by the laws of the State of New York."
CROSS = b"1 0 0 RG 4 w 60 756 m 530 770 l 60 770 m 530 756 l 60 763 m 530 763 l S"
FILLED = b"0 g 60 750 470 26 re f"
CAP = "The liability of the Seller is limited to USD 2,000,000 in total."


def page(draw: Callable[[Canvas], object]) -> bytes:
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 11)
    draw(canvas)
    canvas.save()
    return buffer.getvalue()


def clauses(canvas: Canvas) -> None:
    canvas.setFillColor(black)
    canvas.drawString(72, 760, LAW)
    canvas.drawString(72, 740, CAP)


def box(canvas: Canvas, color: Color = black) -> None:
    canvas.setFillColor(color)
    canvas.rect(70, 755, 450, 16, stroke=0, fill=1)


def changed(data: bytes, change: Callable[[PdfWriter], object]) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def marked(reading: Reading, kind: MarkKind) -> list[str]:
    return [reading.text[mark.start : mark.end] for mark in reading.marks if mark.kind is kind]


# ---------------------------------------------------------------- covered


@pytest.mark.parametrize("color", [black, white, Color(0.6, 0.2, 0.1)], ids=["black", "white", "red"])
def test_clause_under_an_opaque_box_is_covered(color: Color) -> None:
    reading = read_document(page(lambda c: (clauses(c), box(c, color))))
    assert marked(reading, MarkKind.COVERED) == [LAW]
    assert "covered_text" in reading.flags
    assert LAW in reading.text


def test_word_under_a_box_is_covered_alone() -> None:
    def draw(canvas: Canvas) -> None:
        clauses(canvas)
        start = 72 + canvas.stringWidth("The liability of the Seller is limited to ", "Helvetica", 11)
        canvas.rect(start - 0.5, 737, 76, 13, stroke=0, fill=1)

    assert marked(read_document(page(draw)), MarkKind.COVERED) == ["USD 2,000,000"]


def test_text_typed_over_a_white_box_is_live_and_the_old_text_covered() -> None:
    def draw(canvas: Canvas) -> None:
        clauses(canvas)
        box(canvas, white)
        canvas.setFillColor(black)
        canvas.drawString(72, 760, "This Agreement is governed by the laws of Sweden.")

    reading = read_document(page(draw))
    assert marked(reading, MarkKind.COVERED) == [LAW]


def test_thin_strips_side_by_side_cover_as_a_box_does() -> None:
    def draw(canvas: Canvas) -> None:
        clauses(canvas)
        for i in range(16):
            canvas.rect(70, 755 + i, 450, 1.05, stroke=0, fill=1)

    assert marked(read_document(page(draw)), MarkKind.COVERED) == [LAW]


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_cover_is_found_on_a_turned_page(degrees: int) -> None:
    data = changed(page(lambda c: (clauses(c), box(c))), lambda w: w.pages[0].rotate(degrees))
    assert marked(read_document(data), MarkKind.COVERED) == [LAW]


def behind(canvas: Canvas) -> None:
    box(canvas, yellow)
    clauses(canvas)


def transparent(canvas: Canvas) -> None:
    clauses(canvas)
    box(canvas, Color(1, 1, 0, alpha=0.4))


def framed(canvas: Canvas) -> None:
    clauses(canvas)
    canvas.rect(60, 700, 480, 100)
    canvas.line(72, 757.5, 400, 757.5)


def struck(canvas: Canvas) -> None:
    clauses(canvas)
    canvas.setLineWidth(0.8)
    canvas.line(72, 763.5, 400, 763.5)


def twice(canvas: Canvas) -> None:
    clauses(canvas)
    canvas.drawString(72.3, 760, LAW)
    box(canvas, Color(1, 1, 0, alpha=0.3))


def white_head(canvas: Canvas) -> None:
    canvas.linearGradient(60, 750, 540, 780, (Color(0.1, 0.2, 0.5), Color(0.3, 0, 0.5)), extend=True)
    canvas.setFillColor(white)
    canvas.drawString(72, 760, LAW)


@pytest.mark.parametrize("draw", [behind, transparent, framed, struck, twice, white_head])
def test_text_that_shows_gets_no_mark(draw: Callable[[Canvas], None]) -> None:
    reading = read_document(page(draw))
    assert LAW in reading.text
    assert marked(reading, MarkKind.COVERED) + marked(reading, MarkKind.HIDDEN) == []


# ---------------------------------------------------------------- scans


def scan(canvas: Canvas) -> None:
    image = Image.new("L", (595, 842), 255)
    for x in range(72, 390, 4):  # bars for the letters of a line at 760
        image.paste(0, (x, 74, x + 2, 84))
    canvas.drawImage(ImageReader(image), 0, 0, 595, 842)


def text_layer(canvas: Canvas, mode: Literal[0, 3]) -> None:
    layer = canvas.beginText(72, 760)
    layer.setFont("Helvetica", 11)
    layer.setTextRenderMode(mode)
    layer.textLine(LAW)
    canvas.drawText(layer)


@pytest.mark.parametrize("is_under", [True, False], ids=["under the image", "invisible over it"])
def test_text_layer_of_a_scan_gets_no_mark(is_under: bool) -> None:
    def draw(canvas: Canvas) -> None:
        if is_under:
            text_layer(canvas, 0)
        scan(canvas)
        if not is_under:
            text_layer(canvas, 3)

    reading = read_document(page(draw))
    assert reading.text.strip() == LAW
    assert (reading.marks, "ocr_layer" in reading.flags) == ((), True)


def test_text_layer_of_a_scan_is_covered_where_a_box_was_painted_over_the_image() -> None:
    reading = read_document(page(lambda c: (scan(c), text_layer(c, 3), box(c))))
    assert marked(reading, MarkKind.COVERED) == [LAW]


# ---------------------------------------------------------------- hidden


def on_yellow(canvas: Canvas) -> None:
    canvas.setFillColor(yellow)
    canvas.rect(60, 750, 480, 30, stroke=0, fill=1)
    canvas.setFillColor(Color(1, 0.99, 0.02))
    canvas.drawString(72, 760, LAW)


def clipped(canvas: Canvas) -> None:
    canvas.saveState()
    path = canvas.beginPath()
    path.rect(72, 600, 400, 50)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.drawString(72, 760, LAW)
    canvas.restoreState()


def tiny(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 0.1)
    canvas.drawString(72, 760, LAW)


def faint(canvas: Canvas) -> None:
    canvas.setFillAlpha(0.02)
    canvas.drawString(72, 760, LAW)


@pytest.mark.parametrize("draw", [on_yellow, clipped, tiny, faint])
def test_text_without_contrast_ink_or_size_is_hidden(draw: Callable[[Canvas], None]) -> None:
    assert marked(read_document(page(draw)), MarkKind.HIDDEN) == [LAW]


def test_line_that_a_page_break_cuts_in_two_is_live_on_the_page_with_more_of_it() -> None:
    def draw(canvas: Canvas) -> None:
        for y, bottom, top in ((60, 62, 800), (760, 50, 762)):  # browsers draw it on both pages
            canvas.saveState()
            path = canvas.beginPath()
            path.rect(60, bottom, 500, top - bottom)
            canvas.clipPath(path, stroke=0, fill=0)
            canvas.drawString(72, y, LAW)
            canvas.restoreState()
            canvas.showPage()

    reading = read_document(page(draw))
    (mark,) = reading.marks
    assert (mark.kind, reading.text[mark.start : mark.end]) == (MarkKind.HIDDEN, LAW)
    assert mark.start >= reading.pages[1].start


def test_heading_whose_shadow_is_drawn_first_is_live() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFillAlpha(0)  # pdfium keeps this one of the two
        canvas.drawString(72.5, 760, LAW)
        canvas.setFillAlpha(1)
        canvas.drawString(72, 760, LAW)

    reading = read_document(page(draw))
    assert reading.text.split() == LAW.split()
    assert reading.marks == ()


# ---------------------------------------------------------------- layers, redactions, ActualText


def with_content(writer: PdfWriter, before: bytes, after: bytes) -> None:
    contents = writer.pages[0].get_contents()
    assert contents is not None
    contents.set_data(before + contents.get_data() + after)
    writer.pages[0].replace_contents(contents)


def layered(writer: PdfWriter) -> None:
    group = writer._add_object(
        DictionaryObject(
            {NameObject("/Type"): NameObject("/OCG"), NameObject("/Name"): TextStringObject("old")}
        )
    )
    resources = writer.pages[0]["/Resources"].get_object()
    assert isinstance(resources, DictionaryObject)
    resources[NameObject("/Properties")] = DictionaryObject({NameObject("/L"): group})
    default = DictionaryObject({NameObject("/OFF"): ArrayObject([group])})
    writer.root_object[NameObject("/OCProperties")] = DictionaryObject(
        {NameObject("/OCGs"): ArrayObject([group]), NameObject("/D"): default}
    )
    with_content(writer, b"/OC /L BDC\n", b"\nEMC")


def test_text_in_a_layer_that_is_off_is_told() -> None:
    reading = read_document(changed(page(clauses), layered))
    assert marked(reading, MarkKind.LAYER_OFF) == [LAW, CAP]
    assert "layer_off" in reading.flags


@pytest.mark.parametrize("look", [None, CROSS, FILLED], ids=["none", "MuPDF's cross", "filled"])
def test_letters_under_an_unapplied_redaction_are_marked_and_still_shown(look: bytes | None) -> None:
    def redact(writer: PdfWriter) -> None:
        corners = (70, 771, 520, 771, 70, 755, 520, 755)
        annotation = DictionaryObject(
            {
                NameObject("/Subtype"): NameObject("/Redact"),
                NameObject("/Rect"): ArrayObject(map(FloatObject, (60, 600, 530, 780))),
                NameObject("/QuadPoints"): ArrayObject(map(FloatObject, corners)),
                NameObject("/F"): NumberObject(4),
            }
        )
        if look is not None:
            form = DecodedStreamObject()
            form.set_data(look)
            form[NameObject("/Subtype")] = NameObject("/Form")
            form[NameObject("/BBox")] = annotation["/Rect"]
            drawn = DictionaryObject({NameObject("/N"): writer._add_object(form)})
            annotation[NameObject("/AP")] = drawn
        writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(annotation)])

    reading = read_document(changed(page(clauses), redact))
    assert marked(reading, MarkKind.REDACTION) == [LAW]
    assert "covered_text" not in reading.flags and "hidden_text" not in reading.flags


def test_comma_at_the_edge_of_a_box_is_covered_with_the_words() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFillColor(black)
        canvas.drawString(72, 760, "between Kestrel, LLC and ")
        x0 = 72 + canvas.stringWidth("between Kestrel, LLC and ", "Helvetica", 11)
        x1 = x0 + canvas.stringWidth("Ironbark Ltd", "Helvetica", 11)
        canvas.drawString(x0, 760, "Ironbark Ltd")
        canvas.drawString(x1, 760, ", a company")
        canvas.rect(x0, 757, x1 - x0 + 1.4, 12, stroke=0, fill=1)

    reading = read_document(page(draw))
    assert "Ironbark Ltd" in "".join(marked(reading, MarkKind.COVERED))
    assert "hidden_text" not in reading.flags


def test_new_sum_beside_a_longer_covered_one_stays_in_its_clause() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFillColor(black)
        canvas.drawString(72, 760, "The liability of the Seller shall not exceed")
        canvas.drawString(72, 746, "$3,400,000 in total.")
        canvas.setFillColor(white)
        canvas.rect(70, 743, 110, 13, stroke=0, fill=1)
        canvas.setFillColor(black)
        canvas.drawString(72, 746, "$340,000.")

    reading = read_document(page(draw))
    (new,) = [line for line in reading.lines if "$340,000." in reading.text[line.start : line.end]]
    assert new.tag is LineTag.BODY
    assert marked(reading, MarkKind.COVERED) == ["$3,400,000 in total."]


def test_actual_text_that_differs_gives_the_letters_of_the_page_marked() -> None:
    def replace(writer: PdfWriter) -> None:
        with_content(writer, b"/Span <</ActualText (Governed by the laws of Sweden.)>> BDC\n", b"\nEMC")

    reading = read_document(changed(page(lambda c: c.drawString(72, 760, LAW)), replace))
    assert marked(reading, MarkKind.REPLACED) == [LAW]
    assert "Sweden" not in reading.text


def test_actual_text_that_says_the_same_changes_nothing() -> None:
    def replace(writer: PdfWriter) -> None:
        with_content(writer, f"/Span <</ActualText ({LAW})>> BDC\n".encode(), b"\nEMC")

    reading = read_document(changed(page(lambda c: c.drawString(72, 760, LAW)), replace))
    assert reading.text.strip() == LAW
    assert reading.marks == ()
