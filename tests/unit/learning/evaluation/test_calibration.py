import pytest

from tasks.learning.evaluation.ranking import calibration


def test_bins_hold_what_was_said_and_what_is_true() -> None:
    result = calibration([(0.05, False), (0.05, True), (0.95, True), (0.85, True), (1.0, True)])
    assert result is not None
    assert [b.n for b in result.bins] == [2, 0, 0, 0, 0, 0, 0, 0, 1, 2]
    first, last = result.bins[0], result.bins[-1]
    assert (first.mean_said, first.share_right) == (pytest.approx(0.05), 0.5)
    assert (last.mean_said, last.share_right) == (pytest.approx(0.975), 1.0)
    assert (result.bins[1].mean_said, result.bins[1].share_right) == (None, None)


def test_the_expected_error_weighs_bins_by_their_size() -> None:
    result = calibration([(0.05, False), (0.05, False), (0.05, False), (0.75, True)])
    assert result is not None
    assert result.expected_error == pytest.approx((3 * 0.05 + 1 * 0.25) / 4)
    assert result.brier == pytest.approx((3 * 0.05**2 + 0.25**2) / 4)


def test_what_is_always_true_when_sure_has_no_error() -> None:
    result = calibration([(0.0, False), (1.0, True), (1.0, True)])
    assert result is not None and (result.expected_error, result.brier) == (0.0, 0.0)


def test_without_values_there_is_no_calibration() -> None:
    assert calibration([]) is None
