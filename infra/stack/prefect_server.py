"""`prefect server start` as SQLite needs it: run as a script, with the command's own options.

Three things are changed, all through SQLAlchemy's events, on the connections alone:

- Prefect lets each connection keep 80 MB of the database, and opens up to fifteen: the server grew with every document until it had
  them all. What is not kept is still in the system's page cache.
- A transaction that reads first and writes later fails at once ("database is locked", to the client a 503) if another wrote in between:
  the wait of 60 s that Prefect sets does not apply to it. One that says at its beginning that it writes waits its turn.
- A cursor that failed keeps its statement until it is collected, which Python may do in the event loop's own thread. If its connection
  waits to write just then, the loop waits with it: for the 60 s, if what it waits for is in the loop's hands. So it gives it back when it
  fails, in the connection's thread.

Source: SQLite's manual on `PRAGMA cache_size` (negative: KiB), on `BEGIN`, on `SQLITE_BUSY_SNAPSHOT` and on threads (a connection's mutex
is held throughout a wait); `AioSqliteConfiguration` of Prefect 3.8.
"""

from __future__ import annotations

import runpy
import sqlite3
import sys
from collections.abc import Iterable
from typing import Any, Self

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

CACHE_KIB = 4 * 1024


class Cursor(sqlite3.Cursor):
    """Holds nothing of its connection once a statement has failed: it is closed."""

    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        try:
            return super().execute(sql, parameters)
        except sqlite3.Error:
            self.close()
            raise

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Self:
        try:
            return super().executemany(sql, parameters)
        except sqlite3.Error:
            self.close()
            raise


class Connection(sqlite3.Connection):
    def cursor(self, factory: Any = Cursor) -> Any:
        return super().cursor(factory)


def connect_with_cursors_that_let_go(
    _dialect: Any, _record: Any, _arguments: list[Any], parameters: dict[str, Any]
) -> None:
    parameters["factory"] = Connection


def bound_cache(connection: Any, record: Any, _proxy: Any) -> None:
    """Once for each connection, when it is first used: Prefect's own setting is made when it is opened."""
    if "cache_kib" not in record.info:
        record.info["cache_kib"] = CACHE_KIB
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        cursor.close()


def write_from_the_start(
    _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    return ("BEGIN IMMEDIATE" if statement == "BEGIN DEFERRED" else statement), parameters


if __name__ == "__main__":
    event.listen(Engine, "do_connect", connect_with_cursors_that_let_go)
    event.listen(Pool, "checkout", bound_cache)
    event.listen(Engine, "before_cursor_execute", write_from_the_start, retval=True)
    sys.argv[:] = ["prefect", "server", "start", *sys.argv[1:]]
    runpy.run_module("prefect", run_name="__main__")
