"""A bar moves only as far as a person's decisions show that the promise holds."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.statistics.promised_bar import (
    MIN_ABOVE,
    NO_VALUE,
    FittedBars,
    MovedBar,
    ScoredValue,
    moved_bar,
)

BARS = FittedBars([(0.6, 0.3), (0.8, 0.6), (0.9, 0.75), (0.95, 0.85), (0.97, 0.9), (0.98, 0.9)])


def values(n: int, low: float, high: float, is_right: bool | None) -> list[ScoredValue]:
    return [ScoredValue(low + (high - low) * i / n, is_right) for i in range(n)]


def moved(*parts: list[ScoredValue], promise: float = 0.95, bar: float = 0.85) -> MovedBar:
    return moved_bar([v for part in parts for v in part], BARS, promise, bar)


@pytest.mark.parametrize(
    ("bar", "share"), [(0.0, 0.0), (0.3, 0.6), (0.45, 0.7), (0.75, 0.9), (0.9, 0.98), (1.0, 0.98)]
)
def test_share_of_right_values_is_that_of_the_bar_and_lies_between_two_bars(bar: float, share: float) -> None:
    assert BARS.share(bar) == pytest.approx(share)


def test_undecided_values_move_nothing() -> None:
    done = moved(values(40, 0.3, 0.99, None))
    assert done.before == done.after
    assert done.before.share == pytest.approx(0.95)


def test_many_right_values_below_the_bar_lower_it() -> None:
    done = moved(values(150, 0.6, 0.85, True), values(100, 0.85, 0.99, True), values(30, 0.05, 0.3, False))
    assert 0.6 <= done.after.bar < 0.85
    assert done.after.n_verified > done.before.n_verified == 100
    assert done.after.share - done.after.deviation >= 0.95


def test_a_few_right_values_below_the_bar_are_no_proof() -> None:
    done = moved(values(12, 0.6, 0.85, True), values(12, 0.85, 0.99, True))
    assert done.after == done.before


def test_decided_values_below_the_bar_say_nothing_of_those_above() -> None:
    below = values(60, 0.6, 0.85, True)
    undecided, wrong = (moved(below, values(60, 0.85, 0.99, right)) for right in (None, False))
    assert undecided.before.share == pytest.approx(0.95)
    assert wrong.before.share < 0.5


def test_wrong_values_above_the_bar_raise_it_to_where_the_promise_holds() -> None:
    done = moved(values(10, 0.85, 0.9, False), values(60, 0.9, 0.99, True))
    assert done.after.bar == 0.9
    assert done.after.n_right == done.after.n_decided >= MIN_ABOVE
    assert done.after.share >= 0.95


def test_where_no_bar_keeps_the_promise_every_value_goes_to_a_person() -> None:
    mixed = [v for i in range(30) for v in values(1, 0.85 + i / 250, 0.99, i % 2 == 0)]
    done = moved(mixed)
    assert (done.after.bar, done.after.n_verified) == (NO_VALUE, 0)


scored = st.builds(ScoredValue, st.floats(0.01, 1.0), st.sampled_from([None, True, False]))


@given(st.lists(scored, min_size=1, max_size=60), st.sampled_from([0.6, 0.8, 0.95]), st.floats(0.1, 0.95))
def test_any_decisions_give_a_bar_that_keeps_the_promise_or_leave_it(
    rows: list[ScoredValue], promise: float, bar: float
) -> None:
    done = moved_bar(rows, BARS, promise, bar)
    for figures in (done.before, done.after):
        assert 0 < figures.bar <= 1 and 0 <= figures.share <= 1
        assert figures.n_right <= figures.n_decided <= figures.n_verified
        assert figures.n_verified == sum(r.score >= figures.bar for r in rows)
    if done.after.bar != done.before.bar and done.after.bar < 1:
        assert done.after.share >= promise - 1e-6
    if done.after.bar > done.before.bar:
        assert done.before.share < promise


@given(st.lists(st.floats(0.01, 1.0), min_size=20, max_size=60), st.sampled_from([0.6, 0.95]))
def test_values_that_are_all_right_never_raise_the_bar(scores: list[float], promise: float) -> None:
    rows = [ScoredValue(score, True) for score in scores]
    bar = next(b for p, b in ((0.6, 0.3), (0.95, 0.85)) if p == promise)
    assert moved_bar(rows, BARS, promise, bar).after.bar <= bar


def test_a_bar_that_was_moved_keeps_the_promise_on_values_that_nobody_decided() -> None:
    """Drawn as the fitted bars say: of 200 schemas, the share of all that the moved bars verify."""
    generator = random.Random(7)
    right = verified = 0
    for _ in range(200):
        decided, later = ([_drawn(generator) for _ in range(80)] for _ in range(2))
        bar = moved_bar(decided, BARS, 0.95, 0.85).after.bar
        kept = [v for v in later if v.score >= bar]
        right += sum(v.is_right is True for v in kept)
        verified += len(kept)
    assert right / verified >= 0.94


def _drawn(generator: random.Random) -> ScoredValue:
    score = generator.random()
    return ScoredValue(score, generator.random() < min(0.98, 0.35 + 0.7 * score))
