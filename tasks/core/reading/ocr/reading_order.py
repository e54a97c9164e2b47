"""Puts the boxes of a page into reading order, and joins those that stand side by side to rows.

Two columns are read one after the other if a clear gutter runs between rows of prose; what crosses
the gutter (a title, a table) parts the page into bands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

import numpy as np

from tasks.core.reading.ocr.ink import Ink
from tasks.core.reading.ocr.letter_rows import PixelBox

_MIN_COLUMN_ROWS = 4
_MIN_COLUMN_SHARE = 0.22  # of the text's width
_FULL_SHARE = 0.7  # of its column's width: a row of prose
_GUTTER_STEP = 4  # pixels
_SAME_ROW = 0.5  # of the lower box's height
_GAP = 0.4  # of a box's height: a white gap in it that may be a gutter
_GAP_SHARE = 0.6  # of the boxes across a gutter have such a gap there


def in_reading_order(boxes: Sequence[PixelBox]) -> list[list[PixelBox]]:
    """Rows of boxes, each from left to right."""
    if not boxes:
        return []
    gutter = _gutter(boxes)
    if gutter is None:
        return _rows(boxes)
    rows: list[list[PixelBox]] = []
    for crossing, band in _bands(boxes, gutter):
        if crossing or not _is_two_columns(band, gutter):
            rows += _rows(band)
            continue
        rows += _rows([box for box in band if box.middle < gutter])
        rows += _rows([box for box in band if box.middle >= gutter])
    return rows


def split_at_gutter(boxes: Sequence[PixelBox], ink: Ink) -> list[PixelBox]:
    """The boxes, with those cut that the detector drew across a narrow gutter between two columns."""
    width = ink.is_ink.shape[1]
    votes = np.zeros(width + 1)
    covers = np.zeros(width + 1)
    gaps = [_gaps(box, ink) for box in boxes]
    for box, row in zip(boxes, gaps, strict=True):
        covers[box.left : box.right] += 1
        for start, end in row:
            votes[start:end] += 1
    votes[covers * _GAP_SHARE > votes] = 0
    votes[votes < _MIN_COLUMN_ROWS] = 0
    votes[: int(_MIN_COLUMN_SHARE * width)] = 0
    votes[int((1 - _MIN_COLUMN_SHARE) * width) :] = 0
    if not votes.any():
        return list(boxes)
    gutter = int(np.median(np.flatnonzero(votes == votes.max())))
    split: list[PixelBox] = []
    for box, row in zip(boxes, gaps, strict=True):
        gap = next(((start, end) for start, end in row if start <= gutter < end), None)
        if gap is None:
            split.append(box)
        else:
            split.append(PixelBox(box.left, box.top, gap[0] + 2, box.bottom))
            split.append(PixelBox(gap[1] - 2, box.top, box.right, box.bottom))
    return split


def _gaps(box: PixelBox, ink: Ink) -> list[tuple[int, int]]:
    """The wide white gaps of a box, in columns of the picture."""
    inset = box.height // 6  # letters of the rows above and below
    is_inked = ink.is_ink[box.top + inset : box.bottom - inset, box.left : box.right].any(axis=0)
    inked = np.flatnonzero(is_inked)
    wide = np.flatnonzero(np.diff(inked) > _GAP * box.height)
    return [(box.left + int(inked[i]) + 1, box.left + int(inked[i + 1])) for i in wide]


def _rows(boxes: Sequence[PixelBox]) -> list[list[PixelBox]]:
    rows: list[list[PixelBox]] = []
    for box in sorted(boxes, key=lambda box: (box.top + box.bottom, box.left)):
        row = next((row for row in reversed(rows[-3:]) if _is_same_row(row, box)), None)
        if row is None:
            rows.append([box])
        else:
            row.append(box)
    return [sorted(row, key=lambda box: box.left) for row in rows]


def _is_same_row(row: Sequence[PixelBox], box: PixelBox) -> bool:
    last = row[-1]
    shared = min(last.bottom, box.bottom) - max(last.top, box.top)
    beside = all(
        min(n.right, box.right) - max(n.left, box.left) <= 0.5 * min(n.height, box.height) for n in row
    )
    return beside and shared > _SAME_ROW * min(last.height, box.height)


def _gutter(boxes: Sequence[PixelBox]) -> float | None:
    """Where the fewest boxes cross the page's middle part; None: no two columns of prose."""
    left, right = min(box.left for box in boxes), max(box.right for box in boxes)
    margin = int(_MIN_COLUMN_SHARE * (right - left))
    places = range(left + margin, right - margin, _GUTTER_STEP)
    best: list[float] = []
    n_best = len(boxes) + 1
    for place in places:
        n_crossing = sum(box.left < place < box.right for box in boxes)
        if n_crossing < n_best:
            best, n_best = [], n_crossing
        if n_crossing == n_best:
            best.append(float(place))
    if not best:
        return None
    gutter = best[len(best) // 2]
    is_any = any(not crossing and _is_two_columns(band, gutter) for crossing, band in _bands(boxes, gutter))
    return gutter if is_any else None


def _bands(boxes: Sequence[PixelBox], gutter: float) -> Iterator[tuple[bool, list[PixelBox]]]:
    """Runs of boxes from top to bottom that cross the gutter, or do not."""
    band: list[PixelBox] = []
    crossing = False
    for box in sorted(boxes, key=lambda box: (box.top + box.bottom, box.left)):
        crosses = box.left < gutter < box.right
        if band and crosses is not crossing:
            yield crossing, band
            band = []
        crossing = crosses
        band.append(box)
    if band:
        yield crossing, band


def _is_two_columns(band: Sequence[PixelBox], gutter: float) -> bool:
    """Whether both sides are prose: most rows are as wide as their column."""
    for side in (
        [box for box in band if box.middle < gutter],
        [box for box in band if box.middle >= gutter],
    ):
        if len(side) < _MIN_COLUMN_ROWS:
            return False
        width = max(box.right for box in side) - min(box.left for box in side)
        if median(box.width for box in side) < _FULL_SHARE * width:
            return False
    return True
