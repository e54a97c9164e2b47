"""Pieces of a page become its lines."""

from __future__ import annotations

from tasks.core.reading.limits import Limits
from tasks.core.reading.reader import take_reading
from tests.reading.pages import blank


def test_hyphen_at_a_line_end_stays_in_the_text() -> None:
    buffer, canvas = blank()
    text = canvas.beginText(72, 700)
    text.setFont("Helvetica", 11)
    for row in ("The Company shall pay on first de-", "mand any amount due to the Investor."):
        text.textLine(row)
    canvas.drawText(text)
    canvas.save()
    reading = take_reading(buffer.getvalue(), Limits())
    assert reading.text == "The Company shall pay on first de-\nmand any amount due to the Investor.\n"


def test_objects_of_one_baseline_are_one_line_around_all_their_boxes() -> None:
    buffer, canvas = blank()
    text = canvas.beginText(72, 700)
    for word, size in (("The ", 11), ("Term ", 11), ("ends.", 11)):
        text.setFont("Helvetica", size)
        text.textOut(word)
    canvas.drawText(text)
    canvas.save()
    reading = take_reading(buffer.getvalue(), Limits())
    (line,) = reading.lines
    assert reading.text == "The Term ends.\n"
    left, bottom, right, top = line.box
    end = 72 + canvas.stringWidth("The Term ends.", "Helvetica", 11)
    assert 72 <= left < 73 and end - 2 < right <= end
    assert 698 < bottom <= 700 < 707 < top < 709


def test_piece_half_over_the_edge_hides_only_what_is_off_the_page() -> None:
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 11)
    canvas.drawString(595 - canvas.stringWidth("Seen here", "Helvetica", 11) - 4, 700, "Seen here and gone")
    canvas.save()
    reading = take_reading(buffer.getvalue(), Limits())
    hidden = [reading.text[span.start : span.end] for span in reading.marks]
    assert "Seen here" in reading.text
    assert len(hidden) == 1 and hidden[0].endswith("gone") and "Seen" not in hidden[0]
