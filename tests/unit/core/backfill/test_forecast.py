"""Forecasts of cost: what was measured decides the total and how wide the interval around it is."""

import random

import pytest

from tasks.core.backfill.progress import MIN_RUNS, Measured, forecast


def _measured(runs: list[tuple[float, float]]) -> Measured:
    """Sums over runs of (pages, amount)."""
    return Measured(
        n_runs=len(runs),
        n_pages=sum(p for p, _ in runs),
        amount=sum(a for _, a in runs),
        pages_squared=sum(p * p for p, _ in runs),
        pages_by_amount=sum(p * a for p, a in runs),
        amount_squared=sum(a * a for _, a in runs),
    )


def _noisy(n: int, dice: random.Random) -> list[tuple[float, float]]:
    pages = [float(dice.randint(1, 40)) for _ in range(n)]
    return [(p, 3 * p + dice.uniform(-0.9, 0.9) * p) for p in pages]


def test_too_few_runs_give_no_forecast() -> None:
    runs = [(2.0, 6.0)] * (MIN_RUNS - 1)
    assert forecast(_measured(runs), 10, 20) is None
    assert forecast(_measured([*runs, (2.0, 6.0)]), 10, 20) is not None


def test_runs_without_pages_give_no_forecast() -> None:
    assert forecast(_measured([(0.0, 0.0)] * MIN_RUNS), 10, 20) is None


def test_equal_rates_leave_no_doubt() -> None:
    found = forecast(_measured([(float(p), 3.0 * p) for p in range(1, 31)]), 100, 500)
    assert found is not None
    assert (found.low, found.expected, found.high) == pytest.approx((1500, 1500, 1500), abs=1e-3)


def test_more_than_nine_of_ten_totals_lie_within_their_interval() -> None:
    """Noise that grows with the pages and 60 runs: a little less than the 95 % of the theory."""
    dice = random.Random(7)
    n_held = 0
    for _ in range(1000):
        due = _noisy(200, dice)
        found = forecast(_measured(_noisy(60, dice)), len(due), sum(p for p, _ in due))
        assert found is not None
        n_held += found.low <= sum(a for _, a in due) <= found.high
    assert n_held >= 920


def test_interval_never_falls_below_nothing() -> None:
    found = forecast(_measured([(1.0, 0.0)] * 25 + [(1.0, 100.0)]), 1, 1)
    assert found is not None
    assert found.low == 0
