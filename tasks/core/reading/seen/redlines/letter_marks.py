"""Gathers marks letter by letter, and cuts the pieces by them at the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tasks.core.reading.drawing import Box
from tasks.core.reading.text_runs import NO_MARKS, Marks, PageText, Piece
from tasks.core.records import MarkKind


class LetterMarks:
    """The new marks of a page's pieces."""

    def __init__(self, pieces: Sequence[Piece | None], text: PageText) -> None:
        self._pieces = pieces
        self._text = text
        self._boxes: dict[int, list[Box]] = {}
        self._marks: dict[int, list[Marks]] = {}

    def boxes(self, index: int) -> list[Box]:
        """The boxes of a piece's letters, on the turned page."""
        if index not in self._boxes:
            piece = self._pieces[index]
            self._boxes[index] = [] if piece is None else self._text.letter_boxes(piece)
        return self._boxes[index]

    def add(self, index: int, letters: Iterable[int], kind: MarkKind) -> None:
        """Mark some of a piece's letters."""
        piece = self._pieces[index]
        if piece is None:
            return
        row = self._marks.setdefault(index, [NO_MARKS] * len(piece.text))
        for letter in letters:
            row[letter] |= {kind}

    def has(self, index: int, letter: int, kind: MarkKind) -> bool:
        """Whether the letter has the mark."""
        return index in self._marks and kind in self._marks[index][letter]

    def marked(self) -> list[Piece | None]:
        """All pieces, cut where a mark begins or ends."""
        if not self._marks:
            return list(self._pieces)
        found: list[Piece | None] = []
        for index, piece in enumerate(self._pieces):
            if piece is None or index not in self._marks:
                found.append(piece)
            else:
                found += self._text.marked(piece, self._marks[index])
        return found
