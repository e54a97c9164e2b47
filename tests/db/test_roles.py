"""Roles on a server of the kind that a company has: passwords (SCRAM), TLS, a DBA's roles, and a migrating user who is no superuser.

The DBA's commands are run word for word out of docs/deployment.md. Debian's PostgreSQL where it is installed, so that a second version is
tried; else the embedded one.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg import errors

from infra.stack import postgres as embedded
from sql.migrate import upgrade
from tasks.core.errors import ConfigurationError
from tasks.core.records import RunId
from tasks.postgres.connection import connect
from tasks.postgres.store import Store
from tests.db import samples
from tests.servers.certificates import write_certificate

DEPLOYMENT = Path(__file__).parents[2] / "docs" / "deployment.md"
DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
PASSWORDS = dict(
    re.findall(r"CREATE ROLE (\w+) LOGIN PASSWORD '([^']+)'", DEPLOYMENT.read_text(encoding="utf-8"))
)
HISTORY = (
    "generation",
    "finding",
    "review",
    "extraction",
    "coverage",
    "seal",
    "checkpoint",
    "erasure",
    "run",
)


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, Path]]:
    """The port of the server, and its certificate."""
    bin_folder = DEBIAN[-1].parent if DEBIAN else embedded._bin()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Not the test's own folder: PostgreSQL does not run as root, and `nobody` may not enter that one.
    with TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as name:
        folder = Path(name)
        certificate, key = write_certificate(folder)
        (folder / "password").write_text("of the superuser")
        data = folder / "data"
        data.mkdir(mode=0o700)
        for path in (folder, data, certificate, key, folder / "password"):
            path.chmod(0o700 if path.is_dir() else 0o600)
            if not embedded.os.geteuid():
                shutil.chown(path, "nobody")
        initdb = [
            str(bin_folder / "initdb"),
            "-D",
            str(data),
            "-U",
            "dba",
            "--auth=scram-sha-256",
            "--no-sync",
        ]
        run = {
            "env": embedded._environment(),
            "cwd": folder,
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
        }
        subprocess.run(
            embedded.as_plain_user(
                [*initdb, f"--pwfile={folder / 'password'}", "--encoding=UTF8", "--locale=C"]
            ),
            check=True,
            **run,  # pyright: ignore[reportArgumentType]
        )
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "fsync": "off",
            "ssl": "on",
        }
        settings |= {"ssl_cert_file": certificate, "ssl_key_file": key}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        process = subprocess.Popen(
            embedded.as_plain_user([str(bin_folder / "postgres"), "-D", str(data), *options]),
            **run,  # pyright: ignore[reportArgumentType]
        )
        try:
            _await(port)
            yield port, certificate
        finally:
            process.send_signal(embedded.signal.SIGINT)
            process.wait(20)


def _await(port: int) -> None:
    for _ in range(200):
        try:
            return psycopg.connect(dba_url(port)).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise AssertionError("PostgreSQL does not answer")


def dba_url(port: int, database: str = "postgres") -> str:
    return f"host=127.0.0.1 port={port} user=dba password='of the superuser' dbname={database}"


@pytest.fixture(scope="module")
def urls(server: tuple[int, Path]) -> dict[str, str]:
    """By user: the address of a database that the DBA prepared and the migrating user, who may make no role, migrated."""
    text = DEPLOYMENT.read_text(encoding="utf-8")
    in_server, in_database = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)[:2]
    with psycopg.connect(dba_url(server[0]), autocommit=True) as dba:
        for statement in filter(str.strip, in_server.split(";")):
            dba.execute(statement)  # pyright: ignore[reportArgumentType]
    with psycopg.connect(dba_url(server[0], "countersign"), autocommit=True) as dba:
        dba.execute(in_database)  # pyright: ignore[reportArgumentType]
    found = {
        user: f"postgresql://{user}:{password.replace(' ', '%20')}@127.0.0.1:{server[0]}/countersign"
        for user, password in PASSWORDS.items()
    }
    upgrade(found["countersign_migrates"])
    return found


@contextmanager
def refused() -> Iterator[None]:
    with pytest.raises((errors.InsufficientPrivilege, errors.RestrictViolation)):
        yield


def test_tables_of_a_migrating_user_without_rights_over_roles_belong_to_the_owner(
    urls: dict[str, str],
) -> None:
    with psycopg.connect(urls["countersign_migrates"]) as connection:
        asked = "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(asked).fetchone() == (False,)
        owners = connection.execute(
            "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        ).fetchall()
        assert owners == [("countersign_owner",)]
    for user in PASSWORDS:
        upgrade(urls[user])  # each may see that nothing is to be done


def test_each_role_can_do_its_work_and_nothing_else(urls: dict[str, str]) -> None:
    with Store(urls["countersign_flows"]) as store:
        samples.put_document(store)
        run_id = samples.do_run(store)
        assert store.trail.verify(RunId(run_id)).holds
    with psycopg.connect(urls["countersign_flows"]) as connection:
        connection.execute("CREATE TEMPORARY TABLE chosen (it int)")  # as the plan of a backfill does
    for user in ("countersign_flows", "countersign_reads", "countersign_reviews"):
        with psycopg.connect(urls[user], autocommit=True) as connection:
            for table in HISTORY:
                for change in (
                    f"UPDATE {table} SET created_at = now()",
                    f"DELETE FROM {table}",
                    f"TRUNCATE {table} CASCADE",
                ):
                    with pytest.raises(
                        (errors.InsufficientPrivilege, errors.RestrictViolation, errors.UndefinedColumn)
                    ):
                        connection.execute(change)  # pyright: ignore[reportArgumentType]
            for ddl in (
                "CREATE TABLE mine (it int)",
                "CREATE SCHEMA mine",
                "CREATE ROLE mine",
                "DROP TABLE finding",
                "ALTER TABLE finding DISABLE TRIGGER ALL",
                "DROP TRIGGER review_enters_book ON review",
                "CREATE OR REPLACE FUNCTION trail_refuse() RETURNS trigger LANGUAGE sql AS ''",
                "SET session_replication_role = replica",
                "SET ROLE countersign_owner",
                "ALTER ROLE dba PASSWORD 'mine'",
                "COPY run TO PROGRAM 'cat'",
                "SELECT pg_read_file('PG_VERSION')",
            ):
                with refused():
                    connection.execute(ddl)  # pyright: ignore[reportArgumentType]
    writes = "INSERT INTO document (document_id, size_bytes) VALUES (repeat('e', 64), 1)"
    books = (
        "INSERT INTO error_entry (source, position, kind, schema_version_id, generator_id, chunk_id, field, quote, gold_quote) "
        "SELECT 'review', 0, 'correct', '', 1, 1, 'f', '', ''"
    )
    decides = "INSERT INTO review (run_id, chunk_id, field, decision, reviewer, reason) SELECT run_id, chunk_id, field, 'accepted', 'x', '' FROM coverage"
    for user, changes in (
        ("countersign_reads", (writes, books, decides, "UPDATE review_item SET is_open = false")),
        (
            "countersign_reviews",
            (writes, books, "UPDATE run SET state = 'failed'", "UPDATE source SET etag = ''"),
        ),
    ):
        with psycopg.connect(urls[user], autocommit=True) as connection:
            assert connection.execute("SELECT count(*) FROM run").fetchone() == (1,)
            for change in changes:
                with refused():
                    connection.execute(change)  # pyright: ignore[reportArgumentType]


def test_reviewers_decision_enters_the_error_book(urls: dict[str, str]) -> None:
    with psycopg.connect(urls["countersign_reviews"], autocommit=True) as connection:
        connection.execute(
            "INSERT INTO review (run_id, chunk_id, field, extraction_id, decision, reviewer, reason) "
            "SELECT run_id, chunk_id, field, extraction_id, 'rejected', 'ada', '' FROM extraction WHERE status = 'verified' LIMIT 1"
        )
        assert connection.execute("SELECT kind FROM error_entry").fetchall() == [("redundant",)]


def test_wrong_password_says_so_without_it(urls: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="password or user is wrong") as caught:
        connect(urls["countersign_flows"].replace("the%20flows", "s3cret-canary"))
    assert "s3cret-canary" not in str(caught.value)


def test_tls_is_checked_against_the_roots_that_the_url_names(
    urls: dict[str, str], server: tuple[int, Path], tmp_path: Path
) -> None:
    with connect(f"{urls['countersign_flows']}?sslmode=verify-full&sslrootcert={server[1]}") as connection:
        assert connection.info.pgconn.ssl_in_use
    stranger, _ = write_certificate(tmp_path)
    with pytest.raises(ConfigurationError, match="sslrootcert"):
        connect(f"{urls['countersign_flows']}?sslmode=verify-full&sslrootcert={stranger}")
