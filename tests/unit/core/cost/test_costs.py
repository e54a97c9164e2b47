"""Cost: nothing is counted twice, shares add up, and every model has its own prices."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.cost.costs import (
    Cost,
    CostMeasure,
    CostShare,
    cost_in_words,
    cost_of,
    cost_row,
    grouped,
    priced,
)
from tasks.core.cost.prices import Price, Prices, load_prices
from tasks.core.errors import ConfigurationError
from tasks.core.records import CountedBy, ModelAnswer, RoundRecord, Stage
from tasks.documents import Outcome, OutcomeStatus

PRICES = Prices(
    currency="EUR",
    models={
        "llm": Price(per_million_tokens_in=1, per_million_tokens_out=3),
        "judge": Price(per_million_tokens_in=2),
        "critic": Price(per_second=0.01),
    },
)


def draft(
    round_number: int, tokens: tuple[int, int] | None = (1000, 100), error: str | None = None
) -> ModelAnswer:
    counts = tokens or (None, None)
    by = None if tokens is None else CountedBy.SERVER
    return ModelAnswer(0, round_number, Stage.GENERATE, "", "llm/1", 2000.0, *counts, error, (), by)


def critique(
    round_number: int, model: str = "judge/1", tokens: tuple[int, int] | None = (400, 50)
) -> ModelAnswer:
    counts = tokens or (None, None)
    by = None if tokens is None else CountedBy.ESTIMATE
    return ModelAnswer(0, round_number, Stage.CRITIQUE, "", model, 500.0, *counts, tokens_by=by)


def record(
    round_number: int, *generations: ModelAnswer, critics: tuple[ModelAnswer, ...] = ()
) -> RoundRecord:
    return RoundRecord(round_number, (*generations, *critics), ())


TWO_ROUNDS = (
    record(1, draft(1), draft(1), critics=(critique(1), critique(1))),
    record(2, draft(2), critics=(critique(2),)),
)


def test_lines_are_by_model_stage_and_round_and_the_total_is_their_sum():
    cost = cost_of(TWO_ROUNDS, PRICES)
    assert [(x.model, x.stage, x.round_number, x.n_answers) for x in cost.lines] == [
        ("judge/1", Stage.CRITIQUE, 1, 2),
        ("judge/1", Stage.CRITIQUE, 2, 1),
        ("llm/1", Stage.GENERATE, 1, 2),
        ("llm/1", Stage.GENERATE, 2, 1),
    ]
    total = cost.total
    assert (total.tokens_in, total.tokens_out, total.seconds, total.n_estimated) == (4200, 450, 7.5, 3)
    assert total.money == pytest.approx((3 * (1000 + 300) + 3 * 800) / 1e6)


def test_critique_and_regeneration_are_shares_of_the_draft():
    cost = cost_of(TWO_ROUNDS)
    assert cost.measure is CostMeasure.TOKENS
    assert cost.added_by(CostShare.CRITIQUE) == pytest.approx(900 / 2200)
    assert cost.added_by(CostShare.REGENERATION) == pytest.approx((1100 + 450) / 2200)
    assert cost_of(TWO_ROUNDS, PRICES).measure is CostMeasure.MONEY


def test_native_models_have_seconds_and_no_tokens():
    cost = cost_of([record(1, draft(1), critics=(critique(1, "critic/1", None),))], PRICES)
    line = cost.lines[0]
    assert (line.tokens_in, line.tokens_out, line.money) == (None, None, pytest.approx(0.005))
    assert cost_of([record(1, draft(1, None))]).measure is CostMeasure.SECONDS
    assert cost_row(line)["tokens in"] == ""
    assert "tokens" not in cost_in_words(cost_of([record(1, draft(1, None))]))


def test_model_without_a_price_is_named_and_not_free():
    cost = cost_of([record(1, draft(1), critics=(critique(1, "stranger/1"),))], PRICES)
    assert cost.unpriced == ("stranger/1",)
    assert cost.measure is CostMeasure.TOKENS
    assert "without stranger/1" in cost_in_words(cost)


def test_call_that_a_budget_prevents_costs_nothing():
    assert cost_of([record(1, draft(1, None, "budget_document_tokens"))]) == Cost()
    assert cost_of([record(1, draft(1, None, "timed_out"))]).total.n_answers == 1


def test_estimates_are_named_as_estimates():
    assert "estimated for 1 of 2 answers" in cost_in_words(
        cost_of([record(1, draft(1), critics=(critique(1),))])
    )


costs = st.lists(
    st.builds(
        record,
        st.integers(1, 3),
        st.integers(1, 3).map(draft),
        critics=st.tuples(st.builds(critique, st.integers(1, 3))) | st.just(()),
    ),
    max_size=4,
).map(lambda records: cost_of(records, PRICES))


@given(costs, costs)
def test_cost_of_a_batch_is_the_sum_of_its_documents(one: Cost, other: Cost):
    both, a, b = (one + other).total, one.total, other.total
    assert (both.n_answers, both.seconds) == (a.n_answers + b.n_answers, a.seconds + b.seconds)
    assert (both.tokens_in or 0) == (a.tokens_in or 0) + (b.tokens_in or 0)
    assert (both.money or 0) == pytest.approx((a.money or 0) + (b.money or 0))


@given(costs)
def test_shares_are_the_whole_and_nothing_else(cost: Cost):
    critique_added, regeneration_added = (
        cost.added_by(CostShare.CRITIQUE),
        cost.added_by(CostShare.REGENERATION),
    )
    if critique_added is None or regeneration_added is None:
        return
    whole = sum(line.in_measure(cost.measure) for line in cost.lines)
    drafted = sum(line.in_measure(cost.measure) for line in cost.lines if line.share is CostShare.DRAFT)
    assert drafted * (1 + critique_added + regeneration_added) == pytest.approx(whole)


@given(costs)
def test_prices_of_another_day_change_money_and_nothing_else(cost: Cost):
    unpriced = priced(cost.lines, None)
    assert unpriced.total.money is None
    assert priced(unpriced.lines, PRICES) == Cost(cost.lines, "EUR")


def test_lines_can_be_grouped_otherwise():
    by_round = grouped(cost_of(TWO_ROUNDS).lines, lambda line: line.round_number)
    assert [line.n_answers for line in by_round] == [4, 2]


def test_outcome_crosses_a_border_with_its_cost():
    outcome = Outcome(key="a", schema_name="cv", status=OutcomeStatus.DONE, cost=cost_of(TWO_ROUNDS, PRICES))
    assert Outcome.model_validate_json(outcome.model_dump_json()) == outcome


# ---------------------------------------------------------------- the price table


def test_price_table_is_read(tmp_path: Path):
    path = tmp_path / "prices.yaml"
    path.write_text("currency: EUR\nmodels:\n  llm: {per_million_tokens_in: 1, per_million_tokens_out: 3}\n")
    assert load_prices(path).money("llm/7", 1_000_000, 1_000_000, 5.0) == 4.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("currency: euro\nmodels: {}\n", "currency"),
        ("currency: EUR\nmodels:\n  llm: {per_million_tokens: 1}\n", "models.llm.per_million_tokens"),
        ("currency: EUR\nmodels:\n  llm: {per_second: -1}\n", "models.llm.per_second"),
        ("currency: EUR\nmodels:\n  llm: {per_second: .nan}\n", "models.llm.per_second"),
        ("currency: [", "not a YAML file"),
        ("", "the file"),
    ],
)
def test_wrong_price_table_is_refused_with_the_place(tmp_path: Path, text: str, message: str):
    path = tmp_path / "prices.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        load_prices(path)


def test_absent_price_table_is_refused(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_prices(tmp_path / "nowhere.yaml")
