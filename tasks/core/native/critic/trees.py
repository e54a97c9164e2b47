"""Gradient-boosted trees as numpy arrays. LightGBM trains them, and is not needed to run them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.generator.clause_heads import Arrays
from tasks.core.native.text.words import FloatArray


@dataclass(frozen=True, slots=True)
class Trees:
    """Arrays of (trees, nodes): node 0 is the root, a leaf is its own child and has a value."""

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]
    depth: int

    def probability(self, rows: FloatArray) -> FloatArray:
        """Sigmoid of the summed leaf values: float32 (rows,)."""
        if not len(rows):
            return np.zeros(0, dtype=np.float32)
        n_trees, n_nodes = self.feature.shape
        root = np.arange(n_trees, dtype=np.int64) * n_nodes
        feature, threshold = self.feature.ravel(), self.threshold.ravel()
        child = (np.stack([self.right, self.left], axis=2).astype(np.int64) + root[:, None, None]).ravel()
        node = np.tile(root, (len(rows), 1))
        first = np.arange(len(rows))[:, None] * rows.shape[1]
        flat = np.ascontiguousarray(rows).ravel()
        for _ in range(self.depth):
            goes_left = flat.take(first + feature.take(node)) <= threshold.take(node)
            node = child.take(2 * node + goes_left)
        raw = self.value.ravel().take(node).sum(axis=1)
        return (1.0 / (1.0 + np.exp(-raw))).astype(np.float32)

    def packed(self, name: str) -> dict[str, NDArray[np.generic]]:
        return {
            f"{name}_feature": self.feature,
            f"{name}_threshold": self.threshold,
            f"{name}_left": self.left,
            f"{name}_right": self.right,
            f"{name}_value": self.value,
            f"{name}_depth": np.asarray([self.depth], dtype=np.int64),
        }


def unpacked_trees(arrays: Arrays, name: str) -> Trees:
    ints = (arrays[f"{name}_{part}"].astype(np.int32) for part in ("feature", "left", "right"))
    floats = (arrays[f"{name}_{part}"].astype(np.float64) for part in ("threshold", "value"))
    (feature, left, right), (threshold, value) = ints, floats
    return Trees(feature, threshold, left, right, value, int(arrays[f"{name}_depth"].astype(np.int64)[0]))
