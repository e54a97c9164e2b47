"""The mark of a letter goes over its word, in scripts with and without spaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from tasks.core.reading.seen.visible.whole_words import mark_whole_words
from tasks.core.reading.text_runs import NO_MARKS, Marks, Piece
from tasks.core.records import MarkKind

LAYER_OFF = frozenset({MarkKind.LAYER_OFF})
STRUCK = frozenset({MarkKind.STRUCK})


class Letters:
    """Letters 10 points wide: what the function asks of a page's text."""

    def letter_boxes(self, piece: Piece) -> list[tuple[float, float, float, float]]:
        return [(10.0 * (piece.index + i), 0.0, 10.0 * (piece.index + i + 1), 10.0) for i in range(99)]

    def marked(self, piece: Piece, marks: Sequence[Marks]) -> list[Piece]:
        letters = zip(piece.text, marks, strict=True)
        return [replace(piece, text=letter, marks=piece.marks | kinds) for letter, kinds in letters]


def pieces_of(words: str, kinds: Marks) -> list[Piece | None]:
    """One text object; the letters between bars have the marks."""
    pieces: list[Piece | None] = []
    at = 0
    for number, part in enumerate(words.split("|")):
        end = at + len(part)
        first, last = (10.0 * at, 0.0, 10.0 * at + 10, 10.0), (10.0 * end - 10, 0.0, 10.0 * end, 10.0)
        box = (first[0], 0.0, last[2], 10.0)
        pieces.append(Piece(part, first, last, box, 0.0, 10.0, kinds if number % 2 else NO_MARKS, at))
        at = end
    return pieces


def live(words: str, kinds: Marks) -> str:
    marked = mark_whole_words(pieces_of(words, kinds), cast("Any", Letters()))
    return "".join(piece.text for piece in marked if piece is not None and not piece.marks & kinds)


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("rent of 1|4|,200.00 a month", "rent of  a month"),
        ("rent of 14|,|200 a month", "rent of  a month"),
        ("rent of (14|,200|) a month.", "rent of () a month."),
        ("at 1|0:|30 hours", "at  hours"),
        ("By:|Jane|", "By:"),
        ("a twenty|-five| percent", "a  percent"),
        ("每月租金为三|百|万元整", "每月租金为元整"),
        ("每月租|金|为三百万元整", "每月租为三百万元整"),
        ("ค่าเช่า|ราย|เดือน", "ค่าเช่าเดือน"),
    ],
)
def test_letter_in_a_layer_that_is_off_takes_its_word_away(words: str, left: str) -> None:
    assert live(words, LAYER_OFF) == left


def test_struck_letters_take_no_others_away() -> None:
    assert live("rent of 1|4|,200.00 a month", STRUCK) == "rent of 1,200.00 a month"
