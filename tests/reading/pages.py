"""Small PDFs made on the spot."""

from __future__ import annotations

import io

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

BODY = [
    "1.1 The Company shall pay the purchase price in immediately available funds.",
    "1.2 Neither party shall be liable for any failure to perform caused by events",
    "beyond its reasonable control and the Investor waives its rights accordingly.",
]
NOTE = "The price may be reduced by the auditors under Schedule 4."


def blank(**options: object) -> tuple[io.BytesIO, Canvas]:
    buffer = io.BytesIO()
    return buffer, Canvas(buffer, pagesize=(595, 842), invariant=1, **options)


def draw_letters(
    canvas: Canvas, x: float, y: float, words: str, size: float, font: str = "Helvetica"
) -> None:
    """Each letter as a text object of its own."""
    canvas.setFont(font, size)
    for letter in words:
        canvas.drawString(x, y, letter)
        x += stringWidth(letter, font, size)


def contract(n_pages: int = 2, note_page: int = 1) -> bytes:
    """Pages with a header, a page number and, on one of them, a footnote under a short rule."""
    buffer, canvas = blank()
    for number in range(1, n_pages + 1):
        canvas.setFont("Helvetica", 8)
        canvas.drawString(72, 800, "Subscription Agreement - Draft")
        canvas.drawString(290, 30, f"Page {number}")
        text = canvas.beginText(72, 740)
        text.setFont("Helvetica", 11)
        for line in BODY:
            text.textLine(f"{line[:-1]} no. {number * 7919}.")
        canvas.drawText(text)
        if number == note_page:
            cited = canvas.beginText(72, 600)
            cited.setFont("Helvetica", 11)
            cited.textOut("The price is fixed.")
            cited.setFont("Helvetica", 7)
            cited.setRise(4)
            cited.textOut("1")
            canvas.drawText(cited)
            canvas.line(72, 110, 180, 110)
            note = canvas.beginText(72, 96)
            note.setFont("Helvetica", 6)
            note.setRise(3)
            note.textOut("1")
            note.setFont("Helvetica", 8.5)
            note.setRise(0)
            note.textOut(f" {NOTE}")
            canvas.drawText(note)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()
