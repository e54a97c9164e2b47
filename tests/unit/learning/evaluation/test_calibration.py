import pytest

from tasks.learning.evaluation.ranking import calibration


def test_bins_hold_what_was_said_and_what_is_true() -> None:
    told = calibration([0.05, 0.05, 0.95, 0.85, 1.0], [False, True, True, True, True])
    assert told is not None
    assert [b.n for b in told.bins] == [2, 0, 0, 0, 0, 0, 0, 0, 1, 2]
    first, last = told.bins[0], told.bins[-1]
    assert (first.mean_said, first.share_right) == (pytest.approx(0.05), 0.5)
    assert (last.mean_said, last.share_right) == (pytest.approx(0.975), 1.0)
    assert (told.bins[1].mean_said, told.bins[1].share_right) == (None, None)


def test_the_expected_error_weighs_bins_by_their_size() -> None:
    told = calibration([0.05, 0.05, 0.05, 0.75], [False, False, False, True])
    assert told is not None
    assert told.expected_error == pytest.approx((3 * 0.05 + 1 * 0.25) / 4)
    assert told.brier == pytest.approx((3 * 0.05**2 + 0.25**2) / 4)


def test_what_is_always_true_when_sure_has_no_error() -> None:
    told = calibration([0.0, 1.0, 1.0], [False, True, True])
    assert told is not None and (told.expected_error, told.brier) == (0.0, 0.0)


def test_without_values_there_is_no_calibration() -> None:
    assert calibration([], []) is None
