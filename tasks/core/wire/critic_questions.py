"""The error book as instructions for a language model: what to drop, what to add, or that all is right.

Pure. After MBSC of SCIR (arXiv 2512.12337): real mistakes of real generators, one file for each kind. Each record is
{"instruction", "input", "output"}; input and output are JSON inside a string, so that any trainer of instructions takes them.
The instructions are files, `instructions/mbsc-VERSION/KIND.LANGUAGE.txt`. A language model that serves as critic is asked in the very
same form (`tasks.core.prompts.critic`), so that one trained on these records meets what it knows.
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

TEMPLATES_VERSION = "2"
LANGUAGES = ("en", "zh")
_ALL_STAYS: dict[str, Any] = {"verdict": "right", "drop": []}
_NOTHING_LACKS: dict[str, Any] = {"verdict": "right", "add": []}
_TEMPLATES = Path(__file__).parent / "instructions" / f"mbsc-{TEMPLATES_VERSION}"


Placed = tuple[Candidate, int, int, int]
"""A candidate with the passage, start and end of its quote."""


class RecordKind(StrEnum):
    REDUNDANCY = "redundancy"
    """Items of the draft must go."""
    MISSING = "missing"
    """The draft lacks something."""
    CORRECT = "correct"
    """Nothing must go and nothing is lacking: both questions, answered so."""


@cache
def instruction(kind: RecordKind, language: str) -> str:
    """What the model is told: the question of redundancy or of what is missing."""
    return (_TEMPLATES / f"{kind.value}.{language}.txt").read_text(encoding="utf-8").strip()


def instruction_records(
    line: Mapping[str, Any], schema: Schema, language: str
) -> Iterator[tuple[RecordKind, dict[str, str]]]:
    """The records of one line of the error book, each with the file that it belongs to.

    A line that is not whole says nothing of what is right or lacking beside what was reviewed, so it never says `correct`.
    """
    draft = _draft(line)
    drop = [_dropped(number, row) for number, row in enumerate(draft, 1) if row["kind"] != "correct"]
    add = [{"field": r["field"], "quote": r["quote"]} for r in line["entries"] if r["kind"] == "missing"]
    shown = question_input(line["chunk"], schema, draft)
    if drop:
        answer = {"verdict": "revise", "drop": drop}
        yield RecordKind.REDUNDANCY, _record(RecordKind.REDUNDANCY, language, shown, answer)
    if add:
        answer = {"verdict": "revise", "add": add}
        yield RecordKind.MISSING, _record(RecordKind.MISSING, language, shown, answer)
    if drop or add or not line["whole"]:
        return
    if draft:
        yield RecordKind.CORRECT, _record(RecordKind.REDUNDANCY, language, shown, _ALL_STAYS)
    yield RecordKind.CORRECT, _record(RecordKind.MISSING, language, shown, _NOTHING_LACKS)


def _draft(line: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What was drafted, in the order of the text."""
    rows = [row for row in line["entries"] if row["kind"] != "missing"]
    return sorted(rows, key=text_order)


def text_order(row: Mapping[str, Any]) -> tuple[int, int, int, str]:
    """What a draft's items are sorted by before they are numbered."""
    return row["passage"], row["start"], row["end"], row["field"]


def _dropped(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    named = {"item": number, "field": row["field"], "quote": row["quote"], "why": row["kind"]}
    return named | ({"extent": row["gold"]} if row["kind"] == "boundary" else {})


def question_input(
    chunk: Mapping[str, Any], schema: Schema, draft: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The input of either question.

    Args:
        chunk: As `tasks.core.wire.native_format` gives it.
        draft: What was drafted, in the order of the text; items are numbered from 1 in this order.
    """
    own, *notes = chunk["passages"]
    return {
        "schema": [
            _told(f) | ({"parts": [_told(p) for p in f.parts]} if f.parts else {}) for f in schema.fields
        ],
        "headings": chunk["headings"],
        **({"lead_in": chunk["lead_in"]} if chunk.get("lead_in") else {}),
        "text": own["text"],
        "notes": [{"marker": note["marker"], "text": note["text"]} for note in notes],
        "draft": [_shown(number, row) for number, row in enumerate(draft, 1)],
    }


def _told(asked: FieldSpec) -> dict[str, Any]:
    return {"name": asked.name, "title": asked.title, "description": asked.description}


def _shown(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    item = {"item": number, "field": row["field"], "value": row["value"], "quote": row["quote"]}
    return item | ({"parts": row["parts"]} if row.get("parts") else {})


def _record(
    kind: RecordKind, language: str, shown: Mapping[str, Any], answer: Mapping[str, Any]
) -> dict[str, str]:
    return {
        "instruction": instruction(kind, language),
        "input": json.dumps(shown, ensure_ascii=False),
        "output": json.dumps(answer, ensure_ascii=False),
    }


def item_order(placed: Sequence[Placed]) -> tuple[int, ...]:
    """Indices of the candidates in the order in which a critic is shown them: the first is item 1."""
    return tuple(sorted(range(len(placed)), key=lambda index: text_order(draft_row(placed[index]))))


def draft_row(placed: Placed) -> dict[str, Any]:
    candidate, passage, start, end = placed
    return {
        "field": candidate.field,
        "value": candidate.value,
        "quote": candidate.quote,
        "parts": [{"name": p.name, "value": p.value, "quote": p.quote} for p in candidate.parts],
        "passage": passage,
        "start": start,
        "end": end,
    }
