from tasks.learning.evaluation.baselines import floor
from tests.unit.evaluation.contracts import gold

GOLDS = [gold("a", term=["five years"]), gold("b")]
FIELDS = ("term", "law")


def test_answering_nothing_is_right_wherever_the_gold_is_empty_and_scores_nothing() -> None:
    told = floor(GOLDS, FIELDS, {})
    assert (told.n_pairs, told.n_empty, told.nothing_right, told.nothing_f1) == (4, 3, 0.75, 0.0)


def test_a_pair_is_right_if_found_or_rightly_empty() -> None:
    found = {
        "all": [{"term": ["five years"]}, {}],
        "invents": [{"term": ["five years"]}, {"law": ["Texas"]}],
        "overlooks": [{}, {}],
    }
    assert floor(GOLDS, FIELDS, found).right == {"all": 1.0, "invents": 0.75, "overlooks": 0.75}
