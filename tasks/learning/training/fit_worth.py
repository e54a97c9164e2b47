"""Fits what a decision is worth on contracts that the models have not seen (`tasks.core.review`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import PoissonRegressor

from tasks.core.review.held_values import HeldValues
from tasks.core.review.items import ItemKind
from tasks.core.review.worth import COLUMNS, COPY, FOUND, REMOVED, Worth, columns
from tasks.learning.evaluation.effort import ReviewCase, Reviewed
from tasks.learning.evaluation.matching import MatchTally

FOLDS = 3
"""Of the contracts. Models of two thirds of them err hardly more than those of four fifths, and are
trained in half of the time."""
_PENALTY = 1e-3
"""Of squared weights over standardised columns: only keeps weights of constant columns at 0."""


def fit_worth(cases: Sequence[ReviewCase]) -> Worth:
    """A log-linear model of the gain for each kind of item (Poisson regression).

    Args:
        cases: Contracts out of fold, with all their items undecided.
    """
    rows: dict[ItemKind, list[list[float]]] = {kind: [] for kind in ItemKind}
    gains: dict[ItemKind, list[float]] = {kind: [] for kind in ItemKind}
    for case in cases:
        reviewed, held = Reviewed(case), HeldValues(case.items)
        for index, item in enumerate(case.items):
            rows[item.kind].append(columns(item, held.relation_of(index)))
            gains[item.kind].append(max(0.0, gain(*reviewed.if_decided(index))))
    fitted = {kind: _fit(np.asarray(rows[kind]), np.asarray(gains[kind])) for kind in ItemKind}
    return Worth({k: w for k, (w, _) in fitted.items()}, {k: c for k, (_, c) in fitted.items()})


def gain(before: MatchTally, after: MatchTally) -> float:
    """What a decision gained, in values found."""
    found = after.gold_found - before.gold_found
    removed = (before.n_predicted - before.right) - (after.n_predicted - after.right)
    copies = max(0, after.right - before.right - found)
    return FOUND * found + REMOVED * removed + COPY * copies


def _fit(rows: np.ndarray, gains: np.ndarray) -> tuple[list[float], float]:
    """Weights and constant for raw columns."""
    means, spreads = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    model = PoissonRegressor(alpha=_PENALTY, max_iter=1000).fit((rows - means) / spreads, gains)
    weights = model.coef_ / spreads
    return [float(w) for w in weights], float(model.intercept_ - means @ weights)


def write_worth(worth: Worth, path: Path) -> None:
    """Write the packaged file."""
    body = {
        kind.value: {
            "constant": round(worth.constants[kind], 4),
            **{n: round(w, 4) for n, w in zip(COLUMNS[kind], worth.weights[kind], strict=True)},
        }
        for kind in ItemKind
    }
    path.write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")
