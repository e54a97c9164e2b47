"""The generator's score of a candidate: a logistic function of its evidence.

The critic weighs the same evidence with boosted trees of its own, fitted on the errors that this
score leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tasks.core.native.own.evidence import ALL_COLUMNS
from tasks.core.native.text.words import FloatArray


@dataclass(frozen=True, slots=True)
class EvidenceScorer:
    """Weights of the evidence's columns, in their order."""

    weights: FloatArray
    """(columns,)."""
    bias: float

    def __call__(self, rows: FloatArray) -> FloatArray:
        """The score of each row: 0..1, float32 (rows,)."""
        if not len(rows):
            return np.zeros(0, dtype=np.float32)
        return (1.0 / (1.0 + np.exp(-(rows @ self.weights + self.bias)))).astype(np.float32)

    def packed(self) -> dict[str, Any]:
        """For a JSON file: weights by the columns' names."""
        named = zip(ALL_COLUMNS, self.weights.tolist(), strict=True)
        return {"bias": round(self.bias, 5), "weights": {name: round(w, 5) for name, w in named}}


def unpacked_scorer(raw: Mapping[str, Any]) -> EvidenceScorer:
    """The inverse of `EvidenceScorer.packed`.

    Raises: KeyError for a column that the weights lack.
    """
    weights = [float(raw["weights"][name]) for name in ALL_COLUMNS]
    return EvidenceScorer(np.asarray(weights, dtype=np.float32), float(raw["bias"]))
