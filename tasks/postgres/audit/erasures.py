"""Erasures: the words of a document go, and the chains of its runs hold.

An owner's work: no role of the application may update what was stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from tasks.core.errors import ConfigurationError, StoreConflict
from tasks.core.records import DocumentId, RunId
from tasks.core.text.to_pg_text import storable
from tasks.postgres.connection import Pool, database_errors
from tasks.postgres.queries import as_json, query

TABLES = (
    "reading",
    "footnote",
    "chunk",
    "generation",
    "finding",
    "extraction",
    "coverage",
    "review",
    "review_item",
    "error_entry",
    "run",
)
"""What holds words of a document, or what follows from them."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased of one document."""

    erasure_id: int
    document_id: DocumentId
    n_rows: dict[str, int]
    """Rows without words now, by table."""


@dataclass(frozen=True, slots=True)
class DocumentPlaces:
    """Where copies of a document's words may lie outside of the database."""

    keys: Sequence[tuple[str, str]]
    """Bucket and key of each object that held it."""
    runs: Mapping[RunId, str]
    """The schema's name by run."""
    delivered_to: Sequence[str]
    """Each as `s3://BUCKET/PREFIX/`."""


class Erasures:
    """Every method is one transaction, but `vacuum`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def erased_at(self, document_id: DocumentId) -> datetime | None:
        """When a document's words were erased; None: they were not."""
        with self._pool.transaction() as connection:
            row = connection.execute(query("erasure", "erased_at"), {"document_id": document_id}).fetchone()
        return None if row is None else row[0]

    def documents_before(self, moment: datetime) -> list[DocumentId]:
        """Documents of which nothing is newer than a moment, and that have their words."""
        with self._pool.transaction() as connection:
            rows = connection.execute(query("erasure", "documents_before"), {"before": moment}).fetchall()
        return [DocumentId(row[0]) for row in rows]

    def documents_called(self, name: str) -> list[DocumentId]:
        """The documents of a key, a file name or a SHA-256."""
        with self._pool.transaction() as connection:
            rows = connection.execute(query("export", "documents_called"), {"name": name}).fetchall()
        return [DocumentId(row[0]) for row in rows]

    def places(self, document_id: DocumentId) -> DocumentPlaces:
        values = {"document_id": document_id}
        with self._pool.transaction() as connection:
            keys = connection.execute(query("erasure", "keys"), values).fetchall()
            runs = connection.execute(query("erasure", "runs"), values).fetchall()
            delivered = connection.execute(query("delivery", "delivered_to"), values).fetchall()
        return DocumentPlaces(
            [(row[0], row[1]) for row in keys],
            {RunId(row[0]): row[1] for row in runs},
            [row[0] for row in delivered],
        )

    def require_erasable(self, document_id: DocumentId) -> None:
        """Refuse what `erase` would refuse, before anything is deleted elsewhere.

        Raises:
            ConfigurationError, StoreConflict: as `erase`.
        """
        with self._pool.transaction() as connection:
            _require_erasable(connection, document_id)

    def erase(self, document_id: DocumentId, requested_by: str, reason: str) -> Erasure:
        """Take a document's words out of every table, and record that. Twice does no harm.

        Args:
            requested_by: Who asked for it: it is stored for good.
            reason: Why; never the words themselves.

        Raises:
            ConfigurationError: the user of the database is not its owner.
            StoreConflict: a worker is processing the document.
        """
        values: dict[str, Any] = {"document_id": document_id}
        with self._pool.transaction() as connection:
            _require_erasable(connection, document_id)
            connection.execute(query("erasure", "begin"))
            n_rows = {
                table: connection.execute(query("erasure", f"erase_{table}"), values).rowcount
                for table in TABLES
            }
            connection.execute(query("erasure", "end"))
            record = {
                "requested_by": storable(requested_by),
                "reason": storable(reason),
                "n_rows": as_json(n_rows),
            }
            row = connection.execute(query("erasure", "record"), {**values, **record}).fetchone()
        assert row is not None
        return Erasure(row[0], document_id, n_rows)

    def vacuum(self, *, is_full: bool = False) -> None:
        """Remove the old versions of the rows, and what the planner's statistics quote of them.

        Args:
            is_full: Write the tables' files anew; they cannot be used meanwhile.
        """
        options = "ANALYZE, FULL" if is_full else "ANALYZE"
        with self._pool.connection() as connection, database_errors():
            connection.execute("SET statement_timeout = 0")  # a large table takes its time
            try:
                for table in TABLES:
                    connection.execute(f"VACUUM ({options}) {table}".encode())
            finally:
                connection.close()  # its time-out is not that of the others


def _require_erasable(connection: psycopg.Connection, document_id: DocumentId) -> None:
    if connection.execute(query("erasure", "may_erase")).fetchone() != (True,):
        raise ConfigurationError(
            "this user of the database may not erase: it takes the owner (role countersign_owner). "
            "Name the owner in DATABASE_URL for this command."
        )
    if connection.execute(query("erasure", "running"), {"document_id": document_id}).fetchone():
        raise StoreConflict(
            f"document {document_id[:12]} has a run that is not finished. Wait for it, or let `countersign` "
            "maintenance give it up, and erase then."
        )
