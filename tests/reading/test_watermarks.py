"""Watermarks and stamps stay out of the page's lines, and are told."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, FloatObject, NameObject, RectangleObject, StreamObject
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

from tasks.core.reading import read_document
from tasks.core.records import ExtraKind, LineTag, Reading
from tests.reading.pages import blank

CLAUSES = [
    f"{i}. The Licensee shall pay the fee number {i} within thirty days after the invoice."
    for i in range(1, 36)
]


def draw_clauses(canvas: Any, clauses: list[str] = CLAUSES) -> None:
    canvas.setFillGray(0)
    canvas.setFont("Helvetica", 10)
    for number, clause in enumerate(clauses):
        canvas.drawString(72, 780 - 18 * number, clause)


def draw_across(
    canvas: Any, words: str, *, size: float = 100, angle: float = 45, at: tuple[float, float] = (150, 250)
) -> None:
    canvas.saveState()
    canvas.setFillGray(0.85)
    canvas.setFont("Helvetica-Bold", size)
    canvas.translate(*at)
    canvas.rotate(angle)
    canvas.drawString(0, 0, words)
    canvas.restoreState()


def read(canvas: Any, buffer: io.BytesIO) -> Reading:
    canvas.save()
    return read_document(buffer.getvalue())


def told(reading: Reading) -> list[tuple[str, str]]:
    return [(extra.name, extra.text) for extra in reading.extras if extra.kind is ExtraKind.WATERMARK]


def body(reading: Reading) -> list[str]:
    return [reading.text[n.start : n.end].strip() for n in reading.lines if n.tag is LineTag.BODY]


@pytest.mark.parametrize("is_behind", [True, False])
@pytest.mark.parametrize(
    ("words", "angle"), [("DRAFT", 45), ("SPECIMEN", 60), ("DRAFT 12 MAY 2024", 35), ("COPY", 90)]
)
def test_large_words_across_the_page_are_a_watermark(words: str, angle: float, *, is_behind: bool) -> None:
    buffer, canvas = blank()
    for draw in (draw_across, draw_clauses) if is_behind else (draw_clauses, draw_across):
        draw(canvas) if draw is draw_clauses else draw(canvas, words, angle=angle, size=48, at=(160, 180))
    reading = read(canvas, buffer)
    assert "watermark" in reading.flags
    assert told(reading) == [("watermark", words)]
    assert body(reading) == CLAUSES
    assert words in reading.text


@pytest.mark.parametrize("is_behind", [True, False])
def test_upright_words_over_the_clauses_are_a_watermark(*, is_behind: bool) -> None:
    buffer, canvas = blank()
    if not is_behind:
        draw_clauses(canvas)
    draw_across(canvas, "NOT EXECUTED", size=60, angle=0, at=(90, 500))
    if is_behind:
        draw_clauses(canvas)
    reading = read(canvas, buffer)
    assert told(reading) == [("watermark", "NOT EXECUTED")]
    assert body(reading) == CLAUSES


def test_letters_drawn_one_by_one_between_lines_are_one_word() -> None:
    buffer, canvas = blank()
    for number, clause in enumerate(CLAUSES):
        canvas.setFillGray(0)
        canvas.setFont("Helvetica", 10)
        canvas.drawString(72, 780 - 18 * number, clause)
        if number % 7 == 3:
            step = number // 7
            draw_across(canvas, "DRAFT"[step], at=(120 + 60 * step, 250 + 60 * step))
    reading = read(canvas, buffer)
    assert told(reading) == [("watermark", "DRAFT")]
    assert body(reading) == CLAUSES


def test_watermark_inside_a_line_leaves_the_line_whole() -> None:
    buffer, canvas = blank()
    draw_clauses(canvas, CLAUSES[:5])
    canvas.drawString(72, 500, "This Agreement is governed by the laws of ")
    x = 72 + canvas.stringWidth("This Agreement is governed by the laws of ", "Helvetica", 10)
    draw_across(canvas, "VOID")
    canvas.setFont("Helvetica", 10)
    canvas.drawString(x, 500, "the State of New York.")
    assert (
        body(read(canvas, buffer))[-1] == "This Agreement is governed by the laws of the State of New York."
    )


def test_watermark_over_the_edge_of_the_page_is_taken_whole() -> None:
    buffer, canvas = blank()
    draw_clauses(canvas)
    draw_across(canvas, "UNCONTROLLED COPY", size=70, at=(200, 200))
    assert told(read(canvas, buffer)) == [("watermark", "UNCONTROLLED COPY")]


def test_watermark_in_a_form_drawn_after_the_page_is_not_filled_in() -> None:
    buffer, canvas = blank()
    canvas.beginForm("stamp")
    draw_across(canvas, "DRAFT")
    canvas.endForm()
    draw_clauses(canvas, ["1. The price is ______________ dollars.", *CLAUSES])
    canvas.doForm("stamp")
    reading = read(canvas, buffer)
    assert told(reading) == [("watermark", "DRAFT")]
    assert reading.marks == ()


def test_watermark_of_every_page_is_told_once() -> None:
    buffer, canvas = blank()
    for _ in range(3):
        draw_across(canvas, "SAMPLE")
        draw_clauses(canvas)
        canvas.showPage()
    assert told(read(canvas, buffer)) == [("watermark", "SAMPLE")]


def test_chinese_watermark_is_told() -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    buffer, canvas = blank()
    draw_clauses(canvas)
    canvas.setFillGray(0.8)
    canvas.setFont("STSong-Light", 130)
    canvas.drawString(150, 450, "作废")
    assert told(read(canvas, buffer)) == [("watermark", "作废")]


def test_slanted_stamp_is_listed_and_no_watermark() -> None:
    buffer, canvas = blank()
    draw_clauses(canvas)
    draw_across(canvas, "RECEIVED 3 May 2021", size=12, angle=12, at=(400, 600))
    reading = read(canvas, buffer)
    assert told(reading) == [("stamp", "RECEIVED 3 May 2021")]
    assert "watermark" not in reading.flags
    assert body(reading) == CLAUSES


def draw_gap(canvas: Any) -> None:
    """Clauses with room between the tenth and the next."""
    draw_clauses(canvas, CLAUSES[:10])
    for number, clause in enumerate(CLAUSES[10:20]):
        canvas.drawString(72, 480 - 18 * number, clause)


@pytest.mark.parametrize("angle", [6, 8, -12])
def test_slightly_turned_heading_is_a_line_of_the_body(angle: float) -> None:
    buffer, canvas = blank()
    draw_across(canvas, "Only until 30 June", size=22, angle=angle, at=(150, 550))
    draw_gap(canvas)
    reading = read(canvas, buffer)
    assert told(reading) == []
    assert "Only until 30 June" in body(reading)


@pytest.mark.parametrize("angle", [7, 30])
def test_slanted_sentence_stands_behind_the_line_above_it(angle: float) -> None:
    buffer, canvas = blank()
    draw_gap(canvas)
    sentence = "The offer of EUR 1,500 ends in June."
    draw_across(canvas, sentence, size=10, angle=angle, at=(150, 525))
    reading = read(canvas, buffer)
    assert told(reading) == []
    lines = body(reading)
    assert lines[lines.index(CLAUSES[9]) : lines.index(CLAUSES[10]) + 1] == [
        CLAUSES[9],
        sentence,
        CLAUSES[10],
    ]


def test_slanted_sentence_behind_words_that_stand_below_it_is_read_before_them() -> None:
    buffer, canvas = blank()
    draw_gap(canvas)
    sentence = "The offer of EUR 1,500 ends in June."
    draw_across(canvas, sentence, size=10, angle=8, at=(150, 525))
    draw_across(canvas, "RECEIVED 3 May 2021", size=10, angle=12, at=(400, 600))
    canvas.setFillGray(0)
    canvas.drawString(72, 40, "Page 1 of 1")  # as Chromium sets its footer
    lines = body(read(canvas, buffer))
    assert lines[lines.index(CLAUSES[9]) : lines.index(CLAUSES[10]) + 1] == [
        CLAUSES[9],
        sentence,
        CLAUSES[10],
    ]
    assert "RECEIVED 3 May 2021" not in lines


def test_slanted_sentence_drawn_letter_by_letter_is_one_line() -> None:
    buffer, canvas = blank()
    draw_gap(canvas)
    canvas.translate(100, 525)
    canvas.rotate(8)
    x = 0.0
    for letter in "The offer of EUR 1,500 ends in June.":
        canvas.setFont("Helvetica", 10)
        if letter != " ":
            canvas.drawString(x, 0, letter)
        x += canvas.stringWidth(letter, "Helvetica", 10)
    assert "The offer of EUR 1,500 ends in June." in body(read(canvas, buffer))


def test_slanted_sentence_all_over_the_page_is_none_of_its_sentences() -> None:
    buffer, canvas = blank()
    draw_clauses(canvas)
    for row in range(4):
        draw_across(canvas, "Only for the use of the Alder Bank", size=9, angle=30, at=(150, 200 + 120 * row))
    reading = read(canvas, buffer)
    assert body(reading) == CLAUSES
    assert told(reading) == [("stamp", "Only for the use of the Alder Bank")]


def test_title_in_large_type_is_no_watermark() -> None:
    buffer, canvas = blank()
    canvas.setFont("Helvetica-Bold", 48)
    canvas.drawCentredString(297, 790, "LICENCE")
    draw_clauses(canvas, ["", "", *CLAUSES[:20]])
    reading = read(canvas, buffer)
    assert told(reading) == []
    assert body(reading)[0] == "LICENCE"


def test_slanted_heads_of_a_table_are_its_words() -> None:
    buffer, canvas = blank()
    draw_clauses(canvas, CLAUSES[:10])
    months = ["January", "February", "March", "April"]
    for number, month in enumerate(months):
        draw_across(canvas, month, size=10, at=(150 + 60 * number, 500))
    reading = read(canvas, buffer)
    assert told(reading) == []
    assert set(months) <= set(" ".join(body(reading)).split())


def test_heading_of_a_sideways_page_is_no_watermark() -> None:
    buffer, canvas = blank()
    canvas.translate(560, 40)
    canvas.rotate(90)
    canvas.setFont("Helvetica-Bold", 36)
    canvas.drawString(0, 0, "RENT SCHEDULE")
    canvas.setFont("Helvetica", 10)
    for number, clause in enumerate(CLAUSES[:20]):
        canvas.drawString(0, 50 + 18 * number, clause)
    assert told(read(canvas, buffer)) == []


@pytest.mark.parametrize(
    ("kind", "name", "expected"), [("Stamp", "Draft", "watermark"), ("Stamp", "Approved", "stamp")]
)
def test_stamp_annotations_are_told_by_their_name(kind: str, name: str, expected: str) -> None:
    item = DictionaryObject(
        {NameObject("/Type"): NameObject("/Annot"), NameObject("/Subtype"): NameObject(f"/{kind}")}
    )
    item[NameObject("/Name")] = NameObject(f"/{name}")
    assert told(read_document(annotated(item))) == [(expected, name)]


def test_words_of_a_watermark_annotation_are_told() -> None:
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    fonts = DictionaryObject(
        {NameObject("/F"): DictionaryObject({NameObject(k): NameObject(v) for k, v in font.items()})}
    )
    look = StreamObject()
    look.set_data(b"BT /F 90 Tf 100 300 Td (VOID) Tj ET")
    look.update(
        {NameObject("/Subtype"): NameObject("/Form"), NameObject("/BBox"): RectangleObject((0, 0, 595, 842))}
    )
    look[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    item = DictionaryObject(
        {NameObject("/Type"): NameObject("/Annot"), NameObject("/Subtype"): NameObject("/Watermark")}
    )
    item[NameObject("/AP")] = DictionaryObject({NameObject("/N"): look})
    reading = read_document(annotated(item))
    assert told(reading) == [("watermark", "VOID")]
    assert "watermark" in reading.flags


def annotated(item: DictionaryObject) -> bytes:
    """The clauses, with an annotation."""
    buffer, canvas = blank()
    draw_clauses(canvas)
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(buffer))
    item[NameObject("/Rect")] = RectangleObject([FloatObject(n) for n in (100, 100, 400, 700)])
    writer.add_annotation(0, item)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()
