"""A value in a cell that names another thing ends unsettled, never rejected."""

from __future__ import annotations

import pytest

from tasks.core.grounding.quotes import ground
from tasks.core.grounding.table_cells import OTHER_COLUMN, OTHER_FIELD, cell_findings
from tasks.core.records import (
    Candidate,
    Chunk,
    ChunkKind,
    FieldName,
    Page,
    Passage,
    PassageKind,
    Segment,
    TableCell,
)
from tasks.core.schema import FieldType, Schema, SchemaField

TEXT = "Year 1 $18.00 $7,500.00\nDeposit $15,000.00\n"
CELLS = (
    TableCell(7, 13, "Rate per sq. ft.", "Year 1"),
    TableCell(14, 23, "Monthly rent", "Year 1"),
    TableCell(32, 42, "Amount", "Security deposit"),
)
SCHEMA = Schema(
    name="lease",
    title="Lease",
    fields=tuple(
        SchemaField(name=name, title=title, description="x", type=FieldType.MONEY)
        for name, title in (("rent", "Monthly rent"), ("deposit", "Security deposit"), ("fee", "Late fee"))
    ),
)


def reasons(field: str, value: str, quote: str, cells: tuple[TableCell, ...] = CELLS) -> list[str]:
    passage = Passage(PassageKind.BODY, TEXT, (Segment(0, 0, len(TEXT)),))
    chunk = Chunk(0, ChunkKind.BODY, (passage,), "", "", "", (), 0.0, cells)
    grounded = ground(
        [Candidate(FieldName(field), value, quote, None, None)], chunk, TEXT, (Page(1, 0, len(TEXT), "ok"),)
    )
    candidates, places = zip(*grounded, strict=True)
    findings = list(cell_findings(candidates, places, chunk, SCHEMA))
    assert all(f.score < 1.0 for f in findings)  # 1.0 would reject it
    return [f.reason for f in findings]


@pytest.mark.parametrize(
    ("field", "value", "quote", "expected"),
    [
        ("rent", "$18.00", "Year 1 $18.00 $7,500.00", [OTHER_COLUMN]),
        ("rent", "$7,500.00", "Year 1 $18.00 $7,500.00", []),
        ("fee", "$15,000.00", "Deposit $15,000.00", [OTHER_FIELD]),
        ("deposit", "$15,000.00", "Deposit $15,000.00", []),
        ("fee", "$18.00", "Year 1 $18.00", []),
    ],
)
def test_cell_speaks_against_a_value_only_where_another_name_is_plain(
    field: str, value: str, quote: str, expected: list[str]
) -> None:
    assert reasons(field, value, quote) == expected


def test_without_cells_nothing_speaks_against_a_value() -> None:
    assert reasons("rent", "$18.00", "Year 1 $18.00", ()) == []
