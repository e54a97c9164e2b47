from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from infra.stack.prefect_server import CACHE_KIB, bound_cache, write_from_the_start


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


def two_writers(database: Path) -> Engine:
    """Connections as Prefect opens them: no BEGIN of the driver's own, write-ahead log. The wait is short, the refusal tested comes at once."""
    engine = create_engine(f"sqlite:///{database}", connect_args={"timeout": 0.1})

    @event.listens_for(engine, "connect")
    def as_prefect_does(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN DEFERRED")

    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE run (name TEXT)"))
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
