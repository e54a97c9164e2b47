"""What a backfill expects, when it asks first, and how long it says it will take."""

from __future__ import annotations

import pytest

from tasks.core.backfill.progress import (
    BackfillProgress,
    BatchTally,
    CostBudget,
    DocumentState,
    Expected,
    Forecast,
    Pace,
    Quantity,
    Versioned,
    expected_from_json,
    over_budget,
    parse_older,
)
from tasks.core.errors import ConfigurationError

_EXPECTED = Expected(
    n_documents=100,
    n_current=10,
    n_new=0,
    n_pages=900,
    n_guessed=0,
    n_measured=50,
    quantities={
        Quantity.TOKENS_IN: Forecast(900, 800, 1000),
        Quantity.TOKENS_OUT: Forecast(90, 80, 100),
        Quantity.CLOCK_S: Forecast(3600, 3000, 4000),
    },
    currency="EUR",
)


def standing(n_done: int, n_waiting: int, pages_each: int = 1) -> BackfillProgress:
    return BackfillProgress(
        {
            DocumentState.DONE: BatchTally(n_done, n_done, n_done * pages_each),
            DocumentState.WAITING: BatchTally(n_waiting, n_waiting, n_waiting * pages_each),
        }
    )


def test_what_is_expected_comes_back_from_json_as_it_was():
    assert expected_from_json(_EXPECTED.as_json()) == _EXPECTED


@pytest.mark.parametrize(
    ("budget", "passed"),
    [
        (CostBudget(), 0),
        (CostBudget(max_documents=90), 0),
        (CostBudget(max_documents=89), 1),
        (CostBudget(max_tokens=1100), 0),
        (CostBudget(max_tokens=1099), 1),
        (CostBudget(max_hours=1.2), 0),
        (CostBudget(max_hours=1.0, max_documents=1), 2),
    ],
)
def test_a_budget_is_passed_by_the_upper_end_of_the_interval(budget: CostBudget, passed: int):
    assert len(over_budget(_EXPECTED, budget)) == passed


def test_a_budget_for_what_nobody_can_forecast_counts_as_passed():
    (said,) = over_budget(_EXPECTED, CostBudget(max_money=1000))
    assert "unknown" in said


def test_a_version_is_todays_unless_one_is_named():
    wanted = parse_older(["schema", "generator=1-ab"])
    assert wanted == {Versioned.SCHEMA: None, Versioned.GENERATOR: "1-ab"}


@pytest.mark.parametrize("said", ["prompt", "reader=2", "", "Generator"])
def test_what_no_run_has_a_version_of_is_refused(said: str):
    with pytest.raises(ConfigurationError, match="cannot be selected: use one of"):
        parse_older([said])


def test_pages_nobody_counted_are_guessed_from_those_that_were():
    half_known = BackfillProgress(
        {DocumentState.WAITING: BatchTally(4, 2, 20), DocumentState.DONE: BatchTally(1, 1, 10)}
    )
    assert (half_known.pages_open, half_known.pages_ended) == (40, 10)


def test_the_pace_counts_the_start_of_the_first_batch_as_every_batch_has_one():
    pace = Pace()
    for now_s, n_done in [(0, 0), (30, 0), (40, 20), (60, 30)]:
        pace.add(standing(n_done, 100 - n_done), now_s)
    assert pace.pages_per_s == 0.5
    assert pace.seconds_left(standing(30, 70)) == 140


def test_the_pace_of_a_resumed_backfill_counts_from_where_it_was():
    pace = Pace()
    for now_s, n_done in [(0, 500), (10, 510), (20, 520)]:
        pace.add(standing(n_done, 1000 - n_done), now_s)
    assert pace.pages_per_s == 1


def test_a_pace_is_not_told_before_anything_has_ended():
    pace = Pace()
    pace.add(standing(0, 100), 0)
    pace.add(standing(0, 100), 60)
    assert pace.seconds_left(standing(0, 100)) is None


def test_a_standing_is_told_in_one_line():
    said = BackfillProgress(
        {
            DocumentState.DONE: BatchTally(2),
            DocumentState.FAILED: BatchTally(1),
            DocumentState.WAITING: BatchTally(7),
        }
    )
    assert said.in_words() == "3 of 10 documents: 2 done, 1 failed, 7 left"
