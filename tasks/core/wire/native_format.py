"""The JSON format of the native models: one object as request, one as answer.

A request is self-contained, so that models keep no state: it has the schema, the chunk and, after
round 1, the findings. Offsets are code points of the passage beside them, never of the document.

Generator, request:
    {"task": "generate", "schema": {...Schema...}, "chunk": CHUNK, "round": 1,
     "previous": [ITEM...],                  the accepted answer of the round before, [] in round 1
     "findings": [{"kind", "field", "value", "quote", "reason", "score", "part"?: str}...]}
Generator, answer:
    {"items": [{"field": str, "value": str, "quote": str, "score": float, "parts"?: [PART...]}...],
     "unable"?: {field: str} | [field...]}   fields that the generator could not extract, and why
Critic, request:
    {"task": "critique", "schema": {...}, "chunk": CHUNK, "round": 1,
     "candidates": [{"field", "value", "quote", "score",     only grounded ones
                     "passage": int, "start": int, "end": int, "parts"?: [PART...]}...],
     "promise"?: float}                      the precision that verified values of untrained fields must have
Critic, answer:
    {"verdicts": [{"candidate": int,         one for each candidate, more for parts of records
                   "right": float,           null: the critic cannot judge this; the reason says why
                   "flagged": bool, "reason": str, "part"?: str,
                   "bar"?: float}...],       the least `right` for which the promised precision holds
     "missing":  [{"field", "quote", "passage": int, "start": int, "end": int, "score": float,
                   "reason": str, "candidate"?: int, "part"?: str}...],     the record that lacks a part
     "overlooked"?: {field: float},          how likely the chunk has something that the draft lacks
     "faint"?: [[field, passage, start, end, margin: float, right: float]...]}
                                             lines that a reviewer may be shown, in round 1
Both:
    {"task": "describe"} -> {"name": str, "weights_sha256": str, "trained_fields": [str...],
                             "thresholds": {str: float}}
Any error:
    {"error": {"code": str, "message": str}}     code: bad_request | internal; no contract text
PART of a record:
    {"name": str, "value": str, "quote": str}
CHUNK:
    {"index": int, "kind": "body"|"note",
     "passages": [{"kind": "body"|"note", "text": str, "marker": str|null}...], "lead_in": str,
     "context_before": str, "context_after": str, "headings": [str...], "position": float,
     "cells"?: [CELL...],                    absent without tables
     "opens_agreement"?: true}               another agreement than the file's first begins here
CELL of a table, with the head of its column and the label of its row, either may be empty:
    {"passage": int, "start": int, "end": int, "column": str, "row": str}
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from tasks.core.records import Candidate, Chunk, Finding, Footnote
from tasks.core.schema import Schema
from tasks.core.wire.cells import cell_rows


def chunk_payload(chunk: Chunk, footnotes: Sequence[Footnote]) -> dict[str, Any]:
    """A chunk as a model sees it."""
    return {
        "index": chunk.chunk_index,
        "kind": chunk.kind.value,
        "passages": [
            {
                "kind": p.kind.value,
                "text": p.text,
                "marker": None if p.footnote_index is None else footnotes[p.footnote_index].marker,
            }
            for p in chunk.passages
        ],
        "lead_in": chunk.lead_in,
        "context_before": chunk.context_before,
        "context_after": chunk.context_after,
        "headings": list(chunk.headings),
        "position": chunk.position,
        **({"cells": cells} if (cells := cell_rows(chunk)) else {}),
        **({"opens_agreement": True} if chunk.opens_agreement else {}),
    }


def generate_request(
    schema: Schema,
    chunk: Chunk,
    footnotes: Sequence[Footnote],
    round_number: int,
    previous: Sequence[Candidate] = (),
    findings: Sequence[Finding] = (),
) -> str:
    """The request for one chunk in one round; `findings` are about the items of `previous`."""
    rows = [
        {
            "kind": f.kind.value,
            "field": f.field,
            "value": "" if f.candidate_index is None else previous[f.candidate_index].value,
            "quote": f.quote,
            "reason": f.reason,
            "score": f.score,
            **({} if f.part is None else {"part": f.part}),
        }
        for f in findings
    ]
    body = {
        "chunk": chunk_payload(chunk, footnotes),
        "round": round_number,
        "previous": [_item(c) | _parts(c) for c in previous],
        "findings": rows,
    }
    return _request("generate", schema, body)


def critique_request(
    schema: Schema,
    chunk: Chunk,
    footnotes: Sequence[Footnote],
    round_number: int,
    placed: Sequence[tuple[Candidate, int, int, int]],
    promise: float | None = None,
) -> str:
    """The critic's request.

    Args:
        placed: Grounded candidates with passage index, start and end.
        promise: The precision that verified values of untrained fields must have.
    """
    candidates = [
        _item(c) | {"passage": passage, "start": start, "end": end} | _parts(c)
        for c, passage, start, end in placed
    ]
    body = {
        "chunk": chunk_payload(chunk, footnotes),
        "round": round_number,
        "candidates": candidates,
        **({} if promise is None else {"promise": promise}),
    }
    return _request("critique", schema, body)


def _item(candidate: Candidate) -> dict[str, Any]:
    return {
        "field": candidate.field,
        "value": candidate.value,
        "quote": candidate.quote,
        "score": candidate.score,
    }


def _parts(candidate: Candidate) -> dict[str, Any]:
    return {"parts": part_rows(candidate)} if candidate.parts else {}


def part_rows(candidate: Candidate) -> list[dict[str, str]]:
    return [{"name": p.name, "value": p.value, "quote": p.quote} for p in candidate.parts]


def describe_request() -> str:
    return _dump({"task": "describe"})


def _request(task: str, schema: Schema, body: dict[str, Any]) -> str:
    # The schema is the larger part of most requests and always the same, so its text is cached.
    schema_text = _schema_text(schema)  # pyright: ignore[reportArgumentType]  # frozen models have a hash
    return f'{{"task":"{task}","schema":{schema_text},{_dump(body)[1:]}'


@lru_cache(maxsize=16)
def _schema_text(schema: Schema) -> str:
    return _dump(schema.model_dump(mode="json"))


def _dump(payload: dict[str, Any]) -> str:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
