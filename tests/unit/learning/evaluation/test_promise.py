"""The share of right values beside the promise, and the bar at which trained fields would keep one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.learning.evaluation.promise import OwnFields, PromiseReport, promise_report
from tasks.learning.evaluation.replayed_run import ReplayedContract, Value
from tests.unit.learning.evaluation.contracts import gold, replayed, value

LAW = [f"laws of land {i}" for i in range(30)]


def rated(field: str, quote: str, right: float | None) -> Value:
    return replace(value(field, quote), right=right)


def shown(contracts: list[ReplayedContract], own: tuple[str, ...] = ()) -> PromiseReport:
    trained = tuple(name for name in ("law", "term") if name not in own)
    return promise_report(contracts, trained, own, 0.95 if own else None, 0.3)


def test_own_fields_show_their_promise_its_bars_and_the_share_that_is_right() -> None:
    contracts = [
        replace(
            replayed(gold("a", term=["five years"]), verified=(rated("term", "five years", 0.9),)),
            bars=(0.84,),
        ),
        replace(
            replayed(gold("b"), verified=(rated("term", "two weeks", 0.9), rated("law", "Utah", 0.5))),
            bars=(0.84,),
        ),
    ]
    assert shown(contracts, own=("term",)).own == OwnFields(0.95, (0.84,), 2, 1, 0.5)


def test_without_own_fields_or_without_trained_ones_their_part_is_missing() -> None:
    contracts = [replayed(gold("a", term=["five years"]), verified=(rated("term", "five years", 0.9),))]
    assert shown(contracts).own is None
    assert shown(contracts, own=("law", "term")).trained is None
    assert shown([replayed(gold("a"))], own=("term",)).own == OwnFields(0.95, (), 0, 0, None)


def test_trained_fields_show_the_least_bar_at_which_the_promised_share_is_right() -> None:
    # Thirty right values from 0.95 down to 0.66, one wrong at 0.9, and wrong ones below.
    right = [rated("law", quote, 0.95 - i / 100) for i, quote in enumerate(LAW)]
    wrong = [rated("law", f"nothing like number {i} at all", s) for i, s in enumerate((0.9, 0.5, 0.4))]
    contract = replayed(gold("a", law=[*LAW, "no value has this"]), verified=(*right, *wrong))
    trained = shown([contract]).trained
    assert trained is not None and trained.at_promise is not None
    assert (trained.in_use.bar, trained.in_use.n_values) == (0.3, 33)
    assert trained.in_use.precision == pytest.approx(30 / 33)
    assert (trained.at_promise.bar, trained.at_promise.n_values) == (pytest.approx(0.66), 31)
    assert trained.at_promise.precision == pytest.approx(30 / 31)
    assert trained.at_promise.recall == pytest.approx(30 / 31)


def test_a_handful_of_right_values_is_no_bar() -> None:
    contract = replayed(gold("a", law=LAW[:5]), verified=tuple(rated("law", quote, 0.9) for quote in LAW[:5]))
    trained = shown([contract]).trained
    assert trained is not None and trained.at_promise is None


def test_values_without_a_probability_are_counted_and_have_no_bar() -> None:
    contract = replayed(gold("a", law=LAW), verified=tuple(rated("law", quote, None) for quote in LAW))
    trained = shown([contract]).trained
    assert trained is not None and trained.at_promise is None
    assert trained.in_use.precision == 1.0
