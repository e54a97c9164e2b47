"""The digest of the prompts: part of a language model's version, and so of the run key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import cache
from typing import Any

from tasks.core.grounding.checks import NOT_IN_CHUNK
from tasks.core.loop.assessment import Assessment
from tasks.core.prompts.critic import CriticCall, JudgedDraft
from tasks.core.prompts.generator import first_draft_prompts, revision_prompts
from tasks.core.prompts.limits import AskLimits
from tasks.core.prompts.texts import PROMPTS_VERSION, files
from tasks.core.records import (
    Candidate,
    Chunk,
    ChunkKind,
    FieldName,
    Finding,
    FindingKind,
    FindingSource,
    ModelIdentity,
    Passage,
    PassageKind,
    Segment,
    TableCell,
)
from tasks.core.schema import FieldType, Schema, SchemaField, SchemaPart
from tasks.core.wire.prompt import Prompt

_TEXTS = ("The rent is EUR 5.", "租金为5元。")


@cache
def prompts_digest(limits: AskLimits) -> str:
    """SHA-256 of the prompt files, of sample prompts, and of the limits of one call."""
    digest = hashlib.sha256(json.dumps(asdict(limits), sort_keys=True).encode())
    for name, content in files():
        digest.update(name.encode() + b"\0" + content)
    for text in _TEXTS:
        for prompt in sample_prompts(text, limits):
            digest.update(json.dumps(asdict(prompt), sort_keys=True, ensure_ascii=False).encode())
    return digest.hexdigest()


def with_prompts_version(identity: ModelIdentity, limits: AskLimits) -> ModelIdentity:
    """A language model's identity with its prompts: another wording makes another run."""
    version = f"{identity.version}+prompts-{PROMPTS_VERSION}-{prompts_digest(limits)[:8]}"
    return replace(identity, version=version)


def sample_prompts(text: str, limits: AskLimits) -> Iterator[Prompt]:
    """Every kind of call about one chunk with a note, with every kind of field and finding."""
    part = SchemaPart(name="sum", title="Sum", description="How much.", required=True)
    fields = (
        _field("rent", "The rent.", type=FieldType.MONEY, examples=("EUR 1",)),
        _field("heating", "Its kind.", type=FieldType.CHOICE, choices=("gas",)),
        _field("notice", "The clause."),
        _field("rooms", "All.", type=FieldType.LIST, items=FieldType.TEXT),
        _field("fee", "One.", type=FieldType.RECORD, parts=(part,)),
    )
    schema = Schema(name="specimen", title="Specimen", fields=fields)
    passages = (Passage(PassageKind.BODY, text, ()), Passage(PassageKind.NOTE, text, ()))
    chunk = Chunk(0, ChunkKind.BODY, passages, text, text, text, (text,), 0.0)
    whole = Passage(PassageKind.BODY, text, (Segment(0, 0, len(text)),))
    table = replace(chunk, passages=(whole,), cells=(TableCell(0, len(text), text, text),))
    candidate = Candidate(FieldName("rent"), text, text, None, None)
    parser, critic, grounding = FindingSource.PARSER, FindingSource.CRITIC, FindingSource.GROUNDING
    findings = (
        Finding(FindingKind.REDUNDANT, grounding, candidate.field, 0, text, None, 1.0, NOT_IN_CHUNK),
        Finding(FindingKind.REDUNDANT, critic, candidate.field, 0, text, None, 1.0, "doubted"),
        Finding(FindingKind.MISSING, critic, FieldName("notice"), None, text, None, 1.0, ""),
        Finding(FindingKind.MALFORMED, parser, None, None, "", None, 1.0, "cut"),
    )
    accepted = Assessment(1, (candidate,), (None,), findings)
    yield from first_draft_prompts(schema, chunk, (), limits)
    yield from first_draft_prompts(schema, table, (), limits)
    placed = [(candidate, 0, 0, len(text))]
    yield from (call.prompt for call in _questions(JudgedDraft(schema, table, (), placed, limits)))
    yield from revision_prompts(schema, chunk, (), limits, accepted)
    yield from (call.prompt for call in _questions(JudgedDraft(schema, chunk, (), placed, limits)))


def _questions(draft: JudgedDraft) -> Iterator[CriticCall]:
    yield from draft.judge([0])
    yield from draft.judge_lacking({0: {"field": "notice", "quote": draft.placed[0][0].quote}})
    yield draft.redundancy([0])
    yield draft.missing(draft.schema.field_names)


def _field(name: str, description: str, **rest: Any) -> SchemaField:
    return SchemaField(name=name, title=name.capitalize(), description=description, **rest)
