"""Intervals by drawing contracts again: the unit is the contract, since values of one contract err together.

Every measure of a report is drawn with the same contracts, so that differences are of pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

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
    told = np.sort(samples[~np.isnan(samples)])
    if not len(told):
        return Interval(value, float("nan"), float("nan"))
    edge = int(_EDGE * len(told))
    return Interval(value, float(told[edge]), float(told[-1 - edge]))
