"""Connections to PostgreSQL, the pool that keeps them, and the server's errors as ours.

Knows no table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.pool import QueuePool

from tasks.core.errors import (
    ConfigurationError,
    CountersignError,
    StoreConflict,
    StoreError,
    StoreUnavailable,
)

_DEFAULTS = {
    "connect_timeout": "10",
    "application_name": "countersign",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
"""Without these a vanished server goes unnoticed for two hours. Source: libpq documentation 18,
section 34.1.2."""

STATEMENT_TIMEOUT_S = 120.0
"""For every statement of the store: none should take a second, and one that waits for a lock for
ever must end in an error."""

_REFUSED = {
    r"password authentication failed|no password supplied|authentication method": "the password or user is wrong",
    r"role \"[^\"]*\" (does not exist|is not permitted to log in)": "the user does not exist or may not log in",
    r"database \"[^\"]*\" does not exist": "the database does not exist. Create one for Countersign alone",
    r"no pg_hba\.conf entry|pg_hba\.conf rejects": "the server's pg_hba.conf does not let this user connect from here",
    r"permission denied for database": "the user may not connect to this database",
    r"server does not support SSL|SSL error|certificate": "the TLS settings of client and server do not match, or `sslrootcert` does not know who signed its certificate",
}
"""What the server's messages mean when it refuses a connection. libpq gives no error code before a
session exists."""


def connect(
    database_url: str, autocommit: bool = False, statement_timeout_s: float | None = None
) -> psycopg.Connection:
    """Open a connection.

    Args:
        database_url: `postgresql://user:password@host:port/database`, or any libpq connection
            string.
        statement_timeout_s: How long one statement may take, in a session that sees our tables alone;
            None: the server's own limit and path.

    Raises:
        ConfigurationError: the URL is not valid, the server refuses the user, or a pooler gives no
            session of one's own (see `_require_session`).
        StoreUnavailable: nothing answers, or the server is not ready.
    """
    server, conninfo = _conninfo(database_url)
    connection = _open(server, conninfo)
    if conninfo not in _with_sessions:
        try:
            _require_session(connection, server, conninfo)
        except BaseException:
            connection.close()
            raise
        _with_sessions.add(conninfo)
    if statement_timeout_s is not None:
        milliseconds = str(int(statement_timeout_s * 1000))
        # A path of the database's or the user's own could put other tables before ours.
        connection.execute(
            "SELECT set_config('statement_timeout', %s, false), set_config('search_path', 'public', false)",
            (milliseconds,),
        )
    connection.autocommit = autocommit
    return connection


def _open(server: str, conninfo: str) -> psycopg.Connection:
    try:
        return psycopg.connect(conninfo, autocommit=True)
    except psycopg.OperationalError as error:
        message = str(error)
        for pattern, meaning in _REFUSED.items():
            if re.search(pattern, message):
                raise ConfigurationError(
                    f"PostgreSQL at {server} refused the connection: {meaning}. Check DATABASE_URL."
                ) from None
        raise StoreUnavailable(
            f"PostgreSQL at {server} does not answer. Start it (`countersign up` starts an embedded one) or check DATABASE_URL."
        ) from error


_with_sessions: set[str] = set()
"""The connection strings of this process that were found to give each connection a session."""
_N_LOOKS = 3


def _require_session(connection: psycopg.Connection, server: str, conninfo: str) -> None:
    """Refuse a pooler that lends a server's session for a statement or transaction only.

    There, locks of a session stay behind in the pool, and prepared statements are those of another.
    A pooler shows by the id of the process: what it tells at the login is its own, not the server's.
    A session is one's own if that process stays the same and no other connection meets it. Two
    looks in a row and one from beside see through a pool that lends its servers in turn (which a
    look from beside alone would not) and through one that lends the last one again.

    Raises:
        ConfigurationError: statements go to sessions that others use, too.
    """
    with database_errors():
        if _backend(connection) == connection.info.backend_pid:
            return  # no pooler
        with _open(server, conninfo) as beside:
            looks = [(_backend(connection), _backend(connection), _backend(beside)) for _ in range(_N_LOOKS)]
    if len({pid for look in looks for pid in look[:2]}) > 1 or any(look[1] == look[2] for look in looks):
        raise ConfigurationError(
            f"PostgreSQL at {server} is behind a connection pooler in transaction or statement mode, and Countersign needs "
            "sessions: a run's lock belongs to one. Set the pooler to session mode (PgBouncer: `pool_mode = session` for this "
            "database), or let DATABASE_URL name PostgreSQL itself."
        )


def _backend(connection: psycopg.Connection) -> int:
    """The process that serves the connection now. By text: nothing is prepared on a session that is not ours."""
    row = connection.execute("SELECT pg_backend_pid()", prepare=False).fetchone()
    assert row is not None
    return row[0]


def _conninfo(database_url: str) -> tuple[str, str]:
    """The server and database for messages, without the password, and the connection string for
    libpq."""
    plain = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", database_url)
    try:
        given = conninfo_to_dict(plain)
    except psycopg.ProgrammingError:
        raise ConfigurationError(
            "DATABASE_URL is not valid. Write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, "
            "with special characters of the password percent-encoded."
        ) from None
    server = f"{given.get('host', 'localhost')}:{given.get('port', 5432)}/{given.get('dbname', '')}"
    return server, make_conninfo("", **{**_DEFAULTS, **given})


_RULES: tuple[
    tuple[tuple[type[psycopg.Error], ...], type[CountersignError], str], ...
] = (  # the first that fits
    (
        (errors.SerializationFailure, errors.DeadlockDetected),
        StoreUnavailable,
        "PostgreSQL aborted the transaction ({sqlstate}); it may succeed when tried again",
    ),
    (
        (errors.ReadOnlySqlTransaction,),
        StoreUnavailable,
        "PostgreSQL takes no writes ({sqlstate}): it is a replica, or set to read only",
    ),
    (
        (errors.UniqueViolation,),
        StoreConflict,
        "another process wrote the row first ({constraint}, {sqlstate})",
    ),
    (
        (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction, errors.UndefinedObject),
        ConfigurationError,
        "the database schema is out of date ({sqlstate}). Run `countersign up` or `python -m sql.migrate`.",
    ),
    (
        (errors.InsufficientPrivilege,),
        ConfigurationError,
        "the database user lacks a privilege. Flows need the role countersign_writer, exports countersign_reader, "
        "the review countersign_reviewer, migrations countersign_owner: GRANT it to the user of DATABASE_URL ({sqlstate}).",
    ),
    ((errors.IntegrityError,), StoreError, "the database rejected a row: {constraint} ({sqlstate})"),
    (
        (psycopg.OperationalError, psycopg.InterfaceError),
        StoreUnavailable,
        "the connection to PostgreSQL was lost ({sqlstate})",
    ),
    ((psycopg.Error,), StoreError, "the database rejected a statement ({sqlstate})"),
)


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn the driver's errors within the block into ours.

    Raises:
        StoreUnavailable: the connection was lost, or the server aborted a transaction that may
            succeed later.
        StoreConflict: another process wrote the row first.
        ConfigurationError: the schema is out of date, or the user lacks a privilege.
        StoreError: the database rejected a row; the message names the constraint, not the row.
    """
    try:
        yield
    except psycopg.Error as error:
        kind, message = next((ours, text) for kinds, ours, text in _RULES if isinstance(error, kinds))
        sqlstate = error.sqlstate or "no answer"
        raise kind(message.format(sqlstate=sqlstate, constraint=error.diag.constraint_name)) from None


_MAX_IDLE = 16
"""A new connection costs the server about 20 ms of processor time: more than the rows of a small
document."""


class Pool:
    """Connections to one database. Opens none before it is needed. Thread-safe."""

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self._pool = QueuePool(
            self._connect,
            pool_size=_MAX_IDLE,
            max_overflow=-1,  # as many as there are threads: a checkout never waits
            use_lifo=True,  # the one used last has its catalogues warm
            reset_on_return=None,  # `connection` below gives back only those outside a transaction
            pre_ping=True,  # servers restart and firewalls forget; costs 0.1 ms a checkout
            dialect=PGDialect_psycopg(dbapi=psycopg),
        )

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Connection]:
        """A connection in a transaction: committed at the end, rolled back if an error leaves the block.

        Raises:
            StoreUnavailable, StoreConflict, StoreError, ConfigurationError: see `connection.database_errors`.
        """
        with self.connection() as connection, database_errors(), connection.transaction():
            yield connection

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        """A connection for the caller alone for the length of the block.

        At the end it must hold no lock.

        Raises:
            StoreUnavailable, ConfigurationError: see `connection.connect`.
        """
        with database_errors():
            lease = self._pool.connect()
        connection = lease.driver_connection
        assert connection is not None
        try:
            yield connection
        finally:
            if connection.info.transaction_status is TransactionStatus.IDLE:
                lease.close()
            else:  # closed, broken, or still in a transaction: another user must not get it
                lease.invalidate()

    def close(self) -> None:
        """Close the idle connections."""
        self._pool.dispose()

    def _connect(self) -> Any:  # psycopg's class lacks the `__getattr__` that SQLAlchemy's protocol names
        return connect(self.database_url, autocommit=True, statement_timeout_s=STATEMENT_TIMEOUT_S)
