"""Boxes by stored lines."""

from __future__ import annotations

import pytest

from tasks.core.reading.pictures.line_places import line_places
from tasks.core.reading.pictures.records import PlaceKind
from tasks.core.records import Line, LineTag, Page, Reading, ReadStatus, Span

SIZES = {1: (200.0, 400.0), 2: (200.0, 400.0)}


def reading(*rows: tuple[str, int, tuple[float, float, float, float]]) -> Reading:
    """A reading of lines: text, page number and box."""
    lines: list[Line] = []
    text = ""
    for words, number, box in rows:
        lines.append(Line(len(text), len(text) + len(words) + 1, number, LineTag.BODY, box, 10))
        text += words + "\n"
    pages = (Page(1, 0, len(text), "ocr"),)
    return Reading(ReadStatus.OK, None, (), 1, text, pages, tuple(lines), (), "test")


def test_a_range_takes_its_share_of_the_line() -> None:
    place = line_places(reading(("aaaa bbbb", 1, (0, 300, 85, 310))), [Span(5, 9)], SIZES)[Span(5, 9)]
    assert place.kind is PlaceKind.LINES
    (box,) = place.boxes
    assert (box.left, box.right) == (pytest.approx(45 / 200), pytest.approx(85 / 200))
    assert (box.top, box.bottom) == (pytest.approx(0.225), pytest.approx(0.25))


def test_narrow_letters_take_less_than_wide_ones() -> None:
    made = reading(("iiii 中中", 1, (0, 300, 100, 310)))
    narrow, wide = (line_places(made, [span], SIZES)[span].boxes[0] for span in (Span(0, 4), Span(5, 7)))
    assert narrow.right - narrow.left < wide.right - wide.left


def test_blanks_at_the_ends_are_left_out() -> None:
    made = reading(("aaaa bbbb cccc", 1, (0, 300, 130, 310)))
    with_blanks, words = Span(4, 10), Span(5, 9)
    places = line_places(made, [with_blanks, words], SIZES)
    assert places[with_blanks] == places[words]


def test_a_range_over_lines_and_pages_has_a_box_a_line() -> None:
    made = reading(("aaaa", 1, (0, 20, 40, 30)), ("bbbb", 2, (0, 380, 40, 390)))
    boxes = line_places(made, [Span(2, 7)], SIZES)[Span(2, 7)].boxes
    assert [(box.page_number, box.left) for box in boxes] == [(1, 0.1), (2, 0.0)]


def test_a_newline_and_a_line_without_a_box_have_no_place() -> None:
    made = reading(("aaaa", 1, (0, 0, 0, 0)), ("bbbb", 1, (0, 380, 40, 390)))
    assert line_places(made, [Span(0, 4), Span(9, 10)], SIZES) == {}


def test_a_page_that_was_turned_when_it_was_read_has_no_places() -> None:
    made = reading(("aaaa", 1, (0, 20, 390, 30)))
    assert line_places(made, [Span(0, 4)], SIZES) == {}
    assert line_places(made, [Span(0, 4)], SIZES, {1: 1})


def test_a_page_of_unknown_size_has_no_places() -> None:
    assert line_places(reading(("aaaa", 7, (0, 20, 40, 30))), [Span(0, 4)], SIZES) == {}
