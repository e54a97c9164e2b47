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
    """Values and cells by field; without what was only flagged."""
    rows = connection.execute(
        "SELECT field, n_verified, n_unsettled, n_rejected, n_unsettled_cells, n_failed_cells, n_scored FROM field_day WHERE field <> ''"
    ).fetchall()
    return {name: tuple(counts) for name, *counts in rows}


def review(
    connection: psycopg.Connection,
    run_id: str,
    field: str = "principal_at_risk",
    chunk_index: int = 0,
    decision: str = "rejected",
) -> None:
    """Of a cell; that of principal_at_risk in chunk 0 is open."""
    connection.execute(
        "INSERT INTO review (run_id, chunk_id, field, decision, value, reviewer, reason) "
        "SELECT run.run_id, chunk_id, %(field)s, %(decision)s::review_decision, CASE %(decision)s WHEN 'corrected' THEN 'x' END, 'ada', '' "
        "FROM run JOIN chunk USING (reading_id) WHERE run.run_id = %(run_id)s AND chunk_index = %(chunk_index)s",
        {"run_id": run_id, "field": field, "chunk_index": chunk_index, "decision": decision},
    )


def reviews(connection: psycopg.Connection) -> dict[str, tuple[int, ...]]:
    """Decisions by field: accepted, corrected, rejected, gold_wrong; and open cells that have one."""
    rows = connection.execute(
        "SELECT field, n_accepted, n_corrected, n_rejected, n_gold_wrong, n_cells FROM review_day"
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


DAY_TABLES = (
    "schema_day", "field_day", "version_day", "round_day", "schema_hour", "review_day", "quarantine_day"
)  # fmt: skip


def part(step: str, first: str, last: str) -> bytes:
    text = (MIGRATIONS_DIR / "versions" / f"{step}.sql").read_text()
    return text[text.index(first) : text.index(last)].encode()


def test_days_before_the_tables_are_counted_by_the_migrations(
    store: Store, connection: psycopg.Connection
) -> None:
    costly_run(store, "a")
    samples.put_document(store, "b")
    reviewed = samples.do_run(store, "b", summary={"seconds": 1.5, "n_rounds": 1})
    samples.do_run(store, "b", force=True, critic=False)
    review(connection, reviewed)
    review(connection, reviewed, decision="accepted")
    store.sources.quarantine("contracts", "x.pdf", "v1", "encrypted", "it has a password", reader_version="r")
    kept = [f"SELECT * FROM {table} t ORDER BY t::text" for table in DAY_TABLES]
    by_trigger = [connection.execute(query.encode()).fetchall() for query in kept]
    assert all(by_trigger)
    with connection.transaction():
        connection.execute(f"TRUNCATE {', '.join(DAY_TABLES)}".encode())
        connection.execute(
            part("0010_days", "INSERT INTO schema_day (day", "CREATE OR REPLACE VIEW day_overview")
        )
        connection.execute(
            part("0015_boards", "CREATE TEMPORARY TABLE counted_run", "DO $$\nBEGIN\n    IF EXISTS")
        )
    assert [connection.execute(query.encode()).fetchall() for query in kept] == by_trigger


def test_day_counts_what_was_flagged_by_kind(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store)
    samples.do_run(store)
    kinds = "n_redundant, n_missing, n_malformed, n_boundary"
    by_field = connection.execute(f"SELECT field, {kinds} FROM field_day ORDER BY field".encode()).fetchall()
    assert by_field == [("", 0, 0, 2, 0), ("principal_at_risk", 0, 2, 0, 0), ("yield", 0, 0, 0, 0)]
    assert connection.execute(f"SELECT {kinds} FROM version_day".encode()).fetchall() == [(0, 2, 2, 0)]


def test_day_tells_versions_apart(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store)
    samples.do_run(store)
    samples.do_run(store, version="2", critic=False)
    rows = connection.execute(
        "SELECT generator, critic, reader_version, n_runs, n_fields, n_empty, n_verified, n_unsettled, n_rejected, n_scored, score "
        "FROM version_day ORDER BY generator"
    ).fetchall()
    found = (1, 2, 1, 1, 0, 1, 1, 0.93)
    assert rows == [
        ("generator/1", "critic/1", samples.READER, *found),
        ("generator/2", "", samples.READER, *found),
    ]


def test_rounds_are_those_of_the_summary_or_else_of_the_trail(
    store: Store, connection: psycopg.Connection
) -> None:
    samples.put_document(store)
    samples.do_run(store, version="1", summary={"n_rounds": 7})
    samples.do_run(store, version="2", summary={"n_rounds": "seven"})
    samples.do_run(store, version="3")
    assert dict(connection.execute("SELECT n_rounds, n_runs FROM round_day").fetchall()) == {7: 1, 2: 2}


def test_hour_counts_what_was_done_and_given_up(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store)
    with store.runs.claim(samples.identity("a")) as claim:
        store.runs.fail(claim.run_id, "model_unavailable")
    samples.do_run(store)
    samples.do_run(store, force=True)
    hour = connection.execute("SELECT n_done, n_failed, n_pages, hour <= now() FROM schema_hour").fetchall()
    assert hour == [(2, 1, 2, True)]


def test_decision_counts_on_its_day_and_an_open_cell_once(
    store: Store, connection: psycopg.Connection
) -> None:
    samples.put_document(store)
    run_id = samples.do_run(store)
    review(connection, run_id)
    review(connection, run_id, decision="corrected")
    review(connection, run_id, "yield", decision="gold_wrong")
    assert reviews(connection) == {"principal_at_risk": (0, 1, 1, 0, 1), "yield": (0, 0, 0, 1, 0)}


def test_open_cell_counts_as_reviewed_on_the_day_of_its_run(
    store: Store, connection: psycopg.Connection
) -> None:
    samples.put_document(store)
    run_id = samples.do_run(store)
    connection.execute("UPDATE run SET finished_at = finished_at - interval '3 days'")
    review(connection, run_id)
    days = f"SELECT {TODAY} - day, n_rejected, n_cells FROM review_day ORDER BY day"
    assert connection.execute(days.encode()).fetchall() == [(3, 0, 1), (0, 1, 0)]


def test_reviews_of_two_people_in_opposite_order_are_all_counted(
    store: Store, database_url: str, connection: psycopg.Connection
) -> None:
    runs = []
    for name in ("a", "b"):
        samples.put_document(store, name, f"deals/{name}.pdf")
        runs.append(samples.do_run(store, name))
    together = Barrier(2)
    failures: list[BaseException] = []

    def decide(run_id: str, order: tuple[str, ...]) -> None:
        try:
            with psycopg.connect(database_url) as own:
                for field in order:
                    review(own, run_id, field)
                together.wait()
        except BaseException as error:
            failures.append(error)

    orders = ("yield", "principal_at_risk"), ("principal_at_risk", "yield")
    threads = [Thread(target=decide, args=pair) for pair in zip(runs, orders, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert reviews(connection) == {"principal_at_risk": (0, 0, 2, 0, 2), "yield": (0, 0, 2, 0, 0)}


def test_refusal_is_counted_once(store: Store, connection: psycopg.Connection) -> None:
    for _ in range(2):
        store.sources.quarantine("contracts", "x.pdf", "v1", "encrypted", "a password", reader_version="r")
    rows = connection.execute(f"SELECT code, n_objects FROM quarantine_day WHERE day = {TODAY}".encode())
    assert rows.fetchall() == [("encrypted", 1)]


@pytest.mark.parametrize("table", DAY_TABLES)
def test_nobody_writes_a_day_but_the_trigger(
    store: Store, connection: psycopg.Connection, table: str
) -> None:
    samples.put_document(store)
    run_id = samples.do_run(store)
    first = "hour" if table == "schema_hour" else "day"
    with acting_as(connection, "countersign_writer"):
        review(connection, run_id)
        store.sources.quarantine("contracts", "x.pdf", "v1", "encrypted", "a password", reader_version="r")
        assert connection.execute(f"SELECT count(*) > 0 FROM {table}".encode()).fetchone() == (True,)
        for change in (
            f"UPDATE {table} SET {first} = {first}",
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
