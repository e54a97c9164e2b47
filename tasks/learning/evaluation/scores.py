"""Precision, recall and F1 from tallies, and intervals by resampling contracts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tasks.learning.evaluation.matching import MatchTally

N_SAMPLES = 2000
_EDGE = 0.025

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
    """The interval of a figure from what the samples gave; samples that gave none (nan) are left out."""
    known = np.sort(samples[~np.isnan(samples)])
    if not len(known):
        return Interval(value, float("nan"), float("nan"))
    edge = int(_EDGE * len(known))
    return Interval(value, float(known[edge]), float(known[-1 - edge]))


__all__ = ["Interval", "Scores", "bootstrap", "f1_interval", "gain_interval", "scores", "total"]


@dataclass(frozen=True, slots=True)
class Scores:
    """`*_off`: CUAD's counting, where one gold span may be matched by several predictions; the others pair one to one."""

    precision: float
    recall: float
    f1: float
    precision_off: float
    recall_off: float
    f1_off: float
    n_gold: int
    n_predicted: int


def scores(counted: MatchTally) -> Scores:
    precision, recall = (
        _share(counted.one_to_one, counted.n_predicted),
        _share(counted.one_to_one, counted.n_gold),
    )
    precision_off, recall_off = (
        _share(counted.right, counted.n_predicted),
        _share(counted.gold_found, counted.n_gold),
    )
    return Scores(
        precision,
        recall,
        _harmonic(precision, recall),
        precision_off,
        recall_off,
        _harmonic(precision_off, recall_off),
        counted.n_gold,
        counted.n_predicted,
    )


def total(tallies: Sequence[MatchTally]) -> MatchTally:
    return sum(tallies, MatchTally())


def bootstrap(
    tallies: Mapping[str, Sequence[MatchTally]],
    measure: Callable[[Mapping[str, Scores]], float],
    n_samples: int = N_SAMPLES,
    seed: int = 0,
) -> Interval:
    """Any measure over systems with its 95 % interval; all systems are resampled by the same contracts.

    Args:
        tallies: For each system one tally for each contract, contracts in the same order.
        measure: From every system's scores to one figure, e.g. the gain of one over another.
    """
    sums = {name: _summed(rows, n_samples, seed).tolist() for name, rows in tallies.items()}
    values = [
        measure({name: scores(MatchTally(*rows[i])) for name, rows in sums.items()}) for i in range(n_samples)
    ]
    whole = measure({name: scores(total(rows)) for name, rows in tallies.items()})
    return interval(whole, np.asarray(values))


def f1_interval(rows: Sequence[MatchTally]) -> Interval:
    """Official F1 of a system."""
    return interval(scores(total(rows)).f1_off, _f1_off(rows))


def gain_interval(rows: Sequence[MatchTally], base: Sequence[MatchTally]) -> Interval:
    """What a system's official F1 is above another's, in points of 1."""
    value = scores(total(rows)).f1_off - scores(total(base)).f1_off
    return interval(value, _f1_off(rows) - _f1_off(base))


def _summed(rows: Sequence[MatchTally], n_samples: int, seed: int) -> np.ndarray:
    """Shapes: [n_samples, 5], the fields of a tally in their order."""
    return draws(len(rows), n_samples, seed) @ np.array([astuple(row) for row in rows], dtype=np.int64)


def _f1_off(rows: Sequence[MatchTally]) -> Floats:
    _, found, right, n_gold, n_predicted = _summed(rows, N_SAMPLES, 0).T.astype(np.float64)
    precision, recall = right / np.maximum(n_predicted, 1), found / np.maximum(n_gold, 1)
    return 2 * precision * recall / np.maximum(precision + recall, 1e-12)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _harmonic(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0
