"""The ink of a picture: connected blots of black, rules, slant. Wraps OpenCV, which comes with RapidOCR."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tasks.core.reading.ocr.letter_rows import Grey, PixelBox

_MIN_AREA = 3  # pixels at 200 dpi: less is a speck
_RULE_LENGTH = 20.0  # points, as of rules that a PDF draws
_RULE_THICKNESS = 2.5
_SLANT_SIDE = 800  # pixels of the picture whose slant is measured
_MAX_SLANT = 4.0  # degrees
_WHITE = 255
_NOISE = 5.0  # times the ground's median deviation


@dataclass(frozen=True, slots=True)
class Ink:
    """The blots of a picture, sorted by their upper edges."""

    blots: list[PixelBox]
    tops: list[int]
    is_ink: NDArray[np.bool_]

    def between(self, top: float, bottom: float) -> Sequence[PixelBox]:
        """The blots whose upper edge is in the range."""
        return self.blots[bisect_left(self.tops, top) : bisect_right(self.tops, bottom)]


def find_ink(picture: Grey, scale: float) -> Ink:
    """Blots of black, without specks.

    Args:
        scale: Pixels a point.
    """
    import cv2  # pyright: ignore[reportMissingImports]

    cv = cast(Any, cv2)
    black = (picture < _threshold(picture)).astype(np.uint8)
    _, _, stats, _ = cv.connectedComponentsWithStats(black, connectivity=8)
    rows = np.asarray(stats)[1:]  # the first is the ground
    rows = rows[rows[:, 4] >= _MIN_AREA * (scale * 72 / 200) ** 2]
    rows = rows[np.argsort(rows[:, 1], kind="stable")]
    blots = [PixelBox(x, y, x + w, y + h) for x, y, w, h, _ in rows.tolist()]
    return Ink(blots, [blot.top for blot in blots], np.asarray(black, dtype=bool))


def _threshold(picture: Grey) -> float:
    """Half-way from Otsu's threshold to the ground, so that hairlines of letters are ink, but not its noise."""
    import cv2  # pyright: ignore[reportMissingImports]

    cv = cast(Any, cv2)
    middle = float(cv.threshold(picture, 0, 1, cv.THRESH_BINARY + cv.THRESH_OTSU)[0])
    bright = picture[picture > middle]
    if not bright.size:
        return middle
    ground = float(np.median(bright))
    noise = float(np.median(np.abs(bright.astype(np.float32) - ground)))
    return max(middle, min((middle + ground) / 2, ground - _NOISE * noise))


def find_rules(ink: Ink, scale: float) -> list[PixelBox]:
    """Thin level lines that touch no letter."""
    return [
        blot
        for blot in ink.blots
        if blot.width >= _RULE_LENGTH * scale and blot.height <= _RULE_THICKNESS * scale
    ]


def levelled(picture: Grey) -> Grey:
    """The picture turned by the few tenths of a degree that its rows are off."""
    import cv2  # pyright: ignore[reportMissingImports]

    cv = cast(Any, cv2)
    angle = slant(picture)
    if abs(angle) < 0.1:
        return picture
    height, width = picture.shape
    turn = cv.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    return cast(Grey, cv.warpAffine(picture, turn, (width, height), flags=cv.INTER_CUBIC, borderValue=_WHITE))


def slant(picture: Grey) -> float:
    """Degrees by which the rows must be turned, counter-clockwise, to be level.

    At the right angle the rows' sums of ink differ most: text and gaps lie in rows of their own.
    """
    import cv2  # pyright: ignore[reportMissingImports]

    cv = cast(Any, cv2)
    small = picture
    factor = _SLANT_SIDE / max(picture.shape)
    if factor < 1:
        small = cast(Grey, cv.resize(picture, None, fx=factor, fy=factor, interpolation=cv.INTER_AREA))
    ink = np.float32(_WHITE) - small.astype(np.float32)
    ink[ink < 40] = 0
    height, width = ink.shape

    def sharpness(angle: float) -> float:
        turn = cv.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
        sums = np.asarray(cv.warpAffine(ink, turn, (width, height))).sum(axis=1)
        return float(np.square(np.diff(sums)).sum())

    level = sharpness(0.0)
    coarse = max(np.arange(-_MAX_SLANT, _MAX_SLANT + 0.1, 0.5).tolist(), key=sharpness)
    fine = max(np.arange(coarse - 0.4, coarse + 0.45, 0.1).tolist(), key=sharpness)
    return fine if sharpness(fine) > 1.02 * level else 0.0
