"""Pictures of pages, and boxes that hold exactly the letters of a range, by another library's letters."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path

import numpy as np
import pdfplumber
import pytest
import reportlab
from PIL import Image
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

from tasks.core.reading import FileKind, Limits, read_document, show_pages
from tasks.core.reading.pictures.records import BoxedPlace, PagesSeen, PictureRequest, PlaceKind
from tasks.core.records import Reading, Span
from tests.bench.box_places import folded, letters_in
from tests.reading.pages import NOTE, blank, contract

LINES = (
    "The Supplier shall deliver the goods within thirty days",
    "of the order, unless the parties agree otherwise in writing",
    "and the price shall be paid on delivery at the warehouse.",
)
QUOTE = "thirty days of the order, unless the parties agree otherwise in writing and the price"


def look(
    data: bytes, reading: Reading, *spans: Span, pages: tuple[int, ...] = (), limits: Limits | None = None
) -> PagesSeen:
    starts = tuple((page.start, page.end) for page in reading.pages)
    request = PictureRequest(pages, spans, reading.text, starts)
    return show_pages(data, request, limits or Limits())


def span_of(reading: Reading, quote: str) -> Span:
    """The range of a quote, whatever the white space."""
    at = [i for i, letter in enumerate(reading.text) if not letter.isspace()]
    solid = "".join(reading.text[i] for i in at)
    words = "".join(quote.split())
    assert solid.count(words) == 1
    start = solid.index(words)
    return Span(at[start], at[start + len(words) - 1] + 1)


def place_of(data: bytes, quote: str) -> BoxedPlace:
    reading = read_document(data)
    span = span_of(reading, quote)
    place = look(data, reading, span).places[span]
    assert place.kind is PlaceKind.GLYPHS
    return place


def words_in(data: bytes, place: BoxedPlace, *, along: str = "x0", sign: int = 1) -> str:
    """What pdfplumber finds in the boxes."""
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        parts = [letters_in(pdf.pages[box.page_number - 1], box) for box in place.boxes]
    return folded("".join(c["text"] for part in parts for c in sorted(part, key=lambda c: sign * c[along])))


def page_of(lines: tuple[str, ...] = LINES, *, leading: float = 12, font: str = "Times-Roman") -> bytes:
    buffer, canvas = blank()
    text = canvas.beginText(72, 700)
    text.setFont(font, 11, leading)
    for line in lines:
        text.textLine(line)
    canvas.drawText(text)
    canvas.save()
    return buffer.getvalue()


@pytest.mark.parametrize("leading", [11, 12, 22])
def test_a_quote_over_line_breaks_has_a_box_a_line_with_its_letters_only(leading: float) -> None:
    data = page_of(leading=leading)
    place = place_of(data, QUOTE)
    assert len(place.boxes) == 3
    assert words_in(data, place) == folded(QUOTE)


def test_a_box_covers_no_blank_around_its_words() -> None:
    data = page_of()
    reading = read_document(data)
    start = reading.text.index(" the order, ")
    with_blanks, words = Span(start, start + 12), Span(start + 1, start + 11)
    seen = look(data, reading, with_blanks, words)
    assert seen.places[with_blanks].boxes == seen.places[words].boxes


def test_a_range_of_white_space_has_no_place() -> None:
    data = page_of()
    reading = read_document(data)
    at = reading.text.index(" ")
    assert look(data, reading, Span(at, at + 1)).places == {}


def test_a_quote_over_a_column_break_goes_on_in_the_next_column() -> None:
    buffer, canvas = blank()
    columns = [[f"left column words of row {n} go on here" for n in "abcdefgh"]]
    columns.append([f"right column words of row {n} go on too" for n in "abcdefgh"])
    for row in range(8):
        for x, column in zip((60, 320), columns, strict=True):
            canvas.setFont("Helvetica", 11)
            canvas.drawString(x, 700 - 14 * row, column[row])
    canvas.save()
    data = buffer.getvalue()
    quote = "row h go on here right column words of row a"
    place = place_of(data, quote)
    assert len(place.boxes) == 2
    assert place.boxes[0].top > place.boxes[1].bottom
    assert words_in(data, place) == folded(quote)


def test_a_quote_over_a_page_break_has_boxes_on_both_pages() -> None:
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 100, LINES[0])
    canvas.showPage()
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 740, LINES[1])
    canvas.save()
    data = buffer.getvalue()
    place = place_of(data, "thirty days of the order")
    assert [box.page_number for box in place.boxes] == [1, 2]
    assert words_in(data, place) == "thirtydaysoftheorder"


def test_a_quote_in_a_footnote_is_boxed_in_small_letters() -> None:
    data = contract()
    place = place_of(data, NOTE)
    assert len(place.boxes) == 1
    assert words_in(data, place) == folded(NOTE)
    assert place.boxes[0].top > 0.8


@pytest.mark.parametrize(("rotation", "edge"), [(90, "left"), (180, "top"), (270, "right")])
def test_boxes_turn_with_the_page(rotation: int, edge: str) -> None:
    buffer, canvas = blank()
    canvas.setPageRotation(rotation)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 60, LINES[0])  # at the bottom of the sheet
    canvas.save()
    data = buffer.getvalue()
    place = place_of(data, "deliver the goods")
    along, sign = {90: ("top", 1), 180: ("x0", -1), 270: ("top", -1)}[rotation]
    assert words_in(data, place, along=along, sign=sign) == "deliverthegoods"
    box = place.boxes[0]
    near = {"left": box.right, "top": box.bottom, "right": 1 - box.left}[edge]
    assert near < 0.12


def test_text_that_is_upright_on_a_turned_sheet_has_level_boxes() -> None:
    buffer, canvas = blank()
    canvas.setPageRotation(90)
    canvas.translate(595, 0)
    canvas.rotate(90)
    text = canvas.beginText(72, 500)
    text.setFont("Helvetica", 11, 13)
    for line in LINES:
        text.textLine(line)
    canvas.drawText(text)
    canvas.save()
    data = buffer.getvalue()
    reading = read_document(data)
    span = span_of(reading, QUOTE)
    seen = look(data, reading, span)
    assert seen.sizes == {1: (595, 842)}  # reportlab writes the sheet 842 wide
    assert seen.turns == {1: 0}
    assert words_in(data, seen.places[span]) == folded(QUOTE)


def test_boxes_are_shares_of_the_crop_box() -> None:
    buffer, canvas = blank()
    canvas.setCropBox((50, 400, 450, 800))
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 700, LINES[0])
    canvas.save()
    data = buffer.getvalue()
    reading = read_document(data)
    span = span_of(reading, "The Supplier shall")
    seen = look(data, reading, span)
    assert seen.sizes == {1: (400, 400)}
    assert seen.places[span].boxes[0].left == pytest.approx(22 / 400, abs=0.005)
    assert words_in(data, seen.places[span]) == "TheSuppliershall"


def test_a_ligature_is_in_the_box_of_its_word() -> None:
    folder = Path(reportlab.__file__).parent / "fonts"
    pdfmetrics.registerFont(TTFont("Vera", str(folder / "Vera.ttf")))
    data = page_of(("the o\ufb03ce of the \ufb01rm pays a \ufb02at fee",), font="Vera")
    reading = read_document(data)
    if "\ufb01" in reading.text or "firm" not in reading.text:
        pytest.skip("the font has no ligatures")
    quote = "firm pays a flat"
    place = place_of(data, quote)
    assert words_in(data, place) == folded(quote)


def test_chinese_letters_are_boxed_one_by_one() -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    data = page_of(("甲方应当在三十日内向乙方支付货款。", "乙方应当交付货物。"), font="STSong-Light")
    quote = "三十日内向乙方支付货款。乙方应当"
    place = place_of(data, quote)
    assert len(place.boxes) == 2
    assert words_in(data, place) == folded(quote)


def test_cells_far_apart_in_a_row_have_boxes_of_their_own() -> None:
    buffer, canvas = blank()
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 700, "Price per unit")
    canvas.drawString(400, 700, "EUR 5,000")
    canvas.save()
    data = buffer.getvalue()
    place = place_of(data, "per unit EUR 5,000")
    assert len(place.boxes) == 2
    assert words_in(data, place) == "perunitEUR5,000"


def test_words_are_found_where_the_stored_text_is_another() -> None:
    data = page_of()
    reading = read_document(data)
    stored = "An old header\n" + reading.text.replace("goods", "g00ds").replace(" ", "  ")
    start = stored.index("the  price")
    span = Span(start, start + len("the  price  shall"))
    lost = Span(stored.index("g00ds"), stored.index("g00ds") + 5)
    request = PictureRequest((), (span, lost), stored, ((0, len(stored)),))
    seen = show_pages(data, request)
    assert words_in(data, seen.places[span]) == "thepriceshall"
    assert lost not in seen.places


def test_a_picture_shows_black_letters_where_the_boxes_are() -> None:
    data = page_of()
    reading = read_document(data)
    span = span_of(reading, "deliver the goods")
    seen = look(data, reading, span, pages=(1,))
    picture = seen.pictures[0]
    assert (picture.width_px, picture.height_px) == (909, 1286)
    image = Image.open(io.BytesIO(picture.data))
    assert image.mode == "L"
    box = seen.places[span].boxes[0]
    grey = np.asarray(image)
    rows = slice(round(box.top * 1286), round(box.bottom * 1286))
    assert (grey[rows, round(box.left * 909) : round(box.right * 909)] < 128).mean() > 0.05


def test_a_page_with_colour_keeps_it() -> None:
    buffer, canvas = blank()
    canvas.setFillColorRGB(1, 0, 0)
    canvas.rect(100, 100, 200, 200, fill=1, stroke=0)
    canvas.save()
    data = buffer.getvalue()
    picture = show_pages(data, PictureRequest((1,), (), "")).pictures[0]
    image = Image.open(io.BytesIO(picture.data)).convert("RGB")
    assert image.getpixel((300, 1000)) == (255, 0, 0)


def test_a_filled_field_is_drawn() -> None:
    buffer, canvas = blank()
    canvas.acroForm.textfield(value="Filled", x=100, y=700, width=200, height=30, borderWidth=0)
    canvas.showPage()
    canvas.save()
    data = buffer.getvalue()
    picture = show_pages(data, PictureRequest((1,), (), "")).pictures[0]
    grey = np.asarray(Image.open(io.BytesIO(picture.data)).convert("L"))
    assert (grey[170:220, 150:460] < 100).any()


def test_a_page_that_cannot_be_drawn_does_not_cost_the_others() -> None:
    buffer, canvas = blank()
    for number in range(3):
        for _ in range(400 if number == 1 else 1):
            canvas.line(10, 10, 200, 200)
        canvas.showPage()
    canvas.save()
    seen = show_pages(buffer.getvalue(), PictureRequest((1, 2, 3, 9), (), ""), Limits(max_operators=100))
    assert [picture.page_number for picture in seen.pictures] == [1, 3]
    assert seen.not_drawn == {2: "page_too_complex", 9: "no_such_page"}


def test_pages_are_drawn_in_order_until_the_time_is_over() -> None:
    data = contract(400)
    show_pages(data, PictureRequest((1,), (), ""))  # a warm worker
    pages = tuple(range(400, 0, -1))
    seen = show_pages(data, PictureRequest(pages, (), "", dpi=300), Limits(wall_s=5))
    drawn = tuple(picture.page_number for picture in seen.pictures)
    assert drawn == pages[: len(drawn)]
    assert seen.reason in (None, "timeout")
    if seen.reason is None:
        assert seen.not_drawn == dict.fromkeys(pages[len(drawn) :], "timeout")
        assert len(drawn) < 400


def test_pictures_stay_within_their_bytes() -> None:
    data = contract(6)
    pages = tuple(range(1, 7))
    whole = show_pages(data, PictureRequest(pages, (), ""))
    limit = max(len(picture.data) for picture in whole.pictures) + 10
    seen = show_pages(data, PictureRequest(pages, (), "", max_picture_bytes=limit))
    assert sum(len(picture.data) for picture in seen.pictures) <= limit
    assert 0 < len(seen.pictures) < 6
    assert set(seen.not_drawn.values()) == {"budget"}


@pytest.mark.parametrize(
    ("data", "kind", "reason"),
    [
        (b"", FileKind.PDF, "empty_file"),
        (b"no pdf", FileKind.PDF, "not_a_pdf"),
        (b"words", FileKind.TEXT, "no_pictures"),
        (b"no image", FileKind.IMAGE, "not_an_image"),
    ],
)
def test_a_file_that_cannot_be_seen_gives_the_reason(data: bytes, kind: FileKind, reason: str) -> None:
    assert show_pages(data, PictureRequest((1,), (), ""), kind=kind).reason == reason


def test_the_frames_of_an_image_file_are_drawn_upright() -> None:
    page = Image.new("L", (400, 200), 255)
    page.paste(0, (0, 0, 60, 60))
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    page.save(out, "JPEG", exif=exif, dpi=(50, 50), quality=90)
    seen = show_pages(out.getvalue(), PictureRequest((1, 2), (), ""), kind=FileKind.IMAGE)
    assert seen.not_drawn == {2: "no_such_page"}
    picture = seen.pictures[0]
    assert picture.height_px == 2 * picture.width_px
    grey = np.asarray(Image.open(io.BytesIO(picture.data)).convert("L"))
    assert grey[5, -5] < 60 < grey[5, 5]


def test_boxes_of_one_line_go_from_left_to_right() -> None:
    data = page_of()
    boxes = place_of(data, QUOTE).boxes
    assert all(above.bottom <= below.bottom for above, below in pairwise(boxes))
    assert all(0 <= box.left < box.right <= 1 and 0 <= box.top < box.bottom <= 1 for box in boxes)
