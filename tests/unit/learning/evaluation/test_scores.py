from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple

import numpy as np
import pytest

from tasks.core.records import Candidate, FieldName
from tasks.learning.evaluation.baselines import best_threshold, control_tally
from tasks.learning.evaluation.matching import MatchTally
from tasks.learning.evaluation.scores import (
    Interval,
    Scores,
    draws,
    f1_interval,
    gain_interval,
    interval,
    scores,
    total,
)


def candidate(quote: str, score: float | None) -> Candidate:
    return Candidate(FieldName("term"), quote, quote, score, None)


def bootstrap(
    tallies: Mapping[str, Sequence[MatchTally]],
    measure: Callable[[Mapping[str, Scores]], float],
    n_samples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Any measure over systems, spelt out: all systems are resampled by the same contracts."""
    n_contracts = len(next(iter(tallies.values())))
    samples = draws(n_contracts, n_samples, seed)
    sums = {name: samples @ np.array([astuple(row) for row in rows]) for name, rows in tallies.items()}
    values = [
        measure({name: scores(MatchTally(*rows[i].tolist())) for name, rows in sums.items()})
        for i in range(n_samples)
    ]
    return interval(
        measure({name: scores(total(rows)) for name, rows in tallies.items()}), np.asarray(values)
    )


def test_scores_follow_from_the_counts() -> None:
    s = scores(MatchTally(one_to_one=2, gold_found=3, right=3, n_gold=4, n_predicted=6))
    assert (s.precision, s.recall, s.f1) == (pytest.approx(1 / 3), 0.5, pytest.approx(0.4))
    assert (s.precision_off, s.recall_off, s.f1_off) == (0.5, 0.75, pytest.approx(0.6))


def test_nothing_predicted_scores_zero() -> None:
    assert scores(MatchTally(n_gold=3)).f1 == 0.0


def test_the_interval_of_equal_contracts_is_a_point() -> None:
    rows = [MatchTally(1, 1, 1, 2, 2)] * 5
    result = bootstrap({"a": rows}, lambda by: by["a"].f1, n_samples=50)
    assert result.low == result.value == result.high == 0.5


def test_the_interval_holds_the_value_and_is_repeatable() -> None:
    rows = [MatchTally(i % 2, i % 2, i % 2, 1, 1) for i in range(20)]
    result = [bootstrap({"a": rows}, lambda by: by["a"].f1, n_samples=200, seed=3) for _ in range(2)]
    assert result[0] == result[1] and result[0].low < result[0].value < result[0].high


def test_the_control_keeps_what_scores_the_threshold_and_what_has_no_score() -> None:
    draft = [candidate("five years", 0.4), candidate("ten days", 0.39), candidate("a month", None)]
    assert control_tally({"term": ["five years"]}, draft, 0.4) == MatchTally(1, 1, 1, 1, 2)


def test_the_best_threshold_leaves_out_the_wrong_draft() -> None:
    drafts = [[candidate("five years", 0.6), candidate("blue sky", 0.3)]]
    assert best_threshold([{"term": ["five years"]}], drafts, (0.1, 0.5, 0.9)) == (0.5, 1.0)


def test_tallies_add_up() -> None:
    assert total([MatchTally(1, 2, 3, 4, 5), MatchTally(1, 1, 1, 1, 1)]) == MatchTally(2, 3, 4, 5, 6)


def test_quick_intervals_are_those_of_the_measure_spelt_out() -> None:
    one = [MatchTally(i % 3, i % 3, i % 2, 2, 3) for i in range(12)]
    other = [MatchTally(0, i % 2, i % 2, 2, 2) for i in range(12)]
    spelt = bootstrap({"a": one, "b": other}, lambda by: by["a"].f1_off - by["b"].f1_off)
    quick = gain_interval(one, other)
    assert (quick.value, quick.low, quick.high) == pytest.approx((spelt.value, spelt.low, spelt.high))
    alone = bootstrap({"a": one}, lambda by: by["a"].f1_off)
    own = f1_interval(one)
    assert (own.value, own.low, own.high) == pytest.approx((alone.value, alone.low, alone.high))


def test_a_gain_is_of_pairs_so_that_equal_systems_have_none() -> None:
    rows = [MatchTally(i % 2, i % 2, i % 2, 1, 1) for i in range(20)]
    result = gain_interval(rows, rows)
    assert result.low == result.value == result.high == 0.0
