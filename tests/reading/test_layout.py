"""Turned text, columns and line numbers of drawn pages."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import RectangleObject
from reportlab.pdfgen.canvas import Canvas

from tasks.core.reading.limits import Limits
from tasks.core.reading.reader import take_reading
from tasks.core.records import LineTag, Reading
from tests.reading.pages import blank

CLAUSES = [
    "The Supplier shall deliver the goods to the warehouse of the buyer within",
    "ten days of the order and shall bear the cost of carriage. If the goods are",
    "late, the buyer may withhold one per cent of the price for each week of the",
    "delay, but no more than ten per cent in all. The buyer inspects the goods on",
    "arrival and gives notice of any defect that is visible at that time, and the",
    "Supplier then has ten days in which to mend or to replace what is defective.",
]
TURNS = {0: (0, 0), 90: (595, 0), 180: (595, 842), 270: (0, 842)}


def read(data: bytes) -> Reading:
    return take_reading(data, Limits(ocr=False))


def lines(reading: Reading, tag: LineTag | None = None) -> list[str]:
    return [reading.text[n.start : n.end - 1] for n in reading.lines if tag in (None, n.tag)]


def turned_page(angle: int) -> bytes:
    buffer, canvas = blank()
    canvas.translate(*TURNS[angle])
    canvas.rotate(angle)
    canvas.setFont("Helvetica", 11)
    for i, text in enumerate(CLAUSES):
        canvas.drawString(72, 500 - 14 * i, text)
    canvas.save()
    return buffer.getvalue()


def with_page(data: bytes, rotate: int, crop: tuple[float, float, float, float] | None = None) -> bytes:
    writer = PdfWriter(PdfReader(io.BytesIO(data)))
    writer.pages[0].rotate(rotate)
    if crop:
        writer.pages[0].cropbox = RectangleObject(crop)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_lines_come_in_order_however_page_and_text_are_turned(angle: int, rotate: int) -> None:
    assert lines(read(with_page(turned_page(angle), rotate))) == CLAUSES


def test_boxes_are_measured_from_the_crop_box_on_the_sheet() -> None:
    data = turned_page(0)
    (first, *_), (cropped, *_) = (
        read(page).lines for page in (data, with_page(data, 90, (50, 40, 1000, 1000)))
    )
    assert cropped.box == pytest.approx(
        tuple(value - off for value, off in zip(first.box, (50, 40, 50, 40), strict=True)), abs=0.02
    )


def test_stamp_that_reads_upwards_breaks_no_line() -> None:
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 11)
    for i, text in enumerate(CLAUSES):
        canvas.drawString(72, 500 - 14 * i, text)
        if i == 2:
            canvas.saveState()
            canvas.translate(30, 300)
            canvas.rotate(90)
            canvas.drawString(0, 0, "arXiv:2301.01234v2 [cs.CL] 17 Jan 2023")
            canvas.restoreState()
    canvas.save()
    reading = read(buffer.getvalue())
    assert lines(reading, LineTag.BODY) == CLAUSES
    assert lines(reading, LineTag.RUNNING) == ["arXiv:2301.01234v2 [cs.CL] 17 Jan 2023"]
    (stamp,) = (n for n in reading.lines if n.tag is LineTag.RUNNING)
    assert stamp.box[0] < 31 and stamp.box[3] - stamp.box[1] > 150


@pytest.mark.parametrize("angle", [90, -90])
def test_sideways_table_on_an_upright_page_keeps_its_rows(angle: int) -> None:
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 11)
    for i, text in enumerate(CLAUSES):
        canvas.drawString(72, 780 - 14 * i, text)
    canvas.saveState()
    canvas.translate(300, 300)
    canvas.rotate(angle)
    rows = [(f"Unit {i}", f"USD {100 + i}", f"{2030 - i}-06-30") for i in range(1, 6)]
    for i, row in enumerate(rows):
        for x, text in zip((0, 80, 160), row, strict=True):
            canvas.drawString(x, -16 * i, text)
    canvas.restoreState()
    canvas.drawString(72, 60, "The table is part of this Agreement.")
    canvas.save()
    expected = [*CLAUSES, *map(" ".join, rows), "The table is part of this Agreement."]
    assert lines(read(buffer.getvalue())) == expected


def test_page_number_of_a_landscape_page_is_running() -> None:
    buffer, canvas = blank()
    for number in (1, 2, 3):
        canvas.setFont("Helvetica", 11)
        canvas.drawString(290, 30, str(number))
        if number == 2:
            canvas.translate(*TURNS[90])
            canvas.rotate(90)
        for i, text in enumerate(CLAUSES[2 * number - 2 : 2 * number]):
            canvas.drawString(72, 500 - 14 * i, text)
        canvas.showPage()
    canvas.save()
    assert lines(read(buffer.getvalue()), LineTag.BODY) == CLAUSES


def test_columns_drawn_row_by_row_are_read_column_by_column() -> None:
    left = [text[:36].rsplit(" ", 1)[0] for text in CLAUSES * 2]
    right = [text[36:].split(" ", 1)[1] for text in CLAUSES * 2]
    buffer, canvas = blank()
    canvas.setFont("Courier", 8)
    for i, row in enumerate(zip(left, right, strict=True)):
        for x, text in zip((60, 310), row, strict=True):
            canvas.drawString(x, 700 - 12 * i, text)
    canvas.save()
    assert lines(read(buffer.getvalue())) == left + right


def test_columns_that_share_text_objects_are_read_column_by_column() -> None:
    left = [text[:36].rsplit(" ", 1)[0] for text in CLAUSES * 2]
    right = [text[36:].split(" ", 1)[1] for text in CLAUSES * 2]
    assert lines(read(shared_objects(left, right))) == left + right


def test_columns_whose_text_objects_end_at_kerned_letters_are_read_column_by_column() -> None:
    left = [text[:36].rsplit(" ", 1)[0] for text in CLAUSES * 2]
    right = [text[36:].split(" ", 1)[1] for text in CLAUSES * 2]
    assert lines(read(shared_objects(left, right, is_kerned=True))) == left + right


def shared_objects(left: list[str], right: list[str], *, is_kerned: bool = False) -> bytes:
    """Two columns, each row as one text object, or from one kerned letter to another."""
    buffer, canvas = blank()
    canvas.setFont("Courier", 8)
    for i, (a, b) in enumerate(zip(left, right, strict=True)):
        y = 700 - 12 * i
        start, end = (len(a) - 2, 25 if i % 2 else 1) if is_kerned else (0, len(b))
        kern = 1000 * (canvas.stringWidth(a, "Courier", 8) - 250) / 8
        canvas.drawString(60, y, a[:start])
        shown = f"[({a[start:]}) {kern} ({b[:end]})] TJ"
        canvas._code.append(f"BT /F2 8 Tf 1 0 0 1 {60 + 4.8 * start} {y} Tm {shown} ET")  # pyright: ignore[reportAttributeAccessIssue]
        canvas.drawString(310 + 4.8 * end, y, b[end:])
    canvas.save()
    return buffer.getvalue()


def draw_in_one_object(canvas: Canvas, number: int, text: str, y: float) -> None:
    canvas.drawString(54, y, f"{number} {text}")


def draw_before_the_line(canvas: Canvas, number: int, text: str, y: float) -> None:
    canvas.drawRightString(60, y, str(number))
    canvas.drawString(80, y, text)


def draw_behind_the_line(canvas: Canvas, number: int, text: str, y: float) -> None:
    canvas.drawString(80, y, text)
    canvas.drawRightString(540, y, str(number))


@pytest.mark.parametrize("draw", [draw_in_one_object, draw_before_the_line, draw_behind_the_line])
def test_clause_reads_through_its_line_numbers(draw: object) -> None:
    assert callable(draw)
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 11)
    for i, text in enumerate(CLAUSES * 2):
        draw(canvas, i + 1, text, 740 - 24 * i)
    canvas.save()
    reading = read(buffer.getvalue())
    assert lines(reading, LineTag.BODY) == CLAUSES * 2
    assert lines(reading, LineTag.RUNNING) == [str(i + 1) for i in range(12)]
    numbers = [n for n in reading.lines if n.tag is LineTag.RUNNING]
    assert all(n.box[2] - n.box[0] < 13 for n in numbers)


def test_clause_reads_through_a_bates_number_at_the_page_end() -> None:
    buffer, canvas = blank()
    for number in (1, 2):
        canvas.setFont("Helvetica", 11)
        for i, text in enumerate(CLAUSES[3 * (number - 1) : 3 * number]):
            canvas.drawString(72, 780 - 14 * i, text)
        canvas.setFont("Helvetica", 8)
        canvas.drawString(480, 40, f"NWS {1233 + number:07d}")
        canvas.showPage()
    canvas.save()
    assert lines(read(buffer.getvalue()), LineTag.BODY) == CLAUSES


@pytest.mark.parametrize(("x", "size"), [(500, 8), (530, 11)])
def test_stamp_on_the_base_line_of_the_last_words_is_a_running_line(x: float, size: float) -> None:
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 11)
    for i, text in enumerate([*CLAUSES, "within a further week at most."]):
        canvas.drawString(72, 124 - 14 * i, text)
    canvas.setFont("Courier", size)
    canvas.drawString(x, 40, "NWS0001203")
    canvas.save()
    reading = read(buffer.getvalue())
    assert lines(reading, LineTag.RUNNING) == ["NWS0001203"]
    assert lines(reading, LineTag.BODY)[-1] == "within a further week at most."


def test_amount_behind_the_words_of_a_pages_last_line_stays_in_it() -> None:
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 11)
    for i in range(6):
        canvas.drawString(72, 110 - 14 * i, f"Rent for the year {2020 + i} of the lease")
        canvas.drawString(400, 110 - 14 * i, f"USD {12000 + i}")
    canvas.save()
    assert lines(read(buffer.getvalue()))[-1] == "Rent for the year 2025 of the lease USD 12005"
