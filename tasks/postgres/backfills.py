"""Backfills: their state, their batches, their progress, and what they changed.

The driver of a backfill, and the process of each batch, hold an advisory lock on a connection of
their own: a killed process loses it at that moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tasks.core.backfill.changes import ComparedValue, ReviewedValue
from tasks.core.backfill.progress import (
    MAX_BATCHES_OF_A_DOCUMENT,
    BackfillProgress,
    BackfillState,
    BatchTally,
    DocumentState,
)
from tasks.core.errors import BackfillConflict, BackfillMissing
from tasks.core.records import DocumentId, ExtractionStatus, FieldName, ModelIdentity, RunIdentity
from tasks.core.text.to_pg_text import storable
from tasks.postgres.backfill_plans import Planning
from tasks.postgres.connection import Pool, connect, database_errors
from tasks.postgres.queries import query

DRIVER = 0
"""The lock number of a backfill's driver; batches count from 1."""
PAIRS_A_PAGE = 200


@dataclass(frozen=True, slots=True)
class Backfill:
    """A stored plan and its state."""

    backfill_id: int
    name: str
    state: BackfillState
    reason: str | None
    selection: Mapping[str, Any]
    forecast: Mapping[str, Any]
    n_documents: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class BatchEnds:
    """How the documents of a batch ended."""

    n_failed: int
    n_documents: int
    reason: str | None
    """Of one document that failed."""


@dataclass(frozen=True, slots=True)
class RunPair:
    """One document's run in the backfill and the run before it; `earlier` None: there was none."""

    key: str
    earlier: RunIdentity | None
    later: RunIdentity
    earlier_values: Sequence[ComparedValue]
    later_values: Sequence[ComparedValue]
    reviews: Sequence[ReviewedValue] = ()
    """What persons said of the run before it."""


class Backfills:
    """Plans, states and batches of backfills.

    Every method is one transaction, unless it says otherwise.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    # ------------------------------------------------------------ plans

    @contextmanager
    def planning(self) -> Iterator[Planning]:
        """A plan in the making; nothing of it remains unless it is stored within the block."""
        with self._pool.transaction() as connection:
            yield Planning(connection)

    def by_name(self, name: str) -> Backfill:
        """
        Raises:
            BackfillMissing: there is no backfill of that name.
        """
        backfills = self._list("by_name", {"name": storable(name)})
        if not backfills:
            newest = ", ".join(b.name for b in self.newest(5))
            raise BackfillMissing(
                f"there is no backfill `{name}`. Newest: {newest or 'none was planned yet'}"
            )
        return backfills[0]

    def newest(self, n_rows: int) -> list[Backfill]:
        """Newest first."""
        return self._list("newest", {"n_rows": n_rows})

    def running(self) -> list[Backfill]:
        return self._list("running", {})

    def _list(self, name: str, values: Mapping[str, Any]) -> list[Backfill]:
        with self._pool.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(query("backfill", name), values).fetchall()
        return [Backfill(**{**row, "state": BackfillState(row["state"])}) for row in rows]

    # ------------------------------------------------------------ state

    def set_state(
        self,
        backfill_id: int,
        state: BackfillState,
        from_states: Sequence[BackfillState],
        reason: str | None = None,
    ) -> bool:
        """False: it was in none of `from_states`, and nothing was changed."""
        values = {"backfill_id": backfill_id, "state": state.value, "reason": reason}
        return self._change("set_state", {**values, "from_states": [s.value for s in from_states]}) == 1

    def retry_failed(self, backfill_id: int) -> int:
        """Set the failed documents back to waiting; return their number."""
        return self._change("take_up_failed", {"backfill_id": backfill_id})

    @contextmanager
    def held(self, backfill_id: int, number: int) -> Iterator[None]:
        """Hold the lock of the driver (`DRIVER`), or of a batch, for the length of the block.

        Raises:
            BackfillConflict: another process holds it.
        """
        values = {"backfill_id": backfill_id, "number": number}
        with connect(self._pool.database_url, autocommit=True) as connection:
            with database_errors():
                row = connection.execute(query("backfill", "lock"), values).fetchone()
            assert row is not None
            if not row[0]:
                holder = f"batch {number} is running" if number else "another flow run controls it"
                raise BackfillConflict(f"backfill {backfill_id}: {holder} already")
            try:
                yield
            finally:  # the server would notice the close alone only a moment later
                with suppress(psycopg.Error):
                    connection.execute(query("backfill", "unlock"), values)

    def is_held(self, backfill_id: int, number: int) -> bool:
        return self._one("is_held", {"backfill_id": backfill_id, "number": number})[0]

    def is_running(self, backfill_id: int) -> bool:
        return self._one("is_running", {"backfill_id": backfill_id})[0]

    def progress(self, backfill_id: int) -> BackfillProgress:
        with self._pool.transaction() as connection:
            rows = connection.execute(query("backfill", "standing"), {"backfill_id": backfill_id})
            return BackfillProgress({DocumentState(state): BatchTally(*rest) for state, *rest in rows})

    def failures(self, backfill_id: int, n_rows: int) -> list[tuple[str, str, str]]:
        """Key, state and reason of the documents that were refused or failed."""
        values = {"backfill_id": backfill_id, "n_rows": n_rows}
        with self._pool.transaction() as connection:
            return connection.execute(query("backfill", "failures"), values).fetchall()

    # ------------------------------------------------------------ batches

    def take_batch(self, backfill_id: int, n_documents: int) -> int | None:
        """Put the next waiting documents into a batch; return its number.

        None: no document is waiting, or the backfill is not running.
        """
        values = {"backfill_id": backfill_id, "n_documents": n_documents}
        with self._pool.transaction() as connection:
            row = connection.execute(query("backfill", "take_batch"), values).fetchone()
            return row[0] if row else None

    def open_batches(self, backfill_id: int) -> dict[int, int]:
        """How many documents each submitted batch has not finished, by its number."""
        with self._pool.transaction() as connection:
            rows = connection.execute(query("backfill", "open_batches"), {"backfill_id": backfill_id})
            return dict(rows.fetchall())

    def batch_keys(self, backfill_id: int, number: int) -> list[str]:
        """Keys of the documents that it has not finished."""
        values = {"backfill_id": backfill_id, "batch_number": number}
        with self._pool.transaction() as connection:
            return [row[0] for row in connection.execute(query("backfill", "batch_keys"), values)]

    def release_batch(self, backfill_id: int, number: int, reason: str, counts: bool = True) -> int:
        """Set a batch's unfinished documents back to waiting, or to failed after too many batches.

        Args:
            counts: Whether this batch counts as one of the batches that a document may be in.
        """
        values = {"backfill_id": backfill_id, "batch_number": number, "reason": reason, "counts": counts}
        return self._change("release_batch", {**values, "max_batches": MAX_BATCHES_OF_A_DOCUMENT})

    def batch_ends(self, backfill_id: int, number: int) -> BatchEnds:
        return BatchEnds(*self._one("batch_ends", {"backfill_id": backfill_id, "batch_number": number}))

    def end_document(
        self,
        backfill_id: int,
        key: str,
        state: DocumentState,
        run_id: str | None,
        n_pages: int | None,
        reason: str | None,
    ) -> None:
        """Record how a document ended. The first call counts; a later one changes nothing."""
        values = {"backfill_id": backfill_id, "key": storable(key), "state": state.value}
        self._change("end_document", {**values, "run_id": run_id, "n_pages": n_pages, "reason": reason})

    def put_back(self, backfill_id: int, key: str, reason: str, counts: bool) -> None:
        """Set a submitted document that was not begun back to waiting.

        `counts`: see `release_batch`.
        """
        values = {"backfill_id": backfill_id, "key": storable(key), "reason": reason, "counts": counts}
        self._change("put_back", {**values, "max_batches": MAX_BATCHES_OF_A_DOCUMENT})

    # ------------------------------------------------------------ what it changed

    def pairs(self, backfill_id: int) -> Iterator[RunPair]:
        """The documents that it has done, streamed: no transaction lasts longer than a page."""
        last: int | None = 0
        while last is not None:
            with self._pool.transaction() as connection:
                page, last = _pairs_page(connection, backfill_id, last)
            yield from page

    def _change(self, name: str, values: Mapping[str, Any]) -> int:
        with self._pool.transaction() as connection:
            return connection.execute(query("backfill", name), values).rowcount

    def _one(self, name: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
        with self._pool.transaction() as connection:
            row = connection.execute(query("backfill", name), values).fetchone()
        assert row is not None
        return row


def _pairs_page(
    connection: psycopg.Connection, backfill_id: int, last_position: int
) -> tuple[list[RunPair], int | None]:
    """The next documents that it has done, and where the next page begins; None: this is the last."""
    values = {"backfill_id": backfill_id, "last_position": last_position, "page_rows": PAIRS_A_PAGE}
    rows = connection.execute(query("backfill", "pairs"), values).fetchall()
    run_ids = [run_id for row in rows for run_id in row[2:] if run_id]
    identities = _identities(connection, run_ids)
    values_of: defaultdict[str, list[ComparedValue]] = defaultdict(list)
    for run_id, field, status, value, normal in connection.execute(
        query("backfill", "values"), {"run_ids": run_ids}
    ):
        values_of[run_id].append(ComparedValue(FieldName(field), ExtractionStatus(status), value, normal))
    reviews_of: defaultdict[str, list[ReviewedValue]] = defaultdict(list)
    earlier = {"run_ids": [first for _, _, first, _ in rows if first]}
    for run_id, field, *said in connection.execute(query("backfill", "reviewed"), earlier):
        reviews_of[run_id].append(ReviewedValue(FieldName(field), *said))
    pairs = [
        RunPair(
            key,
            identities.get(first),
            identities[later],
            values_of.get(first, ()),
            values_of.get(later, ()),
            reviews_of.get(first, ()),
        )
        for _, key, first, later in rows
    ]
    return pairs, rows[-1][0] if len(rows) == PAIRS_A_PAGE else None


def _identities(connection: psycopg.Connection, run_ids: Sequence[str]) -> dict[str, RunIdentity]:
    rows = connection.execute(query("backfill", "identities"), {"run_ids": list(run_ids)})
    return {
        run_id: RunIdentity(
            DocumentId(document_id),
            schema,
            ModelIdentity(generator, generator_version),
            ModelIdentity(critic, critic_version) if critic else None,
            reader_version,
            max_rounds,
            promise,
        )
        for run_id, document_id, schema, generator, generator_version, critic, critic_version, reader_version, max_rounds, promise in rows
    }
