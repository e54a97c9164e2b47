"""Connections are kept, belong to one user at a time, and are replaced when they died; a checkout never waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from tasks.core.errors import StoreUnavailable
from tasks.postgres import connection as pool_module
from tasks.postgres.connection import Pool


@pytest.fixture
def pool(database_url: str) -> Iterator[Pool]:
    opened = Pool(database_url)
    yield opened
    opened.close()


def backend(pool: Pool) -> int:
    with pool.transaction() as connection:
        return connection.info.backend_pid


def test_connection_is_used_again(pool: Pool) -> None:
    assert backend(pool) == backend(pool)


def test_connections_in_use_are_not_shared(pool: Pool) -> None:
    with pool.transaction() as one:
        assert backend(pool) != one.info.backend_pid


@pytest.mark.timeout(30)
def test_checkout_never_waits_and_no_more_than_sixteen_stay_idle(
    pool: Pool, connection: psycopg.Connection
) -> None:
    with ExitStack() as used:
        pids = {used.enter_context(pool.connection()).info.backend_pid for _ in range(20)}
        assert len(pids) == 20
    open_ones = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY (%s)"
    while connection.execute(open_ones, (list(pids),)).fetchone() != (16,):  # a close takes a moment
        time.sleep(0.01)


def test_connection_left_in_a_transaction_serves_no_other_user(pool: Pool) -> None:
    with pool.connection() as left:
        pid = left.info.backend_pid
        left.execute("BEGIN")
    assert left.closed
    assert backend(pool) != pid


def test_dead_connection_is_replaced(pool: Pool, connection: psycopg.Connection) -> None:
    dead = backend(pool)
    connection.execute("SELECT pg_terminate_backend(%s, 5000)", (dead,))
    assert backend(pool) != dead


def test_connection_that_dies_in_use_is_unavailable_and_not_kept(
    pool: Pool, connection: psycopg.Connection
) -> None:
    with pytest.raises(StoreUnavailable), pool.transaction() as used:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (used.info.backend_pid,))
        used.execute("SELECT 1")
    assert backend(pool) > 0


def test_failed_transaction_leaves_nothing_behind(pool: Pool) -> None:
    with pytest.raises(ZeroDivisionError), pool.transaction() as connection:
        connection.execute("INSERT INTO document VALUES (repeat('0', 64), 1)")
        raise ZeroDivisionError
    with pool.transaction() as connection:
        assert connection.execute("SELECT count(*) FROM document").fetchone() == (0,)


def test_statement_that_takes_for_ever_is_given_up(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "STATEMENT_TIMEOUT_S", 0.2)
    impatient = Pool(database_url)
    with pytest.raises(StoreUnavailable, match="57014"), impatient.transaction() as connection:
        connection.execute("SELECT pg_sleep(30)")
    impatient.close()


def test_threads_share_a_pool(pool: Pool) -> None:
    counted: list[int] = []

    def count() -> None:
        for _ in range(20):
            with pool.transaction() as connection:
                row = connection.execute("SELECT count(*) FROM pg_class WHERE relname = 'run'").fetchone()
                counted.append(row[0] if row else 0)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted == [1] * 80
