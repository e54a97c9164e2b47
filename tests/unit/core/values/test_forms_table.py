"""A table of values in many houses' styles with their forms; a third was written without seeing the code.

Each row: `type`, `text`, `context` (a document, with `{}` for the text; its habit counts), `normal`
(the form, or the forms that are right; null: none may be given), `or_none` (open enough to have none).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tasks.core.schema import FieldType, SchemaField
from tasks.core.values.document_habit import habit_of
from tasks.core.values.find import find_values
from tasks.core.values.forms import normal_form
from tasks.core.values.habit import UNKNOWN_HABIT, Habit


@dataclass(frozen=True)
class Row:
    field: SchemaField
    text: str
    habit: Habit
    right: frozenset[str | None]


def _row(given: dict[str, Any]) -> Row:
    kind, context, normal = FieldType(given["type"]), given.get("context"), given["normal"]
    field = SchemaField(name="f", title="F", description="A value.", type=kind)
    habit = habit_of(context.replace("{}", given["text"])) if context else UNKNOWN_HABIT
    right = frozenset(normal if isinstance(normal, list) else [normal])
    return Row(field, given["text"], habit, right | ({None} if given.get("or_none") else set()))


ROWS = [
    _row(row)
    for path in sorted((Path(__file__).parent / "forms").glob("*.json"))
    for row in json.loads(path.read_text("utf-8"))
]
AMOUNTS = (FieldType.MONEY, FieldType.NUMBER)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.field.type.value}-{row.text}")
def test_no_value_has_a_wrong_form(row: Row) -> None:
    assert normal_form(row.field, row.text, row.habit) in row.right | {None}


@pytest.mark.parametrize("kind", sorted({row.field.type for row in ROWS}))
def test_nine_of_ten_values_are_read(kind: FieldType) -> None:
    rows = [row for row in ROWS if row.field.type is kind and None not in row.right]
    read = [row for row in rows if normal_form(row.field, row.text, row.habit) in row.right]
    assert len(read) >= 0.9 * len(rows)


@pytest.mark.parametrize(
    "row", [r for r in ROWS if r.field.type in AMOUNTS], ids=lambda row: f"{row.field.type.value}-{row.text}"
)
def test_an_amount_is_found_whole_with_the_form_that_it_has_alone(row: Row) -> None:
    for found in find_values(row.field.type, row.text, habit=row.habit):
        assert normal_form(row.field, found.value, row.habit) == found.form
        assert (
            " ".join(row.text[found.start : found.end].replace("\xa0", " ").replace("\u202f", " ").split())
            == found.value
        )


def test_the_table_is_long_enough() -> None:
    counts = {kind: sum(row.field.type is kind for row in ROWS) for kind in AMOUNTS}
    assert counts[FieldType.MONEY] >= 200 and counts[FieldType.NUMBER] >= 150
