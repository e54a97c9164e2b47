"""A real PgBouncer: session mode serves the store; transaction and statement mode are refused at the first connection."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from infra.stack.postgres import as_plain_user
from sql import migrate
from tasks.core.errors import ConfigurationError
from tasks.postgres.store import Store

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
MODES = ("session", "transaction", "statement")

pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed")


@pytest.fixture
def pooled(database_url: str) -> Iterator[dict[str, str]]:
    """The address of the database by mode, all behind one PgBouncer."""
    assert PGBOUNCER
    given = {"port": 5432, "password": "", **conninfo_to_dict(database_url)}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Not the test's own folder: PgBouncer does not run as root, and `nobody` may not enter that one.
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        target = " ".join(
            f"{name}={given[name]}" for name in ("host", "port", "dbname", "user", "password") if given[name]
        )
        targets = "".join(f"{mode} = {target} pool_mode={mode}\n" for mode in MODES)
        config = Path(folder) / "pgbouncer.ini"
        config.write_text(
            f"[databases]\n{targets}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\n"
            "unix_socket_dir =\nmin_pool_size = 0\n"
        )
        process = subprocess.Popen(
            as_plain_user([PGBOUNCER, "-q", str(config)]),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            address = {mode: f"postgresql://x@127.0.0.1:{port}/{mode}" for mode in MODES}
            _await(address["session"])
            yield address
        finally:
            process.terminate()
            process.wait(10)


def _await(url: str) -> None:
    for _ in range(100):
        try:
            return psycopg.connect(url).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise AssertionError("PgBouncer does not answer")


def test_pooler_is_refused_unless_it_gives_each_connection_a_session(pooled: dict[str, str]) -> None:
    with Store(pooled["session"]) as store:
        store.require_writable()
    migrate.upgrade(pooled["session"])
    for mode in ("transaction", "statement"):
        for first_use in (_use, migrate.upgrade):
            with pytest.raises(ConfigurationError, match="pool_mode = session"):
                first_use(pooled[mode])


def _use(url: str) -> None:
    with Store(url) as store:
        store.require_writable()
