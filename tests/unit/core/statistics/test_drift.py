"""A change is beyond chance with the run as unit, and never from a few runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import reduce
from statistics import pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.statistics.drift import DriftMeasure, WeekDifference, WeekTally, differences

WEEKS = date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)


def tally(
    week: date, runs: Sequence[tuple[float, float]], schema_name: str = "cv", generator: str = "g/1"
) -> WeekTally:
    """Of runs as (x, n)."""
    x, n = (sum(run[i] for run in runs) for i in (0, 1))
    squares = [sum(run[i] * run[j] for run in runs) for i, j in ((0, 0), (0, 1), (1, 1))]
    return WeekTally(
        week, schema_name, generator, "c/1", DriftMeasure.UNSETTLED_CELLS, len(runs), x, n, *squares
    )


def only(*tallies: WeekTally) -> WeekDifference:
    (found,) = differences(tallies)
    return found


def test_share_that_doubles_in_every_run_is_a_change() -> None:
    found = only(tally(WEEKS[0], [(10, 100), (12, 100)] * 20), tally(WEEKS[1], [(20, 100), (24, 100)] * 20))
    assert found.is_change
    assert found.interval is not None
    assert found.interval[0] < 0.11 < found.interval[1]


def test_same_share_is_no_change() -> None:
    assert not only(
        tally(WEEKS[0], [(10, 100), (14, 100)] * 20), tally(WEEKS[1], [(11, 100), (13, 100)] * 20)
    ).is_change


def test_one_bad_document_is_no_change_though_its_cells_are_many() -> None:
    before = tally(WEEKS[0], [(2, 100)] * 40)
    week = tally(WEEKS[1], [(2, 100)] * 39 + [(100, 100)])
    assert not only(before, week).is_change


def test_few_runs_are_never_a_change() -> None:
    found = only(tally(WEEKS[0], [(0, 100), (1, 100)] * 20), tally(WEEKS[1], [(99, 100)] * 9))
    assert found.interval is None
    assert not found.is_change


def test_first_week_has_nothing_to_compare_with() -> None:
    found = only(tally(WEEKS[0], [(1, 10)] * 20))
    assert (found.before, found.is_new_model, found.is_change) == (None, False, False)
    assert differences(()) == ()


def test_earlier_weeks_count_together_and_other_schemas_do_not() -> None:
    found = only(
        tally(WEEKS[0], [(1, 10)] * 5),
        tally(WEEKS[0], [(9, 10)] * 50, schema_name="cuad"),
        tally(WEEKS[1], [(2, 10)] * 5),
        tally(WEEKS[2], [(1, 10)] * 5),
    )
    assert found.before is not None
    assert (found.before.n_runs, found.before.value) == (10, 0.15)


def test_new_model_is_named() -> None:
    runs = [(1.0, 10.0)] * 5
    assert only(tally(WEEKS[0], runs), tally(WEEKS[1], runs, generator="g/2")).is_new_model
    assert not only(tally(WEEKS[0], runs), tally(WEEKS[1], runs)).is_new_model


RUNS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=2, max_size=30)


@given(RUNS, RUNS)
def test_sums_may_be_added_up_in_any_parts(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    whole = tally(WEEKS[0], [*one, *other])
    assert reduce(lambda a, b: a + b, (tally(WEEKS[0], part) for part in (one, other))) == whole
    assert whole.variance >= 0


@given(st.lists(st.integers(0, 9), min_size=2, max_size=30))
def test_variance_of_equally_long_runs_is_that_of_their_mean(counts: list[int]) -> None:
    shares = [count / 10 for count in counts]
    found = tally(WEEKS[0], [(count, 10) for count in counts])
    assert found.variance == pytest.approx(pvariance(shares) / (len(shares) - 1), abs=1e-12)
