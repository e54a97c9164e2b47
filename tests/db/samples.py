"""A small document, its reading, and the rounds of a run over it, as the steps would store them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from tasks.core.records import (
    CellState,
    Chunk,
    ChunkKind,
    Citation,
    CoverageCell,
    DocumentId,
    Extraction,
    ExtractionStatus,
    FieldName,
    Finding,
    FindingKind,
    FindingSource,
    Footnote,
    Line,
    LineTag,
    MatchKind,
    ModelAnswer,
    ModelIdentity,
    NoteReference,
    Page,
    Part,
    Passage,
    PassageKind,
    Reading,
    ReadStatus,
    RoundRecord,
    RunId,
    RunIdentity,
    Segment,
    Span,
    Stage,
)
from tasks.core.review.items import ItemDraft
from tasks.core.schema import Schema, SchemaField
from tasks.postgres.store import Store

BODY = "The yield is 4 % a year.1 Returns have been steady.\n"
NOTE = "1 Principal may be lost.\n"
TEXT = BODY + NOTE
NOTE_START = len(BODY) + 2
NOTE_TEXT = TEXT[NOTE_START:]
CITING = "The yield is 4 % a year."

SCHEMA = Schema(
    name="small",
    title="Small",
    fields=tuple(SchemaField(name=n, title=n, description=n) for n in ("yield", "principal_at_risk")),
)
READER = "reader-1"
BOX = (72.0, 700.0, 520.5, 712.25)


def document_id(content: str) -> DocumentId:
    return DocumentId(hashlib.sha256(content.encode()).hexdigest())


def reading(reader_version: str = READER) -> Reading:
    end = len(TEXT)
    return Reading(
        status=ReadStatus.OK,
        reason=None,
        flags=("attachments",),
        n_pages=1,
        text=TEXT,
        pages=(Page(1, 0, end, "ok"),),
        lines=(
            Line(0, len(BODY), 1, LineTag.BODY, BOX, 11.0),
            Line(len(BODY), end, 1, LineTag.NOTE, BOX, 8.5),
        ),
        footnotes=(
            Footnote(
                "1", (Span(NOTE_START, end),), 1, 1, (NoteReference(len(CITING), len(CITING) + 1, 1),), 0.9
            ),
        ),
        reader_version=reader_version,
    )


def chunks() -> tuple[Chunk, ...]:
    body = Passage(PassageKind.BODY, BODY, (Segment(0, 0, len(BODY)),))
    note = Passage(PassageKind.NOTE, NOTE_TEXT, (Segment(0, NOTE_START, len(NOTE_TEXT)),), 0)
    return (
        Chunk(0, ChunkKind.BODY, (body, note), "", "", "", ("Returns",), 0.0),
        Chunk(1, ChunkKind.NOTE, (note,), CITING, "", "", (), NOTE_START / len(TEXT)),
    )


def identity(
    content: str,
    version: str = "1",
    critic: bool = True,
    reader_version: str = READER,
    promise: float | None = None,
) -> RunIdentity:
    return RunIdentity(
        document_id=document_id(content),
        schema_digest=SCHEMA.digest,
        generator=ModelIdentity("generator", version),
        critic=ModelIdentity("critic", version) if critic else None,
        reader_version=reader_version,
        max_rounds=3,
        promise=promise,
    )


def note_citation() -> Citation:
    return Citation((Span(NOTE_START, NOTE_START + 22),), (1,), 0, MatchKind.EXACT)


def round_record(number: int, chunk_indices: Sequence[int] = (0, 1)) -> RoundRecord:
    """Answers for both chunks; the critic reports the clause of the note as missing in the first."""
    missing = Finding(
        FindingKind.MISSING,
        FindingSource.CRITIC,
        FieldName("principal_at_risk"),
        None,
        "Principal may be lost.",
        note_citation(),
        0.8,
        "the note says so",
    )
    malformed = Finding(
        FindingKind.MALFORMED, FindingSource.PARSER, None, None, "", None, 1.0, "no list `items`"
    )
    drafted, critiqued = Stage.GENERATE, Stage.CRITIQUE
    raw, repairs = f'{{"items": [{number}]}}', ("fence",)
    generations = [
        ModelAnswer(i, number, drafted, raw, "generator/1", 3.25, 10, repairs=repairs) for i in chunk_indices
    ]
    critiques = [
        ModelAnswer(i, number, critiqued, "", "critic/1", 60000.0, 7, error="model_timed_out")
        for i in chunk_indices
    ]
    return RoundRecord(
        number, (*generations, *critiques), ((chunk_indices[0], missing), (chunk_indices[-1], malformed))
    )


def extractions() -> tuple[Extraction, ...]:
    found = Extraction(
        1,
        FieldName("principal_at_risk"),
        ExtractionStatus.VERIFIED,
        "Principal may be lost.",
        "Principal may be lost.",
        note_citation(),
        2,
        0.93,
        "",
    )
    invented = Extraction(
        0,
        FieldName("yield"),
        ExtractionStatus.REJECTED,
        "5 %",
        "5 %",
        None,
        1,
        None,
        "not in the source",
        "5 %",
    )
    return found, invented


def record() -> Extraction:
    """A record whose one part stands in the body, one in the note, and one nowhere."""
    body = Citation((Span(0, 5), Span(6, 9)), (1,), None, MatchKind.NORMALISED)
    parts = (
        Part("rate", "4 %", "The \u0000yield", body, "4 %"),
        Part(
            "risk",
            "lost",
            "lost",
            Citation((Span(NOTE_START + 17, NOTE_START + 21),), (1,), 0, MatchKind.EXACT),
        ),
        Part("term", "P1Y", "one year", None),
    )
    return Extraction(
        0,
        FieldName("yield"),
        ExtractionStatus.UNSETTLED,
        '{"rate": "4 %", "risk": "lost", "term": "P1Y"}',
        "The yield is 4 % a year.",
        Citation((Span(0, 24),), (1,), None, MatchKind.EXACT),
        1,
        0.4,
        "term: the quote does not stand in the source",
        parts=parts,
    )


def coverage() -> tuple[CoverageCell, ...]:
    return (
        CoverageCell(0, FieldName("yield"), CellState.ABSENT, ""),
        CoverageCell(0, FieldName("principal_at_risk"), CellState.UNSETTLED, "the note says so"),
        CoverageCell(1, FieldName("yield"), CellState.ABSENT, ""),
        CoverageCell(1, FieldName("principal_at_risk"), CellState.FOUND, ""),
    )


def put_document(
    store: Store,
    content: str = "a",
    key: str = "deals/a.pdf",
    seen: tuple[Reading, tuple[Chunk, ...]] | None = None,
) -> DocumentId:
    """A document with its source, reading and schema: all that a run needs."""
    name = document_id(content)
    store.sources.record("contracts", key, None, f"etag-{content}", 1000, name)
    store.readings.save(name, *(seen or (reading(), chunks())), {"max_chars": 6000})
    store.runs.register_schema(SCHEMA)
    return name


def do_run(
    store: Store,
    content: str = "a",
    version: str = "1",
    *,
    critic: bool = True,
    force: bool = False,
    flow_run_id: str | None = None,
    values: Sequence[Extraction] | None = None,
    summary: dict[str, Any] | None = None,
    promise: float | None = None,
    reader_version: str = READER,
    items: Sequence[ItemDraft] = (),
) -> RunId:
    """A whole run of two rounds over a document that was put; gives the run's id."""
    run_identity = identity(content, version, critic, reader_version, promise)
    with store.runs.claim(run_identity, force=force, flow_run_id=flow_run_id) as claim:
        for number in (1, 2):
            store.runs.save_round(claim.run_id, round_record(number))
        found = extractions() if values is None else values
        store.runs.finish(claim.run_id, found, coverage(), summary or {"seconds": 1.5}, items)
    return claim.run_id
