"""The days say what the runs say, and only a trigger writes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Barrier, Thread
from typing import Any

import psycopg
import pytest
from psycopg import errors

from sql.migrate import MIGRATIONS_DIR
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.test_cost import run as costly_run

TODAY = "(now() AT TIME ZONE 'UTC')::date"
ENDS = "n_done, n_failed, n_superseded, n_pages"


def ends(connection: psycopg.Connection) -> Any:
    """One row: all runs of these tests are of one schema, without prices."""
    return connection.execute(f"SELECT {ENDS} FROM schema_day WHERE day = {TODAY}").fetchone()


def fields(connection: psycopg.Connection) -> dict[str, tuple[int, ...]]:
    rows = connection.execute(
        "SELECT field, n_verified, n_unsettled, n_rejected, n_unsettled_cells, n_failed_cells, n_scored FROM field_day"
    ).fetchall()
    return {name: tuple(counts) for name, *counts in rows}


def test_day_counts_what_its_runs_found(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store)
    samples.do_run(store)
    assert ends(connection) == (1, 0, 0, 1)
    assert fields(connection) == {"principal_at_risk": (1, 0, 0, 1, 0, 1), "yield": (0, 0, 1, 0, 0, 0)}


def test_day_keeps_what_was_done_when_it_is_superseded(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store)
    samples.do_run(store)
    samples.do_run(store, force=True)
    assert ends(connection) == (2, 0, 1, 2)
    assert fields(connection)["principal_at_risk"] == (2, 0, 0, 2, 0, 2)


def test_run_that_gave_up_and_was_resumed_is_counted_for_both(
    store: Store, connection: psycopg.Connection
) -> None:
    samples.put_document(store)
    with store.runs.claim(samples.identity("a")) as claim:
        store.runs.fail(claim.run_id, "model_unavailable")
    samples.do_run(store)
    assert ends(connection) == (1, 1, 0, 1)


def test_end_that_was_rolled_back_is_not_counted(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store)
    with store.runs.claim(samples.identity("a")) as claim:
        store.runs.save_round(claim.run_id, samples.round_record(1))
        with pytest.raises(Exception, match="coverage_complete"):
            store.runs.finish(claim.run_id, (), samples.coverage()[1:], {})
    assert ends(connection) is None
    assert fields(connection) == {}


def test_cost_of_a_day_is_the_sum_over_its_runs(store: Store, connection: psycopg.Connection) -> None:
    costly_run(store, "a")
    costly_run(store, "b")
    samples.put_document(store, "c")
    samples.do_run(store, "c")
    rows = connection.execute(
        "SELECT currency, n_done, n_costed, tokens_in FROM schema_day ORDER BY 1"
    ).fetchall()
    assert rows == [("", 1, 0, 0), ("EUR", 2, 2, 4000)]
    assert connection.execute("SELECT n_done FROM day_overview").fetchall() == [(3,)]


def test_runs_that_end_at_the_same_moment_are_all_counted(
    database_url: str, connection: psycopg.Connection
) -> None:
    n_workers, n_runs = 4, 5
    together = Barrier(n_workers)

    def work(worker: int) -> None:
        with Store(database_url) as store_of_worker:
            for n in range(n_runs):
                samples.put_document(store_of_worker, f"{worker}-{n}", f"deals/{worker}-{n}.pdf")
            together.wait()
            for n in range(n_runs):
                samples.do_run(store_of_worker, f"{worker}-{n}")

    threads = [Thread(target=work, args=(worker,)) for worker in range(n_workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = n_workers * n_runs
    assert ends(connection) == (total, 0, 0, total)
    assert fields(connection)["principal_at_risk"] == (total, 0, 0, total, 0, total)


def test_days_before_the_tables_are_counted_by_the_migration(
    store: Store, connection: psycopg.Connection
) -> None:
    costly_run(store, "a")
    samples.put_document(store, "b")
    samples.do_run(store, "b")
    samples.do_run(store, "b", force=True)
    kept = "SELECT * FROM schema_day ORDER BY currency", "SELECT * FROM field_day ORDER BY field"
    by_trigger = [connection.execute(query).fetchall() for query in kept]
    connection.execute("TRUNCATE schema_day, field_day")
    step = (MIGRATIONS_DIR / "versions" / "0010_days.sql").read_text()
    first, last = step.index("INSERT INTO schema_day (day"), step.index("CREATE OR REPLACE VIEW day_overview")
    connection.execute(step[first:last].encode())
    assert [connection.execute(query).fetchall() for query in kept] == by_trigger


@pytest.mark.parametrize("table", ["schema_day", "field_day"])
def test_nobody_writes_a_day_but_the_trigger(
    store: Store, connection: psycopg.Connection, table: str
) -> None:
    samples.put_document(store)
    samples.do_run(store)
    with acting_as(connection, "countersign_writer"):
        assert connection.execute(f"SELECT count(*) > 0 FROM {table}").fetchone() == (True,)
        for change in (
            f"UPDATE {table} SET day = day",
            f"DELETE FROM {table}",
            f"INSERT INTO {table} SELECT * FROM {table}",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(change.encode())


def test_writer_ends_a_run_and_its_day_is_counted(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store)
    with store.runs.claim(samples.identity("a")) as claim, acting_as(connection, "countersign_writer"):
        connection.execute(
            "UPDATE run SET state = 'failed', error_code = 'x', finished_at = now() WHERE run_id = %s",
            (claim.run_id,),
        )
    assert ends(connection) == (0, 1, 0, 0)


def test_cell_of_an_older_run_is_not_open_any_more(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store)
    samples.do_run(store, version="1")
    newer = samples.do_run(store, version="2")
    waiting = connection.execute("SELECT run_id::text, field FROM open_cell").fetchall()
    assert waiting == [(newer, "principal_at_risk")]


@contextmanager
def acting_as(connection: psycopg.Connection, role: str) -> Iterator[None]:
    connection.execute(f"SET ROLE {role}")
    try:
        yield
    finally:
        connection.execute("RESET ROLE")
