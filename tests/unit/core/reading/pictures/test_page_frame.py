"""How a box on the upright page comes to stand on the page as it is shown."""

from __future__ import annotations

import math

import pytest

from tasks.core.reading.pictures.page_frame import PageFrame

CORNER = (0.0, 190.0, 20.0, 200.0)
"""The upper left corner of an upright page of 100 x 200 points."""


def sides(turns: int) -> tuple[float, float, float, float]:
    size = (200.0, 100.0) if turns % 2 else (100.0, 200.0)
    box = PageFrame(1, *size, turns).shown(CORNER)
    assert box is not None
    return box.left, box.top, box.right, box.bottom


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        (0, (0, 0, 0.2, 0.05)),
        (1, (0.95, 0, 1, 0.2)),  # upper right
        (2, (0.8, 0.95, 1, 1)),  # lower right
        (3, (0, 0.8, 0.05, 1)),  # lower left
    ],
)
def test_a_corner_turns_clockwise_with_the_page(
    turns: int, expected: tuple[float, float, float, float]
) -> None:
    assert sides(turns) == pytest.approx(expected)


def test_a_box_is_at_least_a_point_wide_and_high() -> None:
    box = PageFrame(3, 100, 200).shown((50, 100, 50, 100))
    assert box is not None
    assert box.page_number == 3
    assert (box.right - box.left) * 100 == pytest.approx(1)
    assert (box.bottom - box.top) * 200 == pytest.approx(1)


def test_a_box_beside_the_page_is_not_shown() -> None:
    frame = PageFrame(1, 100, 200)
    assert frame.shown((-30, 10, -10, 20)) is None
    assert frame.shown((10, 210, 20, 220)) is None


def test_a_box_over_the_edge_is_cut() -> None:
    box = PageFrame(1, 100, 200).shown((-10, 190, 50, 210))
    assert box is not None
    assert (box.left, box.top) == (0, 0)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_box_without_numbers_is_not_shown(value: float) -> None:
    assert PageFrame(1, 100, 200).shown((0, 0, value, 10)) is None


def test_a_turned_page_holds_boxes_of_the_upright_one() -> None:
    assert PageFrame(1, 200, 100, 1).holds(CORNER)
    assert not PageFrame(1, 200, 100).holds(CORNER)
