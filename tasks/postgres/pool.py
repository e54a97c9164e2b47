"""A few idle connections, so that a call does not pay for a log-in. Grows with the threads that use it, never waits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import psycopg
from psycopg.pq import TransactionStatus

from tasks.postgres.connection import STATEMENT_TIMEOUT_S, connect, explained

_MAX_IDLE = 16
"""A new one costs the server a process and its catalogues, some 20 ms of its processor: more than a small document's rows."""
_TRUSTED_S = 5.0
"""A connection idle for longer is asked whether it still lives: servers restart, firewalls forget."""


class Pool:
    """Connections to one database. Thread-safe."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._idle: list[tuple[psycopg.Connection, float]] = []
        self._lock = Lock()

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Connection]:
        """A connection with a transaction of its own: committed at the end, rolled back when an error leaves.

        Raises:
            StoreUnavailable, StoreConflict, StoreError, ConfigurationError: as `tasks.postgres.connection.explained`.
        """
        connection = self.take()
        try:
            with explained(), connection.transaction():
                yield connection
        finally:
            self.give_back(connection)

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()

    def take(self) -> psycopg.Connection:
        """A connection that is the caller's alone until it gives it back.

        Raises:
            StoreUnavailable, ConfigurationError: as `tasks.postgres.connection.connect`.
        """
        while True:
            with self._lock:
                if not self._idle:
                    break
                connection, since = self._idle.pop()
            if time.monotonic() - since < _TRUSTED_S or _lives(connection):
                return connection
            connection.close()
        return connect(self._database_url, True, STATEMENT_TIMEOUT_S)

    def give_back(self, connection: psycopg.Connection) -> None:
        """It must hold no lock; one that is closed, or left within a transaction, serves nobody any more."""
        is_fit = connection.info.transaction_status is TransactionStatus.IDLE  # UNKNOWN, when it is closed
        with self._lock:
            if is_fit and len(self._idle) < _MAX_IDLE:
                self._idle.append((connection, time.monotonic()))
                return
        connection.close()


def _lives(connection: psycopg.Connection) -> bool:
    try:
        connection.execute("")
    except psycopg.Error:
        return False
    return True
