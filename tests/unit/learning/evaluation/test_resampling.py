import numpy as np
import pytest

from tasks.learning.evaluation.scores import draws, interval


def test_every_draw_holds_as_many_contracts_as_there_are() -> None:
    drawn = draws(7, n_samples=50, seed=1)
    assert drawn.shape == (50, 7) and set(drawn.sum(axis=1).tolist()) == {7}


def test_the_same_seed_draws_the_same_contracts() -> None:
    draws.cache_clear()
    first = draws(5, 20, 3).tolist()
    draws.cache_clear()
    assert draws(5, 20, 3).tolist() == first != draws(5, 20, 4).tolist()


def test_an_interval_leaves_a_fortieth_of_the_samples_on_either_side() -> None:
    result = interval(0.5, np.arange(200.0))
    assert (result.value, result.low, result.high) == (0.5, 5.0, 194.0)


def test_samples_that_say_nothing_are_left_out() -> None:
    result = interval(0.5, np.array([np.nan, 0.2, 0.2, np.nan]))
    assert (result.low, result.high) == (0.2, 0.2)
    assert np.isnan(interval(0.5, np.array([np.nan])).low)


def test_a_wider_spread_of_contracts_has_a_wider_interval() -> None:
    drawn = draws(20).astype(float) / 20
    narrow, wide = (interval(0.0, drawn @ (scale * np.arange(20.0))) for scale in (1, 10))
    assert wide.high - wide.low == pytest.approx(10 * (narrow.high - narrow.low))
