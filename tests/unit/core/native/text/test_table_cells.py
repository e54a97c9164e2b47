"""The head of its column and the label of its row say which field a cell's value belongs to."""

from __future__ import annotations

import json
from typing import Any

from tasks.core.native.critic.by_schema import OTHER_CELL, judge, told_by_cells
from tasks.core.native.generator.by_schema import DRAFT_BAR, read_field
from tasks.core.native.request import Request, read_request
from tasks.core.schema import Cardinality, FieldType, Schema, SchemaField
from tests.unit.core.native.scenes import body

Cell = tuple[str, str, str]
"""Text, column and row."""


def field(name: str, title: str, *cues: str, kind: FieldType = FieldType.MONEY) -> SchemaField:
    return SchemaField(
        name=name, title=title, description="x", type=kind, cues=cues, cardinality=Cardinality.ONE
    )


def request(text: str, cells: list[Cell], *fields: SchemaField) -> Request:
    schema = Schema(name="s", title="S", fields=fields)
    rows: list[dict[str, Any]] = []
    at = 0
    for words, column, row in cells:
        at = text.index(words, at)
        rows.append({"passage": 0, "start": at, "end": at + len(words), "column": column, "row": row})
        at += len(words)
    asked = body(schema, "generate", ("body", text))
    asked["chunk"]["cells"] = rows
    return read_request(json.loads(json.dumps(asked)))


def drafted(asked: Request, name: str) -> list[str]:
    readings = read_field(asked.cues[name], asked.cued_lines)
    return [reading.value for _, reading in readings if reading.score >= DRAFT_BAR]


RENT = field("monthly_rent", "Monthly rent", "monthly rent")
ROLL = "Lease year Rate per sq. ft. Monthly rent\nYear 1 of the lease $18.00 $7,500.00"
CELLS = [
    ("$18.00", "Rate per sq. ft.", "Year 1 of the lease"),
    ("$7,500.00", "Monthly rent", "Year 1 of the lease"),
]


def test_monthly_rent_is_the_sum_under_its_head_and_not_the_nearest_one() -> None:
    assert drafted(request(ROLL, CELLS, RENT), "monthly_rent") == ["$7,500.00"]


def test_without_cells_the_sum_nearest_to_the_cue_is_read() -> None:
    text = "The monthly rent is $7,500.00."
    assert drafted(request(text, [], RENT), "monthly_rent") == ["$7,500.00"]


def test_head_over_label_names_a_field_in_either_order() -> None:
    text = "Basic rent of the rooms $500.00 $6,000.00"
    cells = [("$500.00", "Monthly", "Rent"), ("$6,000.00", "Annual", "Rent")]
    assert drafted(request(text, cells, RENT), "monthly_rent") == ["$500.00"]


def test_value_does_not_run_over_two_cells() -> None:
    paid = field("paid", "Payment", "acceptance")
    text = "Acceptance by the customer 30 September 2026 EUR 85,000"
    cells = [("30 September 2026", "Due date", "Acceptance"), ("EUR 85,000", "Payment", "Acceptance")]
    assert drafted(request(text, cells, paid), "paid") == ["EUR 85,000"]


def test_bare_sum_that_makes_no_unit_is_read_with_its_row() -> None:
    text = "Base package\n$480.00\n$96.00"
    fee = field("licence", "Annual licence fee", "licence fee")
    cells = [("$480.00", "Licence fee", "Base package"), ("$96.00", "Support fee", "Base package")]
    assert drafted(request(text, cells, fee), "licence") == ["$480.00"]


def test_text_field_titled_like_a_label_has_the_words_of_the_cell() -> None:
    law = field("law", "Governing law", "laws of", kind=FieldType.TEXT)
    text = "Governing law English law"
    assert drafted(request(text, [("English law", "", "Governing law")], law), "law") == ["English law"]


def test_sum_under_another_head_is_doubted_weakly() -> None:
    asked = request(ROLL, CELLS, RENT)
    at = ROLL.index("Year 1")
    told_by = told_by_cells(asked, (0, at, len(ROLL)), "$18.00", asked.cues["monthly_rent"])
    opinion = judge("monthly_rent", "$18.00", ROLL[at:], "", asked.cues, told_by)
    assert opinion.reason == OTHER_CELL
    assert 1.0 - opinion.right < 0.6
