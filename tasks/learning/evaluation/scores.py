"""Precision, recall and F1 from tallies, with intervals from resampled contracts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tasks.learning.evaluation.matching import MatchTally, precision_recall_f1

N_SAMPLES = 2000
_EDGE = 0.025
"""Share of the samples on either side of a 95 % interval."""

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@lru_cache(maxsize=8)
def draws(n_contracts: int, n_samples: int = N_SAMPLES, seed: int = 0) -> Counts:
    """How often each contract is in each sample.

    Shapes:
        [n_samples, n_contracts]; each row sums to n_contracts.
    """
    even = np.full(n_contracts, 1 / n_contracts)
    return np.random.default_rng(seed).multinomial(n_contracts, even, size=n_samples)


def interval(value: float, samples: Floats) -> Interval:
    """The interval of a figure from its samples; samples without a figure (nan) do not count."""
    known = np.sort(samples[~np.isnan(samples)])
    if not len(known):
        return Interval(value, float("nan"), float("nan"))
    edge = int(_EDGE * len(known))
    return Interval(value, float(known[edge]), float(known[-1 - edge]))


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of one tally.

    Attributes:
        precision, recall, f1: Predictions and gold spans pair one to one.
        precision_off, recall_off, f1_off: CUAD's official counting: several predictions may match
            the same gold span.
    """

    precision: float
    recall: float
    f1: float
    precision_off: float
    recall_off: float
    f1_off: float
    n_gold: int
    n_predicted: int


def scores(tally: MatchTally) -> Scores:
    pairs, n_gold, n_predicted = tally.one_to_one, tally.n_gold, tally.n_predicted
    return Scores(
        *precision_recall_f1(pairs, n_predicted, pairs, n_gold),
        *precision_recall_f1(tally.right, n_predicted, tally.gold_found, n_gold),
        n_gold,
        n_predicted,
    )


def total(tallies: Sequence[MatchTally]) -> MatchTally:
    return sum(tallies, MatchTally())


def f1_interval(rows: Sequence[MatchTally]) -> Interval:
    """A system's official F1, from one tally for each contract."""
    return interval(scores(total(rows)).f1_off, _f1_off(rows))


def gain_interval(rows: Sequence[MatchTally], base: Sequence[MatchTally]) -> Interval:
    """A system's official F1 minus another's, in points of 1. Both are resampled alike."""
    value = scores(total(rows)).f1_off - scores(total(base)).f1_off
    return interval(value, _f1_off(rows) - _f1_off(base))


def _f1_off(rows: Sequence[MatchTally]) -> Floats:
    """The official F1 of each sample."""
    sums = draws(len(rows)) @ np.array([astuple(row) for row in rows], dtype=np.int64)
    _, found, right, n_gold, n_predicted = sums.T.astype(np.float64)
    precision, recall = right / np.maximum(n_predicted, 1), found / np.maximum(n_gold, 1)
    return 2 * precision * recall / np.maximum(precision + recall, 1e-12)
