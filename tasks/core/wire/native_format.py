"""The wire format of the native dialect: one JSON object in, one out, for generator and critic alike.

A request is self-contained: it carries the schema, the chunk, and in later rounds the findings, so that models keep no state.
Offsets inside a request are code points of the passage named beside them, never of the document.

Generator, in:
    {"task": "generate", "schema": {...Schema...}, "chunk": CHUNK, "round": 1,
     "previous": [ITEM...],                      the accepted answer of the round before, [] in round 1
     "findings": [{"kind", "field", "value", "quote", "reason", "score", "part"?: str}...]}
Generator, out:
    {"items": [{"field": str, "value": str, "quote": str, "score": float, "parts"?: [PART...]}...],
     "unable"?: [field...]}                      fields that it cannot extract: nothing found in them says nothing
Critic, in:
    {"task": "critique", "schema": {...}, "chunk": CHUNK, "round": 1,
     "candidates": [{"field", "value", "quote", "score", "passage": int, "start": int, "end": int, "parts"?: [PART...]}...]}
                                                 grounded ones only
Critic, out:
    {"verdicts": [{"candidate": int, "right": float, "flagged": bool, "reason": str, "part"?: str}...],
                                                 one for each candidate, of a record as many more as parts are judged alone;
                                                 "right": null says that the critic does not judge such a thing, and why
     "missing":  [{"field", "quote", "passage": int, "start": int, "end": int, "score": float, "reason": str,
                   "candidate"?: int, "part"?: str}...]}      of a record that lacks a part
Both, in / out:
    {"task": "describe"} -> {"name": str, "weights_sha256": str, "trained_fields": [str...], "thresholds": {str: float}}
Any error:
    {"error": {"code": str, "message": str}}    code: bad_request | internal; no contract text in it
PART, of a record:
    {"name": str, "value": str, "quote": str}
CHUNK:
    {"index": int, "kind": "body"|"note", "passages": [{"kind": "body"|"note", "text": str, "marker": str|null}...],
     "lead_in": str, "context_before": str, "context_after": str, "headings": [str...], "position": float}
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from tasks.core.records import Candidate, Chunk, Finding, Footnote
from tasks.core.schema import Schema


def chunk_payload(chunk: Chunk, footnotes: Sequence[Footnote]) -> dict[str, Any]:
    """What a model is shown of a chunk."""
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
    }


def generate_request(
    schema: Schema,
    chunk: Chunk,
    footnotes: Sequence[Footnote],
    round_number: int,
    previous: Sequence[Candidate] = (),
    findings: Sequence[Finding] = (),
) -> str:
    """The request of one chunk in one round. Findings name their candidate's value through `previous`."""
    return _request(
        "generate",
        schema,
        {
            "chunk": chunk_payload(chunk, footnotes),
            "round": round_number,
            "previous": [
                {"field": c.field, "value": c.value, "quote": c.quote, "score": c.score, **_parts(c)}
                for c in previous
            ],
            "findings": [
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
            ],
        },
    )


def critique_request(
    schema: Schema,
    chunk: Chunk,
    footnotes: Sequence[Footnote],
    round_number: int,
    placed: Sequence[tuple[Candidate, int, int, int]],
) -> str:
    """The critic's request; `placed` is (candidate, passage index, start, end) of the grounded candidates, in order."""
    return _request(
        "critique",
        schema,
        {
            "chunk": chunk_payload(chunk, footnotes),
            "round": round_number,
            "candidates": [
                {
                    "field": c.field,
                    "value": c.value,
                    "quote": c.quote,
                    "score": c.score,
                    "passage": passage,
                    "start": start,
                    "end": end,
                    **_parts(c),
                }
                for c, passage, start, end in placed
            ],
        },
    )


def _parts(candidate: Candidate) -> dict[str, Any]:
    parts = [{"name": p.name, "value": p.value, "quote": p.quote} for p in candidate.parts]
    return {"parts": parts} if parts else {}


def describe_request() -> str:
    return _dump({"task": "describe"})


def _request(task: str, schema: Schema, rest: dict[str, Any]) -> str:
    return f'{{"task":"{task}","schema":{_schema_text(schema)},{_dump(rest)[1:]}'  # pyright: ignore[reportArgumentType]  # frozen models have a hash


@lru_cache(maxsize=16)
def _schema_text(schema: Schema) -> str:
    """Kept: it is the larger part of most requests, and the same in all of them."""
    return _dump(schema.model_dump(mode="json"))


def _dump(payload: dict[str, Any]) -> str:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
