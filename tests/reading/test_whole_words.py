"""A word or number of which some letters are not shown has its mark on all its letters."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from reportlab.lib.colors import black, white
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from tasks.core.reading import read_document
from tasks.core.records import LineTag, MarkKind, Reading
from tests.reading.pages import blank, draw_letters

HEAD = "The monthly rent amounts to EUR "
TAIL = " plus VAT."


def reading_of(draw: Callable[[Canvas], object]) -> Reading:
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 11)
    draw(canvas)
    canvas.save()
    return read_document(buffer.getvalue())


def marked(reading: Reading, kind: MarkKind) -> list[str]:
    return [reading.text[mark.start : mark.end] for mark in reading.marks if mark.kind is kind]


def cover(canvas: Canvas, before: str, letters: str, *, y: float = 740) -> None:
    """A white box over `letters`, which stand after `before`."""
    x = 72 + stringWidth(before, "Helvetica", 11)
    canvas.setFillColor(white)
    canvas.rect(x - 0.1, y - 3, stringWidth(letters, "Helvetica", 11) + 0.2, 14, stroke=0, fill=1)
    canvas.setFillColor(black)


def sentence(canvas: Canvas, number: str) -> None:
    canvas.drawString(72, 740, HEAD + number + TAIL)


def letter_by_letter(canvas: Canvas, number: str) -> None:
    draw_letters(canvas, 72, 740, HEAD + number + TAIL, 11)


def over_a_forgotten_line(canvas: Canvas, number: str) -> None:
    """A longer line below, so that the pieces are no page of one line."""
    sentence(canvas, number)
    canvas.drawString(72, 720, "The term of this lease is five years from the date of signing.")


@pytest.mark.parametrize("draw", [sentence, letter_by_letter, over_a_forgotten_line])
@pytest.mark.parametrize(
    ("before", "letters", "number"),
    [
        ("", "1", "14,200.00"),
        ("14", ",", "14,200.00"),
        ("14,", "2", "14,200.00"),
        ("14,200.0", "0", "14,200.00"),
        ("1 250 ", "000", "1 250 000"),
        ("12", "%", "12%"),
        ("", "-", "-12.5"),
        ("twenty-", "five", "twenty-five"),
    ],
)
def test_number_with_a_covered_letter_is_covered_whole(
    draw: Callable[[Canvas, str], None], before: str, letters: str, number: str
) -> None:
    reading = reading_of(lambda c: (draw(c, number), cover(c, HEAD + before, letters)))
    assert marked(reading, MarkKind.COVERED) == [number]


def test_number_with_a_white_digit_is_hidden_whole() -> None:
    def draw(canvas: Canvas) -> None:
        draw_letters(canvas, 72, 740, HEAD + "1", 11)
        canvas.setFillColor(white)
        x = 72 + sum(stringWidth(letter, "Helvetica", 11) for letter in HEAD + "1")
        canvas.drawString(x, 740, "4")
        canvas.setFillColor(black)
        canvas.drawString(x + stringWidth("4", "Helvetica", 11), 740, ",200.00" + TAIL)

    assert marked(reading_of(draw), MarkKind.HIDDEN) == ["14,200.00"]


@pytest.mark.parametrize(("before", "letters"), [("", "14,200.00"), ("", "14,200")])
def test_words_beside_a_covered_number_stay_live(before: str, letters: str) -> None:
    reading = reading_of(lambda c: (sentence(c, "14,200.00."), cover(c, HEAD + before, letters)))
    assert marked(reading, MarkKind.COVERED) == ["14,200.00"]


@pytest.mark.parametrize(
    ("words", "before", "covered"),
    [
        ('"Seller" means Alder.', '"', "Seller"),
        ("By:______ (name)", "By:", "______"),
        ("By:{{sign_here}} (name)", "By:", "{{sign_here}}"),
        ("Rent.......14,200", "Rent.......", "14,200"),
        ("Rent of $14,200 a month", "Rent of ", "$"),
    ],
)
def test_signs_that_join_no_word_end_the_mark(words: str, before: str, covered: str) -> None:
    reading = reading_of(lambda c: (c.drawString(72, 740, words), cover(c, before, covered)))
    assert marked(reading, MarkKind.COVERED) == [covered]


def test_full_stop_that_a_box_reaches_covers_no_word() -> None:
    reading = reading_of(lambda c: (sentence(c, "14,200.00"), cover(c, HEAD + "14,200.00 plus VAT", ".")))
    assert marked(reading, MarkKind.COVERED) in ([], ["."])


def test_digits_typed_over_a_part_of_a_number_are_no_number() -> None:
    def draw(canvas: Canvas) -> None:
        sentence(canvas, "14,200.00")
        cover(canvas, HEAD, "14,2")
        canvas.drawString(72 + stringWidth(HEAD, "Helvetica", 11), 740, "15,3")

    reading = reading_of(draw)
    live = bytearray(b"x" * len(reading.text))
    for mark in reading.marks:
        if mark.kind is MarkKind.COVERED:
            live[mark.start : mark.end] = b" " * (mark.end - mark.start)
    shown = "".join(c if keep == ord("x") else " " for c, keep in zip(reading.text, live, strict=True))
    assert not any(digit in shown for digit in "0123456789")


def test_gap_between_two_cells_is_no_space_of_a_number() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 740, "12")
        canvas.drawString(110, 740, "500")
        cover(canvas, "1", "2")

    assert marked(reading_of(draw), MarkKind.COVERED) == ["12"]


def test_letter_struck_inside_a_word_leaves_the_word_live() -> None:
    def draw(canvas: Canvas) -> None:
        sentence(canvas, "14,200.00")
        x = 72 + stringWidth(HEAD, "Helvetica", 11)
        canvas.setLineWidth(0.7)
        canvas.line(x, 743, x + stringWidth("14,", "Helvetica", 11), 743)

    reading = reading_of(draw)
    assert marked(reading, MarkKind.STRUCK) == ["14,"]
    assert marked(reading, MarkKind.COVERED) == []


def test_line_with_one_live_figure_beside_covered_words_stays_body() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 740, "5 years from the date of signing, renewed each year")
        cover(canvas, "5 ", "years from the date of signing, renewed each year")

    lines = reading_of(draw).lines
    assert [line.tag for line in lines] == [LineTag.BODY]
