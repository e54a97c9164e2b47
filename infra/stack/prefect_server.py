"""`prefect server start` with a bound on the memory that SQLite takes: run as a script, with the command's own options.

Prefect lets each connection keep 80 MB of the database, and opens up to fifteen: the server grew with every document until it had
them all. What is not kept is still in the system's page cache.

Source: `PRAGMA cache_size` in SQLite's manual (negative: KiB); `AioSqliteConfiguration.setup_sqlite` of Prefect 3.8.
"""

from __future__ import annotations

import runpy
import sys
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

CACHE_KIB = 4 * 1024


def bound_cache(connection: Any, record: Any, _proxy: Any) -> None:
    """Once for each connection, when it is first used: Prefect's own setting is made when it is opened."""
    if "cache_kib" not in record.info:
        record.info["cache_kib"] = CACHE_KIB
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        cursor.close()


if __name__ == "__main__":
    event.listen(Pool, "checkout", bound_cache)
    sys.argv[:] = ["prefect", "server", "start", *sys.argv[1:]]
    runpy.run_module("prefect", run_name="__main__")
