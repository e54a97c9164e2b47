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
from tasks.core.composite import list_value
from tasks.core.records import Candidate, FieldName, Finding, FindingKind, FindingSource, Part
from tasks.core.schema import FieldType, Schema, SchemaField

Model = TypeVar("Model", bound=BaseModel)

NOT_ASKED = "items of a field that this call did not ask for"


Scalar = str | int | float | bool


class PartItem(BaseModel):
    """A part of a record as a generator proposes it."""

    model_config = ConfigDict(extra="ignore")

    name: str
    value: Scalar | list[Scalar] | None = None
    quote: str = ""


class Item(BaseModel):
    """One value as a generator proposes it."""

    model_config = ConfigDict(extra="ignore")

    field: str
    value: Scalar | list[Scalar] | dict[str, Any] | None = None
    """A mapping says nothing: a record is what its parts say."""
    quote: str = ""
    score: float | None = None
    parts: list[Any] = []


class Verdict(BaseModel):
    model_config = ConfigDict(extra="ignore")

    candidate: int
    right: float | None = None
    """None: the critic does not judge what it was shown; the reason says why."""
    flagged: bool
    reason: str = ""
    part: str | None = None
    """Of a record: which part of it; None: all of it."""


class Missing(BaseModel):
    model_config = ConfigDict(extra="ignore")

    field: str
    quote: str
    passage: int
    start: int
    end: int
    score: float
    reason: str = ""
    candidate: int | None = None
    """The record that lacks it, where a part of a record is missing."""
    part: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    candidates: tuple[Candidate, ...]
    problems: tuple[Finding, ...]
    unable: tuple[FieldName, ...] = ()
    """Fields that the generator says it cannot extract."""


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
        tuple(c for p in parsed for c in p.candidates),
        tuple(f for p in parsed for f in p.problems),
        tuple(name for p in parsed for name in p.unable),
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
        return ParsedAnswer(asked, (*parsed.problems, *unasked), parsed.unable)
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
        candidate, found = _candidate(item, position, schema)
        problems.extend(found)
        if candidate is not None:
            candidates.append(candidate)
    return ParsedAnswer(tuple(candidates), tuple(problems), _unable(body, schema))


def _unable(body: dict[str, Any], schema: Schema) -> tuple[FieldName, ...]:
    said = body.get("unable")
    return tuple(n for n in schema.field_names if n in said) if isinstance(said, list) else ()


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


def _candidate(item: Any, position: int, schema: Schema) -> tuple[Candidate | None, list[Finding]]:
    try:
        read = Item.model_validate(item)
    except ValidationError as error:
        return None, [malformed(f"item {position}: {_first_problem(error)}")]
    if read.field not in schema.field_names:
        return None, [malformed(f"item {position}: the schema has no such field")]
    parts, problems = _parts(read.parts, f"item {position}", schema.field(read.field))
    # A record without a quote is cited from its first part to its last.
    if not read.quote.strip() and not parts:
        return None, [*problems, malformed(f"item {position}: no quote", read.field)]
    value = None if isinstance(read.value, dict) else read.value
    text = read.quote if value is None or value == "" else _as_text(value)
    return Candidate(FieldName(read.field), text, read.quote, read.score, None, parts), problems


def _parts(rows: Sequence[Any], where: str, field: SchemaField) -> tuple[tuple[Part, ...], list[Finding]]:
    """The parts in the order given, and a finding for each that is none."""
    problems: list[Finding] = []
    if rows and field.type is not FieldType.RECORD:
        return (), [malformed(f"{where}: the field is no record and has no parts", field.name)]
    known = {part.name for part in field.parts}
    parts: dict[str, Part] = {}
    for number, row in enumerate(rows):
        try:
            read = PartItem.model_validate(row)
        except ValidationError as error:
            problems.append(malformed(f"{where}: parts[{number}]: {_first_problem(error)}", field.name))
            continue
        value = read.quote if read.value is None or read.value == "" else _as_text(read.value)
        if read.name not in known:
            problems.append(malformed(f"{where}: parts[{number}]: the record has no such part", field.name))
        elif read.name in parts:
            problems.append(malformed(f"{where}: the part `{read.name}` stands twice in it", field.name))
        elif value.strip():
            parts[read.name] = Part(read.name, value, read.quote if read.quote.strip() else value, None)
    return tuple(parts.values()), problems


def _as_text(value: Scalar | list[Scalar]) -> str:
    if isinstance(value, list):
        return list_value(map(_as_text, value))
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
