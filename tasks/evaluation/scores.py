"""Precision, recall and F1 from tallies, and intervals by resampling contracts."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tasks.evaluation.matching import Tally


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


def scores(counted: Tally) -> Scores:
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


def total(tallies: Sequence[Tally]) -> Tally:
    return sum(tallies, Tally())


@dataclass(frozen=True, slots=True)
class Interval:
    value: float
    low: float
    high: float


def bootstrap(
    tallies: Mapping[str, Sequence[Tally]],
    measure: Callable[[Mapping[str, Scores]], float],
    n_samples: int = 2000,
    seed: int = 0,
) -> Interval:
    """A measure over systems with its 95 % interval; all systems are resampled by the same contracts.

    Args:
        tallies: For each system one tally for each contract, contracts in the same order.
        measure: From every system's scores to one figure, e.g. the gain of one over another.
    """
    n_contracts = len(next(iter(tallies.values())))
    draw = random.Random(seed)
    values: list[float] = []
    for _ in range(n_samples):
        sample = [draw.randrange(n_contracts) for _ in range(n_contracts)]
        values.append(
            measure({name: scores(total([rows[i] for i in sample])) for name, rows in tallies.items()})
        )
    values.sort()
    whole = measure({name: scores(total(rows)) for name, rows in tallies.items()})
    edge = int(0.025 * n_samples)
    return Interval(whole, values[edge], values[-1 - edge])


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _harmonic(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0
