import numpy as np
import pytest

pytest.importorskip("lightgbm", reason="training needs the extra `train`")

import lightgbm

from tasks.core.native.critic.trees import unpacked_trees
from tasks.learning.training.fit_trees import as_arrays, fit_trees


def test_the_arrays_give_what_lightgbm_predicts() -> None:
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(600, 5)).astype(np.float32)
    labels = (rows[:, 0] * rows[:, 1] + 0.3 * draw.normal(size=600) > 0).astype(np.float32)
    settings = {"objective": "binary", "num_leaves": 15, "verbosity": -1, "num_threads": 1}
    booster = lightgbm.train(settings, lightgbm.Dataset(rows, label=labels), num_boost_round=30)
    trees = as_arrays([t["tree_structure"] for t in booster.dump_model()["tree_info"]])
    np.testing.assert_allclose(trees.probability(rows), booster.predict(rows), atol=1e-5)


def test_trees_survive_packing() -> None:
    draw = np.random.default_rng(1)
    rows = draw.normal(size=(400, 3)).astype(np.float32)
    trees = fit_trees(rows, rows[:, 0] > 0, 0)
    np.testing.assert_array_equal(
        unpacked_trees(trees.packed("known"), "known").probability(rows), trees.probability(rows)
    )
