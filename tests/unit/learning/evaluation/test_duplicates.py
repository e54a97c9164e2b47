from tasks.learning.evaluation.ablations import VERIFIED
from tasks.learning.evaluation.comparison import near_duplicates
from tests.unit.learning.evaluation.contracts import gold

GOLDS = [
    gold("a", ("b",), term=["five years"]),
    gold("b", ("a",), term=["five years"]),
    gold("c", ("trained",), term=["ten days"]),
]
FOUND = {VERIFIED: [{"term": ["five years"]}, {"term": ["blue sky"]}, {"term": ["ten days"]}]}


def test_near_duplicates_outside_and_inside_are_kept_apart() -> None:
    duplicates = near_duplicates(GOLDS, FOUND)
    assert duplicates.outside == {"c": ("trained",)}
    assert duplicates.inside == {"a": ("b",), "b": ("a",)}


def test_figures_leave_out_contracts_with_a_near_duplicate_outside() -> None:
    row = near_duplicates(GOLDS, FOUND).without_outside[VERIFIED]
    assert (row.scores.n_gold, row.scores.f1_off) == (2, 0.5)


def test_without_near_duplicates_outside_no_contract_is_left_out() -> None:
    duplicates = near_duplicates(GOLDS[:2], {VERIFIED: FOUND[VERIFIED][:2]})
    assert (duplicates.outside, duplicates.without_outside) == ({}, {})
