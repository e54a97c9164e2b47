"""Fits what a decision is worth on contracts that the models have not seen (`tasks.core.review`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from tasks.core.review.held_values import HeldValues
from tasks.core.review.questions import QuestionKind
from tasks.core.review.worth import COLUMNS, COPY, FOUND, REMOVED, KindWeights, Worth, columns
from tasks.learning.evaluation.effort import ReviewCase, Reviewed
from tasks.learning.evaluation.matching import MatchTally

FOLDS = 3
"""Of the contracts. Models of two thirds of them err hardly more than those of four fifths, and are
trained in half of the time."""
_CHANGES = 0.2
"""An answer that gains less changes nothing but a copy."""


def fit_worth(cases: Sequence[ReviewCase]) -> Worth:
    """A logistic model for each kind of item: how likely an answer changes something.

    Args:
        cases: Contracts out of fold, with all their items undecided.
    """
    rows: dict[QuestionKind, list[list[float]]] = {kind: [] for kind in QuestionKind}
    gains: dict[QuestionKind, list[float]] = {kind: [] for kind in QuestionKind}
    for case in cases:
        reviewed, held = Reviewed(case), HeldValues(case.items)
        for index, item in enumerate(case.items):
            rows[item.kind].append(columns(item, held.relation_of(index)))
            gains[item.kind].append(max(0.0, gain(*reviewed.if_decided(index))))
    return Worth(
        {
            kind: _fit(np.asarray(rows[kind]).reshape(-1, len(COLUMNS[kind])), np.asarray(gains[kind]))
            for kind in QuestionKind
        }
    )


def gain(before: MatchTally, after: MatchTally) -> float:
    """What a decision gained, in values found."""
    found = after.gold_found - before.gold_found
    removed = (before.n_predicted - before.right) - (after.n_predicted - after.right)
    copies = max(0, after.right - before.right - found)
    return FOUND * found + REMOVED * removed + COPY * copies


def _fit(rows: np.ndarray, gains: np.ndarray) -> KindWeights:
    """Weights for raw columns."""
    changes = gains > _CHANGES
    # A logistic link, since gains are bounded: a log-linear one (Poisson) overrates what stands first.
    if changes.all() or not changes.any():  # true without rows, too
        certain = 4.0 if len(changes) and changes.all() else -4.0
        return KindWeights(certain, (0.0,) * rows.shape[-1], 1.0)
    means, spreads = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    model = LogisticRegression(max_iter=1000).fit((rows - means) / spreads, changes)
    weights = np.ravel(model.coef_) / spreads
    constant = float(model.intercept_[0] - means @ weights)
    return KindWeights(constant, tuple(map(float, weights)), float(gains[changes].mean()))


def write_worth(worth: Worth, path: Path) -> None:
    """Write the packaged file."""
    body = {kind.value: _row(worth.kinds[kind], COLUMNS[kind]) for kind in QuestionKind}
    path.write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")


def _row(kind: KindWeights, names: Sequence[str]) -> dict[str, float]:
    weights = {n: round(w, 4) for n, w in zip(names, kind.weights, strict=True)}
    return {"gain": round(kind.gain, 4), "constant": round(kind.constant, 4), **weights}
