import importlib.util
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.learning.evaluation.matching import MatchTally, matches, tally, tally_field, word_set

SCORER = Path(__file__).parents[5] / "shared" / "tools" / "score_cuad.py"
QUOTES = st.lists(
    st.lists(st.sampled_from(["a", "b", "c", "d", "e", "f"]), min_size=1, max_size=5).map(" ".join),
    max_size=5,
)


def test_half_of_the_words_in_common_is_a_match() -> None:
    assert matches("term", word_set("five years, from now"), word_set("Five years from"))
    assert not matches("term", word_set("five years from now"), word_set("five days of grace"))


def test_a_party_inside_the_other_is_a_match_and_a_clause_is_not() -> None:
    gold, predicted = word_set("Acme Holding Company of Delaware"), word_set("Acme")
    assert matches("parties", gold, predicted) and not matches("term", gold, predicted)


def test_punctuation_and_case_do_not_count_and_a_slash_parts_words() -> None:
    assert word_set("Fees/Costs: ALL, of them.") == {"fees", "costs", "all", "of", "them"}


def test_two_right_answers_to_one_gold_span_are_one_pair() -> None:
    counted = tally_field("term", ["five years"], ["five years", "five years."])
    assert counted == MatchTally(one_to_one=1, gold_found=1, right=2, n_gold=1, n_predicted=2)


def test_a_field_the_gold_lacks_counts_as_predicted() -> None:
    assert tally({}, {"term": ["five years"]}) == MatchTally(n_predicted=1)


@given(QUOTES, QUOTES)
def test_pairs_never_exceed_what_is_found_or_right(gold: list[str], predicted: list[str]) -> None:
    counted = tally_field("term", gold, predicted)
    assert counted.one_to_one <= min(counted.gold_found, counted.right, len(gold), len(predicted))


@pytest.mark.needs_data
@pytest.mark.skipif(not SCORER.exists(), reason="the independent scorer lies in ../shared, which is not here")
def test_the_independent_scorer_counts_the_same() -> None:
    spec = importlib.util.spec_from_file_location("score_cuad", SCORER)
    assert spec and spec.loader
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    draw = random.Random(0)
    for field in ("parties", "term"):
        gold = [" ".join(draw.choices("abcdef", k=draw.randint(1, 5))) for _ in range(40)]
        predicted = [" ".join(draw.choices("abcdef", k=draw.randint(1, 5))) for _ in range(40)]
        rows = scorer.count(
            {"d": {field: [(scorer.words(g), {}) for g in gold]}},
            {"d": {field: [(scorer.words(p), {}) for p in predicted]}},
            [field],
        )
        own = tally_field(field, gold, predicted)
        assert rows["d"][:5] == (own.one_to_one, own.gold_found, own.right, own.n_gold, own.n_predicted)
