"""The store: everything the steps write to and read from PostgreSQL, as one object.

Each method is one transaction. It may be shared by threads, not by processes.
Requires: a database migrated by `sql.migrate`; a user with the role countersign_writer (countersign_reader for what only reads).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import Any, Literal, Self

from tasks.core.cost import CostLine
from tasks.core.drift import WeekTally
from tasks.core.error_book import DraftComparison, Entry, EntryKind
from tasks.core.errors import StoreConflict
from tasks.core.loop.replay import StoredRun
from tasks.core.records import (
    Chunk,
    CoverageCell,
    DocumentId,
    Extraction,
    FieldName,
    ModelIdentity,
    Reading,
    RoundRecord,
    RunId,
    RunIdentity,
)
from tasks.core.rise import Count
from tasks.core.schema import Schema
from tasks.postgres import (
    claims,
    costs,
    error_book,
    maintenance,
    readings,
    reports,
    results,
    rounds,
    sources,
    stored_runs,
    trail,
)
from tasks.postgres.backfills import Backfills
from tasks.postgres.claims import Claim
from tasks.postgres.connection import explained
from tasks.postgres.costs import Asked
from tasks.postgres.error_book import BookPart, Filters
from tasks.postgres.maintenance import LongRunning
from tasks.postgres.pool import Pool
from tasks.postgres.queries import query
from tasks.postgres.sources import KnownObject
from tasks.postgres.text import as_json
from tasks.postgres.trail import TrailProof


class Store:
    """One database. Opens no connection before it is needed.

    Every method raises StoreUnavailable when the server does not answer, ConfigurationError when it turns us away or was not
    migrated, and StoreError when it refuses a row.
    """

    def __init__(self, database_url: str) -> None:
        self._pool = Pool(database_url)
        self.backfills = Backfills(database_url, self._pool)
        self._claims: dict[RunId, Claim] = {}
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections; claims that are still held are given back."""
        with self._lock:
            held, self._claims = list(self._claims.values()), {}
        for claim in held:
            claim.connection.close()  # by whose death the lock goes, whoever is in the middle of a statement
        self._pool.close()

    # ------------------------------------------------------------ what is read

    def record_source(
        self,
        bucket: str,
        key: str,
        version: str | None,
        etag: str | None,
        size_bytes: int | None,
        document_id: DocumentId | None = None,
    ) -> int:
        """Note one version of an object and, once it was fetched, its document. Give what the fetch said: an unversioned listing
        knows no version."""
        with self._pool.transaction() as connection:
            return sources.record_source(connection, bucket, key, version, etag, size_bytes, document_id)

    def known_objects(
        self,
        bucket: str,
        prefix: str = "",
        schema_name: str | None = None,
        deployed: sources.Versions | None = None,
    ) -> Iterator[KnownObject]:
        """All recorded object versions under a prefix in the order of an S3 listing, streamed in pages: no transaction lasts longer
        than one. `schema_name`: whose runs count; `deployed`: what they should have been made with."""
        place: tuple[str, int] | None = sources.START
        while place is not None:
            with self._pool.transaction() as connection:
                found, place = sources.known_objects_page(
                    connection, bucket, prefix, schema_name, place, deployed=deployed
                )
            yield from found

    def quarantine(
        self,
        bucket: str,
        key: str,
        version: str | None,
        code: str,
        message: str,
        *,
        reader_version: str,
        etag: str | None = None,
        document_id: DocumentId | None = None,
        size_bytes: int | None = None,
    ) -> int:
        """Note that a reader version refused an object version. Said once: what was said first stands."""
        with self._pool.transaction() as connection:
            source_id = sources.record_source(connection, bucket, key, version, etag, size_bytes, document_id)
            return sources.quarantine(connection, source_id, reader_version, code, message)

    def save_reading(
        self, document_id: DocumentId, reading: Reading, chunks: Sequence[Chunk], chunker: Mapping[str, Any]
    ) -> int:
        """Idempotent per document and `reading.reader_version`, which must tell chunker settings apart as well."""
        with self._pool.transaction() as connection:
            return readings.save_reading(connection, document_id, reading, chunks, chunker)

    def load_reading(
        self, document_id: DocumentId, reader_version: str
    ) -> tuple[Reading, tuple[Chunk, ...]] | None:
        with self._pool.transaction() as connection:
            return readings.load_reading(connection, document_id, reader_version)

    # ------------------------------------------------------------ what is asked, and of whom

    def register_schema(self, schema: Schema) -> None:
        values = {
            "schema_digest": schema.digest,
            "name": schema.name,
            "field_names": list(schema.field_names),
            "definition": as_json(schema.model_dump(mode="json")),
        }
        with self._pool.transaction() as connection:
            connection.execute(query("run", "add_schema"), values)

    def register_model(
        self, identity: ModelIdentity, kind: Literal["generator", "critic"], details: Mapping[str, Any]
    ) -> int:
        """What a model says of itself; the first description of a version stands."""
        with self._pool.transaction() as connection:
            return claims.model_id(connection, identity, kind, as_json(details))

    # ------------------------------------------------------------ runs

    @contextmanager
    def claim_run(
        self,
        identity: RunIdentity,
        *,
        force: bool = False,
        flow_run_id: str | None = None,
        backfill_id: int | None = None,
    ) -> Iterator[Claim]:
        """Hold a run while the block lasts. Leaving it with an error leaves the run unfinished, to be resumed.

        Raises:
            RunHeld: another worker holds it.
            ConfigurationError: its schema was not registered.
        """
        claim = claims.claim_run(self._pool.take(), identity, force, flow_run_id, backfill_id)
        is_held = claim.state is not claims.ClaimState.DONE
        if is_held:
            with self._lock:
                self._claims[claim.run_id] = claim
        else:
            self._give_back(claim)
        try:
            yield claim
        finally:
            if is_held:
                with self._lock:
                    self._claims.pop(claim.run_id, None)
                self._give_back(claim)

    def _give_back(self, claim: Claim) -> None:
        claim.release()
        self._pool.give_back(claim.connection)

    def save_round(self, run_id: RunId, record: RoundRecord) -> bool:
        """Write a round in one transaction. False: it was stored before, nothing is written twice.

        Raises:
            StoreConflict: this store does not hold the run, or it is over.
        """
        with explained():
            return rounds.save_round(self._held(run_id).connection, run_id, record)

    def finish_run(
        self,
        run_id: RunId,
        extractions: Sequence[Extraction],
        coverage: Sequence[CoverageCell],
        summary: Mapping[str, Any],
    ) -> None:
        """Write the results and set the run done, in one transaction. `summary` may have `seconds`, the time that was worked.

        Raises:
            StoreConflict: this store does not hold the run, or it is over.
            StoreError: coverage is not complete.
        """
        with explained():
            results.finish_run(self._held(run_id).connection, run_id, extractions, coverage, summary)

    def fail_run(self, run_id: RunId, code: str) -> None:
        with explained():
            results.fail_run(self._held(run_id).connection, run_id, code)

    def load_rounds(self, run_id: RunId) -> tuple[RoundRecord, ...]:
        with self._pool.transaction() as connection:
            return rounds.load_rounds(connection, run_id)

    def load_run(self, run_id: RunId) -> StoredRun:
        """A run with everything that made it, to be replayed."""
        with self._pool.transaction() as connection:
            return stored_runs.load_run(connection, run_id)

    def _held(self, run_id: RunId) -> Claim:
        with self._lock:
            claim = self._claims.get(run_id)
        if claim is None:
            raise StoreConflict(f"run {run_id} is not claimed here: only its holder may write it")
        return claim

    # ------------------------------------------------------------ what is taken away

    def export(
        self, document: str | None = None, run: RunId | None = None, since: datetime | None = None
    ) -> Iterator[dict[str, Any]]:
        """Extractions as export lines, streamed: by default of the newest done run of each document and schema."""
        with self._pool.transaction() as connection:
            yield from reports.export(connection, document, run, since)

    def batch_table(
        self, run_ids: Sequence[RunId], quarantine_ids: Sequence[int] = ()
    ) -> list[dict[str, Any]]:
        with self._pool.transaction() as connection:
            return reports.batch_table(connection, run_ids, quarantine_ids)

    def night_runs(
        self,
        since: datetime,
        flow_run_ids: Sequence[str],
        prefixes: Sequence[str],
        schema_names: Sequence[str],
    ) -> dict[int, dict[str, Any]]:
        with self._pool.transaction() as connection:
            return reports.night_runs(connection, since, flow_run_ids, prefixes, schema_names)

    def night_refused(
        self, bucket: str, keys: Mapping[int, Sequence[str]], flow_run_ids: Sequence[str]
    ) -> dict[int, int]:
        with self._pool.transaction() as connection:
            return reports.night_refused(connection, bucket, keys, flow_run_ids)

    def arrivals(self, bucket: str, until: datetime, n_days: int) -> tuple[Count, list[Count]]:
        with self._pool.transaction() as connection:
            return reports.arrivals(connection, bucket, until, n_days)

    def cost_lines(self, asked: Asked, by: str) -> list[tuple[str, CostLine]]:
        with self._pool.transaction() as connection:
            return costs.cost_lines(connection, asked, by)

    def explain(self, extraction_id: int) -> dict[str, Any]:
        with self._pool.transaction() as connection:
            return trail.explain(connection, extraction_id)

    def verify_trail(self, run_id: RunId) -> TrailProof:
        with self._pool.transaction() as connection:
            return trail.verify_trail(connection, run_id)

    def run_ids(self) -> Iterator[RunId]:
        with self._pool.transaction() as connection:
            yield from trail.run_ids(connection)

    # ------------------------------------------------------------ maintenance

    def long_running(self, older_than_s: float) -> Sequence[LongRunning]:
        with self._pool.transaction() as connection:
            return maintenance.long_running(connection, older_than_s)

    def try_orphan(self, run: LongRunning, code: str | None) -> bool:
        """Whether the run's worker is gone; with a code it is set failed, which the next claim resumes."""
        with self._pool.transaction() as connection:
            return maintenance.try_orphan(connection, run, code)

    def tallies(self, since: datetime) -> list[WeekTally]:
        with self._pool.transaction() as connection:
            return maintenance.tallies(connection, since)

    # ------------------------------------------------------------ the error book

    def is_compared(self, compared: DraftComparison) -> bool:
        with self._pool.transaction() as connection:
            return error_book.is_compared(connection, compared)

    def save_comparison(self, compared: DraftComparison, entries: Sequence[Entry]) -> bool:
        """Write a comparison with all its entries. False: it was stored before, nothing is written twice."""
        with self._pool.transaction() as connection:
            return error_book.save_comparison(connection, compared, entries)

    def list_entries(self, wanted: Filters, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Entries for a person, newest first, streamed."""
        with self._pool.transaction() as connection:
            yield from error_book.list_entries(connection, wanted, limit)

    def book_parts(self, generator: str | None = None, schema_name: str | None = None) -> list[BookPart]:
        """What the book stands on: the newest comparison of each document and generator, and the runs that were reviewed."""
        with self._pool.transaction() as connection:
            return error_book.book_parts(connection, generator, schema_name)

    def entries_of(self, part: BookPart) -> tuple[Entry, ...]:
        with self._pool.transaction() as connection:
            return error_book.entries_of(connection, part)

    def count_entries(self, parts: Sequence[BookPart]) -> dict[tuple[FieldName, EntryKind], int]:
        with self._pool.transaction() as connection:
            return error_book.count_entries(connection, parts)

    def runs_of_files(self, file_names: Sequence[str], schema_name: str) -> list[dict[str, Any]]:
        """For each file name the newest done run with a critic."""
        with self._pool.transaction() as connection:
            return error_book.runs_of_files(connection, file_names, schema_name)
