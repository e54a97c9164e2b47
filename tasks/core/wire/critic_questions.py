"""The two questions for a language model as critic, and training records of that form.

Records are {"instruction", "input", "output"}, with JSON in a string for input and output, one file
for each kind. The instructions are `instructions/mbsc-VERSION/KIND.LANGUAGE.txt`.
`tasks.core.prompts.critic` asks in the same form, so that a model trained on the records meets the
input that it knows.

Source: MBSC, mistake-based self-correction, of SCIR (arXiv 2512.12337).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from tasks.core.records import Candidate
from tasks.core.schema import FieldSpec, Schema
from tasks.core.wire.native_format import part_rows

TEMPLATES_VERSION = "2"
LANGUAGES = ("en", "zh")
_NOTHING_TO_DROP: dict[str, Any] = {"verdict": "right", "drop": []}
_NOTHING_TO_ADD: dict[str, Any] = {"verdict": "right", "add": []}
_TEMPLATES = Path(__file__).parent / "instructions" / f"mbsc-{TEMPLATES_VERSION}"

Placed = tuple[Candidate, int, int, int]  # a candidate with the passage, start and end of its quote


class RecordKind(StrEnum):
    REDUNDANCY = "redundancy"  # items of the draft are wrong
    MISSING = "missing"  # the draft lacks something
    CORRECT = "correct"  # both questions, answered that the draft is right


@cache
def instruction(kind: RecordKind, language: str, has_cells: bool = False) -> str:
    """The question: which items are redundant, or which are missing.

    Args:
        has_cells: The input has `cells`, so the question says what they are.
    """
    names = (kind.value, "cells") if has_cells else (kind.value,)
    files = (_TEMPLATES / f"{name}.{language}.txt" for name in names)
    return "\n\n".join(file.read_text(encoding="utf-8").strip() for file in files)


def instruction_records(
    line: Mapping[str, Any], schema: Schema, language: str
) -> Iterator[tuple[RecordKind, dict[str, str]]]:
    """The records of one line of the error book, each with its kind.

    A line that was not reviewed as a whole may lack something, so it gives no `correct` records.
    """
    draft = sorted((row for row in line["entries"] if row["kind"] != "missing"), key=text_order)
    drop = [_drop_row(number, row) for number, row in enumerate(draft, 1) if row["kind"] != "correct"]
    add = [{"field": r["field"], "quote": r["quote"]} for r in line["entries"] if r["kind"] == "missing"]
    question = question_input(line["chunk"], schema, draft)
    if drop:
        answer = {"verdict": "revise", "drop": drop}
        yield RecordKind.REDUNDANCY, _record(RecordKind.REDUNDANCY, language, question, answer)
    if add:
        answer = {"verdict": "revise", "add": add}
        yield RecordKind.MISSING, _record(RecordKind.MISSING, language, question, answer)
    if drop or add or not line["whole"]:
        return
    if draft:
        yield RecordKind.CORRECT, _record(RecordKind.REDUNDANCY, language, question, _NOTHING_TO_DROP)
    yield RecordKind.CORRECT, _record(RecordKind.MISSING, language, question, _NOTHING_TO_ADD)


def text_order(row: Mapping[str, Any]) -> tuple[int, int, int, str]:
    """Sort key of the items of a draft before they are numbered."""
    return row["passage"], row["start"], row["end"], row["field"]


def _drop_row(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    dropped = {"item": number, "field": row["field"], "quote": row["quote"], "why": row["kind"]}
    return dropped | ({"extent": row["gold"]} if row["kind"] == "boundary" else {})


def question_input(
    chunk: Mapping[str, Any], schema: Schema, draft: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The input of either question.

    Args:
        chunk: As `tasks.core.wire.native_format` gives it.
        draft: The items of the draft in the order of the text; they are numbered from 1 in this
        order.
    """
    first, *notes = chunk["passages"]
    return {
        "schema": [
            _spec_row(f) | ({"parts": [_spec_row(p) for p in f.parts]} if f.parts else {})
            for f in schema.fields
        ],
        "headings": chunk["headings"],
        **({"lead_in": chunk["lead_in"]} if chunk.get("lead_in") else {}),
        "text": first["text"],
        "notes": [{"marker": note["marker"], "text": note["text"]} for note in notes],
        **({"cells": [_cell_row(c, chunk) for c in chunk["cells"]]} if chunk.get("cells") else {}),
        "draft": [_item_row(number, row) for number, row in enumerate(draft, 1)],
    }


def _spec_row(spec: FieldSpec) -> dict[str, Any]:
    return {"name": spec.name, "title": spec.title, "description": spec.description}


def _cell_row(cell: Mapping[str, Any], chunk: Mapping[str, Any]) -> dict[str, str]:
    text = chunk["passages"][cell["passage"]]["text"][cell["start"] : cell["end"]]
    return {"text": text, "column": cell["column"], "row": cell["row"]}


def _item_row(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    item = {"item": number, "field": row["field"], "value": row["value"], "quote": row["quote"]}
    return item | ({"parts": row["parts"]} if row.get("parts") else {})


def _record(
    kind: RecordKind, language: str, question: Mapping[str, Any], answer: Mapping[str, Any]
) -> dict[str, str]:
    return {
        "instruction": instruction(kind, language, "cells" in question),
        "input": json.dumps(question, ensure_ascii=False),
        "output": json.dumps(answer, ensure_ascii=False),
    }


def item_order(placed: Sequence[Placed]) -> tuple[int, ...]:
    """Indices of the candidates in the order that a critic sees: the first is item 1."""
    return tuple(sorted(range(len(placed)), key=lambda index: text_order(draft_row(placed[index]))))


def draft_row(placed: Placed) -> dict[str, Any]:
    candidate, passage, start, end = placed
    return {
        "field": candidate.field,
        "value": candidate.value,
        "quote": candidate.quote,
        "parts": part_rows(candidate),
        "passage": passage,
        "start": start,
        "end": end,
    }
