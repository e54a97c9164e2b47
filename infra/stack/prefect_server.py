"""`prefect server start`, adapted to SQLite: run as a script, with the options of that command.

It returns free memory (`prefect_memory.py`) and changes two things, both on connections, through SQLAlchemy's events:

- Prefect lets each connection cache 80 MB of the database, and opens up to fifteen, so the server
  would grow with every document. The system's page cache holds the pages anyway.
- A transaction that reads first and writes later fails at once ("database is locked", for the
  client a 503) if another one wrote in between; Prefect's time-out of 60 s does not apply. With
  BEGIN IMMEDIATE it waits for its turn.

Checked with Prefect 3.9.1 and SQLAlchemy 2.1.9, both are still needed;
`tests/stack/test_stack_prefect.py` says when one of them is not.

Source: SQLite's manual on `PRAGMA cache_size` (negative: KiB), on `BEGIN` and on
`SQLITE_BUSY_SNAPSHOT`; `AioSqliteConfiguration` of Prefect 3.9.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

CACHE_KIB = 4 * 1024


def bound_cache(connection: Any, record: Any, _proxy: Any) -> None:
    """Run once for each connection, at its first use: Prefect makes its own setting when it opens."""
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
    runpy.run_path(str(Path(__file__).with_name("prefect_memory.py")), run_name="__main__")
