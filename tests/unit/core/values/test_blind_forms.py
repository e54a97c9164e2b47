"""Dates and lengths whose forms were written down by somebody who had not seen the code.

A wrong form is worse than none: none may be wrong, and nine of ten that have a form must be read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.core.schema import FieldType, SchemaField
from tasks.core.values.document_habit import habit_of
from tasks.core.values.find import find_values
from tasks.core.values.forms import normal_form

ROWS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "blind_dates_and_durations.json").read_text(encoding="utf-8")
)


def form(row: dict[str, Any]) -> str | None:
    field = SchemaField(name="f", title="F", description="A value.", type=FieldType(row["type"]))
    return normal_form(field, row["text"], habit_of(in_context(row)))


def in_context(row: dict[str, Any]) -> str:
    return (row["context"] or "{}").replace("{}", row["text"])


def accepted(row: dict[str, Any]) -> list[str | None]:
    return row["normal"] if isinstance(row["normal"], list) else [row["normal"]]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["text"])
def test_no_form_is_wrong(row: dict[str, Any]) -> None:
    assert form(row) in [None, *accepted(row)]


def test_nine_of_ten_forms_are_read() -> None:
    expected = [row for row in ROWS if row["normal"] is not None]
    read = [row for row in expected if form(row) in accepted(row)]
    assert len(read) >= 0.9 * len(expected)


@pytest.mark.parametrize("row", [r for r in ROWS if form(r) is not None], ids=lambda row: row["text"])
def test_a_value_with_a_form_is_found_in_its_context(row: dict[str, Any]) -> None:
    text = in_context(row)
    found = find_values(FieldType(row["type"]), text, (), habit_of(text))
    assert form(row) in [v.form for v in found]
