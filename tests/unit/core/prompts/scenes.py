"""Chunks, schemas and assessments that prompts are made of in tests."""

from __future__ import annotations

from tasks.core.grounding.quotes import ground
from tasks.core.loop.assessment import Assessment
from tasks.core.records import (
    Candidate,
    Chunk,
    ChunkKind,
    FieldName,
    Finding,
    FindingKind,
    FindingSource,
    Footnote,
    Page,
    Passage,
    PassageKind,
    Segment,
    Span,
)
from tasks.core.schema import FieldType, Schema, SchemaField
from tasks.core.wire.prompt import Prompt

TEXT = "The rent is EUR 500.\nThe house is heated with gas.1"
NOTE = "Not in summer."
FOOTNOTES = (Footnote("1", (Span(60, 74),), 1, 1, (), 1.0),)
SCHEMA = Schema(
    name="lease",
    title="Lease",
    fields=(
        SchemaField(name="rent", title="Rent", description="What is paid.", type=FieldType.MONEY),
        SchemaField(
            name="heating",
            title="Heating",
            description="The kind.",
            type=FieldType.CHOICE,
            choices=("gas", "oil"),
        ),
        SchemaField(
            name="notice", title="Notice", description="The clause.", examples=("Ends with a year.",)
        ),
    ),
)


def chunk_of(text: str = TEXT, note: str | None = NOTE, **more: object) -> Chunk:
    """A body chunk with the note it cites."""
    passages = [Passage(PassageKind.BODY, text, (Segment(0, 0, len(text)),))]
    if note is not None:
        passages.append(Passage(PassageKind.NOTE, note, (Segment(0, 1000, len(note)),), 0))
    context = {"lead_in": "", "context_before": "", "context_after": "", "headings": ()} | more
    return Chunk(0, ChunkKind.BODY, tuple(passages), position=0.0, **context)  # pyright: ignore[reportArgumentType]


def candidate(field: str, quote: str, value: str | None = None) -> Candidate:
    return Candidate(FieldName(field), value or quote, quote, None, None)


def placed(*candidates: Candidate, chunk: Chunk | None = None) -> tuple[tuple[Candidate, int, int, int], ...]:
    """Candidates of a chunk with their places, as a critic is asked about them."""
    chunk = chunk or chunk_of()
    text = chunk.passages[0].text.ljust(1000) + (chunk.passages[1].text if len(chunk.passages) > 1 else "")
    pages = (Page(1, 0, len(text), "ok"),)
    grounded = ground(candidates, chunk, text, pages)
    return tuple((c, p.passage_index, p.start, p.end) for c, p in grounded if p is not None)


def finding(
    kind: FindingKind,
    field: str | None = None,
    index: int | None = None,
    *,
    quote: str = "",
    reason: str = "",
    source: FindingSource = FindingSource.CRITIC,
) -> Finding:
    name = None if field is None else FieldName(field)
    return Finding(kind, source, name, index, quote, None, 0.9, reason)


def assessed(*candidates: Candidate, findings: tuple[Finding, ...] = ()) -> Assessment:
    return Assessment(1, candidates, tuple(0.9 for _ in candidates), findings)


def asked(prompt: Prompt) -> str:
    """What the user's message says."""
    return prompt.messages[-1].text
