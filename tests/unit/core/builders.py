"""Small readings, chunks and schemas for tests, built the way the reader and the chunker would."""

from __future__ import annotations

from tasks.core.records import Chunk, ChunkKind, Page, Passage, PassageKind, Segment
from tasks.core.schema import Cardinality, FieldType, Schema, SchemaField


def page(number: int, start: int, end: int) -> Page:
    return Page(number, start, end, "ok")


def body_chunk(text: str, index: int = 0, doc_start: int = 0) -> Chunk:
    """A chunk whose one passage stands uninterrupted in the document."""
    passage = Passage(PassageKind.BODY, text, (Segment(0, doc_start, len(text)),))
    return Chunk(index, ChunkKind.BODY, (passage,), "", "", "", (), 0.0)


def small_schema(*names: str, kind: FieldType = FieldType.TEXT) -> Schema:
    fields = tuple(
        SchemaField(name=n, title=n, description=n, type=kind, cardinality=Cardinality.MANY)
        for n in names or ("skills",)
    )
    return Schema(name="small", title="Small", fields=fields)
