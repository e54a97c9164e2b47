"""What a word with letters that do not show is to its reader."""

from __future__ import annotations

from typing import Any, cast

from tasks.core.reading.seen.visible.whole_words import mark_whole_words
from tasks.core.reading.text_runs import NO_MARKS, PageText, Piece
from tasks.core.records import MarkKind

HIDDEN = frozenset({MarkKind.HIDDEN})


class _Letters:
    """Pieces of one letter, marked as a whole."""

    def letter_boxes(self, piece: Piece) -> list[tuple[float, float, float, float]]:
        return [piece.box]

    def marked(self, piece: Piece, marks: list[frozenset[MarkKind]]) -> list[Piece]:
        piece.marks |= marks[0]
        return [piece]


def letters(*shown: tuple[str, float, bool]) -> list[Piece | None]:
    """Each with its left side and whether it shows; size 20."""
    pieces: list[Piece | None] = []
    for number, (letter, x, shows) in enumerate(shown):
        box = (x, 0.0, x + 9, 15.0)
        marks = NO_MARKS if shows else HIDDEN
        pieces.append(Piece(letter, box, box, box, 0.0, 20.0, marks, number))
    return pieces


def hidden(pieces: list[Piece | None]) -> list[bool]:
    text = cast(PageText, cast(Any, _Letters()))
    return [bool(piece and piece.marks) for piece in mark_whole_words(pieces, text)]


def test_digits_beside_a_hidden_digit_are_hidden() -> None:
    assert hidden(letters(("1", 0, False), ("4", 10, True), ("2", 20, True))) == [True, True, True]


def test_outline_of_a_white_letter_shows_it() -> None:
    pieces = letters(("1", 0, False), ("1", 0.4, True), ("4", 10, False), ("4", 10.4, True))
    assert hidden(pieces) == [True, False, True, False]


def test_another_letter_over_a_hidden_one_shows_it_not() -> None:
    assert hidden(letters(("1", 0, False), ("7", 0.4, True), ("4", 10, True))) == [True, True, True]
