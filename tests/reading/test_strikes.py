"""Struck and inserted words of a redline, and lines that strike nothing."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, NumberObject
from reportlab.pdfgen.canvas import Canvas

from tasks.core.reading.limits import Limits
from tasks.core.reading.reader import take_reading
from tasks.core.records import MarkKind, Reading
from tests.reading.pages import blank

RED, BLUE, BLACK = (0.8, 0, 0), (0, 0, 0.8), (0, 0, 0)
FONT, SIZE = "Helvetica", 11
OLD = "USD 5,000,000"
SENTENCE = f"The price is {OLD} 3,000,000 in cash."


def read(canvas: Canvas, buffer: io.BytesIO) -> Reading:
    canvas.save()
    return take_reading(buffer.getvalue(), Limits(ocr=False))


def marked(reading: Reading, kind: MarkKind) -> list[str]:
    return [reading.text[mark.start : mark.end] for mark in reading.marks if mark.kind is kind]


def draw(canvas: Canvas, text: str = SENTENCE, x: float = 72, y: float = 700) -> None:
    canvas.setFont(FONT, SIZE)
    canvas.drawString(x, y, text)


def ends(canvas: Canvas, words: str, text: str = SENTENCE, x: float = 72) -> tuple[float, float]:
    """Where the words begin and end on the page."""
    start = x + canvas.stringWidth(text[: text.index(words)], FONT, SIZE)
    return start, start + canvas.stringWidth(words, FONT, SIZE)


def rule(canvas: Canvas, x0: float, x1: float, y: float, color: tuple[float, float, float] = RED) -> None:
    canvas.setStrokeColorRGB(*color)
    canvas.setLineWidth(0.6)
    canvas.line(x0, y, x1, y)


def test_stroke_through_words_strikes_exactly_them() -> None:
    buffer, canvas = blank()
    draw(canvas)
    rule(canvas, *ends(canvas, OLD), 703)
    reading = read(canvas, buffer)
    assert marked(reading, MarkKind.STRUCK) == [OLD]
    assert "redline" in reading.flags
    assert reading.text == SENTENCE + "\n"


def test_strike_inside_a_number_strikes_only_its_digits() -> None:
    buffer, canvas = blank()
    draw(canvas)
    rule(canvas, *ends(canvas, "5,000"), 703)
    assert marked(read(canvas, buffer), MarkKind.STRUCK) == ["5,000"]


def test_thin_filled_rectangle_strikes() -> None:
    buffer, canvas = blank()
    draw(canvas)
    x0, x1 = ends(canvas, OLD)
    canvas.setFillColorRGB(*RED)
    canvas.rect(x0, 702.5, x1 - x0, 0.6, stroke=0, fill=1)
    assert marked(read(canvas, buffer), MarkKind.STRUCK) == [OLD]


def test_one_path_with_all_lines_of_a_page_strikes_by_its_parts() -> None:
    buffer, canvas = blank()
    draw(canvas)
    draw(canvas, y=660)
    path = canvas.beginPath()
    x0, x1 = ends(canvas, OLD)
    for left, right, y in ((x0, x1, 703), (*ends(canvas, "cash"), 663), (72, 400, 640), (72, 400, 720)):
        path.moveTo(left, y)
        path.lineTo(right, y)
    path.moveTo(72, 640)
    path.lineTo(72, 720)
    canvas.drawPath(path, stroke=1, fill=0)
    assert marked(read(canvas, buffer), MarkKind.STRUCK) == [OLD, "cash"]


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_text_that_is_turned_is_struck_along_its_own_line(degrees: int) -> None:
    buffer, canvas = blank()
    draw(canvas, "All other lines of this page are level.", y=800)
    canvas.saveState()
    canvas.translate(300, 400)
    canvas.rotate(degrees)
    draw(canvas, OLD, 0, 0)
    rule(canvas, *ends(canvas, "5,000", OLD, 0), 3)
    canvas.restoreState()
    assert marked(read(canvas, buffer), MarkKind.STRUCK) == ["5,000"]


@pytest.mark.parametrize("color", [RED, BLACK])
def test_words_inserted_beside_struck_ones_are_marked(color: tuple[float, float, float]) -> None:
    buffer, canvas = blank()
    draw(canvas)
    rule(canvas, *ends(canvas, OLD), 703)
    rule(canvas, *ends(canvas, "3,000,000"), 698.5, color)
    assert marked(read(canvas, buffer), MarkKind.INSERTED) == ["3,000,000"]


@pytest.mark.parametrize(
    ("text", "words", "is_inserted"),
    [
        ("3. NOTICE TO THE TENANT", "3. NOTICE TO THE TENANT", False),
        ("3. Term of the Lease", "Term of the Lease", False),
        ("See www.aldercourt.example for the rules.", "www.aldercourt.example", False),
        ('Alder Court LLC (the "Landlord") leases the flat.', "Landlord", False),
        ("The Tenant pays each month.", "each month", True),
        ("The Tenant pays each month.", "The Tenant pays each month.", True),
    ],
)
def test_styled_words_underlined_in_a_colour_of_their_own_are_not_inserted(
    text: str, words: str, *, is_inserted: bool
) -> None:
    buffer, canvas = blank()
    draw(canvas)
    rule(canvas, *ends(canvas, OLD), 703)
    draw(canvas, text, y=660)
    rule(canvas, *ends(canvas, words, text), 658.5, BLUE)
    assert marked(read(canvas, buffer), MarkKind.INSERTED) == ([words] if is_inserted else [])


def test_heading_in_the_colour_of_the_insertions_is_inserted() -> None:
    buffer, canvas = blank()
    draw(canvas)
    rule(canvas, *ends(canvas, OLD), 703)
    rule(canvas, *ends(canvas, "3,000,000"), 698.5, BLUE)
    draw(canvas, "4. Term", y=660)
    rule(canvas, *ends(canvas, "4. Term", "4. Term"), 658.5, BLUE)
    assert marked(read(canvas, buffer), MarkKind.INSERTED) == ["3,000,000", "4. Term"]


@pytest.mark.parametrize("top", [630, 619])
def test_words_under_a_link_are_not_inserted(top: float) -> None:
    buffer, canvas = blank()
    draw(canvas)
    rule(canvas, *ends(canvas, OLD), 703)
    draw(canvas, "See the house rules of the building.", y=620)
    x0, x1 = ends(canvas, "house rules", "See the house rules of the building.")
    rule(canvas, x0, x1, 618.5, BLUE)
    canvas.linkURL("https://www.example.com", (x0, top - 9, x1, top + 2))
    assert marked(read(canvas, buffer), MarkKind.INSERTED) == []


def test_heading_and_link_of_a_redline_are_not_inserted() -> None:
    buffer, canvas = blank()
    draw(canvas)
    rule(canvas, *ends(canvas, OLD), 703)
    draw(canvas, "Definitions", y=660)
    rule(canvas, *ends(canvas, "Definitions", "Definitions"), 658.5, BLACK)
    draw(canvas, "www.example.com", y=620)
    x0, x1 = ends(canvas, "www.example.com", "www.example.com")
    rule(canvas, x0, x1, 618.5, BLUE)
    canvas.linkURL("https://www.example.com", (x0, 617, x1, 630))
    assert marked(read(canvas, buffer), MarkKind.INSERTED) == []


def test_coloured_underline_inserts_nothing_without_struck_words() -> None:
    buffer, canvas = blank()
    draw(canvas)
    rule(canvas, *ends(canvas, OLD), 698.5, BLUE)
    assert read(canvas, buffer).marks == ()


@pytest.mark.parametrize(
    ("x0", "x1", "y"),
    [
        (60, 500, 703),  # a form's line that goes on after its value
        (72, 300, 710),  # a table's border over the row
        (72, 300, 699),  # an underline
        (140, 143, 703),  # a stroke inside a letter
    ],
)
def test_line_that_is_no_strike_marks_nothing(x0: float, x1: float, y: float) -> None:
    buffer, canvas = blank()
    draw(canvas)
    rule(canvas, x0, x1, y, BLACK)
    assert read(canvas, buffer).marks == ()


def test_white_line_strikes_nothing() -> None:
    buffer, canvas = blank()
    draw(canvas)
    rule(canvas, *ends(canvas, OLD), 703, (1, 1, 1))
    assert read(canvas, buffer).marks == ()


def test_line_that_is_clipped_away_strikes_nothing() -> None:
    buffer, canvas = blank()
    draw(canvas)
    canvas.saveState()
    path = canvas.beginPath()
    path.rect(400, 400, 50, 50)
    canvas.clipPath(path, stroke=0, fill=0)
    rule(canvas, *ends(canvas, OLD), 703)
    canvas.restoreState()
    assert read(canvas, buffer).marks == ()


def test_slashes_typed_over_words_strike_them_and_themselves() -> None:
    buffer, canvas = blank()
    draw(canvas)
    x0, _ = ends(canvas, OLD)
    canvas.drawString(x0, 700, "/" * 24)
    struck = "".join(marked(read(canvas, buffer), MarkKind.STRUCK))
    assert OLD in struck and "cash" not in struck


def test_address_with_slashes_is_not_struck() -> None:
    buffer, canvas = blank()
    draw(canvas, "See https://www.example.com/a//b and the XXth or xx clause.")
    assert read(canvas, buffer).marks == ()


def _with_annotation(subtype: str, **entries: list[float]) -> bytes:
    buffer, canvas = blank()
    draw(canvas)
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(buffer))
    numbers = {f"/{key}": ArrayObject(map(FloatObject, value)) for key, value in entries.items()}
    names = {"/Type": NameObject("/Annot"), "/Subtype": NameObject(f"/{subtype}"), "/F": NumberObject(4)}
    annotation = DictionaryObject({NameObject(key): value for key, value in (names | numbers).items()})
    if subtype == "Ink":
        annotation[NameObject("/InkList")] = ArrayObject([annotation["/InkList"]])
    writer.pages[0][NameObject("/Annots")] = ArrayObject([annotation])
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def _placed(subtype: str) -> bytes:
    """An annotation across `OLD`."""
    _, canvas = blank()
    x0, x1 = ends(canvas, OLD)
    box = [x0, 698.0, x1, 709.0]
    quad = [x0, 709.0, x1, 709.0, x0, 698.0, x1, 698.0]
    middle = (x0 + x1) / 2
    if subtype in ("Line", "Ink"):
        points = (
            [x0 - 1, 703.0, x1 + 1, 704.0] if subtype == "Line" else [x0, 703.0, middle, 704.5, x1, 702.0]
        )
        return _with_annotation(subtype, Rect=box, **{"L" if subtype == "Line" else "InkList": points})
    return _with_annotation(subtype, Rect=box, QuadPoints=quad)


@pytest.mark.parametrize("subtype", ["StrikeOut", "Line", "Ink"])
def test_annotation_across_words_strikes_them(subtype: str) -> None:
    reading = take_reading(_placed(subtype), Limits(ocr=False))
    assert marked(reading, MarkKind.STRUCK) == [OLD]


@pytest.mark.parametrize("subtype", ["Underline", "Squiggly", "Highlight", "Caret"])
def test_other_annotations_strike_and_insert_nothing(subtype: str) -> None:
    assert take_reading(_placed(subtype), Limits(ocr=False)).marks == ()


def test_page_with_more_lines_than_are_looked_at_says_so() -> None:
    buffer, canvas = blank()
    draw(canvas)
    path = canvas.beginPath()
    for number in range(11_000):
        path.moveTo(72, 100 + number % 500)
        path.lineTo(172, 101 + number % 500)
    canvas.drawPath(path, stroke=1, fill=0)
    assert "strikes_not_checked" in read(canvas, buffer).flags


def test_strike_that_is_a_little_short_strikes_its_last_word() -> None:
    buffer, canvas = blank()
    text = "governed by the laws of the State of Vermont the State of Connecticut, without"
    draw(canvas, text)
    x0, x1 = ends(canvas, "the State of Vermont", text)
    rule(canvas, x0, x1 - 5, 703)  # in the letter n
    assert marked(read(canvas, buffer), MarkKind.STRUCK) == ["the State of Vermont"]


def test_strike_through_the_first_letters_of_a_word_leaves_the_others() -> None:
    buffer, canvas = blank()
    text = "the laws of Texasthe State of Ohio"  # the new words follow without a blank
    draw(canvas, text)
    rule(canvas, *ends(canvas, "Texas", text), 703)
    assert marked(read(canvas, buffer), MarkKind.STRUCK) == ["Texas"]


@pytest.mark.parametrize("color", [RED, BLACK])
def test_strike_drawn_as_many_short_lines_strikes_wide_letters_too(color: tuple[float, float, float]) -> None:
    buffer, canvas = blank()
    text = "the laws of the State of Massachusetts the State of Maine apply"
    draw(canvas, text)
    x0, x1 = ends(canvas, "the State of Massachusetts", text)
    for n in range(int((x1 - x0) / 5)):
        rule(canvas, x0 + 5 * n, x0 + 5 * (n + 1), 703, color)
    rule(canvas, x1 - 5, x1, 703, color)
    assert marked(read(canvas, buffer), MarkKind.STRUCK) == ["the State of Massachusetts"]


@pytest.mark.parametrize("dash", ["-", "\u2013"])
@pytest.mark.parametrize("is_single", [True, False])
def test_dashes_typed_over_words_strike_them(dash: str, *, is_single: bool) -> None:
    buffer, canvas = blank()
    draw(canvas)
    x0, x1 = ends(canvas, OLD)
    width = canvas.stringWidth(dash, FONT, SIZE)
    n_dashes = round((x1 - x0) / width)
    if is_single:
        for number in range(n_dashes):
            draw(canvas, dash, x0 + number * width)
    else:
        draw(canvas, dash * n_dashes, x0)
    reading = read(canvas, buffer)
    assert OLD in marked(reading, MarkKind.STRUCK)
    struck = [mark for mark in reading.marks if mark.kind is MarkKind.STRUCK]
    live = "".join(c for n, c in enumerate(reading.text) if not any(m.start <= n < m.end for m in struck))
    assert " ".join(live.split()) == "The price is 3,000,000 in cash."


@pytest.mark.parametrize(
    ("dashes", "words"), [("--", OLD), ("-----", "  "), ("-" * 40, "cash"), ("--- --- ---", "cash.")]
)
def test_dashes_beside_words_strike_nothing(dashes: str, words: str) -> None:
    buffer, canvas = blank()
    draw(canvas, SENTENCE.replace(" in ", "  in "))
    x0, x1 = ends(canvas, words, SENTENCE.replace(" in ", "  in "))
    draw(canvas, dashes, x1 if words == "cash." else x0)
    draw(canvas, "Total ----- 500 --- 700", y=660)
    assert marked(read(canvas, buffer), MarkKind.STRUCK) == []
