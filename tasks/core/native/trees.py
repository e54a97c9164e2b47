"""Gradient-boosted trees as plain arrays, evaluated with numpy: LightGBM trains them, nothing of it is needed to run them.

Shapes:
    Every array is (trees, nodes); node 0 is the root, a leaf points to itself and holds a value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.heads import Arrays
from tasks.core.native.words import FloatArray


@dataclass(frozen=True, slots=True)
class Trees:
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
        tree = np.arange(len(self.feature))[None, :]
        row = np.arange(len(rows))[:, None]
        node = np.zeros((len(rows), len(self.feature)), dtype=np.int32)
        for _ in range(self.depth):
            goes_left = rows[row, self.feature[tree, node]] <= self.threshold[tree, node]
            node = np.where(goes_left, self.left[tree, node], self.right[tree, node])
        raw = self.value[tree, node].sum(axis=1)
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
    return Trees(
        arrays[f"{name}_feature"].astype(np.int32),
        arrays[f"{name}_threshold"].astype(np.float64),
        arrays[f"{name}_left"].astype(np.int32),
        arrays[f"{name}_right"].astype(np.int32),
        arrays[f"{name}_value"].astype(np.float64),
        int(arrays[f"{name}_depth"].astype(np.int64)[0]),
    )
