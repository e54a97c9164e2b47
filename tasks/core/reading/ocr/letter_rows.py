"""A row of letters as an OCR engine reads it from a picture, and the boxes that hold it.

Positions are pixels of the picture, origin at its upper left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
"""A picture: rows of columns, 0 black and 255 white."""

FIRST_CJK = 0x2E80
"""CJK letters, and full-width punctuation, are from here on. No space belongs between them."""


@dataclass(frozen=True, slots=True)
class PixelBox:
    """Half-open: `right` and `bottom` are the first pixels outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Of left and right."""
        return (self.left + self.right) / 2

    def cut(self, picture: Grey) -> Grey:
        return picture[max(0, self.top) : max(0, self.bottom), max(0, self.left) : max(0, self.right)]


@dataclass(slots=True)
class LetterRow:
    """Letters of one row, in reading order, and where each is."""

    box: PixelBox
    text: str
    middles: list[float]
    """Of each letter of `text`, its middle from left to right; a space has its letter's before it."""
    score: float
    """The engine's, up to 1."""
    size_px: float = 0.0
    """The type size; 0: not measured."""
    raised: tuple[tuple[int, int], ...] = ()
    """Ranges of `text` that are superscripts."""

    def insert(self, at: int, letters: str, middle: float) -> None:
        self.text = self.text[:at] + letters + self.text[at:]
        self.middles[at:at] = [middle] * len(letters)


def is_cjk(letter: str) -> bool:
    return ord(letter) >= FIRST_CJK


def around(boxes: list[PixelBox]) -> PixelBox:
    """The box around several."""
    return PixelBox(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )
