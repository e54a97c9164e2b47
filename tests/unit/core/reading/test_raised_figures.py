"""Superscripts that a font has as figures of their own."""

from __future__ import annotations

import pytest

from tasks.core.reading.lines import page_lines
from tasks.core.reading.seen.page_pieces import PagePieces
from tasks.core.reading.text_runs import Piece, upright


def piece(text: str, x: float, bottom: float, top: float) -> Piece:
    box = (x, 400 + bottom, x + 5 * len(text), 400 + top)
    return Piece(text, (x, box[1], x + 5, box[3]), (box[2] - 5, *box[1:]), box, 400.0, 11.0)


def raised(text: str, bottom: float, top: float) -> list[str]:
    """The superscripts of a line with the text between words."""
    x = 72 + 5 * len("the price")
    parts = [
        piece("the price", 72, -2, 7),
        piece(text, x, bottom, top),
        piece(" is", x + 5 * len(text), 0, 7),
    ]
    page = PagePieces(list(parts), [], 612, 792, 0.0, 0, upright(0, (0, 0, 612, 792)))
    line = page_lines(page, 0)[0]
    return [line.text[start:end] for start, end in line.raised]


def test_small_figures_above_the_base_line_are_raised() -> None:
    assert raised("12", 4.0, 7.8) == ["12"]


@pytest.mark.parametrize(
    ("text", "bottom", "top"), [("12", 0, 7), ("*", 4, 7.5), ("12", 0, 4), ("12", 3, 10)]
)
def test_figures_of_full_height_and_signs_are_not_raised(text: str, bottom: float, top: float) -> None:
    assert raised(text, bottom, top) == []
