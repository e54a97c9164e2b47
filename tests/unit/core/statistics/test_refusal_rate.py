"""A rise is beyond chance and the usual difference of days, and never from a few documents."""

from __future__ import annotations

from itertools import pairwise
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.statistics.refusal_rate import MAX_CHANCE, RefusalCount, dispersion, find_rise

USUAL = [RefusalCount(100, 2), RefusalCount(80, 1), RefusalCount(120, 3), RefusalCount(100, 2)]
counts = st.integers(1, 60).flatmap(lambda n: st.integers(0, n).map(lambda hit: RefusalCount(n, hit)))


@pytest.mark.parametrize(
    ("tonight", "is_rise"),
    [
        (RefusalCount(1, 1), False),
        (RefusalCount(3, 1), False),
        (RefusalCount(10, 2), False),
        (RefusalCount(100, 6), False),
        (RefusalCount(10, 5), True),
        (RefusalCount(100, 14), True),
        (RefusalCount(0, 0), False),
        (RefusalCount(100, 0), False),
    ],
    ids=str,
)
def test_only_what_chance_does_not_bring_is_a_rise(tonight: RefusalCount, is_rise: bool) -> None:
    assert (find_rise(tonight, USUAL) is not None) == is_rise


def test_few_earlier_days_give_no_rise() -> None:
    assert find_rise(RefusalCount(100, 90), USUAL[:2]) is None
    assert find_rise(RefusalCount(100, 90), [*USUAL[:2], RefusalCount(0, 0)]) is None


def test_days_that_differ_more_than_chance_let_expect_more_of_it() -> None:
    uneven = [
        RefusalCount(100, 0),
        RefusalCount(100, 20),
        RefusalCount(100, 0),
        RefusalCount(100, 1),
        RefusalCount(100, 19),
    ]
    even = [RefusalCount(100, 8)] * 5
    assert (dispersion(even), dispersion(uneven) > 5) == (1.0, True)
    assert find_rise(RefusalCount(100, 25), even) is not None
    assert find_rise(RefusalCount(100, 25), uneven) is None


def test_chance_is_that_of_the_exact_test() -> None:
    found = find_rise(RefusalCount(10, 4), [RefusalCount(30, 0), RefusalCount(30, 0), RefusalCount(30, 0)])
    assert found is not None
    assert found.chance == pytest.approx(comb(10, 4) / comb(100, 4))


def test_hundred_thousand_documents_are_counted_too() -> None:
    days = [RefusalCount(100_000, 2_000)] * 5
    assert find_rise(RefusalCount(100_000, 2_010), days) is None
    assert find_rise(RefusalCount(100_000, 2_400), days) is not None


@given(counts, st.lists(counts, min_size=3, max_size=8))
def test_rise_is_higher_and_rarer_than_allowed_and_more_refusals_never_end_it(
    tonight: RefusalCount, days: list[RefusalCount]
) -> None:
    found = [find_rise(RefusalCount(tonight.n, hit), days) for hit in range(tonight.n + 1)]
    assert all(f is None or (f.chance < MAX_CHANCE and f.tonight.share > f.before.share) for f in found)
    assert all(not (fewer and not more) for fewer, more in pairwise(found))
