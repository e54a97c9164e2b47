"""A generator's raw answer to candidates, findings about the answer, and repairs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from pydantic import ValidationError

from tasks.core.answers.blocks import Blocks, find_blocks, plain_object
from tasks.core.answers.mending import as_text, mend_item
from tasks.core.answers.rows import Rows
from tasks.core.answers.shapes import Item, ParsedAnswer, Repair, first_problem, malformed
from tasks.core.answers.telling import error_reason, reason_of_nothing
from tasks.core.records import Candidate, FieldName, Finding
from tasks.core.schema import Schema

CUT_OFF = "the answer is cut off: what came after the last complete item is not known"
UNREADABLE = "part of the answer cannot be read"
_ITEM_KEYS = frozenset(Item.model_fields)


def parse_answer(raw: str, schema: Schema, prompt: str | None = None) -> ParsedAnswer:
    """A generator's raw answer to candidates in the order given, and a finding for every item that is not valid.

    Args:
        prompt: What the model was asked, where the caller knows it: some servers repeat it before the answer.
    """
    body = plain_object(raw)
    items = body.get("items") if body is not None and len(body) == 1 else None
    if isinstance(items, list):
        return _parsed(cast("list[Any]", items), schema, set(), [])
    return _parse_leniently(find_blocks(raw, prompt), schema, raw)


def _parse_leniently(blocks: Blocks, schema: Schema, raw: str) -> ParsedAnswer:
    rows = Rows(schema)
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
    return _parsed(found, schema, repairs, problems)


def _once(rows: list[Any], repairs: set[Repair]) -> list[Any]:
    """Rows of several blocks, each said once."""
    unique: list[Any] = []
    for row in rows:
        if row in unique:
            repairs.add(Repair.SAID_TWICE)
        else:
            unique.append(row)
    return unique


def _parsed(
    rows: Iterable[Any], schema: Schema, repairs: set[Repair], problems: list[Finding]
) -> ParsedAnswer:
    candidates: list[Candidate] = []
    for position, row in enumerate(rows):
        parsed = _candidate(row, position, schema, repairs)
        if isinstance(parsed, Candidate):
            candidates.append(parsed)
        else:
            problems.append(parsed)
    return ParsedAnswer(tuple(candidates), tuple(problems), tuple(sorted(repairs)))


def _candidate(row: Any, position: int, schema: Schema, repairs: set[Repair]) -> Candidate | Finding:
    if not isinstance(row, dict):
        return malformed(f"item {position}: an object with `field`, `value` and `quote` was due")
    item = cast("dict[str, Any]", row)
    if not _is_strict(item, schema):
        item = mend_item(item, schema, repairs)
    try:
        read = Item.model_validate(item)
    except ValidationError as error:
        return malformed(f"item {position}: {first_problem(error)}")
    if read.field not in schema.field_names:
        return malformed(f"item {position}: the schema has no such field")
    if not read.quote.strip():
        return malformed(f"item {position}: no quote", read.field)
    value = item.get("value")
    text = read.quote if value is None or value == "" else as_text(value)
    return Candidate(FieldName(read.field), text, read.quote, read.score, None)


def _is_strict(item: dict[str, Any], schema: Schema) -> bool:
    """Whether an item is as agreed, so that there is nothing to mend."""
    score, quote = item.get("score"), item.get("quote")
    return (
        item.get("field") in schema.field_names
        and isinstance(quote, str)
        and quote.strip() != ""
        and (score is None or (isinstance(score, float) and 0.0 <= score <= 1.0))
    )
