"""The maintenance flow over a real store: dry, it changes nothing; twice, it does nothing twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.sorting import ArtifactSort

from flows.maintenance import maintenance
from tasks import maintenance as steps
from tasks.core.statistics.drift import DriftMeasure, WeekTally, differences
from tasks.maintenance import ORPHANED, change_message, drift_rows
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.conftest import connection, database_url, dropped, make_database, server_url, store, template

__all__ = ["connection", "database_url", "dropped", "make_database", "server_url", "store", "template"]

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def left_by_a_dead_worker(
    store: Store,
    connection: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    prefect_server: None,
) -> Iterator[str]:
    """An unfinished run of yesterday, beside a finished one; the flow's store is the test's."""
    monkeypatch.setattr(steps, "store", lambda: store)
    for content in "ab":
        samples.put_document(store, content, f"deals/{content}.pdf")
    samples.do_run(store, "a")
    with store.runs.claim(samples.identity("b")) as claim:
        store.runs.save_round(claim.run_id, samples.round_record(1))
    connection.execute("SET session_replication_role = replica")  # the guard keeps a run's beginning as it is
    connection.execute("UPDATE run SET created_at = now() - interval '2 days' WHERE state = 'running'")
    connection.execute("RESET session_replication_role")
    yield claim.run_id


def rows(connection: psycopg.Connection) -> list[Any]:
    return connection.execute("SELECT run_id, state, error_code, finished_at FROM run ORDER BY 1").fetchall()


def newest_table(key: str) -> list[dict[str, Any]]:
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(
            artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])), sort=ArtifactSort.CREATED_DESC
        )
    assert isinstance(found[0].data, str)
    return json.loads(found[0].data)


def test_dry_run_says_what_it_would_do_and_writes_nothing(
    left_by_a_dead_worker: str,
    connection: psycopg.Connection,
) -> None:
    before = rows(connection)
    state = maintenance(return_state=True)
    assert state.message is not None
    assert state.message.startswith("dry run, would be: 1 orphaned run set failed, 0 flow runs deleted")
    assert rows(connection) == before
    assert {row["done"] for row in newest_table("maintenance")} == {"no: dry run"}


def test_orphan_is_failed_once_and_a_second_run_changes_nothing(
    left_by_a_dead_worker: str,
    connection: psycopg.Connection,
) -> None:
    first = maintenance(dry_run=False, return_state=True)
    assert first.message is not None and first.message.startswith("done: 1 orphaned run set failed")
    after = rows(connection)
    assert [(str(row[0]), row[1]) for row in after if row[2] == ORPHANED] == [
        (left_by_a_dead_worker, "failed")
    ]
    second = maintenance(dry_run=False, return_state=True)
    assert second.message is not None and second.message.startswith("done: 0 orphaned runs set failed")
    assert rows(connection) == after
    (week,) = newest_table("drift")
    assert (week["schema"], week["runs"], week["unsettled cells"], week["changed"]) == (
        "small",
        1,
        "25.0%",
        "",
    )


@pytest.mark.parametrize("wrong", [{"keep_flow_runs_days": 0}, {"orphan_after_hours": 0}, {"drift_weeks": 0}])
def test_limit_that_would_clear_everything_is_refused(prefect_server: None, wrong: dict[str, Any]) -> None:
    state = maintenance(**wrong, return_state=True)
    assert state.is_failed()


def test_change_is_named_in_words_and_in_its_row() -> None:
    monday = datetime(2026, 3, 9, tzinfo=UTC).date()

    def week(monday: Any, x: float, generator: str) -> WeekTally:
        runs = 20
        return WeekTally(
            monday, "cv", generator, "c/1", DriftMeasure.FAILED_CELLS, runs, x * runs, 100 * runs,
            x * x * runs, x * 100 * runs, 10_000 * runs,
        )  # fmt: skip

    tallies = [week(monday - timedelta(weeks=1), 2, "g/1"), week(monday, 30, "g/2")]
    found = differences(tallies)
    assert [change_message(d) for d in found] == [
        "cv: failed cells 2.0% -> 30.0% (difference 28.0% to 28.0%; g/2 and c/1, new here)"
    ]
    newest, older = drift_rows(tallies, found)
    assert (newest["week of"], newest["changed"], older["changed"]) == ("2026-03-09", "failed cells", "")
