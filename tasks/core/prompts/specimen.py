"""One small lease, asked about in every way there is: what the digest of the prompts is taken of."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.core.loop.assessment import Assessment
from tasks.core.prompt import Prompt
from tasks.core.prompts.critic import critic_prompts
from tasks.core.prompts.generator import first_draft_prompts, revision_prompts
from tasks.core.prompts.grouping import AskLimits
from tasks.core.records import (
    Candidate,
    Chunk,
    ChunkKind,
    FieldName,
    Finding,
    FindingKind,
    FindingSource,
    Passage,
    PassageKind,
)
from tasks.core.schema import FieldType, Schema, SchemaField, SchemaPart
from tasks.core.unfounded import NOT_IN_CHUNK


def specimens(text: str, limits: AskLimits) -> Iterator[Prompt]:
    """Every kind of call about one chunk with a note, and every kind of field and finding that is told apart."""
    part = SchemaPart(name="sum", title="Sum", description="How much.", required=True)
    fields = (
        SchemaField(
            name="rent", title="Rent", description="The rent.", type=FieldType.MONEY, examples=("EUR 1",)
        ),
        SchemaField(
            name="heating", title="Heating", description="Its kind.", type=FieldType.CHOICE, choices=("gas",)
        ),
        SchemaField(name="notice", title="Notice", description="The clause."),
        SchemaField(
            name="rooms", title="Rooms", description="All.", type=FieldType.LIST, items=FieldType.TEXT
        ),
        SchemaField(name="fee", title="Fee", description="One.", type=FieldType.RECORD, parts=(part,)),
    )
    schema = Schema(name="specimen", title="Specimen", fields=fields)
    passages = (Passage(PassageKind.BODY, text, ()), Passage(PassageKind.NOTE, text, ()))
    chunk = Chunk(0, ChunkKind.BODY, passages, text, text, text, (text,), 0.0)
    candidate = Candidate(FieldName("rent"), text, text, None, None)
    parser, critic = FindingSource.PARSER, FindingSource.CRITIC
    findings = (
        Finding(
            FindingKind.REDUNDANT, FindingSource.GROUNDING, candidate.field, 0, text, None, 1.0, NOT_IN_CHUNK
        ),
        Finding(FindingKind.REDUNDANT, critic, candidate.field, 0, text, None, 1.0, "doubted"),
        Finding(FindingKind.MISSING, critic, FieldName("notice"), None, text, None, 1.0, ""),
        Finding(FindingKind.MALFORMED, parser, None, None, "", None, 1.0, "cut"),
    )
    accepted = Assessment(1, (candidate,), (None,), findings)
    yield from first_draft_prompts(schema, chunk, (), limits)
    yield from revision_prompts(schema, chunk, (), limits, accepted)
    yield from critic_prompts(schema, chunk, (), [(candidate, 0, 0, len(text))], limits).values()
