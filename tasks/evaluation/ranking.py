"""How well scores rank right before wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """Probability that a right one scores above a wrong one, ties half; None where one of the two kinds is absent."""
    truth = np.asarray(labels, dtype=np.bool_)
    n_right, n_wrong = int(truth.sum()), int((~truth).sum())
    if not n_right or not n_wrong:
        return None
    _, inverse, counts = np.unique(
        np.asarray(scores, dtype=np.float64), return_inverse=True, return_counts=True
    )
    mean_rank = np.cumsum(counts) - (counts - 1) / 2
    return float((mean_rank[inverse][truth].sum() - n_right * (n_right + 1) / 2) / (n_right * n_wrong))
