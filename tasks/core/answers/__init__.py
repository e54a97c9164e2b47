"""Raw model answers to candidates and findings. Nothing is dropped: what cannot be read becomes a `malformed` finding.

A schema sent is not a schema enforced, so every answer is parsed, repaired where that is safe (small talk or fences around one
JSON object) and validated. Raises nothing on bad answers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from tasks.core.answers.joined import AnswerPart, split_answers
from tasks.core.records import Candidate, FieldName, Finding, FindingKind, FindingSource
from tasks.core.schema import Schema

Model = TypeVar("Model", bound=BaseModel)

NOT_ASKED = "items of a field that this call did not ask for"


class Item(BaseModel):
    """One value as a generator proposes it."""

    model_config = ConfigDict(extra="ignore")

    field: str
    value: str | int | float | bool | None = None
    quote: str
    score: float | None = None


class Verdict(BaseModel):
    model_config = ConfigDict(extra="ignore")

    candidate: int
    right: float
    flagged: bool
    reason: str = ""


class Missing(BaseModel):
    model_config = ConfigDict(extra="ignore")

    field: str
    quote: str
    passage: int
    start: int
    end: int
    score: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    candidates: tuple[Candidate, ...]
    problems: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ParsedCritique:
    verdicts: tuple[Verdict, ...]
    missing: tuple[Missing, ...]
    problems: tuple[Finding, ...]


def malformed(reason: str, field: str | None = None) -> Finding:
    """A finding about the answer itself; certain, since no model judged it."""
    name = None if field is None else FieldName(field)
    return Finding(FindingKind.MALFORMED, FindingSource.PARSER, name, None, "", None, 1.0, reason)


def parse_answer(raw: str, schema: Schema) -> ParsedAnswer:
    """A generator's raw answer to candidates in the order given, and a finding for every item that is not valid."""
    parts = split_answers(raw)
    if parts is None:
        return _parse_one(raw, schema)
    parsed = [_parse_part(part, schema) for part in parts]
    return ParsedAnswer(
        tuple(c for p in parsed for c in p.candidates), tuple(f for p in parsed for f in p.problems)
    )


def _parse_part(part: AnswerPart, schema: Schema) -> ParsedAnswer:
    """One call's answer: of its fields only, and where it says nothing that can be read, each of them has a finding."""
    if part.error:
        return ParsedAnswer((), tuple(malformed(f"no answer: {part.error}", name) for name in part.fields))
    parsed = _parse_one(part.raw, schema)
    if parsed.candidates or not parsed.problems:
        asked = tuple(c for c in parsed.candidates if c.field in part.fields)
        others = {c.field for c in parsed.candidates} - set(part.fields)
        unasked = (malformed(NOT_ASKED, name) for name in sorted(others))
        return ParsedAnswer(asked, (*parsed.problems, *unasked))
    return ParsedAnswer((), tuple(malformed(p.reason, name) for p in parsed.problems for name in part.fields))


def _parse_one(raw: str, schema: Schema) -> ParsedAnswer:
    body, problem = read_object(raw)
    if body is None:
        return ParsedAnswer((), (malformed(problem),))
    if "error" in body:
        return ParsedAnswer((), (malformed(_error_reason(body)),))
    items = body.get("items")
    if not isinstance(items, list):
        return ParsedAnswer((), (malformed("the answer has no list `items`"),))
    candidates: list[Candidate] = []
    problems: list[Finding] = []
    for position, item in enumerate(cast("list[Any]", items)):
        parsed = _candidate(item, position, schema)
        (candidates if isinstance(parsed, Candidate) else problems).append(parsed)  # pyright: ignore[reportArgumentType]
    return ParsedAnswer(tuple(candidates), tuple(problems))


def parse_critique(raw: str) -> ParsedCritique:
    """A critic's raw answer; unreadable verdicts are problems, and their candidates stay without a verdict."""
    body, problem = read_object(raw)
    if body is None:
        return ParsedCritique((), (), (malformed(problem),))
    if "error" in body:
        return ParsedCritique((), (), (malformed(_error_reason(body)),))
    problems: list[Finding] = []
    verdicts = _each(Verdict, body.get("verdicts"), "verdicts", problems)
    missing = _each(Missing, body.get("missing"), "missing", problems)
    return ParsedCritique(tuple(verdicts), tuple(missing), tuple(problems))


def _candidate(item: Any, position: int, schema: Schema) -> Candidate | Finding:
    try:
        read = Item.model_validate(item)
    except ValidationError as error:
        return malformed(f"item {position}: {_first_problem(error)}")
    if read.field not in schema.field_names:
        return malformed(f"item {position}: the schema has no such field")
    if not read.quote.strip():
        return malformed(f"item {position}: no quote", read.field)
    value = read.quote if read.value is None or read.value == "" else _as_text(read.value)
    return Candidate(FieldName(read.field), value, read.quote, read.score, None)


def _as_text(value: str | int | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _each(kind: type[Model], rows: Any, name: str, problems: list[Finding]) -> list[Model]:
    if not isinstance(rows, list):
        problems.append(malformed(f"the critique has no list `{name}`"))
        return []
    read: list[Model] = []
    for position, row in enumerate(cast("list[Any]", rows)):
        try:
            read.append(kind.model_validate(row))
        except ValidationError as error:
            problems.append(malformed(f"{name}[{position}]: {_first_problem(error)}"))
    return read


def read_object(raw: str) -> tuple[dict[str, Any] | None, str]:
    """The first JSON object of a text, whatever stands around it, or None and why."""
    decoder = json.JSONDecoder()
    start = raw.find("{")
    while start >= 0:
        try:
            body, _ = decoder.raw_decode(raw, start)
        except (ValueError, RecursionError):
            start = raw.find("{", start + 1)
            continue
        if isinstance(body, dict):
            return cast("dict[str, Any]", body), ""
    return None, "the answer is empty" if not raw.strip() else "the answer holds no JSON object"


def _error_reason(body: dict[str, Any]) -> str:
    error = body["error"]
    code = cast("dict[str, Any]", error).get("code", "unknown") if isinstance(error, dict) else "unknown"
    return f"the model answered with the error `{str(code)[:40]}`"


def _first_problem(error: ValidationError) -> str:
    first: Sequence[Any] = error.errors(include_input=False)
    return f"{'.'.join(str(p) for p in first[0]['loc'])}: {first[0]['msg']}" if first else "not valid"
