"""The letters of lines, each with its box."""

from __future__ import annotations

from tasks.core.reading.lines import PageLine
from tasks.core.reading.pictures.letters import letter_box, page_letters
from tasks.core.reading.text_runs import Piece, TextStyle

Box = tuple[float, float, float, float]


def style(quarter: int = 0, *, is_slanted: bool = False) -> TextStyle:
    return TextStyle(10, (100, 100), quarter, is_slanted, False, False, 1)


def piece(text: str, index: int, box: Box = (0, 0, 100, 10)) -> Piece:
    return Piece(text, box, box, box, 0, 10, index=index)


def line(text: str, *pieces: Piece) -> PageLine:
    return PageLine(0, text, 10, (0, 0, 100, 10), (), False, pieces=pieces)


def boxes(first: int, count: int) -> dict[int, Box]:
    return {i: (10.0 * i, 0, 10.0 * i + 10, 10) for i in range(first, first + count)}


def test_a_letter_is_as_high_as_its_line_and_as_wide_as_its_advance() -> None:
    assert letter_box((102, 100, 104, 101), (100, 90, 106, 115), style()) == (100, 98, 106, 107.5)


def test_turned_letters_rise_from_their_own_base_line() -> None:
    ink, room = (95, 102, 100, 104), (90, 100, 110, 106)
    assert letter_box(ink, room, style(1)) == (92.5, 100, 102, 106)
    ink = (100, 102, 105, 104)
    assert letter_box(ink, room, style(3)) == (98, 100, 107.5, 106)


def test_slanted_letters_and_letters_off_the_base_line_keep_their_ink() -> None:
    assert letter_box((102, 100, 104, 101), (100, 90, 106, 115), style(is_slanted=True)) == (
        102,
        100,
        104,
        101,
    )
    assert letter_box((102, 60, 104, 61), (100, 50, 106, 65), style()) == (100, 60, 106, 61)


def test_blanks_have_no_letter() -> None:
    seen = page_letters([line("ab c", piece(" ab c ", 4))], boxes(4, 6))
    assert seen.text == "abc"
    assert [box[0] for box in seen.boxes] == [50, 60, 80]


def test_letters_of_a_ligature_share_its_box() -> None:
    seen = page_letters([line("fire", piece("\ufb01re", 0))], boxes(0, 3))
    assert [box[0] for box in seen.boxes] == [0, 0, 10, 20]


def test_a_pair_of_surrogates_is_one_letter_around_both() -> None:
    seen = page_letters([line("\U00020547a", piece("\ud841\udd47a", 0))], boxes(0, 3))
    assert seen.text == "\U00020547a"
    assert [(box[0], box[2]) for box in seen.boxes] == [(0, 20), (20, 30)]


def test_dropped_letters_have_no_place() -> None:
    seen = page_letters([line("ab", piece("a\x01b", 0))], boxes(0, 3))
    assert [box[0] for box in seen.boxes] == [0, 20]


def test_what_pdfium_does_not_have_shares_out_its_box() -> None:
    moved = piece("wxyz", -1)
    moved.place = (200, 50, 240, 60)
    seen = page_letters([line("ab wxyz", piece("ab ", 0), moved)], boxes(0, 3))
    assert [box[0] for box in seen.boxes] == [0, 10, 200, 210, 220, 230]


def test_a_line_whose_letters_are_others_shares_out_its_box() -> None:
    seen = page_letters([line("DRAFT")], {})
    assert seen.text == "DRAFT"
    assert [box[0] for box in seen.boxes] == [0, 20, 40, 60, 80]
    assert seen.lines == (0,) * 5
