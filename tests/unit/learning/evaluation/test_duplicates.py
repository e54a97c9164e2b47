from tasks.learning.evaluation.ablations import VERIFIED
from tasks.learning.evaluation.comparison import near_duplicates
from tests.unit.evaluation.contracts import gold

GOLDS = [
    gold("a", ("b",), term=["five years"]),
    gold("b", ("a",), term=["five years"]),
    gold("c", ("trained",), term=["ten days"]),
]
FOUND = {VERIFIED: [{"term": ["five years"]}, {"term": ["blue sky"]}, {"term": ["ten days"]}]}


def test_likes_outside_and_inside_are_told_apart() -> None:
    told = near_duplicates(GOLDS, FOUND)
    assert told.outside == {"c": ("trained",)}
    assert told.inside == {"a": ("b",), "b": ("a",)}


def test_figures_are_told_without_what_has_a_like_outside() -> None:
    row = near_duplicates(GOLDS, FOUND).without_outside[VERIFIED]
    assert (row.scores.n_gold, row.scores.f1_off) == (2, 0.5)


def test_without_likes_outside_there_is_nothing_to_leave_out() -> None:
    told = near_duplicates(GOLDS[:2], {VERIFIED: FOUND[VERIFIED][:2]})
    assert (told.outside, told.without_outside) == ({}, {})
