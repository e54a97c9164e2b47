"""A rise is beyond chance, and beyond how much days differ anyway; a handful of documents is never one."""

from __future__ import annotations

from itertools import pairwise
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.statistics.refusal_rate import MAX_CHANCE, Count, dispersion, rise

USUAL = [Count(100, 2), Count(80, 1), Count(120, 3), Count(100, 2)]
counts = st.integers(1, 60).flatmap(lambda n: st.integers(0, n).map(lambda hit: Count(n, hit)))


@pytest.mark.parametrize(
    ("tonight", "is_rise"),
    [
        (Count(1, 1), False),
        (Count(3, 1), False),
        (Count(10, 2), False),
        (Count(100, 6), False),
        (Count(10, 5), True),
        (Count(100, 14), True),
        (Count(0, 0), False),
        (Count(100, 0), False),
    ],
    ids=str,
)
def test_only_what_chance_does_not_bring_is_a_rise(tonight: Count, is_rise: bool) -> None:
    assert (rise(tonight, USUAL) is not None) == is_rise


def test_few_earlier_days_say_nothing() -> None:
    assert rise(Count(100, 90), USUAL[:2]) is None
    assert rise(Count(100, 90), [*USUAL[:2], Count(0, 0)]) is None


def test_days_that_differ_more_than_chance_let_expect_more_of_it() -> None:
    uneven = [Count(100, 0), Count(100, 20), Count(100, 0), Count(100, 1), Count(100, 19)]
    even = [Count(100, 8)] * 5
    assert (dispersion(even), dispersion(uneven) > 5) == (1.0, True)
    assert rise(Count(100, 25), even) is not None
    assert rise(Count(100, 25), uneven) is None


def test_chance_is_that_of_the_exact_test() -> None:
    found = rise(Count(10, 4), [Count(30, 0), Count(30, 0), Count(30, 0)])
    assert found is not None
    assert found.chance == pytest.approx(comb(10, 4) / comb(100, 4))


def test_hundred_thousand_documents_are_counted_too() -> None:
    days = [Count(100_000, 2_000)] * 5
    assert rise(Count(100_000, 2_010), days) is None
    assert rise(Count(100_000, 2_400), days) is not None


@given(counts, st.lists(counts, min_size=3, max_size=8))
def test_rise_is_higher_and_rarer_than_allowed_and_more_refusals_never_end_it(
    tonight: Count, days: list[Count]
) -> None:
    found = [rise(Count(tonight.n, hit), days) for hit in range(tonight.n + 1)]
    assert all(f is None or (f.chance < MAX_CHANCE and f.tonight.share > f.before.share) for f in found)
    assert all(not (fewer and not more) for fewer, more in pairwise(found))
