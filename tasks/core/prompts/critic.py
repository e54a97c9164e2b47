"""The two calls that ask a language model as critic: what of the draft must go, and what it lacks.

In the very form that `errors export --format mbsc` trains (`tasks.core.wire.critic_questions`): one message, the instruction and below it the input as
one line of JSON, items in the order of the text and numbered from 1. JSON is the fence here: a text inside a JSON string cannot end it.
The whole schema is shown, as in training.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tasks.core.prompts.answer_form import closed_object
from tasks.core.prompts.fence import without_control
from tasks.core.prompts.limits import AskLimits, answer_tokens
from tasks.core.prompts.texts import prompt_language
from tasks.core.records import Chunk, Footnote
from tasks.core.schema import Schema
from tasks.core.wire.critic_questions import (
    Placed,
    RecordKind,
    draft_row,
    instruction,
    item_order,
    question_input,
)
from tasks.core.wire.native_format import chunk_payload
from tasks.core.wire.prompt import Message, Prompt, Role

_TEXT = {"type": "string"}


def critic_prompts(
    schema: Schema,
    chunk: Chunk,
    footnotes: Sequence[Footnote],
    placed: Sequence[Placed],
    limits: AskLimits,
) -> dict[RecordKind, Prompt]:
    """The questions by what they ask. Where nothing was drafted nothing can be redundant, so that is not asked."""
    draft = [draft_row(placed[index]) for index in item_order(placed)]
    shown = json.dumps(question_input(chunk_payload(chunk, footnotes), schema, draft), ensure_ascii=False)
    forms = {RecordKind.MISSING: _missing_form(schema, len(draft))}
    if draft:
        forms = {RecordKind.REDUNDANCY: _redundancy_form(schema, len(draft)), **forms}
    language = prompt_language(chunk, schema)
    return {
        kind: Prompt(
            messages=(
                Message(Role.USER, f"{instruction(kind, language.value)}\n\n{without_control(shown)}"),
            ),
            answer_schema=form,
            max_tokens=answer_tokens(chunk, max(len(draft), len(schema.fields)), limits.max_answer_tokens),
            fields=schema.field_names,
        )
        for kind, form in forms.items()
    }


def _redundancy_form(schema: Schema, n_items: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "item": {"enum": list(range(1, n_items + 1))},
        "field": {"enum": list(schema.field_names)},
        "quote": _TEXT,
        "why": {"enum": ["redundant", "boundary"]},
    }
    optional = {"extent": _TEXT, "part": _TEXT}
    drop = closed_object(row | optional, required=row)
    return _verdict_form("drop", drop)


def _missing_form(schema: Schema, n_items: int) -> dict[str, Any]:
    row: dict[str, Any] = {"field": {"enum": list(schema.field_names)}, "quote": _TEXT}
    lacking = {"item": {"enum": list(range(1, n_items + 1))}, "part": _TEXT}
    has_records = n_items and any(f.parts for f in schema.fields)
    return _verdict_form("add", closed_object(row | lacking if has_records else row, required=row))


def _verdict_form(name: str, row: dict[str, Any]) -> dict[str, Any]:
    return closed_object({"verdict": {"enum": ["right", "revise"]}, name: {"type": "array", "items": row}})
