from tasks.learning.evaluation.baselines import null_baseline
from tests.unit.learning.evaluation.contracts import gold

GOLDS = [gold("a", term=["five years"]), gold("b")]
FIELDS = ("term", "law")


def test_answering_nothing_is_right_wherever_the_gold_is_empty_and_scores_nothing() -> None:
    baseline = null_baseline(GOLDS, FIELDS, {})
    assert (baseline.n_pairs, baseline.n_empty, baseline.nothing_right, baseline.nothing_f1) == (
        4,
        3,
        0.75,
        0.0,
    )


def test_a_pair_is_right_if_found_or_rightly_empty() -> None:
    systems = {
        "all": [{"term": ["five years"]}, {}],
        "invents": [{"term": ["five years"]}, {"law": ["Texas"]}],
        "overlooks": [{}, {}],
    }
    assert null_baseline(GOLDS, FIELDS, systems).right == {"all": 1.0, "invents": 0.75, "overlooks": 0.75}
