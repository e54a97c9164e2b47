"""Readings and their chunks, in both directions. Written once per document and reader version."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg

from tasks.core.errors import DocumentErased, StoreConflict
from tasks.core.reading.json_form import (
    agreements_from_json,
    agreements_to_json,
    cells_from_json,
    cells_to_json,
    corrections_from_json,
    corrections_to_json,
    marks_from_json,
    marks_to_json,
)
from tasks.core.records import (
    Chunk,
    ChunkKind,
    DocumentId,
    Extra,
    ExtraKind,
    Footnote,
    Line,
    LineTag,
    NoteReference,
    Page,
    Passage,
    PassageKind,
    Reading,
    ReadStatus,
    Segment,
)
from tasks.core.text.to_pg_text import storable
from tasks.postgres.citations import spans_from_json, spans_to_json
from tasks.postgres.connection import Pool
from tasks.postgres.queries import Row, as_json, copy_rows, query

ERASED = "erased"
"""The code of a document whose words were erased."""


class Readings:
    """Readings of documents. Every method is one transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def save(
        self, document_id: DocumentId, reading: Reading, chunks: Sequence[Chunk], chunker: Mapping[str, Any]
    ) -> int:
        """Save a reading with its chunks. The same reading again changes nothing.

        Args:
            reading: Its `reader_version` must change with the settings of the chunker, too.

        Returns:
            The reading's id.

        Raises:
            StoreConflict: this reader version is stored with a different text or different chunks.
        """
        pages = _page_rows(reading)
        notes = [_footnote_row(index, note) for index, note in enumerate(reading.footnotes)]
        chunk_rows = [_chunk_row(chunk) for chunk in chunks]
        cells = [as_json(cells_to_json(chunk.cells)) for chunk in chunks]
        head = {
            "status": reading.status.value,
            "reason": reading.reason,
            "flags": list(reading.flags),
            "n_pages": reading.n_pages,
            "text": storable(reading.text),
            "chunker": as_json(chunker),
            "extras": as_json([[e.kind.value, e.page_number, e.name, e.text] for e in reading.extras]),
        }
        seen = {
            "corrections": as_json(corrections_to_json(reading.corrections)),
            "marks": as_json(marks_to_json(reading.marks)),
            "agreements": as_json(agreements_to_json(reading.agreements)),
            "cells": as_json(cells_to_json(reading.cells)),
        }
        digest = _digest(head, seen, [pages, notes, chunk_rows], cells)
        key = {"document_id": document_id, "reader_version": reading.reader_version}
        with self._pool.transaction() as connection:
            row = connection.execute(
                query("reading", "add_reading"), {**key, **head, **seen, "content_digest": digest}
            ).fetchone()
            if row is None:
                return _stored_id(connection, key, digest)
            note_indices = [_note_index(chunk) for chunk in chunks]
            with_cells = [(*row, its_cells) for row, its_cells in zip(chunk_rows, cells, strict=True)]
            _copy_parts(connection, row[0], pages, notes, with_cells, note_indices)
            return row[0]

    def load(self, document_id: DocumentId, reader_version: str) -> tuple[Reading, tuple[Chunk, ...]] | None:
        with self._pool.transaction() as connection:
            return load_reading(connection, document_id, reader_version)


def load_reading(
    connection: psycopg.Connection, document_id: DocumentId, reader_version: str
) -> tuple[Reading, tuple[Chunk, ...]] | None:
    """Exactly what was saved, or None if nothing was.

    Raises:
        DocumentErased: the words of the document were taken out of the database.
    """
    key = {"document_id": document_id, "reader_version": reader_version}
    row = connection.execute(query("reading", "stored_reading"), key).fetchone()
    if row is None:
        return None
    reading_id, status, reason, flags, n_pages, text, extras, corrections, marks, agreements, cells = row[:-2]
    _refuse_erased(document_id, row[-2])
    of_reading = {"reading_id": reading_id}
    pages = connection.execute(query("reading", "pages"), of_reading).fetchall()
    notes = connection.execute(query("reading", "footnotes"), of_reading).fetchall()
    chunks = connection.execute(query("reading", "chunks"), of_reading).fetchall()
    reading = Reading(
        status=ReadStatus(status),
        reason=reason,
        flags=tuple(flags),
        n_pages=n_pages,
        text=text,
        pages=tuple(Page(*page[:4]) for page in pages),
        lines=tuple(_line(page[0], line) for page in pages for line in page[4]),
        footnotes=tuple(_footnote(note) for note in notes),
        reader_version=reader_version,
        extras=tuple(Extra(ExtraKind(kind), *rest) for kind, *rest in extras),
        marks=marks_from_json(marks),
        agreements=agreements_from_json(agreements),
        cells=cells_from_json(cells),
        corrections=corrections_from_json(corrections),
    )
    return reading, tuple(_chunk(chunk) for chunk in chunks)


def _digest(
    head: Mapping[str, Any], seen: Mapping[str, str], parts: Sequence[Sequence[Row]], cells: Sequence[str]
) -> bytes:
    """SHA-256 over all that was read and cut.

    Without marks, agreements and cells it is the digest of versions that knew none, so that a
    reading which they stored is still the same reading.
    """
    corrections, *later = seen.values()
    content: list[Any] = [{**head, "hidden": "[]", "corrections": corrections}, *parts]
    if any(rows != "[]" for rows in (*later, *cells)):
        content.append([*later, *cells])
    return hashlib.sha256(as_json(content).encode()).digest()


def _stored_id(connection: psycopg.Connection, key: Mapping[str, str], digest: bytes) -> int:
    row = connection.execute(query("reading", "stored_reading"), key).fetchone()
    assert row is not None
    _refuse_erased(key["document_id"], row[-2])
    if row[-1] != digest:
        raise StoreConflict(
            f"document {key['document_id'][:12]}: reader version {key['reader_version']} is stored with different content. "
            "Load the stored reading; a changed reader, chunker or setting needs a new reader version."
        )
    return row[0]


def _refuse_erased(document_id: str, erased_at: datetime | None) -> None:
    if erased_at is not None:
        raise erased_error(document_id, erased_at)


def erased_error(document_id: str, erased_at: datetime) -> DocumentErased:
    """What whoever wants the words of an erased document is told."""
    return DocumentErased(
        ERASED,
        f"the words of document {document_id[:12]} were erased on {erased_at:%Y-%m-%d}; its trail can still be verified",
    )


def _copy_parts(
    connection: psycopg.Connection,
    reading_id: int,
    pages: Sequence[Row],
    notes: Sequence[Row],
    chunk_rows: Sequence[Row],
    note_indices: Sequence[int | None],
) -> None:
    copy_rows(connection, query("reading", "copy_page"), [(reading_id, *row) for row in pages])
    copy_rows(connection, query("reading", "copy_footnote"), [(reading_id, *row) for row in notes])
    ids: dict[int | None, int | None] = {None: None}
    ids.update(connection.execute(query("reading", "footnote_ids"), {"reading_id": reading_id}).fetchall())
    rows = [
        (reading_id, index, kind, ids[note_index], *rest)
        for (index, kind, *rest), note_index in zip(chunk_rows, note_indices, strict=True)
    ]
    copy_rows(connection, query("reading", "copy_chunk"), rows)


def _page_rows(reading: Reading) -> list[Row]:
    """A page carries its lines. A line whose page is missing raises KeyError."""
    lines: dict[int, list[list[Any]]] = {page.page_number: [] for page in reading.pages}
    for line in reading.lines:
        lines[line.page_number].append([line.start, line.end, line.tag.value, *line.box, line.font_size])
    return [(p.page_number, p.start, p.end, p.status, as_json(lines[p.page_number])) for p in reading.pages]


def _line(page_number: int, row: Sequence[Any]) -> Line:
    start, end, tag, x0, y0, x1, y1, size = row
    return Line(
        start, end, page_number, LineTag(tag), (float(x0), float(y0), float(x1), float(y1)), float(size)
    )


def _footnote_row(index: int, note: Footnote) -> Row:
    cited_at = as_json([[ref.start, ref.end, ref.page_number] for ref in note.references])
    return (
        index,
        storable(note.marker),
        spans_to_json(note.spans),
        note.page_number,
        note.last_page_number,
        cited_at,
        note.confidence,
    )


def _footnote(row: Sequence[Any]) -> Footnote:
    marker, spans, page_number, last_page_number, cited_at, confidence = row
    references = tuple(NoteReference(*reference) for reference in cited_at)
    return Footnote(marker, spans_from_json(spans), page_number, last_page_number, references, confidence)


def _chunk_row(chunk: Chunk) -> Row:
    passages = [
        {
            "kind": passage.kind.value,
            "text": passage.text,
            "footnote_index": passage.footnote_index,
            "segments": [[segment.start, segment.doc_start, segment.length] for segment in passage.segments],
        }
        for passage in chunk.passages
    ]
    contexts = [storable(text) for text in (chunk.lead_in, chunk.context_before, chunk.context_after)]
    headings = [storable(heading) for heading in chunk.headings]
    return chunk.chunk_index, chunk.kind.value, as_json(passages), *contexts, headings, chunk.position


def _note_index(chunk: Chunk) -> int | None:
    return chunk.passages[0].footnote_index if chunk.kind is ChunkKind.NOTE else None


def _chunk(row: Sequence[Any]) -> Chunk:
    index, kind, passages, lead_in, before, after, headings, position, cells = row
    return Chunk(
        chunk_index=index,
        kind=ChunkKind(kind),
        passages=tuple(_passage(passage) for passage in passages),
        lead_in=lead_in,
        context_before=before,
        context_after=after,
        headings=tuple(headings),
        position=position,
        cells=cells_from_json(cells),
    )


def _passage(row: Mapping[str, Any]) -> Passage:
    segments = tuple(Segment(*segment) for segment in row["segments"])
    return Passage(PassageKind(row["kind"]), row["text"], segments, row["footnote_index"])
