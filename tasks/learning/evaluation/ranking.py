"""How well scores rank right before wrong, and whether a probability means what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.learning.evaluation.scores import Floats, Interval, draws, interval


@dataclass(frozen=True, slots=True)
class Ranking:
    """The area under the ROC curve, with its interval over contracts; None where one of the two kinds is absent."""

    auroc: Interval | None
    n_right: int
    n_wrong: int


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """Probability that a right one scores above a wrong one, ties half; None where one of the two kinds is absent."""
    values, truth = np.asarray(scores, dtype=np.float64), np.asarray(labels, dtype=np.bool_)
    n_pairs = int(truth.sum()) * int((~truth).sum())
    if not n_pairs:
        return None
    return float(_won(values, truth, np.zeros(len(values), dtype=np.int64), 1).sum() / n_pairs)


def ranking(
    scores: Sequence[float], labels: Sequence[bool], contracts: Sequence[int], n_contracts: int
) -> Ranking:
    """The AUROC with its interval.

    All pairs of a right and a wrong one are counted once, by the contracts they come from; a sample then weighs these counts,
    which costs the same however many values there are.

    Args:
        contracts: For each score the index of its contract.
    """
    n_right = sum(map(bool, labels))
    drawn = auroc_samples(scores, labels, contracts, n_contracts)
    return Ranking(None if drawn is None else interval(*drawn), n_right, len(labels) - n_right)


def auroc_samples(
    scores: Sequence[float], labels: Sequence[bool], contracts: Sequence[int], n_contracts: int
) -> tuple[float, Floats] | None:
    """The AUROC, and the AUROC of each sample of contracts (nan where a sample lacks a kind): differences are taken of these."""
    values, truth = np.asarray(scores, dtype=np.float64), np.asarray(labels, dtype=np.bool_)
    groups = np.asarray(contracts, dtype=np.int64)
    n_right, n_wrong = int(truth.sum()), int((~truth).sum())
    if not n_right or not n_wrong:
        return None
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
    rights, of = values[truth], groups[truth]
    for j in range(n_contracts):
        wrong = np.sort(values[~truth & (groups == j)])
        if len(wrong):
            below = (np.searchsorted(wrong, rights, "left") + np.searchsorted(wrong, rights, "right")) / 2
            won[:, j] = np.bincount(of, weights=below, minlength=n_contracts)
    return won


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
