"""The order of the review queue, fitted on contracts that the models have not seen."""

import json
from pathlib import Path

import pytest

from tests.training.corpora import write_corpus

pytest.importorskip("sklearn", reason="training needs the extra `train`")
pytest.importorskip("lightgbm", reason="training needs the extra `train`")

from tasks.core.review.questions import QuestionKind
from tasks.core.review.worth import COLUMNS
from tasks.learning.evaluation.effort import ReviewCase
from tasks.learning.evaluation.matching import MatchTally
from tasks.learning.training.corpus import load_corpus
from tasks.learning.training.fit_worth import fit_worth, gain, write_worth
from tasks.learning.training.held_out_runs import held_out_cases
from tasks.learning.training.train_generator import train_generator
from tests.unit.core.review.shown import passage_item, value_item
from tests.unit.learning.evaluation.test_effort import gold

RIGHT, WRONG = "the law of Ohio governs", "nothing of it"


def case(score: float, text: str) -> ReviewCase:
    """A verified value, a doubted one far away, and a passage without gold."""
    verified = value_item(QuestionKind.VERIFIED, "law", text, 0, score)
    doubted = value_item(QuestionKind.DOUBTED, "court", text, 2000, 1.0 - score)
    return ReviewCase(gold((RIGHT, 0)), (verified, doubted, passage_item("term", "two years", 5000)))


def test_a_doubtful_verified_value_is_worth_more_to_look_at(tmp_path: Path) -> None:
    cases = [case(0.9, RIGHT) for _ in range(20)] + [case(0.4, WRONG) for _ in range(20)]
    worth = fit_worth(cases)
    weights = dict(
        zip(COLUMNS[QuestionKind.VERIFIED], worth.kinds[QuestionKind.VERIFIED].weights, strict=True)
    )
    assert weights["score"] < 0 and weights["probability"] < 0
    write_worth(worth, tmp_path / "worth.json")
    assert set(json.loads((tmp_path / "worth.json").read_text())) == {kind.value for kind in QuestionKind}


def test_gain_counts_found_removed_and_copies() -> None:
    before = MatchTally(right=1, n_predicted=2, gold_found=1, n_gold=3)
    found = MatchTally(right=2, n_predicted=3, gold_found=2, n_gold=3)
    removed = MatchTally(right=1, n_predicted=1, gold_found=1, n_gold=3)
    copied = MatchTally(right=2, n_predicted=3, gold_found=1, n_gold=3)
    assert gain(before, found) > gain(before, removed) > gain(before, copied) > gain(before, before) == 0


def test_every_training_contract_is_played_by_models_that_have_not_seen_it(tmp_path: Path) -> None:
    corpus = load_corpus(write_corpus(tmp_path), n_folds=2)
    cases = held_out_cases(train_generator(corpus, 3, lambda _m: None), 3, lambda _m: None)
    assert len(cases) == len(corpus.contracts)
    assert all(c.gold for c in cases) and any(c.items for c in cases)
