"""A pool of connections to one database: SQLAlchemy's, set up so that a checkout never waits and never hands out a dead connection.

Statements and COPY use psycopg's own API on these connections, so that SQL stays in `sql/queries`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.pool import QueuePool

from tasks.postgres.connection import STATEMENT_TIMEOUT_S, connect, database_errors

_MAX_IDLE = 16
"""A new connection costs the server a process and its catalogues, about 20 ms of its processor: more than the rows of a small document."""


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
        """A connection with a transaction of its own: committed at the end, rolled back when an error leaves the block.

        Raises:
            StoreUnavailable, StoreConflict, StoreError, ConfigurationError: see `connection.database_errors`.
        """
        with self.connection() as connection, database_errors(), connection.transaction():
            yield connection

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        """A connection that belongs to the caller alone for the length of the block. It must hold no lock at the end.

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
