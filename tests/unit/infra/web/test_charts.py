"""Where a chart puts its lines, bars and words."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest

from infra.web.charts import (
    BOTTOM,
    HEIGHT,
    LEFT,
    MAX_ROWS,
    RIGHT,
    TOP,
    WIDTH,
    ChartData,
    ChartSeries,
    bar_picture,
    duration_text,
    line_picture,
    nice_ticks,
    number_text,
    value_text,
)

DAYS = tuple(date(2026, 11, 1) + timedelta(days=n) for n in range(10))


def series(*values: float | None, name: str = "done", style: int = 0) -> ChartSeries:
    return ChartSeries(name, values, style)


@pytest.mark.parametrize(
    ("highest", "unit", "ticks"),
    [
        (0, "count", [0, 1]),
        (float("nan"), "count", [0, 1]),
        (1, "count", [0, 1]),
        (3, "count", [0, 1, 2, 3]),
        (97, "count", [0, 50, 100]),
        (0.03, "share", [0, 0.01, 0.02, 0.03]),
        (0.8, "share", [0, 0.25, 0.5, 0.75, 1]),
        (1e-9, "number", [0, 5e-10, 1e-9]),
    ],
)
def test_ticks_are_round_and_reach_the_highest_number(highest: float, unit, ticks: list[float]):
    assert nice_ticks(highest, unit) == pytest.approx(ticks)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (12345, "12,345"), (1234.6, "1,235"), (1.256, "1.26"), (0.00012345, "0.000123"), (-3, "-3")],
)
def test_a_number_is_short_and_never_in_powers(value: float, text: str):
    assert number_text(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.44, "0.4 s"),
        (12, "12 s"),
        (59.9, "59 s"),
        (200.4, "3 min 20 s"),
        (18720, "5 h 12 min"),
        (90000, "1 d 1 h"),
    ],
)
def test_a_time_is_in_two_units_at_most(seconds: float, text: str):
    assert duration_text(seconds) == text


def test_a_share_is_per_cent():
    assert value_text(0.1234, "share") == "12.3 %"


def test_a_gap_breaks_the_line():
    (line,) = line_picture(ChartData("t", DAYS[:4], (series(1, None, 3, 4),))).lines
    assert [piece.count(",") for piece in line.pieces] == [1, 2]
    assert len(line.marks) == 3


def test_days_that_are_missing_leave_their_room():
    places = (DAYS[0], DAYS[1], DAYS[9])
    xs = [x for x, _, _ in line_picture(ChartData("t", places, (series(1, 1, 1),))).lines[0].marks]
    assert (xs[2] - xs[1]) == pytest.approx(8 * (xs[1] - xs[0]), rel=0.01)


def test_stacked_bars_stand_on_each_other_within_the_frame():
    both = (series(*range(10), name="a"), series(*[5] * 10, name="b"))
    bars = bar_picture(ChartData("t", DAYS, both)).bars
    assert len(bars) == 19, "a bar of nothing is not drawn"
    assert all(bar.x >= LEFT and bar.x + bar.width <= WIDTH - RIGHT + 0.1 for bar in bars)
    assert all(bar.y >= TOP and bar.y + bar.height <= HEIGHT - BOTTOM + 0.1 for bar in bars)
    lower, upper = bars[-2], bars[-1]
    assert upper.y + upper.height == pytest.approx(lower.y, abs=0.2)


def test_bars_side_by_side_do_not_cover_each_other():
    both = (series(*[3] * 10, name="a"), series(*[5] * 10, name="b"))
    first, second = bar_picture(ChartData("t", DAYS, both), is_stacked=False).bars[:2]
    assert second.x >= first.x + first.width - 0.1
    assert second.y + second.height == first.y + first.height


def test_places_that_are_words_become_rows_and_only_the_first_are_drawn():
    words = tuple(f"reason {n}" for n in range(40))
    picture = bar_picture(ChartData("t", words, (series(*range(40, 0, -1)),)))
    assert picture.rows and len(picture.bars) == MAX_ROWS == len(picture.y_ticks)


@pytest.mark.parametrize("n", [0, 1, 366])
def test_words_below_a_chart_do_not_touch(n: int):
    days = tuple(DAYS[0] + timedelta(days=i) for i in range(n))
    ticks = line_picture(ChartData("t", days, (series(*[1.0] * n),))).x_ticks
    assert bool(ticks) == bool(n)
    assert all(b.at - a.at > 40 for a, b in itertools.pairwise(ticks))
