"""A judge whose shares are wrong in a known way: the fit finds the way, and its bars keep what they promise where nobody looked."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from tasks.core.answers.calibration import FILE, Calibration, log_odds, read_calibration
from tasks.core.errors import ConfigurationError
from tasks.learning.training.fit_calibration import (
    LEAST_VALUES,
    PROMISES,
    FittedCalibration,
    JudgedItem,
    fit_calibration,
    promise_bars,
)

SLOPE, INTERCEPT = 0.5, -0.8
"""What an overconfident model needs: it says 0.95 where 0.66 is right."""
SEEDS = range(12)


def drawn(
    seed: int, n_documents: int, slope: float = SLOPE, intercept: float = INTERCEPT, mood: float = 0.0
) -> list[JudgedItem]:
    """Items of drafts, judged by a model that must be read by this slope and intercept.

    Args:
        mood: How far the items of a document are right or wrong together.
    """
    rng = np.random.default_rng(seed)
    items: list[JudgedItem] = []
    for document in range(n_documents):
        shift = rng.normal(0.0, mood)
        for at in rng.normal(1.0, 3.5, size=10).tolist():
            right = 1 / (1 + math.exp(-(slope * at + intercept + shift)))
            items.append(JudgedItem(f"d{document}", 1 / (1 + math.exp(-at)), bool(rng.random() < right)))
    return items


def fitted(items: list[JudgedItem]) -> FittedCalibration:
    names = sorted({item.document for item in items})
    return fit_calibration(items, {name: number % 5 for number, name in enumerate(names)})


@pytest.mark.parametrize(("slope", "intercept"), [(0.3, -1.0), (SLOPE, INTERCEPT), (1.0, 0.0), (1.8, 1.0)])
def test_the_fit_recovers_how_shares_must_be_read(slope: float, intercept: float):
    found = fitted(drawn(1, 300, slope, intercept)).calibration
    assert found.slope == pytest.approx(slope, rel=0.12)
    assert found.intercept == pytest.approx(intercept, abs=0.2)


def test_calibrated_probabilities_are_nearer_to_the_truth_than_shares():
    figures = fitted(drawn(2, 200)).figures
    assert figures["brier_after"] < figures["brier_before"] - 0.02
    assert figures["expected_error_after"] < 0.05 < figures["expected_error_before"]


@pytest.mark.parametrize("mood", [0.0, 0.7])
def test_bars_keep_their_promise_on_documents_that_were_not_seen(mood: float):
    unseen = drawn(99, 1500, 1.2, 0.2, mood)
    n_bars, broken = 0, 0
    for seed in SEEDS:
        calibration = fitted(drawn(seed, 80, 1.2, 0.2, mood)).calibration
        rights = np.asarray([calibration.right(item.share or 0.0) for item in unseen])
        truth = np.asarray([item.is_right for item in unseen])
        for promise in PROMISES:
            bar = calibration.bars[str(promise)]
            if bar is None:
                continue
            share = float(truth[rights >= bar].mean())
            n_bars += 1
            broken += share < promise / 100
            assert share > promise / 100 - 0.03
    # One in twenty is what the margin lets through.
    assert n_bars > 3 * len(SEEDS) and broken <= 0.15 * n_bars


def test_a_promise_that_no_bar_keeps_has_none_and_a_higher_one_asks_for_more():
    bars = fitted(drawn(3, 200)).calibration.bars
    assert list(bars) == [str(promise) for promise in PROMISES]
    known = [bar for bar in bars.values() if bar is not None]
    assert known == sorted(known) and bars["99"] is None
    assert all(bar is None for bar in list(bars.values())[len(known) :])


def test_items_of_equal_probability_pass_together_or_not_at_all():
    rights = np.asarray([0.9] * 60 + [0.7] * 60)
    is_right = np.asarray([True] * 60 + [True, False] * 30)
    documents = [f"d{n % 12}" for n in range(120)]
    assert promise_bars(rights, is_right, documents)["95"] == 0.9
    few = LEAST_VALUES - 1
    assert set(promise_bars(rights[:few], is_right[:few], documents[:few]).values()) == {None}


def test_wrong_items_that_stand_together_in_one_document_promise_less_than_scattered_ones():
    rights, is_right = np.full(1000, 0.9), np.asarray([n % 20 > 0 for n in range(1000)])
    scattered = [f"d{n // 50}" for n in range(1000)]
    together = ["bad" if n % 20 == 0 else f"d{n // 50}" for n in range(1000)]
    assert promise_bars(rights, is_right, scattered)["90"] == 0.9
    assert promise_bars(rights, is_right, together)["90"] is None


def test_what_drafts_lack_moves_no_bar_up_or_down_by_its_number():
    """Gold knows no wrong thing that a draft lacks: counted, it would make every share look more right."""
    items = drawn(4, 200)
    lacking = [
        JudgedItem(item.document, item.share, True, is_drafted=False) for item in items if item.is_right
    ]
    with_lacking = fitted(items + lacking).calibration
    assert with_lacking.slope == pytest.approx(SLOPE, rel=0.15)
    assert with_lacking.intercept == pytest.approx(INTERCEPT, abs=0.2)
    figures = fitted(items + lacking).figures
    assert figures["n_lacking"] == len(lacking) and 0 < figures["lacking_called_right"] < 1


def test_a_doubt_is_the_bar_of_best_f1():
    calm, strict = (fitted(drawn(5, 200, 1.5, at)).calibration.doubt for at in (2.0, -2.0))
    assert 0.1 <= calm <= 0.9 and 0.1 <= strict <= 0.9
    assert fitted(drawn(5, 200)).calibration.lacking >= 0.5


@pytest.mark.parametrize(
    ("items", "says"),
    [
        (drawn(6, 300, -1.0), "wrong more often"),
        (drawn(6, 9), "too little to learn from"),
        ([JudgedItem(f"d{n}", 0.5, n > 10) for n in range(300)], "too little to learn from"),
        ([JudgedItem("one", n / 300, n > 99) for n in range(300)], "of one document"),
        ([JudgedItem("d", None, True)] * 60 + drawn(6, 5), "another chat template"),
    ],
)
def test_what_cannot_be_learned_is_refused(items: list[JudgedItem], says: str):
    with pytest.raises(ConfigurationError, match=says):
        fitted(items)


def test_a_model_that_splits_right_from_wrong_has_a_finite_fit():
    items = [JudgedItem(f"d{n % 30}", 0.999999 if n % 2 else 1e-9, bool(n % 2)) for n in range(600)]
    found = fitted(items).calibration
    assert 0 < found.slope < 10 and math.isfinite(found.intercept)
    assert found.bars["99"] is not None
    assert found.right(1e-9) < 0.01 < 0.98 < found.right(1.0)


def test_some_without_a_label_are_left_out_and_told():
    items = drawn(7, 100)
    silent = [JudgedItem("d1", None, True)] * 100
    assert fitted(items + silent).figures["not_understood"] == pytest.approx(100 / 1100, abs=1e-4)
    assert fitted(items + silent).calibration == fitted(items).calibration


def test_the_file_is_what_a_run_reads(tmp_path: Path):
    found = fitted(drawn(8, 100))
    content = found.as_json("qwen/1-abc+prompts-2-d", "f" * 64, ["d2", "d1"])
    (tmp_path / FILE).write_text(json.dumps(content))
    read = read_calibration(tmp_path)
    assert read.digest == found.calibration.digest and read.promises
    assert read.model == "qwen/1-abc+prompts-2-d" and content["learned_from"] == ["d1", "d2"]


def test_the_line_is_of_log_odds():
    assert Calibration(2.0, 0.5).right(0.7) == pytest.approx(1 / (1 + math.exp(-2 * log_odds(0.7) - 0.5)))
