"""A generator's raw answer to candidates, findings about the answer, and repairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from pydantic import ValidationError

from tasks.core.answers.envelope import AnswerPart, split_answers
from tasks.core.answers.failure import CUT_OFF, UNREADABLE, error_reason, reason_of_nothing
from tasks.core.answers.items import UNABLE, AnswerRows
from tasks.core.answers.json_blocks import Blocks, find_blocks, plain_object
from tasks.core.answers.models import Item, ParsedAnswer, PartItem, Repair, first_problem, malformed
from tasks.core.answers.repair import as_text, mend_item
from tasks.core.records import Candidate, FieldName, Finding, Part
from tasks.core.schema import FieldType, Schema, SchemaField

NOT_ASKED = "items of a field that this call did not ask for"


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
        tuple(sorted({r for p in parsed for r in p.repairs})),
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
        return ParsedAnswer(asked, (*parsed.problems, *unasked), parsed.unable, parsed.repairs)
    problems = tuple(malformed(p.reason, name) for p in parsed.problems for name in part.fields)
    return ParsedAnswer((), problems, repairs=parsed.repairs)


def _parse_one(raw: str, schema: Schema) -> ParsedAnswer:
    body = plain_object(raw)
    items = body.get("items") if body is not None and body.keys() <= {"items", UNABLE} else None
    names = _plain_names(schema)
    if body is not None and isinstance(items, list):
        rows = cast("list[Any]", items)
        if all(_is_strict(row, names) for row in rows):
            return ParsedAnswer(tuple(map(_as_candidate, rows)), (), _unable([body], schema))
    return _parse_leniently(find_blocks(raw), schema, raw)


def _parse_leniently(blocks: Blocks, schema: Schema, raw: str) -> ParsedAnswer:
    rows = AnswerRows(schema)
    n_blocks = 0
    for value in blocks.values:
        before = len(rows.found)
        rows.take(value)
        n_blocks += len(rows.found) > before
    problems: list[Finding] = []
    if not rows.has_items:
        problems.append(malformed(error_reason(blocks.values) or reason_of_nothing(blocks, raw)))
    if rows.is_cut:
        problems.append(malformed(CUT_OFF))
    if blocks.n_noise:
        problems.append(malformed(UNREADABLE))
    repairs = blocks.repairs | rows.repairs
    found = rows.found
    if n_blocks > 1:
        repairs.add(Repair.SEVERAL_BLOCKS)
        found = _once(found, repairs)
    candidates = _candidates(found, schema, repairs, problems)
    unable = _unable(blocks.values, schema)
    return ParsedAnswer(candidates, tuple(problems), unable, tuple(sorted(repairs)))


def _unable(values: Iterable[Any], schema: Schema) -> tuple[FieldName, ...]:
    said: set[Any] = set()
    for value in values:
        named = cast("dict[str, Any]", value).get(UNABLE) if isinstance(value, dict) else None
        said |= (
            {n for n in cast("list[Any]", named) if isinstance(n, str)} if isinstance(named, list) else set()
        )
    return tuple(name for name in schema.field_names if name in said)


def _once(rows: list[Any], repairs: set[Repair]) -> list[Any]:
    """Rows of several blocks, each said once."""
    unique: list[Any] = []
    for row in rows:
        if row in unique:
            repairs.add(Repair.SAID_TWICE)
        else:
            unique.append(row)
    return unique


def _candidates(
    rows: Iterable[Any], schema: Schema, repairs: set[Repair], problems: list[Finding]
) -> tuple[Candidate, ...]:
    candidates: list[Candidate] = []
    names = _plain_names(schema)
    for position, row in enumerate(rows):
        candidate, found = _candidate(row, f"item {position}", schema, names, repairs)
        problems.extend(found)
        if candidate is not None:
            candidates.append(candidate)
    return tuple(candidates)


def _candidate(
    row: Any, where: str, schema: Schema, names: frozenset[str], repairs: set[Repair]
) -> tuple[Candidate | None, list[Finding]]:
    if not isinstance(row, dict):
        return None, [malformed(f"{where}: an object with `field`, `value` and `quote` was due")]
    item = cast("dict[str, Any]", row)
    if not _is_strict(item, names):
        item = mend_item(item, schema, repairs)
    try:
        read = Item.model_validate(item)
    except ValidationError as error:
        return None, [malformed(f"{where}: {first_problem(error)}")]
    if read.field not in schema.field_names:
        return None, [malformed(f"{where}: the schema has no such field")]
    parts, problems = _parts(read.parts, where, schema.field(read.field))
    # A record without a quote is cited from its first part to its last.
    if not read.quote.strip() and not parts:
        return None, [*problems, malformed(f"{where}: no quote", read.field)]
    value = item.get("value")
    if isinstance(value, dict) and value:
        problems.append(malformed(f"{where}: its value is an object", read.field))
    told = value is None or value == "" or isinstance(value, dict)
    text = read.quote if told else as_text(cast(Any, value))
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
            problems.append(malformed(f"{where}: parts[{number}]: {first_problem(error)}", field.name))
            continue
        given = cast("dict[str, Any]", row).get("value")
        value = read.quote if given is None or given == "" else as_text(given)
        if read.name not in known:
            problems.append(malformed(f"{where}: parts[{number}]: the record has no such part", field.name))
        elif read.name in parts:
            problems.append(malformed(f"{where}: the part `{read.name}` stands twice in it", field.name))
        elif value.strip():
            parts[read.name] = Part(read.name, value, read.quote if read.quote.strip() else value, None)
    return tuple(parts.values()), problems


def _plain_names(schema: Schema) -> frozenset[str]:
    """The fields whose items need no look at their parts."""
    return frozenset(f.name for f in schema.fields if f.type is not FieldType.RECORD)


def _as_candidate(item: dict[str, Any]) -> Candidate:
    """A strict item: what `_is_strict` has validated needs no model."""
    value, score = item.get("value"), item.get("score")
    text = item["quote"] if value is None or value == "" else as_text(value)
    sure = None if score is None else float(score)
    return Candidate(FieldName(item["field"]), text, item["quote"], sure, None)


def _is_strict(row: Any, names: frozenset[str]) -> bool:
    """Whether an item is as agreed and has no parts, so that there is nothing to mend."""
    if not isinstance(row, dict):
        return False
    item = cast("dict[str, Any]", row)
    field, score, quote = item.get("field"), item.get("score"), item.get("quote")
    return (
        isinstance(field, str)
        and field in names
        and isinstance(item.get("value"), str | int | float | None)
        and isinstance(quote, str)
        and quote.strip() != ""
        and "parts" not in item
        and (
            score is None
            or (isinstance(score, int | float) and not isinstance(score, bool) and 0 <= score <= 1)
        )
    )
