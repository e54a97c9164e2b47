"""Figures over many trials with intervals; contracts are resampled, since errors of one go together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tasks.learning.evaluation.scores import Interval, draws, interval
from tests.bench.loop_trials import Trial

Figure = Callable[[Sequence[Trial], str], Interval]


def share(parts: Sequence[float], wholes: Sequence[float]) -> Interval:
    """Sum of the parts over sum of the wholes."""
    part, whole = np.asarray(parts, dtype=float), np.asarray(wholes, dtype=float)
    drawn = draws(len(part))
    with np.errstate(invalid="ignore", divide="ignore"):
        return interval(float(part.sum() / whole.sum()), (drawn @ part) / (drawn @ whole))


def precision(results: Sequence[Trial], name: str) -> Interval:
    tallies = [t.tallies[name] for t in results]
    return share([t.right for t in tallies], [t.n_predicted for t in tallies])


def recall(results: Sequence[Trial], name: str) -> Interval:
    tallies = [t.tallies[name] for t in results]
    return share([t.gold_found for t in tallies], [t.n_gold for t in tallies])


def f1(results: Sequence[Trial], name: str) -> Interval:
    tallies = [t.tallies[name] for t in results]
    return share([2 * t.one_to_one for t in tallies], [t.n_gold + t.n_predicted for t in tallies])


FIGURES: dict[str, Figure] = {"precision": precision, "recall": recall, "F1": f1}
