"""What was filled into a page is read in the sentence in which it stands."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    TextStringObject,
)
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from tasks.core.reading import read_document
from tasks.core.reading.limits import Limits
from tasks.core.reading.reader import take_reading
from tasks.core.reading.seen import page_pieces
from tasks.core.reading.seen.drawn_page import DrawnPage
from tasks.core.reading.seen.filled.filled_in import place_filled
from tasks.core.reading.text_runs import NO_MARKS, Piece
from tasks.core.records import MarkKind
from tests.reading.forms import LAW, FormWriter, live, look, marked, page_with_blanks
from tests.reading.pages import BODY, blank, draw_letters

COVERED = frozenset({MarkKind.COVERED})
SENTENCE = "laws of the State of Delaware, and of no other."


def one_field(value: str | None, shown: str | None, sign: str = "", **more: object) -> FormWriter:
    data, (rect,) = page_with_blanks(LAW, sign=sign)
    form = FormWriter(data)
    form.field("Tx", rect, value, shown, **more)
    return form


@pytest.mark.parametrize("sign", ["", "_", ".", " "])
@pytest.mark.parametrize("shown", ["Delaware", None])
def test_a_field_s_value_stands_in_its_sentence(sign: str, shown: str | None) -> None:
    reading = read_document(one_field("Delaware", shown, sign).bytes())
    assert SENTENCE in live(reading)
    assert marked(reading, MarkKind.FILLED_IN) == ["Delaware"]


def test_only_the_blank_under_a_value_is_marked() -> None:
    data, (first, _) = page_with_blanks(LAW, ("Witness: ", 90.0), sign="_")
    form = FormWriter(data)
    form.field("Tx", first, "Delaware", "Delaware")
    reading = read_document(form.bytes())
    (mark,) = marked(reading, MarkKind.BLANK)
    assert set(mark) == {"_", " "}  # with the gap before the comma
    assert "Witness: ______" in live(reading)


def test_the_page_counts_where_the_value_differs() -> None:
    reading = read_document(one_field("Nevada", "Delaware").bytes())
    assert SENTENCE in live(reading)
    assert "form_values_differ" in reading.flags
    assert [extra.text for extra in reading.extras] == ["Nevada", "Delaware"]


def test_an_amount_that_a_script_writes_is_no_difference() -> None:
    reading = read_document(one_field("750000", "$750,000.00").bytes())
    assert "State of $750,000.00, and" in live(reading)
    assert "form_values_differ" not in reading.flags


def test_the_value_counts_where_viewers_make_appearances_anew() -> None:
    form = one_field("Delaware", "Nevada")
    form.make_anew()
    assert SENTENCE in live(read_document(form.bytes()))


@pytest.mark.parametrize("flag", [1 << 1, 1 << 5], ids=["hidden", "no view"])
def test_a_field_that_is_not_shown_is_not_read(flag: int) -> None:
    reading = read_document(one_field("Delaware", "Delaware", F=NumberObject(flag)).bytes())
    assert "Delaware" not in reading.text


def test_a_password_is_read_nowhere() -> None:
    reading = read_document(one_field("secret", "secret", Ff=NumberObject(1 << 13)).bytes())
    assert "secret" not in reading.text
    assert reading.extras == ()


def test_a_comb_is_one_word() -> None:
    comb = "BT /Helv 10 Tf 2 4 Td (D) Tj 12 0 Td (E) Tj 12 0 Td (1) Tj 12 0 Td (7) Tj ET"
    data, (rect,) = page_with_blanks(("The company number ", 60.0, " is recorded."))
    form = FormWriter(data)
    form.field("Tx", rect, "DE17", AP=form.looks(look(comb, rect)))
    assert "company number DE17 is recorded" in live(read_document(form.bytes()))


def test_a_choice_shows_its_words_and_not_its_export_value() -> None:
    data, (rect,) = page_with_blanks(LAW)
    pair = ArrayObject([TextStringObject("DE"), TextStringObject("Delaware")])
    form = FormWriter(data)
    form.field("Ch", rect, "DE", Ff=NumberObject(1 << 17), Opt=ArrayObject([pair]))
    assert SENTENCE in live(read_document(form.bytes()))


def test_of_a_list_box_only_the_choice_is_read() -> None:
    data, (rect,) = page_with_blanks(LAW)
    names = ArrayObject([TextStringObject("Nevada"), TextStringObject("Delaware")])
    form = FormWriter(data)
    form.field("Ch", rect, "Delaware", "Nevada\nDelaware", Opt=names)
    reading = read_document(form.bytes())
    assert SENTENCE in live(reading)
    assert "Nevada" not in reading.text


def test_values_of_one_line_keep_their_order() -> None:
    row = ("between ", 100.0, " and ", 100.0, " on ", 80.0, ".")
    data, boxes = page_with_blanks(row)
    form = FormWriter(data)
    for rect, words in reversed(
        list(zip(boxes, ("Harbor Lane LLC", "Ostrava Inc.", "June 3, 2021"), strict=True))
    ):
        form.field("Tx", rect, words, words)
    assert "between Harbor Lane LLC and Ostrava Inc. on June 3, 2021." in live(read_document(form.bytes()))


def test_a_value_of_two_lines_stands_in_both() -> None:
    data, (first, second) = page_with_blanks(("The Premises are ", 100.0), (100.0, " in Boston."))
    rect = (72, second[1], first[2], first[3])
    form = FormWriter(data)
    drawing = f"BT /Helv 10 Tf {first[0] - 72 + 2} 23 Td (12 Alder Court) Tj ET BT /Helv 10 Tf 2 3 Td (second floor) Tj ET"
    form.field("Tx", rect, "12 Alder Court second floor", AP=form.looks(look(drawing, rect)))
    assert "The Premises are 12 Alder Court second floor in Boston." in live(read_document(form.bytes()))


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_page_is_read_the_same(degrees: int) -> None:
    form = one_field("Delaware", "Delaware")
    form.turn(degrees)
    assert SENTENCE in live(read_document(form.bytes()))


def test_a_field_under_its_label_is_a_line_after_it() -> None:
    data, _ = page_with_blanks(("Landlord",), ("",), ("The Tenant pays.",))
    form = FormWriter(data)
    form.field("Tx", (72, 676, 250, 692), "Alder Court LLC", "Alder Court LLC")
    assert live(read_document(form.bytes())) == "Landlord Alder Court LLC The Tenant pays."


def test_a_number_in_a_field_is_no_footnote_marker() -> None:
    data, (rect,) = page_with_blanks(("The notice period is ", 20.0, " days."))
    form = FormWriter(data)
    form.field("Tx", (rect[0], rect[1] + 4, rect[2], rect[3] + 4), "9", "9")
    reading = read_document(form.bytes())
    assert "period is 9 days." in live(reading)
    assert reading.footnotes == ()


@pytest.mark.parametrize("sign", ["", "_", " "])
@pytest.mark.parametrize("shown", ["Delaware", None])
def test_free_text_over_a_blank_is_read_there(sign: str, shown: str | None) -> None:
    data, (rect,) = page_with_blanks(LAW, sign=sign)
    form = FormWriter(data)
    form.free_text((rect[0] + 4, rect[1] + 3, rect[2], rect[3] + 3), "Delaware", shown)
    reading = read_document(form.bytes())
    assert SENTENCE in live(reading)
    assert [extra.text for extra in reading.extras] == ["Delaware"]


@pytest.mark.parametrize("rect", [(450, 690, 560, 720), (72, 600, 250, 620), (100, 697, 200, 709)])
def test_a_comment_beside_or_over_the_text_stays_a_comment(rect: tuple[float, float, float, float]) -> None:
    data, _ = page_with_blanks((LAW[0] + "Ohio.",), (BODY[0],))
    form = FormWriter(data)
    form.free_text(rect, "Ask Ms. Rowe", "Ask Ms. Rowe")
    reading = read_document(form.bytes())
    assert "Rowe" not in reading.text
    assert [extra.text for extra in reading.extras] == ["Ask Ms. Rowe"]


@pytest.mark.parametrize("sign", ["", "_", ".", " "])
@pytest.mark.parametrize("as_form", [False, True])
def test_text_drawn_later_stands_in_its_blank(sign: str, as_form: bool) -> None:
    buffer, canvas = blank()
    data, (rect,) = page_with_blanks(LAW, (BODY[0],), sign=sign)
    if as_form:
        canvas.beginForm("value")
    canvas.setFont("Courier", 10)
    canvas.drawString(rect[0] + 5, rect[1] + 4, "Delaware")
    if as_form:
        canvas.endForm()
        canvas.doForm("value")
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.pages[0].merge_page(PdfReader(io.BytesIO(buffer.getvalue())).pages[0])
    out = io.BytesIO()
    writer.write(out)
    reading = read_document(out.getvalue())
    assert SENTENCE in live(reading)
    assert live(reading).endswith(BODY[0])


def test_ticked_boxes_are_signs_and_the_others_options() -> None:
    data, (first, second) = page_with_blanks((12.0, " The term renews."), (12.0, " The term ends."))
    form = FormWriter(data)
    form.button(first, state="/Off", value="/Off")
    form.button(second, state="/Yes", value="/Yes")
    reading = read_document(form.bytes())
    assert live(reading) == "☐ The term renews. ☒ The term ends."
    assert marked(reading, MarkKind.UNTICKED) == ["The term renews."]
    assert "unticked_options" in reading.flags


def test_a_box_whose_look_is_not_its_value_is_told() -> None:
    data, (rect,) = page_with_blanks((12.0, " The term renews."))
    form = FormWriter(data)
    form.button(rect, state="/Off", value="/Yes")
    reading = read_document(form.bytes())
    assert marked(reading, MarkKind.UNTICKED) == ["The term renews."]
    assert "form_values_differ" in reading.flags


def test_a_cross_typed_over_a_box_ticks_it() -> None:
    data, _ = page_with_blanks(("[ ] The term renews.",), ("[ ] The term ends.",))
    form = FormWriter(data)
    form.free_text((72, 698, 84, 712), "X", "X")
    form.free_text((72, 678, 84, 692), "X", "X")
    form.annotation("Text", (300, 300, 310, 310))
    assert marked(read_document(form.bytes()), MarkKind.UNTICKED) == []


def test_an_xfa_form_that_waits_for_its_pages_is_refused() -> None:
    data, _ = page_with_blanks(("Please wait...",), ("If this message is not eventually replaced, update.",))
    form = FormWriter(data)
    form.form[NameObject("/XFA")] = TextStringObject("")
    reading = read_document(form.bytes())
    assert reading.reason == "xfa_form"
    assert "xfa_form" in reading.flags


def test_an_xfa_form_with_fields_of_its_own_is_read() -> None:
    form = one_field("Delaware", "Delaware")
    form.form[NameObject("/XFA")] = TextStringObject("")
    reading = read_document(form.bytes())
    assert SENTENCE in live(reading)
    assert "xfa_form" in reading.flags


def test_words_typed_over_covered_ones_stand_in_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def cover(pieces: Sequence[Piece | None], drawn: DrawnPage) -> list[Piece | None]:
        covered: list[Piece | None] = []
        for piece in pieces:
            at = piece.text.find("USD 2,000,000") if piece is not None else -1
            kinds = (
                [NO_MARKS if i < at else COVERED for i in range(len(piece.text))]
                if piece and at > 0
                else None
            )
            covered += drawn.text.marked(piece, kinds) if piece and kinds else [piece]
        return covered

    monkeypatch.setattr(page_pieces, "_STAGES", (cover, place_filled))
    buffer, canvas = blank()
    canvas.drawString(72, 700, "liability shall not exceed the sum of USD 2,000,000")
    canvas.drawString(72, 680, "in any year of the term.")
    canvas.setFillGray(1)
    canvas.rect(275, 696, 100, 16, stroke=0, fill=1)
    canvas.setFillGray(0)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(278, 700.5, "USD 500,000")
    canvas.save()
    reading = take_reading(buffer.getvalue(), Limits(ocr=False))
    assert live(reading) == "liability shall not exceed the sum of USD 500,000 in any year of the term."
    assert "500,000 USD 2,000,000" in reading.text


def page_of_boxes(*, shape: str = "rect", tick: str = "cross", ticked: Sequence[int] = (1,)) -> bytes:
    """Three options, each with a box that the page draws before it; the words begin at x = 98."""
    buffer, canvas = blank()
    for number, words in enumerate(("paid in full.", "paid in twelve parts.", "paid on acceptance.")):
        x, y = 80.0, 700.0 - 20 * number
        canvas.setLineWidth(0.8)
        if shape == "rect":
            canvas.rect(x, y, 10, 10)
        elif shape == "circle":
            canvas.circle(x + 5, y + 5, 5)
        elif shape == "lines":
            canvas.lines([(x, y, x + 10, y), (x, y + 10, x + 10, y + 10)])
            canvas.lines([(x, y, x, y + 10), (x + 10, y, x + 10, y + 10)])
        if number in ticked:
            draw_tick(canvas, tick, x, y)
        canvas.setFont("Helvetica", 11)
        canvas.drawString(98, y + 1, words)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def draw_tick(canvas: Canvas, tick: str, x: float, y: float) -> None:
    if tick == "cross":
        canvas.lines([(x + 2, y + 2, x + 8, y + 8), (x + 2, y + 8, x + 8, y + 2)])
    elif tick == "dot":
        canvas.circle(x + 5, y + 5, 2.5, fill=1)
    elif tick == "solid":
        canvas.rect(x, y, 10, 10, fill=1)
    elif tick == "pen":  # as large as the box, over its edges
        pen = canvas.beginPath()
        pen.moveTo(x - 1, y + 5)
        pen.curveTo(x + 3, y - 2, x + 4, y + 1, x + 13, y + 12)
        canvas.drawPath(pen)
    else:
        canvas.setFont("Helvetica", 9)
        canvas.drawString(x + 2, y + 2, tick)


@pytest.mark.parametrize(
    ("shape", "tick"),
    [
        ("rect", "cross"),
        ("rect", "X"),
        ("rect", "pen"),
        ("circle", "dot"),
        ("lines", "cross"),
        ("lines", "x"),
    ],
)
def test_boxes_that_the_page_draws_are_options(shape: str, tick: str) -> None:
    reading = read_document(page_of_boxes(shape=shape, tick=tick))
    assert live(reading) == "☐ paid in full. ☒ paid in twelve parts. ☐ paid on acceptance."
    assert marked(reading, MarkKind.UNTICKED) == ["paid in full.", "paid on acceptance."]


@pytest.mark.parametrize(
    ("tick", "ticked"), [("cross", ()), ("cross", (0, 1, 2)), ("solid", (1,)), ("2", (1,)), ("JD", (0, 2))]
)
def test_squares_without_a_tick_among_empty_ones_are_decoration(tick: str, ticked: Sequence[int]) -> None:
    reading = read_document(page_of_boxes(tick=tick, ticked=ticked))
    assert "☐" not in reading.text
    assert "unticked_options" not in reading.flags


def test_the_cells_of_a_table_are_no_boxes() -> None:
    buffer, canvas = blank()
    for number in range(3):
        canvas.rect(80, 700 - 12 * number, 12, 12)
        canvas.drawString(98, 703 - 12 * number, "a row of a matrix")
    canvas.drawString(83, 691, "x")
    canvas.showPage()
    canvas.save()
    assert "unticked_options" not in read_document(buffer.getvalue()).flags


def in_font(data: bytes, old: str, new: str) -> bytes:
    """The file with another name for one of its fonts."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    for font in writer.pages[0]["/Resources"]["/Font"].values():
        if font.get_object()["/BaseFont"] == old:
            font.get_object()[NameObject("/BaseFont")] = NameObject(new)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("letters", "is_option"), [("oxo", True), ("q\u00feq", True), ("ooo", False), ("xxx", False)]
)
def test_letters_of_wingdings_are_boxes(letters: str, is_option: bool) -> None:
    buffer, canvas = blank()
    for number, letter in enumerate(letters):
        canvas.setFont("Courier", 11)
        canvas.drawString(80, 700 - 20 * number, letter)
        canvas.setFont("Helvetica", 11)
        canvas.drawString(98, 700 - 20 * number, f"option {number}.")
    canvas.showPage()
    canvas.save()
    reading = read_document(in_font(buffer.getvalue(), "/Courier", "/Wingdings-Regular"))
    expected = ["option 0.", "option 2."] if is_option else []
    assert marked(reading, MarkKind.UNTICKED) == expected


def typed_later(*columns: tuple[float, Sequence[str]]) -> bytes:
    """Lines from y = 700 down, 16 points apart, one column after the other; an empty line is left out."""
    buffer, canvas = blank()
    for x, rows in columns:
        for number, row in enumerate(rows):
            if row:
                canvas.drawString(x, 700 - 16 * number, row)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def test_words_typed_behind_a_line_s_end_stand_there() -> None:
    law = "This Lease is governed by the laws of the State of"
    x = 72 + stringWidth(law, "Helvetica", 12) + 5
    data = typed_later((72, (law, "and of no other, as the parties agree today.")), (x, ("Delaware",)))
    reading = read_document(data)
    assert "State of Delaware and of no other" in live(reading)
    assert marked(reading, MarkKind.FILLED_IN) == ["Delaware"]


def test_a_second_column_close_to_the_first_stays_one() -> None:
    left = ["The words of the column on the left go on"] * 9
    x = 72 + stringWidth(left[0], "Helvetica", 12) + 10
    right = [f"and on the right {number}" for number in range(6)]
    reading = read_document(typed_later((72, left), (x, right)))
    assert " ".join(right) in live(reading)
    assert not marked(reading, MarkKind.FILLED_IN)


def test_fields_side_by_side_stand_behind_the_labels_above_them() -> None:
    form = FormWriter(
        typed_later((72, ("Premises",)), (320, ("Deposit",)), (72, (*[""] * 3, "The Tenant pays.")))
    )
    form.field("Tx", (72, 676, 250, 694), "12 Alder Court", "12 Alder Court")
    form.field("Tx", (320, 676, 500, 694), "$8,400.00", "$8,400.00")
    assert "Premises 12 Alder Court Deposit $8,400.00" in live(read_document(form.bytes()))


def test_fields_under_the_head_of_a_table_are_its_rows() -> None:
    form = FormWriter(typed_later((72, ("Suite",)), (320, ("Rent",)), (72, (*[""] * 4, "The Tenant pays."))))
    for row, (suite, rent) in enumerate((("101", "$4,200.00"), ("102", "$5,100.00"))):
        y = 680 - 18 * row
        form.field("Tx", (72, y, 250, y + 16), suite, suite)
        form.field("Tx", (320, y, 500, y + 16), rent, rent)
    assert "Suite Rent 101 $4,200.00 102 $5,100.00" in live(read_document(form.bytes()))


def test_a_short_blank_leaves_no_gap_before_a_comma() -> None:
    data, (rect,) = page_with_blanks(("governed by the laws of the State of ", 150.0, ", and of no other."))
    form = FormWriter(data)
    form.field("Tx", (rect[0], rect[1], rect[0] + 60, rect[3]), "Delaware", "Delaware")
    assert "State of Delaware, and of no other." in live(read_document(form.bytes()))


@pytest.mark.parametrize("sign", ["_", "."])
@pytest.mark.parametrize("shown", ["Iowa", None])
def test_a_blank_of_single_letters_goes_as_a_whole(sign: str, shown: str | None) -> None:
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 11)
    before = "This Lease is governed by the laws of the State of "
    x = 72 + stringWidth(before, "Helvetica", 11)
    draw_letters(canvas, 72, 700, before + 24 * sign + " and of no other.", 11)
    canvas.save()
    form = FormWriter(buffer.getvalue())
    form.field("Tx", (x, 697, x + 24 * stringWidth(sign, "Helvetica", 11), 711), "Iowa", shown)
    form.make_anew()
    assert "the State of Iowa and of no other." in live(read_document(form.bytes()))


def typed_over_dots(*lines: tuple[str, str, str], by_letter: bool = False) -> str:
    """The live text of lines whose first dots have a value: before, dots and what follows, value."""
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 11)
    for i, (before, rest, _) in enumerate(lines):
        draw = draw_letters if by_letter else lambda canvas, x, y, words, _: canvas.drawString(x, y, words)
        draw(canvas, 72, 700 - 14 * i, before + rest, 11)
    for i, (before, _, value) in enumerate(lines):
        canvas.drawString(74 + stringWidth(before, "Helvetica", 11), 702 - 14 * i, value)
    canvas.save()
    return live(read_document(buffer.getvalue()))


LIMIT = "The liability of the Supplier is limited to "


@pytest.mark.parametrize("by_letter", [False, True])
@pytest.mark.parametrize(
    ("rest", "below"),
    [
        (31 * "." + " The cap holds.", "Each party pays its own costs."),
        (31 * ".", "8. Assignment. None."),
        (31 * ".", ""),
    ],
)
def test_the_last_dot_of_a_blank_that_ends_a_sentence_is_its_full_stop(
    rest: str, below: str, by_letter: bool
) -> None:
    first = ("It is dated ", 30 * "." + " (the Date) and binds them.", "May 1, 2024")
    words = typed_over_dots(first, (LIMIT, rest, "GBP 475,000"), (below, "", ""), by_letter=by_letter)
    assert "May 1, 2024 (the Date)" in words
    assert "is limited to GBP 475,000." in words and "475,000.." not in words


@pytest.mark.parametrize(
    ("before", "rest", "value", "below"),
    [
        (LIMIT, 30 * ".", "GBP 475,000", "in each year."),
        (LIMIT, 30 * "." + " in each year.", "GBP 475,000", ""),
        ("It is made between the Buyer and ", 30 * ".", "Alder Inc.", ""),
        ("It is made between the Buyer and ", 30 * "." + " Ltd and others.", "Alder", ""),
        ("Name: ", 30 * ".", "Jane Roe", "Signed here"),
    ],
)
def test_no_dot_of_another_blank_is_a_full_stop(before: str, rest: str, value: str, below: str) -> None:
    words = typed_over_dots((before, rest, value), (below, "", ""))
    assert f"{value}." not in words and ".." not in words


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("is limited to ", 29 * ".", ". in each year."), "is limited to GBP 4 in each year."),
        (("is limited to ", 27 * ".", "..., and no more."), "is limited to GBP 4, and no more."),
        (("is limited to ..", 28 * ".", " in each year."), "is limited to GBP 4 in each year."),
        (("is limited to ", 29 * ".", ". The cap holds."), "is limited to GBP 4. The cap holds."),
    ],
)
def test_dots_that_a_program_cut_in_two_are_one_blank(parts: Sequence[str], expected: str) -> None:
    """As Ghostscript 10 writes them."""
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 11)
    x = 72.0
    for part in parts:
        canvas.drawString(x, 700, part)
        x += stringWidth(part, "Helvetica", 11)
    canvas.drawString(72, 686, "Each party pays its own costs.")
    canvas.drawString(82 + stringWidth("is limited to ", "Helvetica", 11), 702, "GBP 4")
    canvas.save()
    assert expected in live(read_document(buffer.getvalue()))


def test_words_typed_over_words_that_were_drawn_late_stand_in_their_gap() -> None:
    """Chromium draws positioned words after all others, and so does whoever types over them."""
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 740, "The monthly rent amounts to")
    canvas.drawString(300, 740, "plus VAT, payable in advance.")
    canvas.drawString(72, 720, "The term of this lease is five years.")
    canvas.drawString(216, 740, "EUR 14,200.00")
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(214, 737, 82, 13, stroke=0, fill=1)
    canvas.setFillColorRGB(0, 0, 0)
    canvas.drawString(216, 740.5, "EUR 9,900.00")
    canvas.save()
    text = read_document(buffer.getvalue()).text
    assert "The monthly rent amounts to EUR 9,900.00 plus VAT, payable in advance." in text


def with_paragraph(*, is_group: bool) -> bytes:
    """Clauses, and one between them that is drawn last, as a form: a transparency group or a plain one."""
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 10)
    canvas.drawString(72, 700, "1. The rent is due on the first day of each month.")
    canvas.drawString(72, 660, "3. The term is five years.")
    canvas.beginForm("paragraph")
    canvas.setFont("Helvetica", 10)
    canvas.drawString(72, 680, "2. Payment is made within thirty days.")
    canvas.endForm()
    canvas.doForm("paragraph")
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(buffer.getvalue())))
    for form in writer.pages[0]["/Resources"]["/XObject"].values():
        group = {NameObject("/S"): NameObject("/Transparency"), NameObject("/I"): BooleanObject(value=True)}
        if is_group:
            form.get_object()[NameObject("/Group")] = DictionaryObject(group)
        else:
            form.get_object().pop("/Group", None)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("is_group", [True, False])
def test_a_transparent_paragraph_stands_in_its_place_and_is_not_filled_in(*, is_group: bool) -> None:
    reading = read_document(with_paragraph(is_group=is_group))
    assert "each month. 2. Payment is made within thirty days. 3. The term" in live(reading)
    assert bool(marked(reading, MarkKind.FILLED_IN)) is not is_group


def test_words_over_their_own_shadow_are_not_filled_in() -> None:
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 10)
    x = 73.0
    canvas.setFillGray(0.7)
    for letter in "Shadowed":  # as Chromium sets each letter
        canvas.drawString(x, 699, letter)
        x += stringWidth(letter, "Helvetica", 10)
    canvas.setFillGray(0)
    canvas.drawString(72, 680, "The rent is due on the first day of each month.")
    canvas.drawString(72, 700, "Shadowed")
    canvas.save()
    assert marked(read_document(buffer.getvalue()), MarkKind.FILLED_IN) == []


def test_what_a_signature_shows_breaks_no_clause_that_it_lies_on() -> None:
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 10)
    canvas.drawString(72, 700, "9. Governing Law. This Agreement is governed by the laws")
    canvas.drawString(72, 686, "of the State of New Mexico.")
    canvas.beginForm("look", 0, 0, 200, 30)
    canvas.setFont("Helvetica", 8)
    canvas.drawString(2, 12, "Digitally signed by R. Corrigan.")
    canvas.endForm()
    canvas.doForm("look")
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(buffer.getvalue())))
    page = writer.pages[0]
    (look,) = page["/Resources"]["/XObject"].values()
    content = page.get_contents()
    assert content is not None
    content.set_data(content.get_data().replace(look_call(page), b""))
    page[NameObject("/Contents")] = writer._add_object(content)
    widget = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Widget"),
            NameObject("/FT"): NameObject("/Sig"),
            NameObject("/T"): TextStringObject("Carrier"),
            NameObject("/F"): NumberObject(4),
            NameObject("/Rect"): ArrayObject(map(FloatObject, (300, 684, 500, 714))),
            NameObject("/AP"): DictionaryObject({NameObject("/N"): look}),
        }
    )
    reference = writer._add_object(widget)
    page[NameObject("/Annots")] = ArrayObject([reference])
    form = DictionaryObject({NameObject("/Fields"): ArrayObject([reference])})
    writer.root_object[NameObject("/AcroForm")] = form
    out = io.BytesIO()
    writer.write(out)
    text = " ".join(read_document(out.getvalue()).text.split())
    assert "governed by the laws of the State of New Mexico." in text
    assert text.endswith("Digitally signed by R. Corrigan.")


def look_call(page: PageObject) -> bytes:
    """The operator that draws the page's only form."""
    (name,) = page["/Resources"]["/XObject"]
    return name.encode() + b" Do"
