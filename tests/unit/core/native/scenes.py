"""Schemas, requests and shipped models for the native models' tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tasks.core.native.request import Request, read_request
from tasks.core.native.serving.answer import NativeModel, answer
from tasks.core.schema import FieldType, Schema, SchemaField, SchemaPart

MODELS = Path(__file__).parents[4] / "infra" / "deploy" / "triton" / "models"
RISK = Schema(
    name="risk",
    title="Risk",
    fields=(
        SchemaField(
            name="principal_at_risk",
            title="Principal at risk",
            description="States that the invested principal may be lost or not be repaid in full.",
            type=FieldType.CLAUSE,
            cues=(
                "loss of principal",
                "may be lost",
                "may not be repaid in full",
                "本金可能",
                "无法全额兑付",
            ),
        ),
        SchemaField(
            name="closing_date",
            title="Closing date",
            description="The day the subscription closes.",
            type=FieldType.DATE,
            cues=("closing date", "shall close on"),
        ),
    ),
)


def _words(name: str, description: str, *cues: str) -> Schema:
    field = SchemaField(
        name=name, title=name.title(), description=description, type=FieldType.TEXT, cues=cues
    )
    return Schema(name=name, title=name.title(), fields=(field,))


SKILLS = _words("skills", "Technologies the person can use.", "Python", "Flask", "Django", "SQL", "Java")
DIAGNOSIS = _words(
    "diagnosis", "A diagnosis that the text asserts.", "pneumonia", "diabetes", "高血压", "肺炎"
)
DEAL = Schema(
    name="deal",
    title="Deal",
    fields=(
        SchemaField(
            name="loss",
            title="Loss",
            description="What may be lost, and when.",
            type=FieldType.RECORD,
            cues=("/the (principal) may/", "may be lost"),
            parts=(SchemaPart(name="what", title="What", description="What may be lost.", required=True),),
        ),
    ),
)


def body(schema: Schema, task: str, *passages: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A request over passages (kind, text)."""
    chunk = {
        "index": 0,
        "kind": passages[0][0],
        "passages": [{"kind": kind, "text": text, "marker": None} for kind, text in passages],
        "lead_in": "",
        "context_before": "",
        "context_after": "",
        "headings": [],
        "position": 0.0,
    }
    return {
        "task": task,
        "schema": json.loads(schema.model_dump_json()),
        "chunk": chunk,
        "round": 1,
        "previous": [],
        "findings": [],
        "candidates": [],
        **more,
    }


def candidate(field: str, quote: str, start: int = 0, passage: int = 0, **more: Any) -> dict[str, Any]:
    """A candidate of a critique request whose value is its quote."""
    place = {"passage": passage, "start": start, "end": start + len(quote)}
    return {"field": field, "value": quote, "quote": quote, "score": None, **place, **more}


def ask(model: NativeModel, body: Any) -> dict[str, Any]:
    return json.loads(answer(model, json.dumps(body)))


def request(schema: Schema, *passages: tuple[str, str], **more: Any) -> Request:
    return read_request(body(schema, "generate", *passages, **more))
