"""Each verdict on a value of a user's own field says which probability keeps the promise."""

from __future__ import annotations

import pytest

from tasks.core.native.critic.critic import Critic
from tasks.core.native.critic.evidence_judge import DEFAULT_PROMISE, PromiseBars
from tasks.core.schema import Schema, load_schema
from tests.unit.core.native.scenes import MODELS, RISK, ask, body, candidate

CRITIC, BARS = Critic.load(MODELS / "critic/1"), PromiseBars.load(MODELS / "critic/1")
TEXT = "The closing date is 1 July 2025."


def bar_of(
    schema: Schema, field: str = "closing_date", quote: str = "1 July 2025", **more: float
) -> float | None:
    found = candidate(field, quote, TEXT.index(quote))
    (verdict,) = ask(CRITIC, body(schema, "critique", ("body", TEXT), candidates=[found], **more))["verdicts"]
    return verdict.get("bar")


@pytest.mark.parametrize("promise", [0.6, 0.9, 0.95])
def test_the_bar_is_that_of_the_promise(promise: float) -> None:
    assert bar_of(RISK, promise=promise) == BARS.bar(promise)


def test_a_request_without_promise_is_judged_by_the_default() -> None:
    assert bar_of(RISK) == BARS.bar(DEFAULT_PROMISE)


def test_a_schemas_own_bar_comes_before_that_of_the_promise() -> None:
    own = RISK.model_copy(update={"promise": 0.95, "bar": 0.4321})
    assert bar_of(own, promise=0.95) == 0.4321


def test_a_field_with_a_trained_head_has_no_bar() -> None:
    assert bar_of(load_schema("cuad"), "agreement_date", promise=0.95) is None


def test_a_higher_promise_has_no_lower_bar_and_an_unkept_one_lets_nothing_pass() -> None:
    assert list(BARS.bars) == sorted(BARS.bars)
    assert BARS.bar(0.9999) == 1.0
