"""The error book: stores a comparison with all its entries, and reads entries for users and for
training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tasks.core.error_book.chunk_lines import with_reviews
from tasks.core.error_book.entries import DraftComparison, Entry, EntryKind, EntrySource
from tasks.core.errors import StoreError
from tasks.core.records import DocumentId, FieldName, RunId
from tasks.core.schema import Schema
from tasks.core.text.to_pg_text import storable
from tasks.postgres.citations import spans_from_json, spans_to_json
from tasks.postgres.claims import model_id
from tasks.postgres.connection import Pool
from tasks.postgres.queries import Row, copy_rows, query


@dataclass(frozen=True, slots=True)
class Filters:
    """Which entries are listed; None: no condition."""

    kind: EntryKind | None = None
    field: str | None = None
    document: str | None = None
    """Its name in the gold file, a key, a file name or a SHA-256."""
    generator: str | None = None
    """A name, or name/version."""


@dataclass(frozen=True, slots=True)
class BookPart:
    """One comparison, or the reviews of one run: entries about one reading and one generator."""

    document: str
    """Its name in the gold file; for a reviewed document that was never compared, the name of its
    file."""
    document_id: DocumentId
    reading_id: int
    reader_version: str
    schema: Schema
    generator: str
    comparison_id: int | None
    run_id: RunId | None


class ErrorBook:
    """Comparisons with gold, and their entries. Every method is one transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def is_compared(self, compared: DraftComparison) -> bool:
        with self._pool.transaction() as connection:
            return _is_compared(connection, compared)

    def save_comparison(self, compared: DraftComparison, entries: Sequence[Entry]) -> bool:
        """Save a comparison with all its entries.

        False: it is stored already, and nothing was written.

        Raises:
            StoreError: the reading was not saved, or an entry names a chunk that the reading does
                not have.
        """
        counts = {
            "n_gold": compared.n_gold,
            "n_unplaced": compared.n_unplaced,
            "n_ungrounded": compared.n_ungrounded,
            "n_malformed": compared.n_malformed,
        }
        with self._pool.transaction() as connection:
            generator_id = model_id(connection, compared.generator, "generator")
            values = {**_identity(compared), **counts, "generator_id": generator_id}
            row = connection.execute(query("errors", "add_comparison"), values).fetchone()
            if row is None:
                if _is_compared(connection, compared):
                    return False
                document = compared.document_id[:12]
                raise StoreError(f"document {document}: save its reading before its comparison")
            comparison_id, reading_id = row
            reading = {"reading_id": reading_id}
            chunk_ids = dict(connection.execute(query("reading", "chunk_ids"), reading).fetchall())
            versions = (compared.schema_digest, generator_id)
            rows = _rows(comparison_id, versions, chunk_ids, entries)
            copy_rows(connection, query("errors", "copy_entry"), rows)
        return True

    def list_entries(self, filters: Filters, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Entries as a table for users, newest first, streamed."""
        values = {
            "kind": None if filters.kind is None else filters.kind.value,
            "field": filters.field,
            "document": filters.document,
            "generator": filters.generator,
            "limit": limit,
        }
        with (
            self._pool.transaction() as connection,
            connection.cursor("errors", row_factory=dict_row) as cursor,
        ):
            yield from cursor.execute(query("errors", "list"), values)

    def parts(self, generator: str | None = None, schema_name: str | None = None) -> list[BookPart]:
        """What the book consists of, without the entries themselves.

        These are the newest comparison of each document and generator, and the runs that were
        reviewed.
        """
        values = {"generator": generator, "schema_name": schema_name}
        with self._pool.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            compared = cursor.execute(query("errors", "comparisons"), values).fetchall()
            reviewed = cursor.execute(query("errors", "reviewed"), values).fetchall()
        return [_part(row) for row in [*compared, *reviewed]]

    def entries_of(self, part: BookPart) -> tuple[Entry, ...]:
        """The entries of a part in order, as reviewers left them."""
        values = {
            "comparison_id": part.comparison_id,
            "run_id": part.run_id,
            "reading_id": part.reading_id,
            "schema_name": part.schema.name,
        }
        with self._pool.transaction() as connection:
            rows = connection.execute(query("errors", "entries"), values).fetchall()
        entries = [(_entry(row[:-1]), bool(row[-1])) for row in rows]
        reviews = [entry for entry, _ in entries if entry.source is EntrySource.REVIEW]
        if part.comparison_id is None:
            return tuple(reviews)
        return with_reviews([pair for pair in entries if pair[0].source is EntrySource.GOLD], reviews)

    def count_entries(self, parts: Iterable[BookPart]) -> dict[tuple[FieldName, EntryKind], int]:
        ids = [part.comparison_id for part in parts if part.comparison_id is not None]
        with self._pool.transaction() as connection:
            rows = connection.execute(query("errors", "counts"), {"comparison_ids": ids}).fetchall()
        return {(FieldName(name), EntryKind(kind)): n for name, kind, n in rows}

    def runs_of_files(self, file_names: Sequence[str], schema_name: str) -> list[dict[str, Any]]:
        """For each file name the newest done run with a critic."""
        values = {"file_names": list(file_names), "schema_name": schema_name}
        with self._pool.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query("errors", "runs_of_files"), values).fetchall()


def _is_compared(connection: psycopg.Connection, compared: DraftComparison) -> bool:
    return connection.execute(query("errors", "is_compared"), _identity(compared)).fetchone() == (True,)


def _identity(compared: DraftComparison) -> dict[str, Any]:
    return {
        "document_id": compared.document_id,
        "reader_version": compared.reader_version,
        "schema_digest": compared.schema_digest,
        "generator_name": compared.generator.name,
        "generator_version": compared.generator.version,
        "gold_name": storable(compared.gold_name),
        "gold_digest": compared.gold_digest,
    }


def _rows(
    comparison_id: int, versions: tuple[str, int], chunk_ids: dict[int, int], entries: Sequence[Entry]
) -> Iterator[Row]:
    for position, entry in enumerate(entries):
        if entry.chunk_index not in chunk_ids:
            raise StoreError(f"comparison {comparison_id}: its reading has no chunk {entry.chunk_index}")
        texts = (storable(entry.value), storable(entry.quote))
        location = (spans_to_json(entry.spans), list(entry.pages)) if entry.spans else (None, None)
        gold = None if entry.gold is None else storable(entry.gold)
        head = (entry.source.value, comparison_id, position, entry.kind.value, *versions)
        yield (*head, chunk_ids[entry.chunk_index], entry.field, *texts, *location, entry.score, gold)


def _part(row: dict[str, Any]) -> BookPart:
    run_id = row.get("run_id")
    return BookPart(
        row["gold_name"] or row["document_id"],
        DocumentId(row["document_id"]),
        row["reading_id"],
        row["reader_version"],
        Schema.model_validate(row["schema_definition"]),
        row["generator"],
        row.get("comparison_id"),
        None if run_id is None else RunId(run_id),
    )


def _entry(row: Row) -> Entry:
    chunk_index, kind, name, value, quote, spans, pages, score, gold, source = row
    return Entry(
        EntryKind(kind),
        EntrySource(source),
        chunk_index,
        FieldName(name),
        value,
        quote,
        () if spans is None else spans_from_json(spans),
        tuple(pages or ()),
        score,
        gold,
    )
