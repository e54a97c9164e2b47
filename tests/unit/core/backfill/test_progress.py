"""The forecast of a backfill, its budget, and the time that is left."""

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


def test_expected_comes_back_from_json_unchanged():
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
def test_a_budget_is_exceeded_by_the_upper_end_of_the_interval(budget: CostBudget, passed: int):
    assert len(over_budget(_EXPECTED, budget)) == passed


def test_a_budget_without_a_forecast_counts_as_exceeded():
    (excess,) = over_budget(_EXPECTED, CostBudget(max_money=1000))
    assert "unknown" in excess


def test_a_version_is_the_current_one_unless_one_is_named():
    versions = parse_older(["schema", "generator=1-ab"])
    assert versions == {Versioned.SCHEMA: None, Versioned.GENERATOR: "1-ab"}


@pytest.mark.parametrize("entry", ["prompt", "reader=2", "", "Generator"])
def test_part_of_a_run_without_versions_is_refused(entry: str):
    with pytest.raises(ConfigurationError, match="cannot be selected: use one of"):
        parse_older([entry])


def test_unknown_pages_are_estimated_from_known_ones():
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


def test_there_is_no_pace_before_a_document_has_ended():
    pace = Pace()
    pace.add(standing(0, 100), 0)
    pace.add(standing(0, 100), 60)
    assert pace.seconds_left(standing(0, 100)) is None


def test_progress_is_described_in_one_line():
    progress = BackfillProgress(
        {
            DocumentState.DONE: BatchTally(2),
            DocumentState.FAILED: BatchTally(1),
            DocumentState.WAITING: BatchTally(7),
        }
    )
    assert progress.in_words() == "3 of 10 documents: 2 done, 1 failed, 7 left"
