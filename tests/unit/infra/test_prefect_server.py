import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import IntegrityError, OperationalError

from infra.stack.prefect_server import (
    CACHE_KIB,
    bound_cache,
    connect_with_cursors_that_let_go,
    write_from_the_start,
)

WAIT_S = 2


def test_a_connection_that_was_opened_with_a_large_cache_has_a_small_one_in_use(tmp_path: Path):
    engine = create_engine(f"sqlite:///{tmp_path / 'prefect.db'}")

    @event.listens_for(engine, "connect")
    def as_prefect_does(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA cache_size = 20000")

    event.listen(engine.pool, "checkout", bound_cache)
    for _ in range(2):
        with engine.connect() as connection:
            assert connection.execute(text("PRAGMA cache_size")).scalar() == -CACHE_KIB
    engine.dispose()


def test_who_reads_before_writing_is_not_refused_because_another_wrote_in_between(tmp_path: Path):
    as_prefect = two_writers(tmp_path / "prefect.db")
    with pytest.raises(OperationalError, match="database is locked"):
        read_and_write_while_another_writes(as_prefect)
    as_started = two_writers(tmp_path / "started.db")
    event.listen(as_started, "before_cursor_execute", write_from_the_start, retval=True)
    read_and_write_while_another_writes(as_started)
    with as_started.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM run")).scalar() == 1, (
            "the other waited and gave up"
        )
    as_prefect.dispose()
    as_started.dispose()


def test_a_cursor_that_failed_is_let_go_without_waiting_for_its_connection(tmp_path: Path):
    """As Python's collector does in the event loop: there what the connection waits for would never come."""
    engine = two_writers(tmp_path / "prefect.db", WAIT_S)
    event.listen(engine, "do_connect", connect_with_cursors_that_let_go)
    engine.dispose()  # the next connection is one of these
    with engine.connect() as connection:
        waits: Any = connection.connection.dbapi_connection
        cursors = [waits.cursor() for _ in range(3)]
        with pytest.raises(sqlite3.OperationalError):
            cursors[0].execute("INSERT INTO run VALUES (no_such_column)")
        with pytest.raises(sqlite3.IntegrityError):
            cursors[1].execute("INSERT INTO run VALUES (NULL)")
        with pytest.raises(sqlite3.IntegrityError):
            cursors[2].executemany("INSERT INTO run VALUES (?)", [("one",), (None,)])
        with engine.begin() as other:
            other.execute(text("INSERT INTO run VALUES ('other')"))
            waiting = threading.Thread(target=begin_in_vain, args=(waits,))
            waiting.start()
            waiting.join(timeout=WAIT_S / 4)
            cursors.clear()
            assert waiting.is_alive(), "it is still waiting, and we did not wait for it"
            waiting.join()
    engine.dispose()


def begin_in_vain(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError, match="database is locked"):
        connection.execute("BEGIN IMMEDIATE")


def test_a_refusal_is_told_as_before(tmp_path: Path):
    engine = two_writers(tmp_path / "prefect.db")
    event.listen(engine, "do_connect", connect_with_cursors_that_let_go)
    engine.dispose()
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("INSERT INTO run VALUES (NULL)"))
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO run VALUES (:name)"), [{"name": "a"}, {"name": "b"}])
        assert connection.execute(text("SELECT name FROM run")).scalars().all() == ["a", "b"]
    engine.dispose()


def two_writers(database: Path, wait_s: float = 0.1) -> Engine:
    """Connections as Prefect opens them: no BEGIN of the driver's own, write-ahead log. The wait is short, the refusal tested comes at once."""
    how = {"timeout": wait_s, "check_same_thread": False}
    engine = create_engine(f"sqlite:///{database}", connect_args=how)

    @event.listens_for(engine, "connect")
    def as_prefect_does(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN DEFERRED")

    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE run (name TEXT NOT NULL)"))
    return engine


def read_and_write_while_another_writes(engine: Engine) -> None:
    with engine.begin() as one:
        one.execute(text("SELECT count(*) FROM run")).scalar()
        try:
            with engine.begin() as other:
                other.execute(text("INSERT INTO run VALUES ('other')"))
        except OperationalError:
            pass  # it waits for its turn, here no longer than a tenth of a second
        one.execute(text("INSERT INTO run VALUES ('one')"))
