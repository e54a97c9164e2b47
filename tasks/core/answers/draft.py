"""Parse a generator's raw answer into candidates, findings about the answer, and repairs.

A model may ignore the schema that it was sent. What is certain is repaired, the rest becomes a
`malformed` finding, and nothing raises. An item that the answer breaks off in is never taken: half
a quote could still be in the source.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, cast

from pydantic import ValidationError

from tasks.core.answers.envelope import KEPT, AnswerPart, split_answers
from tasks.core.answers.failure import (
    MIXED,
    NO_ANSWER,
    UNREADABLE,
    error_reason,
    reason_of_cut,
    reason_of_nothing,
)
from tasks.core.answers.items import UNABLE, AnswerRows
from tasks.core.answers.json_blocks import Blocks, find_blocks, plain_object
from tasks.core.answers.models import Item, ParsedAnswer, PartItem, Repair, first_problem, malformed
from tasks.core.answers.repair import as_text, is_probability, repair_item
from tasks.core.records import Candidate, Citation, FieldName, Finding, MatchKind, Part, Span
from tasks.core.schema import FieldType, Schema, SchemaField
from tasks.core.text.display import one_line

CANNOT = "the generator cannot extract this kind of field"
_MAX_REASON_CHARS = 200
NOT_ASKED = "items of a field that this call did not ask for"


def parse_answer(raw: str, schema: Schema) -> ParsedAnswer:
    """The candidates in the order of the answer, and a finding for every item that is not valid."""
    parts = split_answers(raw)
    if parts is None:
        return _parse_one(raw, schema)
    parsed = [_parse_part(part, schema) for part in parts]
    return ParsedAnswer(
        tuple(c for p in parsed for c in p.candidates),
        tuple(f for p in parsed for f in p.problems),
        {name: why for p in parsed for name, why in p.unable.items()},
        tuple(sorted({r for p in parsed for r in p.repairs})),
    )


def is_cut_unseen(raw: str, schema: Schema) -> bool:
    """Whether an answer that the limit of tokens ended looks like a whole one: it ends between two items.

    One whole JSON object is whole, whatever the model wanted to say after it.
    """
    return plain_object(raw) is None and not parse_answer(raw, schema).problems


def _parse_part(part: AnswerPart, schema: Schema) -> ParsedAnswer:
    """The answer of one call, for its own fields; if unreadable, a finding for each."""
    if part.error:
        return ParsedAnswer((), tuple(malformed(f"{NO_ANSWER} {part.error}", name) for name in part.fields))
    parsed = _parse_one(part.raw, schema)
    if part.is_cut:
        parsed = replace(parsed, problems=(*parsed.problems, malformed(reason_of_cut(part.raw))))
    if part.task == KEPT:
        parsed = replace(parsed, candidates=_at_their_places(parsed.candidates, part.raw))
    if parsed.candidates or not parsed.problems:
        candidates = tuple(c for c in parsed.candidates if c.field in part.fields)
        others = {c.field for c in parsed.candidates} - set(part.fields)
        problems = (*parsed.problems, *(malformed(NOT_ASKED, name) for name in sorted(others)))
        return ParsedAnswer(candidates, problems, parsed.unable, parsed.repairs)
    problems = tuple(malformed(p.reason, name) for p in parsed.problems for name in part.fields)
    return ParsedAnswer((), problems, repairs=parsed.repairs)


def _at_their_places(candidates: Sequence[Candidate], raw: str) -> tuple[Candidate, ...]:
    """Values that stay, with the spans that they were cited at: their words may stand elsewhere, too."""
    rows = (plain_object(raw) or {}).get("items", [])
    if len(rows) != len(candidates):
        return tuple(candidates)
    cited = [tuple(Span(*span) for span in row.get("spans", ())) for row in rows]
    return tuple(
        replace(c, citation=Citation(spans, (), None, MatchKind.EXACT)) if spans else c
        for c, spans in zip(candidates, cited, strict=True)
    )


def _parse_one(raw: str, schema: Schema) -> ParsedAnswer:
    body = plain_object(raw)
    items = body.get("items") if body is not None and body.keys() <= {"items", UNABLE} else None
    names = _plain_names(schema)
    if body is not None and isinstance(items, list):
        rows = cast("list[Any]", items)
        if all(_is_strict(row, names) for row in rows):
            return ParsedAnswer(tuple(map(_as_candidate, rows)), (), _unable([body], schema))
    return _parse_leniently(find_blocks(raw, frozenset(schema.field_names)), schema, raw)


def _parse_leniently(blocks: Blocks, schema: Schema, raw: str) -> ParsedAnswer:
    rows = AnswerRows(schema)
    n_blocks = 0
    for value in blocks.values:
        before = len(rows.rows)
        rows.take(value)
        n_blocks += len(rows.rows) > before
    problems: list[Finding] = []
    if not rows.has_items:
        problems.append(malformed(error_reason(blocks.values) or reason_of_nothing(blocks, raw)))
    if rows.is_cut:
        problems.append(malformed(reason_of_cut(raw)))
    if rows.is_mixed:
        problems.append(malformed(MIXED))
    if blocks.n_noise:
        problems.append(malformed(UNREADABLE))
    repairs = blocks.repairs | rows.repairs
    unique_rows = rows.rows
    if n_blocks > 1:
        repairs.add(Repair.SEVERAL_BLOCKS)
        unique_rows = _unique(rows.rows, repairs)
    candidates = _candidates(unique_rows, schema, repairs, problems)
    unable = _unable(blocks.values, schema)
    return ParsedAnswer(candidates, tuple(problems), unable, tuple(sorted(repairs)))


def _unable(values: Iterable[Any], schema: Schema) -> dict[FieldName, str]:
    """Why a field could not be extracted: a mapping gives the reasons, a list gives none."""
    reasons: dict[str, str] = {}
    for value in values:
        told = cast("dict[str, Any]", value).get(UNABLE) if isinstance(value, dict) else None
        if isinstance(told, dict):
            told = cast("dict[str, Any]", told)
            reasons.update((name, one_line(str(why), _MAX_REASON_CHARS)) for name, why in told.items())
        elif isinstance(told, list):
            reasons.update((name, CANNOT) for name in cast("list[Any]", told) if isinstance(name, str))
    return {name: reasons[name] or CANNOT for name in schema.field_names if name in reasons}


def _unique(rows: list[Any], repairs: set[Repair]) -> list[Any]:
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
        candidate, row_problems = _candidate(row, f"item {position}", schema, names, repairs)
        problems.extend(row_problems)
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
        item = repair_item(item, schema, repairs)
    try:
        valid = Item.model_validate(item)
    except ValidationError as error:
        return None, [malformed(f"{where}: {first_problem(error)}")]
    if valid.field not in schema.field_names:
        return None, [malformed(f"{where}: the schema has no such field")]
    parts, problems = _parts(valid.parts, where, schema.field(valid.field))
    # A record without a quote is cited from its first part to its last.
    if not valid.quote.strip() and not parts:
        return None, [*problems, malformed(f"{where}: no quote", valid.field)]
    value = item.get("value")
    if isinstance(value, dict) and value:
        problems.append(malformed(f"{where}: its value is an object", valid.field))
    has_no_value = value is None or value == "" or isinstance(value, dict)
    text = valid.quote if has_no_value else as_text(cast(Any, value))
    return Candidate(FieldName(valid.field), text, valid.quote, valid.score, None, parts), problems


def _parts(rows: Sequence[Any], where: str, field: SchemaField) -> tuple[tuple[Part, ...], list[Finding]]:
    """The parts in the order of the answer, and a finding for each that is not valid."""
    problems: list[Finding] = []
    if rows and field.type is not FieldType.RECORD:
        return (), [malformed(f"{where}: the field is no record and has no parts", field.name)]
    known = {part.name for part in field.parts}
    parts: dict[str, Part] = {}
    for number, row in enumerate(rows):
        try:
            part = PartItem.model_validate(row)
        except ValidationError as error:
            problems.append(malformed(f"{where}: parts[{number}]: {first_problem(error)}", field.name))
            continue
        given = cast("dict[str, Any]", row).get("value")
        value = part.quote if given is None or given == "" else as_text(given)
        if part.name not in known:
            problems.append(malformed(f"{where}: parts[{number}]: the record has no such part", field.name))
        elif part.name in parts:
            problems.append(malformed(f"{where}: the part `{part.name}` stands twice in it", field.name))
        elif value.strip():
            parts[part.name] = Part(part.name, value, part.quote if part.quote.strip() else value, None)
    return tuple(parts.values()), problems


def _plain_names(schema: Schema) -> frozenset[str]:
    """The fields whose items have no parts."""
    return frozenset(f.name for f in schema.fields if f.type is not FieldType.RECORD)


def _as_candidate(item: dict[str, Any]) -> Candidate:
    # `_is_strict` has validated the item; a Pydantic model would only take time.
    value, score = item.get("value"), item.get("score")
    text = item["quote"] if value is None or value == "" else as_text(value)
    score = None if score is None else float(score)
    return Candidate(FieldName(item["field"]), text, item["quote"], score, None)


def _is_strict(row: Any, names: frozenset[str]) -> bool:
    """Whether an item has the expected form and no parts, so that nothing needs repair."""
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
        and is_probability(score)
    )
