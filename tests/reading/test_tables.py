"""Tables of PDFs: the gaps between words are measured on the page."""

from __future__ import annotations

import pytest
from reportlab.pdfgen.canvas import Canvas

from tasks.core.reading.limits import Limits
from tasks.core.reading.reader import take_reading
from tests.reading.pages import BODY, blank, draw_letters

ROWS = [
    ("Lease year", "Rate", "Monthly rent"),
    ("Year 1", "$18.00", "$7,500.00"),
    ("Year 2", "$18.54", "$7,725.00"),
]


def draw_by_row(canvas: Canvas) -> None:
    for i, row in enumerate(ROWS):
        for x, word in zip((72, 200, 300), row, strict=True):
            canvas.drawString(x, 700 - 15 * i, word)


def draw_by_column(canvas: Canvas) -> None:
    for column, x in enumerate((72, 200, 300)):
        for i, row in enumerate(ROWS):
            canvas.drawString(x, 700 - 15 * i, row[column])


def draw_typed(canvas: Canvas) -> None:
    """As EDGAR's conversions have it: one text object a line, columns by blanks."""
    canvas.setFont("Courier", 10)
    for i, (year, rate, month) in enumerate(ROWS):
        canvas.drawString(72, 700 - 12 * i, f"{year:<14}{rate:>10}{month:>18}")


def draw_by_letter(canvas: Canvas) -> None:
    """As Skia m156 has it: each letter a text object, the head white on a dark area, no lines."""
    canvas.rect(70, 696, 340, 14, stroke=0, fill=1)
    for i, row in enumerate(ROWS):
        canvas.setFillGray(1 if i == 0 else 0)
        for x, word in zip((72, 200, 300), row, strict=True):
            draw_letters(canvas, x, 700 - 15 * i, word, 10)


@pytest.mark.parametrize("draw", [draw_by_row, draw_by_column, draw_typed, draw_by_letter])
def test_cells_of_a_rent_roll_know_their_column_and_row(draw: object) -> None:
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 10)
    draw(canvas)  # pyright: ignore[reportCallIssue]
    canvas.save()
    reading = take_reading(buffer.getvalue(), Limits())
    found = [(reading.text[c.start : c.end], c.column, c.row) for c in reading.cells]
    assert ("$18.00", "Rate", "Year 1") in found
    assert ("$7,725.00", "Monthly rent", "Year 2") in found


def test_prose_has_no_cells() -> None:
    buffer, canvas = blank()
    text = canvas.beginText(72, 700)
    text.setFont("Helvetica", 11)
    for line in BODY:
        text.textLine(line)
    canvas.drawText(text)
    canvas.save()
    assert take_reading(buffer.getvalue(), Limits()).cells == ()


def test_prose_with_letters_of_their_own_and_a_numbered_list_has_no_cells() -> None:
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 11)
    for i, line in enumerate([*BODY, *BODY]):
        draw_letters(canvas, 110, 700 - 14 * i, line[4:], 11)
        draw_letters(canvas, 72, 700 - 14 * i, f"({i + 1})", 11)
    canvas.save()
    assert take_reading(buffer.getvalue(), Limits()).cells == ()
