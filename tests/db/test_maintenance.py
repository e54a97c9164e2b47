"""Orphaned runs are distinguished from runs in progress; weekly tallies are the sums of their runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tasks.core.statistics.drift import DriftMeasure, WeekTally
from tasks.postgres.claims import ClaimState
from tasks.postgres.store import Store
from tests.db import samples


def begin(store: Store, content: str) -> str:
    """A run whose worker left it after its first round."""
    samples.put_document(store, content, f"deals/{content}.pdf")
    with store.runs.claim(samples.identity(content)) as claim:
        store.runs.save_round(claim.run_id, samples.round_record(1))
    return claim.run_id


def state(connection: psycopg.Connection, run_id: str) -> tuple[str, str | None]:
    row = connection.execute("SELECT state, error_code FROM run WHERE run_id = %s", (run_id,)).fetchone()
    assert row is not None
    return row


def orphans(store: Store, code: str | None, older_than_s: float = 0) -> list[str]:
    return [run.run_id for run in store.runs.long_running(older_than_s) if store.runs.try_orphan(run, code)]


def test_run_whose_worker_is_gone_is_failed_once_and_resumed_by_the_next_claim(
    store: Store, connection: psycopg.Connection
) -> None:
    left = begin(store, "a")
    assert orphans(store, "holder_gone") == [left]
    assert state(connection, left) == ("failed", "holder_gone")
    assert orphans(store, "holder_gone") == []
    with store.runs.claim(samples.identity("a")) as claim:
        assert (claim.run_id, claim.state, len(claim.rounds)) == (left, ClaimState.RESUMED, 1)


def test_run_that_is_held_is_left_alone(
    store: Store, database_url: str, connection: psycopg.Connection
) -> None:
    samples.put_document(store)
    with store.runs.claim(samples.identity("a")) as claim, Store(database_url) as other:
        assert len(other.runs.long_running(0)) == 1
        assert orphans(other, "holder_gone") == []
        assert state(connection, claim.run_id) == ("running", None)


def test_without_a_code_nothing_is_written_and_the_lock_is_free_again(
    store: Store, connection: psycopg.Connection
) -> None:
    left = begin(store, "a")
    assert orphans(store, None) == orphans(store, None) == [left]
    assert state(connection, left) == ("running", None)
    with store.runs.claim(samples.identity("a")) as claim:
        assert claim.run_id == left


def test_run_that_was_finished_since_it_was_listed_is_left_alone(store: Store) -> None:
    begin(store, "a")
    (listed,) = store.runs.long_running(0)
    samples.do_run(store, "a")
    assert not store.runs.try_orphan(listed, None)
    assert not store.runs.try_orphan(listed, "holder_gone")


def test_young_and_finished_runs_are_not_long_running(store: Store) -> None:
    begin(store, "a")
    samples.put_document(store, "b", "deals/b.pdf")
    samples.do_run(store, "b")
    assert store.runs.long_running(3600) == []
    assert len(store.runs.long_running(0)) == 1


def by_measure(store: Store, since: datetime) -> dict[DriftMeasure, WeekTally]:
    return {tally.measure: tally for tally in store.reports.tallies(since)}


def test_week_is_the_sum_of_its_finished_runs(store: Store) -> None:
    for content in "ab":
        samples.put_document(store, content, f"deals/{content}.pdf")
        samples.do_run(store, content)
    begin(store, "c")
    found = by_measure(store, datetime.now(UTC) - timedelta(hours=1))
    # Two chunks and two fields make four cells a run, one of them unsettled; of two values one is rejected and one scored 0.93.
    cells = found[DriftMeasure.UNSETTLED_CELLS]
    assert (cells.n_runs, cells.x, cells.n, cells.xx, cells.xn, cells.nn) == (2, 2, 8, 2, 8, 32)
    assert (cells.schema_name, cells.generator, cells.critic) == ("small", "generator/1", "critic/1")
    assert cells.week.weekday() == 0
    assert found[DriftMeasure.FAILED_CELLS].value == 0
    assert found[DriftMeasure.REJECTED_VALUES].value == 0.5
    assert found[DriftMeasure.CRITIC_SCORE].value == pytest.approx(0.93)
    assert found.keys().isdisjoint({DriftMeasure.TOKENS_PER_PAGE, DriftMeasure.SECONDS_PER_PAGE})


def test_run_that_was_done_again_still_counts_for_its_week(store: Store) -> None:
    samples.put_document(store)
    samples.do_run(store)
    samples.do_run(store, force=True)
    assert by_measure(store, datetime.now(UTC) - timedelta(hours=1))[DriftMeasure.UNSETTLED_CELLS].n_runs == 2
    assert store.reports.tallies(datetime.now(UTC) + timedelta(hours=1)) == []


def test_tokens_and_seconds_are_those_of_the_answers_by_page(store: Store) -> None:
    samples.put_document(store)
    summary = {"cost": {"tokens_in": 900, "tokens_out": 100, "seconds": 2.5}}
    with store.runs.claim(samples.identity("a")) as claim:
        store.runs.save_round(claim.run_id, samples.round_record(1))
        values = [e for e in samples.extractions() if e.round_number == 1]
        store.runs.finish(claim.run_id, values, samples.coverage(), summary)
    found = by_measure(store, datetime.now(UTC) - timedelta(hours=1))
    assert (found[DriftMeasure.TOKENS_PER_PAGE].value, found[DriftMeasure.SECONDS_PER_PAGE].value) == (
        1000,
        2.5,
    )
