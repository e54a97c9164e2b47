"""What is due to be delivered, and what was: by the present of the keys, never by what a worker remembers.

Never writes to a bucket.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from tasks.core.delivery import DeliveredFile, Due, LoggedDelivery
from tasks.core.records import DocumentId, RunId
from tasks.postgres.connection import Pool, database_errors
from tasks.postgres.queries import query

_MAX_EARLIER = 100
"""So many superseded files a pointer names."""


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A delivery whose files are written."""

    due: Due
    object_key: str
    n_values: int
    sha256: str


class Deliveries:
    """Every method but `alone` and `places` is one transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @contextmanager
    def alone(self) -> Iterator[None]:
        """For the length of the block, no other worker delivers; it waits for the one that does.

        The lock goes with its connection, so that of a dead worker is free.

        Raises:
            StoreUnavailable: the other one took longer than a statement may.
        """
        with self._pool.connection() as connection:
            with database_errors(), connection.transaction():
                connection.execute(query("delivery", "lock"))
            try:
                yield
            finally:
                with database_errors(), connection.transaction():
                    connection.execute(query("delivery", "unlock"))

    def places(
        self, n_at_once: int, documents: Sequence[DocumentId] | None = None
    ) -> Iterator[list[tuple[str, str]]]:
        """Buckets and keys in order, so many at once.

        Args:
            documents: Only keys that hold one of these, or held it; None: all keys.
        """
        if documents is not None:
            rows = self._rows("places_of", {"document_ids": list(documents)})
            keys = [(row["bucket"], row["key"]) for row in rows]
            yield from (keys[start : start + n_at_once] for start in range(0, len(keys), n_at_once))
            return
        after = ("", "")
        while True:
            values = {"after_bucket": after[0], "after_key": after[1], "limit": n_at_once}
            page = [(row["bucket"], row["key"]) for row in self._rows("places", values)]
            if not page:
                return
            yield page
            after = page[-1]

    def due(self, place: str, keys: Sequence[tuple[str, str]]) -> list[Due]:
        """What differs, for these buckets and keys, between the present and what was delivered to a place."""
        values = {
            "place": place,
            "buckets": [bucket for bucket, _ in keys],
            "keys": [key for _, key in keys],
        }
        return [
            Due(
                row["bucket"],
                row["key"],
                row["schema_name"],
                row["state"],
                row["since"],
                DocumentId(row["document_id"]),
                RunId(row["run_id"]),
                row["revision"],
                row["finished_at"],
                row["object_version"],
                row["etag"],
                row["supersedes"],
                row["n_values"],
                row["sha256"],
            )
            for row in self._rows("due", values)
        ]

    def revision(self, run_id: RunId) -> int:
        """How long the trail of a run is: it grows with every decision."""
        return int(self._rows("revision", {"run_id": run_id})[0]["trail_length"])

    def earlier(self, due: Due) -> list[DeliveredFile]:
        """The files that were delivered before of the same key and schema, each once, the newest first."""
        if due.supersedes is None:
            return []
        values = {"delivery_id": due.supersedes, "most": _MAX_EARLIER}
        files = [
            DeliveredFile(row["object_key"], RunId(row["run_id"]), row["revision"])
            for row in self._rows("earlier", values)
        ]
        return list(dict.fromkeys(files))

    def next_log(self, place: str) -> int:
        """The number of the next file of the log."""
        return int(self._rows("next_log", {"place": place})[0]["n"])

    def record(self, place: str, log_number: int, made: Sequence[NewDelivery]) -> None:
        """Record deliveries whose files are written: they are not announced yet."""
        superseded = [one.due.supersedes for one in made if one.due.supersedes is not None]
        with self._pool.transaction() as connection:
            connection.execute(query("delivery", "supersede"), {"delivery_ids": superseded})
            with connection.cursor() as cursor:
                cursor.executemany(
                    query("delivery", "insert"), [_row(place, log_number, one) for one in made]
                )

    def unannounced(self, place: str) -> dict[int, list[LoggedDelivery]]:
        """Deliveries whose file of the log is not known to be written, by the number of that file."""
        files: dict[int, list[LoggedDelivery]] = {}
        for row in self._rows("unannounced", {"place": place}):
            files.setdefault(row["log_number"], []).append(_logged(row))
        return files

    def announce(self, place: str, log_number: int) -> None:
        """Note that a file of the log is written."""
        with self._pool.transaction() as connection:
            connection.execute(query("delivery", "announce"), {"place": place, "log_number": log_number})

    def _rows(self, name: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        with self._pool.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query("delivery", name), values).fetchall()


def _row(place: str, log_number: int, one: NewDelivery) -> dict[str, str | int | datetime | None]:
    due = one.due
    return {
        "log_number": log_number,
        "place": place,
        "bucket": due.bucket,
        "key": due.key,
        "schema_name": due.schema_name,
        "state": due.state,
        "since": due.since,
        "document_id": due.document_id,
        "run_id": due.run_id,
        "revision": due.revision,
        "object_key": one.object_key,
        "n_values": one.n_values,
        "sha256": one.sha256,
        "supersedes": due.supersedes,
    }


def _logged(row: Mapping[str, Any]) -> LoggedDelivery:
    before = None
    if row["before_object_key"] is not None:
        before = DeliveredFile(row["before_object_key"], RunId(row["before_run_id"]), row["before_revision"])
    return LoggedDelivery(
        row["bucket"],
        row["key"],
        row["schema_name"],
        row["state"],
        row["since"],
        DocumentId(row["document_id"]),
        DeliveredFile(row["object_key"], RunId(row["run_id"]), row["revision"]),
        row["n_values"],
        row["sha256"],
        before,
        row["created_at"],
    )
