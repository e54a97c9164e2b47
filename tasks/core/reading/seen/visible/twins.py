"""Text that is drawn and that pdfium leaves out, because another text object draws the same there.

A browser's shadow is such a pair: the one that is left out may be the visible one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tasks.core.reading.pdfium import PageObjects
from tasks.core.reading.seen.drawn_page import DrawnPage
from tasks.core.reading.text_objects import Box, mapped_box

_TWIN = 0.5  # of the area of a piece
_MAX_TWINS = 1_000  # of a page
_AT_ONCE = 500  # pieces


class TwinTexts:
    """The texts of a page that pdfium left out."""

    def __init__(self, drawn: DrawnPage) -> None:
        objects, turn = PageObjects(), drawn.text.upright.turn
        with_letters = drawn.text.objects()
        left_out = [it for it in drawn.drawing.texts.all if it[0] not in with_letters]
        boxes: list[Box] = []
        for item, matrix in left_out[:_MAX_TWINS]:
            bounds = objects.bounds(item)
            if bounds is not None:
                boxes.append(turn(mapped_box(bounds, matrix)))
        self._boxes = np.array(boxes, float).reshape(-1, 4)

    def over(self, boxes: Sequence[Box]) -> list[bool]:
        """Of each box, whether such a text lies on most of it."""
        return are_under(boxes, self._boxes) if len(self._boxes) else [False] * len(boxes)


def are_under(boxes: Sequence[Box], texts: NDArray[np.float64]) -> list[bool]:
    """Of each box, whether one of the texts lies on most of it.

    Args:
        texts: Their boxes, [n, 4].
    """
    wanted = np.array(boxes, float).reshape(-1, 4)
    found = np.zeros(len(wanted), bool)
    order = np.argsort(wanted[:, 1], kind="stable")
    for start in range(0, len(order), _AT_ONCE):  # pieces of a few lines meet few of the texts
        at = order[start : start + _AT_ONCE]
        part = wanted[at]
        near = (texts[:, 1] <= part[:, 3].max()) & (texts[:, 3] >= part[:, 1].min())
        found[at] = (_shares(texts[near], part) > _TWIN).any(axis=1)  # none are near: False
    return found.tolist()


def _shares(texts: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of each box each text covers, [boxes, texts]; a box without width counts as a line."""
    shares = np.ones((len(boxes), len(texts)))
    for axis in (0, 1):
        low, high = boxes[:, None, axis], boxes[:, None, axis + 2]
        first, last = texts[None, :, axis], texts[None, :, axis + 2]
        shared = np.clip(np.minimum(high, last) - np.maximum(low, first), 0, None)
        is_in = (first <= low) & (low <= last)
        shares *= np.where(high > low, shared / np.where(high > low, high - low, 1), is_in)
    return shares
