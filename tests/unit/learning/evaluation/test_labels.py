import pytest

from tasks.learning.evaluation.matching import Point, sweep, truth_of
from tests.unit.learning.evaluation.contracts import gold

GOLD = gold(term=["five years from now", "ten days of grace"], law=["the laws of Texas"])


def test_a_value_is_right_if_it_matches_any_gold_span_of_its_own_field() -> None:
    values = [("term", "five years from now"), ("law", "five years from now"), ("term", "blue sky")]
    truth = truth_of(GOLD, values)
    assert truth.right == (True, False, False)
    assert truth.found_by == ((0,), (), ())


def test_a_sweep_goes_from_the_surest_value_to_all_of_them() -> None:
    values = [
        ("term", "five years from now", 0.9),
        ("term", "blue sky", 0.8),
        ("law", "the laws of Texas", 0.3),
    ]
    points = sweep([GOLD], [values])
    assert [(p.threshold, p.precision, p.recall) for p in points] == [
        (0.9, 1.0, pytest.approx(1 / 3)),
        (0.8, 0.5, pytest.approx(1 / 3)),
        (0.3, pytest.approx(2 / 3), pytest.approx(2 / 3)),
    ]
    assert points[-1].f1 == pytest.approx(2 / 3)


def test_values_of_one_score_come_and_go_together() -> None:
    values = [("term", "five years from now", 0.5), ("term", "blue sky", 0.5)]
    assert sweep([GOLD], [values]) == (Point(0.5, 0.5, pytest.approx(1 / 3), pytest.approx(0.4)),)


def test_two_values_for_one_span_find_it_once() -> None:
    values = [("law", "the laws of Texas", 0.9), ("law", "laws of Texas", 0.4)]
    points = sweep([gold(law=["the laws of Texas"])], [values])
    assert [(p.precision, p.recall) for p in points] == [(1.0, 1.0), (1.0, 1.0)]


def test_a_sweep_over_nothing_has_no_point() -> None:
    assert sweep([GOLD], [[]]) == ()
