"""The two calls of a language model as critic: which items are wrong, and which are missing.

One message has the instruction and the input as one line of JSON, in the form of the training
records (`tasks.core.wire.critic_questions`), which show the whole schema too. A text cannot end the
JSON string that it stands in, so no fence is needed.
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
    """The calls by question. With an empty draft there is only that of missing items."""
    draft = [draft_row(placed[index]) for index in item_order(placed)]
    asked = question_input(chunk_payload(chunk, footnotes), schema, draft)
    question = json.dumps(asked, ensure_ascii=False)
    question = without_control(question)
    forms = {RecordKind.MISSING: _missing_form(schema, len(draft))}
    if draft:
        forms = {RecordKind.REDUNDANCY: _redundancy_form(schema, len(draft)), **forms}
    language = prompt_language(chunk, schema)
    return {
        kind: Prompt(
            messages=(
                Message(Role.USER, f"{instruction(kind, language.value, 'cells' in asked)}\n\n{question}"),
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
    return _verdict_form("drop", closed_object(row | {"extent": _TEXT, "part": _TEXT}, required=row))


def _missing_form(schema: Schema, n_items: int) -> dict[str, Any]:
    row: dict[str, Any] = {"field": {"enum": list(schema.field_names)}, "quote": _TEXT}
    lacking = {"item": {"enum": list(range(1, n_items + 1))}, "part": _TEXT}
    has_records = n_items and any(f.parts for f in schema.fields)
    return _verdict_form("add", closed_object(row | lacking if has_records else row, required=row))


def _verdict_form(name: str, row: dict[str, Any]) -> dict[str, Any]:
    return closed_object({"verdict": {"enum": ["right", "revise"]}, name: {"type": "array", "items": row}})
