"""`prefect server start` as SQLite needs it: run as a script, with the command's own options.

Two things are changed, both through SQLAlchemy's events, on the connections alone:

- Prefect lets each connection keep 80 MB of the database, and opens up to fifteen: the server would grow with every document until it had
  them all. What is not kept is still in the system's page cache.
- A transaction that reads first and writes later fails at once ("database is locked", to the client a 503) if another wrote in between:
  the wait of 60 s that Prefect sets does not apply to it. One that says at its beginning that it writes waits its turn.

Checked with Prefect 3.9.1 and SQLAlchemy 2.1.9, both are still needed; `tests/stack/test_stack_prefect.py` says when one of them is not.

Source: SQLite's manual on `PRAGMA cache_size` (negative: KiB), on `BEGIN` and on `SQLITE_BUSY_SNAPSHOT`; `AioSqliteConfiguration` of Prefect 3.9.
"""

from __future__ import annotations

import runpy
import sys
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

CACHE_KIB = 4 * 1024


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
    event.listen(Pool, "checkout", bound_cache)
    event.listen(Engine, "before_cursor_execute", write_from_the_start, retval=True)
    sys.argv[:] = ["prefect", "server", "start", *sys.argv[1:]]
    runpy.run_module("prefect", run_name="__main__")
