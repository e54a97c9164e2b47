"""Runs: claimed by one worker, written round by round, finished or failed, and loaded again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal

import psycopg
from psycopg.rows import class_row, dict_row

from tasks.core.errors import StoreConflict, StoreError, StoreMissing
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.replay import StoredRun
from tasks.core.records import (
    CoverageCell,
    Extraction,
    ModelIdentity,
    RoundRecord,
    RunId,
    RunIdentity,
    RunKey,
)
from tasks.core.review.items import ItemDraft
from tasks.core.schema import Schema
from tasks.postgres.claims import ClaimState, RunClaim, claim_run, model_id
from tasks.postgres.connection import Pool, database_errors
from tasks.postgres.queries import as_json, copy_rows, query
from tasks.postgres.readings import load_reading
from tasks.postgres.results import coverage_rows, extraction_rows, load_coverage, load_extractions
from tasks.postgres.review.items import ask, lock_review
from tasks.postgres.rounds import LockedRun, answer_rows, finding_rows, load_rounds, lock_run


@dataclass(frozen=True, slots=True)
class LongRunning:
    """A run in state running that began long ago.

    `try_orphan` tells whether a worker still processes it.
    """

    run_id: RunId
    run_key: RunKey


@dataclass(frozen=True, slots=True)
class SchemaVersion:
    """A registered wording of a schema."""

    digest: str
    definition: Mapping[str, Any]


class Runs:
    """Every method is one transaction.

    What writes a run uses the connection that holds the run's claim.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._claims: dict[RunId, RunClaim] = {}
        self._lock = Lock()

    def close(self) -> None:
        """Give up the claims that are still held."""
        with self._lock:
            held, self._claims = list(self._claims.values()), {}
        for claim in held:
            claim.connection.close()  # releases its advisory lock, even in the middle of a statement

    # ------------------------------------------------------------ schemas and models

    def register_schema(self, schema: Schema) -> None:
        values = {
            "schema_digest": schema.digest,
            "name": schema.name,
            "field_names": list(schema.field_names),
            "definition": as_json(schema.model_dump(mode="json")),
        }
        with self._pool.transaction() as connection:
            connection.execute(query("run", "add_schema"), values)

    def schema_versions(self, name: str, digest: str) -> list[SchemaVersion]:
        """The registered versions of a schema whose digest begins so, at most two."""
        values = {"name": name, "digest": digest}
        with self._pool.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(query("run", "schema_versions"), values).fetchall()
        return [SchemaVersion(**row) for row in rows]

    def newest_digests(self, name: str) -> list[str]:
        """Digests of the newest registered versions of a schema."""
        with self._pool.transaction() as connection:
            return [row[0] for row in connection.execute(query("run", "newest_schemas"), {"name": name})]

    def register_model(
        self, identity: ModelIdentity, kind: Literal["generator", "critic"], details: Mapping[str, Any]
    ) -> int:
        """Record how a model version describes itself; the first description stands."""
        with self._pool.transaction() as connection:
            return model_id(connection, identity, kind, as_json(details))

    # ------------------------------------------------------------ writing, with a claim

    def count_call_errors(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Add requests that a server refused or left without an answer to those of today.

        Args:
            counts: By model and code.
        """
        rows = sorted(counts.items())
        given = {
            "models": [model for (model, _), _ in rows],
            "codes": [code for (_, code), _ in rows],
            "counts": [n_calls for _, n_calls in rows],
        }
        with self._pool.connection() as connection:
            connection.execute(query("run", "count_call_errors"), given)

    @contextmanager
    def claim(
        self,
        identity: RunIdentity,
        *,
        force: bool = False,
        flow_run_id: str | None = None,
        backfill_id: int | None = None,
    ) -> Iterator[RunClaim]:
        """Hold a run for the length of the block. After an error, the next claim resumes it.

        Raises:
            RunHeld: another worker holds it.
            ConfigurationError: its schema was not registered.
        """
        with ExitStack() as lease:
            connection = lease.enter_context(self._pool.connection())
            claim = claim_run(connection, identity, force, flow_run_id, backfill_id)
            lease.callback(claim.release)
            if claim.state is ClaimState.DONE:
                lease.close()
                yield claim
                return
            with self._lock:
                self._claims[claim.run_id] = claim
            try:
                yield claim
            finally:
                with self._lock:
                    self._claims.pop(claim.run_id, None)

    def save_round(self, run_id: RunId, record: RoundRecord) -> bool:
        """Write a round, whole or not at all. False: it is stored already, and nothing was written.

        Raises:
            StoreConflict: this store does not hold the run, or the run is over.
            StoreError: a round before it is missing, or it names a chunk that the reading does not
                have.
        """
        with self._writing(run_id) as (connection, run):
            if record.round_number <= run.n_rounds:
                return False
            if record.round_number != run.n_rounds + 1:
                raise StoreError(
                    f"run {run_id}: round {record.round_number} cannot follow round {run.n_rounds}"
                )
            copy_rows(connection, query("round", "copy_generation"), answer_rows(run, record))
            copy_rows(connection, query("round", "copy_finding"), finding_rows(run, record))
        return True

    def finish(
        self,
        run_id: RunId,
        extractions: Sequence[Extraction],
        coverage: Sequence[CoverageCell],
        summary: Mapping[str, Any],
        items: Sequence[ItemDraft] = (),
    ) -> None:
        """Write the results and set the run done.

        In the same transaction an earlier done attempt is superseded, decisions over the newest
        earlier run that was reviewed are carried over, and what is left to ask is stored.

        Args:
            summary: May have `seconds`, the time that the worker spent on it.
            items: What persons are asked about the run.

        Raises:
            StoreConflict: this store does not hold the run, or the run is over.
            StoreError: the coverage is incomplete or too large, or an extraction has an unknown
                round, or no citation without being rejected.
        """
        with self._writing(run_id) as (connection, run):
            lock_review(connection, run_id)
            answers = connection.execute(query("round", "answered_in"), {"run_id": run_id}).fetchall()
            generation_ids = {(chunk_id, number): row_id for chunk_id, number, row_id in answers}
            values = extraction_rows(run, generation_ids, extractions)
            copy_rows(connection, query("round", "copy_extraction"), values)
            copy_rows(connection, query("round", "copy_coverage"), coverage_rows(run, coverage))
            connection.execute(query("run", "supersede_done"), {"run_id": run_id})
            connection.execute(query("run", "finish"), {"run_id": run_id, "summary": as_json(summary)})
            ask(connection, run, extractions, items)

    def fail(self, run_id: RunId, code: str) -> None:
        """Record why the run stopped. Its rounds stay, and the next claim resumes it."""
        with database_errors():
            self._held(run_id).execute(query("run", "fail"), {"run_id": run_id, "code": code})

    @contextmanager
    def _writing(self, run_id: RunId) -> Iterator[tuple[psycopg.Connection, LockedRun]]:
        connection = self._held(run_id)
        with database_errors(), connection.transaction():
            yield connection, lock_run(connection, run_id)

    def _held(self, run_id: RunId) -> psycopg.Connection:
        with self._lock:
            claim = self._claims.get(run_id)
        if claim is None:
            raise StoreConflict(f"run {run_id} is not claimed by this process, so it cannot write to it")
        return claim.connection

    # ------------------------------------------------------------ reading

    def load_rounds(self, run_id: RunId) -> tuple[RoundRecord, ...]:
        with self._pool.transaction() as connection:
            return load_rounds(connection, run_id)

    def load(self, run_id: RunId) -> StoredRun:
        """A run with everything that led to it, to be replayed.

        Raises:
            StoreMissing: there is no such run, or its document's reading was never stored.
        """
        with self._pool.transaction() as connection:
            with connection.cursor(row_factory=dict_row) as cursor:
                run = cursor.execute(query("run", "facts"), {"run_id": run_id}).fetchone()
            if run is None:
                raise StoreMissing(f"there is no run {run_id}. `countersign export` lists runs.")
            read = load_reading(connection, run["document_id"], run["reader_version"])
            if read is None:
                raise StoreMissing(f"run {run_id} has no reading and no rounds yet")
            return StoredRun(
                run_id,
                run["state"],
                RunInput(*read, Schema.model_validate(run["definition"])),
                run["max_rounds"],
                load_rounds(connection, run_id),
                load_extractions(connection, run_id, run["reading_id"]),
                load_coverage(connection, run_id),
            )

    # ------------------------------------------------------------ runs whose worker is gone

    def long_running(self, older_than_s: float) -> Sequence[LongRunning]:
        """Oldest first."""
        values = {"older_than_s": older_than_s}
        with (
            self._pool.transaction() as connection,
            connection.cursor(row_factory=class_row(LongRunning)) as cursor,
        ):
            return cursor.execute(query("maintenance", "long_running"), values).fetchall()

    def try_orphan(self, run: LongRunning, code: str | None) -> bool:
        """Whether the run is unfinished and no worker holds it.

        With a code, such a run is set failed.

        Holds the lock of a claim until the transaction ends, so that no worker begins in between.
        """
        values = {"run_id": run.run_id, "code": code}
        with self._pool.transaction() as connection:
            lock = connection.execute(query("maintenance", "try_lock"), {"run_key": run.run_key}).fetchone()
            if lock != (True,):
                return False
            if code is None:
                return connection.execute(query("maintenance", "is_running"), values).rowcount == 1
            return connection.execute(query("run", "fail"), values).rowcount == 1
