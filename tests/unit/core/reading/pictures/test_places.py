"""Ranges of a stored text among letters."""

from __future__ import annotations

from tasks.core.reading.pictures.letters import PageLetters
from tasks.core.reading.pictures.page_frame import PageFrame
from tasks.core.reading.pictures.pages_seen import SpanPart, parts_by_page
from tasks.core.reading.pictures.places import part_boxes
from tasks.core.reading.pictures.records import PictureRequest
from tasks.core.records import Span

FRAME = PageFrame(1, 1000, 1000)


def letters(*lines: str) -> PageLetters:
    """Each letter ten points wide, each line 20 points below the one before."""
    text, boxes, numbers = "", [], []
    for number, line in enumerate(lines):
        for at, letter in enumerate(line):
            if not letter.isspace():
                text += letter
                boxes.append((10.0 * at, 980.0 - 20 * number, 10.0 * at + 10, 990.0 - 20 * number))
                numbers.append(number)
    return PageLetters(text, tuple(boxes), tuple(numbers))


def found(stored: str, start: int, end: int, seen: PageLetters) -> list[tuple[float, float, float]]:
    """Left, right and top of the boxes, in points; none: the range is not found."""
    part = SpanPart(Span(start, end), start, end)
    for _, boxes in part_boxes(stored, [part], seen, FRAME):
        return [(round(1000 * b.left), round(1000 * b.right), round(1000 * b.top)) for b in boxes]
    return []


def test_white_space_makes_no_difference() -> None:
    seen = letters("one two", "three")
    assert found("one\ntwo three\n", 4, 13, seen) == [(40, 70, 10), (0, 50, 30)]


def test_letters_far_apart_on_a_line_are_two_boxes() -> None:
    assert found("ab cd\n", 0, 5, letters("ab        cd")) == [(0, 20, 10), (100, 120, 10)]


def test_words_before_and_after_a_change_keep_their_place() -> None:
    stored, seen = "one two one\n", letters("one three one")
    assert found(stored, 0, 3, seen) == [(0, 30, 10)]
    assert found(stored, 8, 11, seen) == [(100, 130, 10)]
    assert found(stored, 4, 7, seen) == []


def test_of_equal_words_the_nearest_is_taken() -> None:
    stored = "x pay a pay b pay y\n"
    assert found(stored, 8, 11, letters("- pay a pay b pay -")) == [(80, 110, 10)]


def test_quotes_and_ligatures_are_folded() -> None:
    assert found("x the “\ufb01rm” y\n", 6, 11, letters('- the "firm" -')) == [(60, 120, 10)]


def test_a_range_over_pages_has_a_part_on_each() -> None:
    request = PictureRequest((), (Span(1, 7), Span(4, 5)), "abc\n \ndef\n", ((0, 4), (4, 6), (6, 10)))
    assert parts_by_page(request) == {
        1: [SpanPart(Span(1, 7), 1, 4)],
        3: [SpanPart(Span(1, 7), 0, 1)],
    }
