"""Text on a background image is ordinary text, and letters that show in any way are no hidden ones."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, FloatObject, NameObject
from reportlab.lib.colors import Color, black, green, white
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tasks.core.reading import read_document
from tasks.core.records import MarkKind, Reading
from tests.reading.pages import blank

GROUND = (250, 246, 235)
RENT = "1. The monthly rent amounts to EUR "
SUM = "14,200.00"
CLAUSES = [
    'This lease is made between Alder Court LLC ("Landlord") and Finch Studio Inc. ("Tenant").',
    f"{RENT}{SUM} plus VAT.",
    "2. Either party may not assign this lease without consent of the other party.",
    "3. This lease is governed by the laws of Nevada.",
]


def page(*steps: Callable[[Canvas], object]) -> bytes:
    buffer, canvas = blank()
    for step in steps:
        step(canvas)
    canvas.save()
    return buffer.getvalue()


def clauses(canvas: Canvas, size: float = 11) -> None:
    canvas.setFillColor(black)
    canvas.setFont("Helvetica", size)
    for number, words in enumerate(CLAUSES):
        canvas.drawString(60, 760 - 24 * number, words)


def picture(
    color: tuple[int, int, int], area: tuple[float, float, float, float]
) -> Callable[[Canvas], object]:
    image: Any = ImageReader(Image.new("RGB", (100, 140), color))
    x, y, width, height = area
    return lambda canvas: canvas.drawImage(image, x, y, width, height)


WHOLE = (0.0, 0.0, 595.0, 842.0)
letterhead = picture(GROUND, WHOLE)


def over_sum(canvas: Canvas) -> tuple[float, float, float, float]:
    return (
        59 + canvas.stringWidth(RENT, "Helvetica", 11),
        733,
        2 + canvas.stringWidth(SUM, "Helvetica", 11),
        13,
    )


def box(canvas: Canvas) -> None:
    canvas.setFillColorRGB(*(part / 255 for part in GROUND))
    canvas.rect(*over_sum(canvas), stroke=0, fill=1)


def patch(canvas: Canvas) -> None:
    picture(GROUND, over_sum(canvas))(canvas)


def retype(canvas: Canvas) -> None:
    canvas.setFillColor(black)
    canvas.drawString(over_sum(canvas)[0] + 1, 736, "9,900.00")


def marked(reading: Reading, kind: MarkKind) -> list[str]:
    return [reading.text[mark.start : mark.end] for mark in reading.marks if mark.kind is kind]


# ---------------------------------------------------------------- images


def test_text_on_a_background_image_is_no_text_layer() -> None:
    reading = read_document(page(letterhead, clauses))
    assert reading.flags == ()
    assert not reading.marks


@pytest.mark.parametrize(
    "steps", [(box,), (patch,), (box, retype)], ids=["box", "image", "box with another sum"]
)
def test_sum_covered_on_a_background_image_is_covered(steps: tuple[Callable[[Canvas], object], ...]) -> None:
    assert marked(read_document(page(letterhead, clauses, *steps)), MarkKind.COVERED) == [SUM]


def test_text_in_the_colour_of_a_background_image_is_hidden() -> None:
    def pale(canvas: Canvas) -> None:
        canvas.setFillColorRGB(*(part / 255 for part in GROUND))
        canvas.drawString(60, 600, "The rent is EUR 1.")

    reading = read_document(page(letterhead, clauses, pale))
    assert marked(reading, MarkKind.HIDDEN) == ["The rent is EUR 1."]


@pytest.mark.parametrize("area", [WHOLE, (0.0, 600.0, 595.0, 242.0)], ids=["the page", "a third"])
def test_text_under_an_image_that_shows_nothing_is_covered(area: tuple[float, float, float, float]) -> None:
    reading = read_document(page(clauses, picture((255, 255, 255), area)))
    assert marked(reading, MarkKind.COVERED) == CLAUSES


def scan(canvas: Canvas) -> None:
    """What a scanner makes of the clauses: bars for letters."""
    image = Image.new("L", (595, 842), 255)
    for number in range(len(CLAUSES)):
        for x in range(60, 400, 4):
            image.paste(0, (x, 72 + 24 * number, x + 2, 84 + 24 * number))
    picture_of: Any = ImageReader(image)
    canvas.drawImage(picture_of, 0, 0, 595, 842)


def invisible(canvas: Canvas) -> None:
    text = canvas.beginText(60, 760)
    text.setFont("Helvetica", 11)
    text.setTextRenderMode(3)
    for words in CLAUSES:
        text.setTextOrigin(60, 760 - 24 * CLAUSES.index(words))
        text.textOut(words)
    canvas.drawText(text)


@pytest.mark.parametrize("steps", [(clauses, scan), (scan, invisible)], ids=["under", "invisible"])
def test_text_layer_of_a_scan_is_told(steps: tuple[Callable[[Canvas], object], ...]) -> None:
    reading = read_document(page(*steps))
    assert "ocr_layer" in reading.flags
    assert "footnotes_unknown" in reading.flags
    assert not reading.marks


def test_stamp_on_a_scan_without_a_text_layer_leaves_it_a_scan() -> None:
    def stamp(canvas: Canvas) -> None:
        canvas.drawString(60, 820, "DocuSign Envelope ID: 3F2504E0-4F89")

    assert "ocr_layer" in read_document(page(scan, stamp)).flags


# ---------------------------------------------------------------- letters that show


def outlined(canvas: Canvas, fill: Color) -> None:
    text = canvas.beginText(60, 500)
    text.setFont("Helvetica-Bold", 26)
    text.setTextRenderMode(2)
    canvas.setFillColor(fill)
    canvas.setStrokeColor(green)
    canvas.setLineWidth(0.8)
    text.textOut("PRO FORMA COPY")
    canvas.drawText(text)


def hollow(canvas: Canvas) -> None:
    outlined(canvas, Color(0, 0, 0, alpha=0))


def white_inside(canvas: Canvas) -> None:
    outlined(canvas, white)


def large_and_pale(canvas: Canvas) -> None:
    canvas.setFillGray(0.933)
    canvas.setFont("Helvetica-Bold", 60)
    canvas.drawString(60, 500, "REFERENCES")


@pytest.mark.parametrize("draw", [hollow, white_inside, large_and_pale])
def test_heading_whose_letters_show_is_live(draw: Callable[[Canvas], object]) -> None:
    reading = read_document(page(clauses, draw))
    assert not reading.marks
    assert "hidden_text" not in reading.flags


def test_small_text_as_pale_as_a_large_heading_is_hidden() -> None:
    def pale(canvas: Canvas) -> None:
        canvas.setFillGray(0.933)
        canvas.setFont("Helvetica", 8)
        canvas.drawString(60, 500, "The rent is EUR 1.")

    assert marked(read_document(page(clauses, pale)), MarkKind.HIDDEN) == ["The rent is EUR 1."]


def clip_with_letters(canvas: Canvas) -> None:
    """A shape that is cut to the letters, as a browser fills a heading with a gradient."""
    canvas.saveState()
    path = canvas.beginText(60, 500)
    path.setFont("Helvetica-Bold", 26)
    path.setTextRenderMode(7)
    path.textOut("PRO FORMA COPY")
    canvas.drawText(path)
    canvas.setFillColorRGB(0.5, 0, 0.5)
    canvas.rect(50, 490, 300, 40, stroke=0, fill=1)
    canvas.restoreState()


def transparent(data: bytes) -> bytes:
    """The heading again, fully transparent, for programs."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    sheet = writer.pages[0]
    state = DictionaryObject({NameObject("/ca"): FloatObject(0)})
    resources: Any = sheet["/Resources"]
    resources[NameObject("/ExtGState")] = DictionaryObject({NameObject("/Clear"): state})
    content = sheet.get_contents()
    assert content is not None
    font = next(name for name, it in resources["/Font"].items() if it["/BaseFont"] == "/Helvetica-Bold")
    words = f"q /Clear gs BT {font} 26 Tf 60 500 Td (PRO FORMA COPY) Tj ET Q"
    content.set_data(content.get_data() + b"\n" + words.encode())
    sheet.replace_contents(content)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_heading_that_is_a_mask_for_a_colour_is_live() -> None:
    reading = read_document(transparent(page(clauses, clip_with_letters)))
    assert "PRO FORMA COPY" in reading.text
    assert not marked(reading, MarkKind.HIDDEN)


def test_transparent_heading_on_a_plain_colour_is_hidden() -> None:
    def plain(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 8)
        canvas.drawString(60, 560, "Copy")
        canvas.setFillColorRGB(0.5, 0, 0.5)
        canvas.rect(50, 490, 300, 40, stroke=0, fill=1)

    reading = read_document(transparent(page(clauses, plain)))
    assert marked(reading, MarkKind.HIDDEN) == ["PRO FORMA COPY"]
