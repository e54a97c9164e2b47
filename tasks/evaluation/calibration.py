"""Whether a probability means what it says: of the values said to be right with 0.8, are 80 % right?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

N_BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    low: float
    high: float
    """The last bin holds its upper edge."""
    n: int
    mean_said: float | None
    share_right: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    n: int
    expected_error: float
    """ECE: the bins' distance between said and true, weighted by their size."""
    brier: float
    """Mean squared distance of the probability from what is true."""
    bins: tuple[Bin, ...]


def calibration(said: Sequence[float], truth: Sequence[bool], n_bins: int = N_BINS) -> Calibration | None:
    """Of probabilities in 0..1, in bins of one width; None where there are none."""
    if not len(said):
        return None
    values, right = np.asarray(said, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    index = np.minimum((values * n_bins).astype(np.int64), n_bins - 1)
    sizes = np.bincount(index, minlength=n_bins)
    means = np.bincount(index, weights=values, minlength=n_bins) / np.maximum(sizes, 1)
    shares = np.bincount(index, weights=right, minlength=n_bins) / np.maximum(sizes, 1)
    bins = tuple(
        Bin(
            i / n_bins,
            (i + 1) / n_bins,
            int(n),
            float(means[i]) if n else None,
            float(shares[i]) if n else None,
        )
        for i, n in enumerate(sizes)
    )
    error = float((sizes * np.abs(means - shares)).sum() / len(values))
    return Calibration(len(values), error, float(((values - right) ** 2).mean()), bins)
