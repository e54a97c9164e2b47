"""An answer by labels: probabilities of the first token, and what of them went to no label."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.answers.calibration import NONE, Calibration, read_calibration
from tasks.core.answers.label_shares import LabelShares, label_shares, read_logprobs
from tasks.core.errors import ConfigurationError

LABELS = ("A", "B", "C")


def logs(**shares: float) -> dict[str, float]:
    return {token: math.log(share) for token, share in shares.items()}


@pytest.mark.parametrize("token", ["A", " A", "A.", "ĠA", "▁A", "\nA", "**A"])
def test_a_label_is_one_with_signs_around_it(token: str):
    assert label_shares({token: math.log(0.5)}, LABELS).by_label["A"] == pytest.approx(0.5)


@pytest.mark.parametrize("token", ["Answer", "a", "AB", "", "An", "一"])
def test_what_only_begins_like_a_label_is_none(token: str):
    assert label_shares({token: 0.0}, LABELS).total == 0.0


def test_what_no_label_got_says_whether_the_model_understood():
    shares = label_shares(logs(A=0.3, Sure=0.5, The=0.2), LABELS)
    assert not shares.is_understood and shares.share("A") == pytest.approx(1.0)
    assert json.loads(NONE.judged(shares, None, item=1))["right"] is None


@given(st.dictionaries(st.text(max_size=3), st.floats(-30, 5), max_size=6))
def test_shares_are_probabilities_whatever_the_server_says(logprobs: dict[str, float]):
    shares = label_shares(logprobs, LABELS)
    assert 0.0 <= shares.total <= 1.0
    assert sum(shares.share(label) for label in LABELS) <= 1.0 + 1e-9


def test_two_tokens_of_one_text_count_both():
    row = {"logprob": math.log(0.25), "rank": 1, "decoded_token": "A"}
    told = read_logprobs(json.dumps([{"5": row, "9": row}, {"7": row}]))
    assert told == {"A": pytest.approx(math.log(0.5))}


@pytest.mark.parametrize("raw", ["", "null", "[]", "[[]]", "{}", "[{}]", '[{"5": {"rank": 1}}]', "not JSON"])
def test_no_logprobs_are_none(raw: str):
    assert read_logprobs(raw) is None


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_calibration_keeps_the_order_of_shares(one: float, other: float):
    calibration = Calibration(slope=0.4, intercept=-2.0)
    assert (one <= other) == (calibration.right(one) <= calibration.right(other)) or abs(one - other) < 1e-3


def test_the_bar_is_the_lowest_that_keeps_the_promise_or_a_stronger_one():
    calibration = Calibration(bars={"80": 0.5, "90": None, "95": 0.9})
    assert [calibration.bar(p) for p in (None, 0.8, 0.9, 0.95, 0.99)] == [None, 0.5, 0.9, 0.9, 1.0]
    assert NONE.bar(0.9) is None


def test_certainty_never_reaches_the_bar_that_no_probability_keeps():
    never = Calibration(bars={"90": None}).bar(0.9)
    assert never is not None
    assert Calibration(slope=5.0, intercept=5.0).right(LabelShares({"A": 1.0}).share("A")) < never


def test_a_file_is_read_and_another_one_refused(tmp_path: Path):
    told = {
        "model": "qwen/1",
        "slope": 2.0,
        "intercept": 0.5,
        "doubt": 0.3,
        "lacking": 0.6,
        "bars": {"90": 0.7},
    }
    (tmp_path / "calibration.json").write_text(json.dumps(told))
    read = read_calibration(tmp_path)
    assert (read.model, read.slope, read.bars, read.promises) == ("qwen/1", 2.0, {"90": 0.7}, True)
    assert read.digest != NONE.digest
    (tmp_path / "calibration.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="countersign calibrate"):
        read_calibration(tmp_path)


@pytest.mark.parametrize("logprob", ["NaN", "Infinity", "5.0", '"NaN"'])
def test_what_is_no_probability_counts_for_nothing(logprob: str):
    assert read_logprobs(f'[{{"5": {{"logprob": {logprob}, "decoded_token": "A"}}}}]') is None
    assert label_shares({"A": float("nan"), "B": 5.0}, LABELS).total == 0.0


def test_two_tokens_without_any_probability_have_none():
    row = {"logprob": -1e9, "decoded_token": "\ufffd"}
    assert read_logprobs(json.dumps([{"5": row, "9": row}])) == {"\ufffd": -math.inf}
