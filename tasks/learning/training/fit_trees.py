"""Fits boosted trees with LightGBM, and turns them into plain arrays."""

from __future__ import annotations

from typing import Any, cast

import lightgbm
import numpy as np
from numpy.typing import NDArray

from tasks.core.native.critic.trees import Trees
from tasks.core.native.text.words import FloatArray

N_TREES = 220
_SETTINGS: dict[str, Any] = {
    "objective": "binary",
    "num_leaves": 15,
    "learning_rate": 0.05,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


def fit_trees(rows: FloatArray, labels: NDArray[np.bool_], seed: int) -> Trees:
    """Boosted trees for P(right); the same rows and seed give the same trees."""
    data = lightgbm.Dataset(rows, label=labels.astype(np.float32))
    booster = lightgbm.train({**_SETTINGS, "seed": seed}, data, num_boost_round=N_TREES)
    return as_arrays([cast("dict[str, Any]", t["tree_structure"]) for t in booster.dump_model()["tree_info"]])


def as_arrays(roots: list[dict[str, Any]]) -> Trees:
    """LightGBM's nested trees as arrays; a leaf points to itself."""
    flat = [_flatten(root) for root in roots]
    n_nodes = max(len(nodes) for nodes in flat)
    depth = max(_depth(root) for root in roots)
    padded = [nodes + [(0, 0.0, 0, 0, 0.0)] * (n_nodes - len(nodes)) for nodes in flat]
    columns = np.ascontiguousarray(np.array(padded, dtype=np.float64).transpose(2, 0, 1))
    feature, left, right = (columns[i].astype(np.int32) for i in (0, 2, 3))
    return Trees(feature, columns[1], left, right, columns[4], depth)


def _flatten(root: dict[str, Any]) -> list[tuple[int, float, int, int, float]]:
    nodes: list[tuple[int, float, int, int, float]] = []

    def visit(node: dict[str, Any]) -> int:
        here = len(nodes)
        if "leaf_value" in node:
            nodes.append((0, 0.0, here, here, float(node["leaf_value"])))
            return here
        nodes.append((0, 0.0, here, here, 0.0))
        left, right = visit(node["left_child"]), visit(node["right_child"])
        nodes[here] = (int(node["split_feature"]), float(node["threshold"]), left, right, 0.0)
        return here

    visit(root)
    return nodes


def _depth(node: dict[str, Any]) -> int:
    return 0 if "leaf_value" in node else 1 + max(_depth(node["left_child"]), _depth(node["right_child"]))
