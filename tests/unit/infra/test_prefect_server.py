import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from infra.stack.prefect_server import (
    CACHE_KIB,
    bound_cache,
    write_from_the_start,
)


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


def test_a_cursor_that_failed_is_closed_in_the_thread_of_its_connection(tmp_path: Path):
    """SQLAlchemy's since 2.1, and what the server stands on: closed by Python's collector in the event loop, it would wait there for its
    connection, and what the connection waits for would never come."""
    closed: list[threading.Thread] = []

    class Cursor(sqlite3.Cursor):
        def close(self) -> None:
            closed.append(threading.current_thread())
            super().close()

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

    async def refuse_twice() -> None:
        engine = create_async_engine(
            f"sqlite+aiosqlite:///{tmp_path / 'prefect.db'}", connect_args={"factory": Connection}
        )
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE run (name TEXT NOT NULL)"))
        insert = text("INSERT INTO run VALUES (:name)")
        for rows in ({"name": None}, [{"name": "one"}, {"name": None}]):
            closed.clear()
            with pytest.raises(IntegrityError):
                async with engine.begin() as connection:
                    await connection.execute(insert, rows)
            assert closed
            assert threading.main_thread() not in closed
        async with engine.begin() as connection:
            await connection.execute(insert, [{"name": "a"}, {"name": "b"}])
            assert (await connection.execute(text("SELECT name FROM run"))).scalars().all() == ["a", "b"]
        await engine.dispose()

    asyncio.run(refuse_twice())


def two_writers(database: Path) -> Engine:
    """Connections as Prefect opens them: no BEGIN of the driver's own, write-ahead log. The wait is short, the refusal tested comes at once."""
    how = {"timeout": 0.1, "check_same_thread": False}
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
