"""Boxes of a scanned page are put into reading order."""

from __future__ import annotations

import numpy as np

from tasks.core.reading.ocr.ink import Ink
from tasks.core.reading.ocr.letter_rows import PixelBox
from tasks.core.reading.ocr.reading_order import in_reading_order, split_at_gutter


def column(left: int, right: int, n_rows: int, top: int = 100) -> list[PixelBox]:
    return [PixelBox(left, top + 40 * n, right, top + 40 * n + 30) for n in range(n_rows)]


def test_columns_of_prose_are_read_one_after_the_other() -> None:
    left, right = column(100, 780, 6), column(820, 1500, 6)
    title = PixelBox(400, 20, 1200, 60)
    mixed = [box for pair in zip(right, left, strict=True) for box in pair]
    assert in_reading_order([*mixed, title]) == [[title], *([box] for box in left), *([box] for box in right)]


def test_cells_of_a_table_stay_in_their_rows() -> None:
    labels = [PixelBox(100, 100 + 40 * n, 150 + 60 * n, 130 + 40 * n) for n in range(5)]
    sums = [PixelBox(1300, 100 + 40 * n, 1400 + 20 * n, 130 + 40 * n) for n in range(5)]
    assert in_reading_order([*sums, *labels]) == [list(row) for row in zip(labels, sums, strict=True)]


def test_box_across_a_narrow_gutter_is_cut() -> None:
    is_ink = np.zeros((600, 1600), dtype=bool)
    boxes = column(100, 1500, 6)
    for box in boxes:
        is_ink[box.top : box.bottom, 100:780] = True
        is_ink[box.top : box.bottom, 800:1500] = True
    parts = split_at_gutter(boxes, Ink([], [], is_ink))
    assert [(part.left, part.right) for part in parts] == [(100, 782), (798, 1500)] * 6


def test_word_gaps_at_other_places_are_no_gutter() -> None:
    is_ink = np.zeros((600, 1600), dtype=bool)
    boxes = column(100, 1500, 6)
    for number, box in enumerate(boxes):
        is_ink[box.top : box.bottom, 100:1500] = True
        is_ink[box.top : box.bottom, 500 + 90 * number : 516 + 90 * number] = False
    assert split_at_gutter(boxes, Ink([], [], is_ink)) == boxes


def test_page_without_boxes_has_no_rows() -> None:
    assert in_reading_order([]) == []
