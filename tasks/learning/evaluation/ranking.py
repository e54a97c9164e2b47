"""How well scores rank right before wrong, and how well a probability is calibrated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.learning.evaluation.scores import Floats, Interval, draws, interval

Scored = tuple[float, bool]
"""A score or probability, and whether it is of something right."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The area under the ROC curve with its interval; None if all is right, or all wrong."""

    auroc: Interval | None
    n_right: int
    n_wrong: int


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """Probability that a right one scores above a wrong one; None if all is right, or all wrong."""
    values, truth = np.asarray(scores, dtype=np.float64), np.asarray(labels, dtype=np.bool_)
    n_pairs = int(truth.sum()) * int((~truth).sum())
    if not n_pairs:
        return None
    return float(_won(values, truth, np.zeros(len(values), dtype=np.int64), 1).sum() / n_pairs)


def ranking(contracts: Sequence[Sequence[Scored]]) -> Ranking:
    """The AUROC with its interval.

    Args:
        contracts: The scores of each contract.
    """
    n_right = sum(bool(right) for rows in contracts for _, right in rows)
    samples = auroc_samples(contracts)
    n_wrong = sum(map(len, contracts)) - n_right
    return Ranking(None if samples is None else interval(*samples), n_right, n_wrong)


def auroc_samples(contracts: Sequence[Sequence[Scored]]) -> tuple[float, Floats] | None:
    """The AUROC, and that of each sample of contracts (nan if all of it is right, or all wrong)."""
    n_contracts = len(contracts)
    values = np.array([score for rows in contracts for score, _ in rows], dtype=np.float64)
    truth = np.array([right for rows in contracts for _, right in rows], dtype=np.bool_)
    n_right, n_wrong = int(truth.sum()), int((~truth).sum())
    if not n_right or not n_wrong:
        return None
    groups = np.repeat(np.arange(n_contracts), [len(rows) for rows in contracts])
    # Pairs are counted once, by their two contracts, and each sample weighs these counts: the cost
    # does not grow with the number of values.
    won = _won(values, truth, groups, n_contracts)
    rights = np.bincount(groups[truth], minlength=n_contracts)
    wrongs = np.bincount(groups[~truth], minlength=n_contracts)
    drawn = draws(n_contracts).astype(np.float64)
    n_pairs = (drawn @ rights) * (drawn @ wrongs)
    above = np.einsum("si,ij,sj->s", drawn, won, drawn, optimize=True)
    samples = np.where(n_pairs > 0, above / np.maximum(n_pairs, 1), np.nan)
    return float(won.sum() / (n_right * n_wrong)), samples


def _won(values: Floats, truth: np.ndarray, groups: np.ndarray, n_contracts: int) -> Floats:
    """How many pairs a right one of contract i wins against a wrong one of contract j, ties half.

    Shapes:
        [n_contracts, n_contracts]
    """
    won = np.zeros((n_contracts, n_contracts))
    rights, contract_of = values[truth], groups[truth]
    for j in range(n_contracts):
        wrong = np.sort(values[~truth & (groups == j)])
        if len(wrong):
            below = (np.searchsorted(wrong, rights, "left") + np.searchsorted(wrong, rights, "right")) / 2
            won[:, j] = np.bincount(contract_of, weights=below, minlength=n_contracts)
    return won


N_BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Probabilities from `low` to below `high`; the last bin includes `high`."""

    low: float
    high: float
    n: int
    mean_said: float | None
    share_right: float | None


@dataclass(frozen=True, slots=True)
class Reliability:
    n: int
    expected_error: float
    """ECE: mean distance of a bin's probability from its share of right ones, weighted by size."""
    brier: float
    """Mean squared distance of the probability from what is true."""
    bins: tuple[Bin, ...]


def calibration(rows: Sequence[Scored], n_bins: int = N_BINS) -> Reliability | None:
    """Calibration of probabilities in 0..1, in bins of equal width; None if there are none."""
    if not rows:
        return None
    values, right = np.asarray(rows, dtype=np.float64).T
    index = np.minimum((values * n_bins).astype(np.int64), n_bins - 1)
    sizes = np.bincount(index, minlength=n_bins)
    means = np.bincount(index, weights=values, minlength=n_bins) / np.maximum(sizes, 1)
    shares = np.bincount(index, weights=right, minlength=n_bins) / np.maximum(sizes, 1)
    bins = (
        Bin(i / n_bins, (i + 1) / n_bins, n, *((float(means[i]), float(shares[i])) if n else (None, None)))
        for i, n in enumerate(sizes.tolist())
    )
    error = float((sizes * np.abs(means - shares)).sum() / len(rows))
    return Reliability(len(rows), error, float(((values - right) ** 2).mean()), tuple(bins))
