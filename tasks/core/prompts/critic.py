"""The calls of a language model as critic: which items are wrong, and what is lacking.

Items are judged one by one, by the probabilities of labels (`judge`), where the server gives them;
else in one call that names what must go (`redundancy`). What is lacking is named in words
(`missing`). The last two have the form of the training records below. An item that is judged alone is one
line of JSON: a text cannot end the string that it stands in, so it needs no fence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.core.prompts.answer_form import closed_object
from tasks.core.prompts.fence import one_line_json, without_control
from tasks.core.prompts.limits import AskLimits, answer_tokens
from tasks.core.prompts.scene import Payload, ShownChunk, shown_chunk
from tasks.core.prompts.texts import Language, text_language
from tasks.core.records import Chunk, FieldName, Footnote
from tasks.core.schema import Schema
from tasks.core.wire.critic_questions import (
    JUDGE,
    LABELS,
    Placed,
    RecordKind,
    draft_row,
    item_order,
    item_row,
    text_order,
)
from tasks.core.wire.native_format import chunk_payload
from tasks.core.wire.prompt import Prompt

_TEXT = {"type": "string"}
_NOTHING_TO_DROP: dict[str, Any] = {"verdict": "right", "drop": []}
_NOTHING_TO_ADD: dict[str, Any] = {"verdict": "right", "add": []}


@dataclass(frozen=True, slots=True)
class CriticCall:
    """A call, and what it is about."""

    task: str
    """`judge`, or a kind of question."""
    prompt: Prompt
    item: int | None = None
    """The number of the judged item, or the position of the judged row that is said to be lacking."""


@dataclass(frozen=True, slots=True)
class JudgedDraft:
    """A chunk with the items that were drafted of it, to be asked about."""

    schema: Schema
    chunk: Chunk
    footnotes: Sequence[Footnote]
    placed: Sequence[Placed]
    limits: AskLimits

    def judge(self, items: Sequence[int]) -> list[CriticCall]:
        """One call for each item.

        Args:
            items: Indices of `placed`.
        """
        numbers = {index: number for number, index in enumerate(item_order(self.placed), 1)}
        chosen = [(numbers[index], draft_row(self.placed[index])) for index in items]
        return self._labelled(sorted(chosen, key=lambda pair: pair[0]))

    def judge_lacking(self, rows: Mapping[int, Mapping[str, Any]]) -> list[CriticCall]:
        """One call for each thing that is said to be lacking: does the text say it?

        Args:
            rows: Position in the answer -> the row, with `field` and `quote`.
        """
        return self._labelled(list(rows.items()))

    def redundancy(self, items: Sequence[int]) -> CriticCall:
        """Which of these items must go."""
        order = item_order(self.placed)
        numbered = [(n, draft_row(self.placed[i])) for n, i in enumerate(order, 1) if i in items]
        prompt = self._asked(RecordKind.REDUNDANCY, numbered, _redundancy_form(self.schema, len(order)))
        return CriticCall(RecordKind.REDUNDANCY.value, prompt)

    def missing(self, fields: Sequence[FieldName]) -> CriticCall:
        """What the items of these fields lack."""
        order = item_order(self.placed)
        numbered = [
            (n, draft_row(self.placed[i]))
            for n, i in enumerate(order, 1)
            if self.placed[i][0].field in fields
        ]
        form = _missing_form(self.schema, fields, len(order))
        return CriticCall(
            RecordKind.MISSING.value, self._asked(RecordKind.MISSING, numbered, form, names=fields)
        )

    def _scene(self, rows: Sequence[Mapping[str, Any]]) -> ShownChunk:
        return _scene(self.schema, chunk_payload(self.chunk, self.footnotes), rows, self.limits)

    def _labelled(self, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> list[CriticCall]:
        shown = chunk_payload(self.chunk, self.footnotes)
        return judge_calls(self.schema, shown, rows, self.limits) if rows else []

    def _asked(
        self,
        kind: RecordKind,
        numbered: Sequence[tuple[int, Mapping[str, Any]]],
        form: dict[str, Any],
        names: Sequence[FieldName] | None = None,
    ) -> Prompt:
        scene = self._scene([row for _, row in numbered])
        fields = self.schema.field_names if names is None else tuple(names)
        return Prompt(
            messages=scene.messages(kind.value, fields, **_filled(scene, numbered, fields)),
            answer_schema=form,
            max_tokens=answer_tokens(
                self.chunk, max(len(numbered), len(fields)), self.limits.max_answer_tokens
            ),
            fields=fields,
        )


def judge_calls(
    schema: Schema, shown: Payload, rows: Sequence[tuple[int, Mapping[str, Any]]], limits: AskLimits
) -> list[CriticCall]:
    """One call for each row, to be judged by labels: the same text for a run and for a calibration.

    Args:
        shown: The chunk as `chunk_payload` gives it.
        rows: Number and content of each; what is said to be lacking has no value.
    """
    scene = _scene(schema, shown, [row for _, row in rows], limits)
    return [
        CriticCall(
            JUDGE,
            Prompt(
                scene.messages(JUDGE, [row["field"]], items=without_control(_line(row))),
                answer_schema=None,
                max_tokens=1,
                fields=(FieldName(row["field"]),),
                labels=LABELS,
            ),
            number,
        )
        for number, row in rows
    ]


def _scene(
    schema: Schema, shown: Payload, rows: Sequence[Mapping[str, Any]], limits: AskLimits
) -> ShownChunk:
    language = text_language("".join(p["text"] for p in shown["passages"]), schema)
    return shown_chunk(schema, shown, language, [_line(row) for row in rows], limits.tells_all_fields)


def _filled(
    scene: ShownChunk, numbered: Sequence[tuple[int, Mapping[str, Any]]], fields: Sequence[str]
) -> dict[str, str]:
    items = "\n".join(_line(row, number) for number, row in numbered) or "[]"
    is_all = len(fields) == len(scene.schema.fields)
    names = scene.all_names if is_all else scene.names(fields)
    return {"items": scene.fence.around("items", items), "names": names}


def _line(row: Mapping[str, Any], number: int | None = None) -> str:
    return one_line_json(item_row(row, number))


def _redundancy_form(schema: Schema, n_items: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "item": {"enum": list(range(1, n_items + 1))},
        "field": {"enum": list(schema.field_names)},
        "quote": _TEXT,
        "why": {"enum": ["redundant", "boundary"]},
    }
    return _verdict_form("drop", closed_object(row | {"extent": _TEXT, "part": _TEXT}, required=row))


def _missing_form(schema: Schema, fields: Sequence[str], n_items: int) -> dict[str, Any]:
    row: dict[str, Any] = {"field": {"enum": list(fields)}, "quote": _TEXT}
    lacking = {"item": {"enum": list(range(1, n_items + 1))}, "part": _TEXT}
    has_records = n_items and any(schema.field(name).parts for name in fields)
    return _verdict_form("add", closed_object(row | lacking if has_records else row, required=row))


def _verdict_form(name: str, row: dict[str, Any]) -> dict[str, Any]:
    return closed_object({"verdict": {"enum": ["right", "revise"]}, name: {"type": "array", "items": row}})


# ---------------------------------------------------------------- training records


def instruction_records(
    line: Mapping[str, Any], schema: Schema, language: str
) -> Iterator[tuple[RecordKind, dict[str, str]]]:
    """The records of one line of the error book, each with its kind.

    `instruction` is the system message of the same question, `input` the other message. A line that
    was not reviewed as a whole may lack something, so it gives no `correct` records.
    """
    draft = sorted((row for row in line["entries"] if row["kind"] != "missing"), key=text_order)
    drop = [_drop_row(number, row) for number, row in enumerate(draft, 1) if row["kind"] != "correct"]
    add = [{"field": r["field"], "quote": r["quote"]} for r in line["entries"] if r["kind"] == "missing"]
    scene = shown_chunk(schema, line["chunk"], Language(language), [_line(row) for row in draft])
    filled = _filled(scene, list(enumerate(draft, 1)), schema.field_names)

    def record(asked: RecordKind, answer: Mapping[str, Any]) -> dict[str, str]:
        rules, question = scene.messages(asked.value, schema.field_names, **filled)
        output = json.dumps(answer, ensure_ascii=False)
        return {"instruction": rules.text, "input": question.text, "output": output}

    if drop:
        yield (
            RecordKind.REDUNDANCY,
            record(RecordKind.REDUNDANCY, {"verdict": "revise", "drop": drop}),
        )
    if add:
        yield RecordKind.MISSING, record(RecordKind.MISSING, {"verdict": "revise", "add": add})
    if drop or add or not line["whole"]:
        return
    if draft:
        yield RecordKind.CORRECT, record(RecordKind.REDUNDANCY, _NOTHING_TO_DROP)
    yield RecordKind.CORRECT, record(RecordKind.MISSING, _NOTHING_TO_ADD)


def _drop_row(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    dropped = {"item": number, "field": row["field"], "quote": row["quote"], "why": row["kind"]}
    return dropped | ({"extent": row["gold"]} if row["kind"] == "boundary" else {})
