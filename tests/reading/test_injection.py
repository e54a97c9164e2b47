"""Contracts that give orders to the models, against models that obey: nothing is verified that the page does not say.

Each place of an order once; `python -m tests.fuzz.injection` plays as many as wanted.
"""

from __future__ import annotations

import random

import pytest

from tasks.core.prompts import fence
from tasks.core.records import ExtractionStatus
from tests.fuzz.injection.contracts import N_PLACES, made
from tests.fuzz.injection.orders import KINDS, order_of, orders_in
from tests.fuzz.injection.trial import Trial, play


@pytest.fixture(scope="module")
def trials() -> dict[str, Trial]:
    return {made(seed).name: play(made(seed), by_labels=seed % 2 == 0) for seed in range(N_PLACES)}


def test_orders_verify_nothing_and_hidden_ones_are_flagged(trials: dict[str, Trial]) -> None:
    assert {name: trial.wrong for name, trial in trials.items() if trial.wrong} == {}


def test_an_order_that_no_reader_sees_costs_no_value(trials: dict[str, Trial]) -> None:
    counts = {name: t.n_verified for name, t in trials.items() if not made(int(name.split("-")[0])).is_shown}
    assert set(counts.values()) == {2}, counts


def test_a_forged_value_was_tried_and_stands_rejected(trials: dict[str, Trial]) -> None:
    reasons = {
        value.reason
        for trial in trials.values()
        for value in trial.extractions
        if value.status is ExtractionStatus.REJECTED
    }
    assert "the quote does not stand in the source" in reasons


def test_the_trial_sees_a_control_token_that_reaches_a_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "_CONTROL", fence.re.compile("(?!)"))
    assert any("control token" in line for seed in (0, 8, 14, 15) for line in play(made(seed)).wrong)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_order_is_seen_by_a_model_that_looks_for_it(language: str) -> None:
    for kind in KINDS:
        assert orders_in(order_of(random.Random(1), kind, language).text) == {kind}
