"""The form of an export for spreadsheets runs nothing and reads as UTF-8; plain CSV is exact."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.cli.export import write_csv, write_spreadsheet
from tasks.postgres.reports import EXPORT_COLUMNS

ROW: dict[str, Any] = dict.fromkeys(EXPORT_COLUMNS) | {
    "spans": [[0, 4]],
    "pages": [1],
    "parts": [],
    "places": [],
}


def written(value: str, write: Any) -> tuple[str, str]:
    """The whole file, and the cell of the value in it."""
    file = io.StringIO()
    assert write([ROW | {"value": value}], file) == 1
    text = file.getvalue()
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    return text, row["value"]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30 1234", "'+49 30 1234"),
        ("-1+1", "'-1+1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        (" =1", "' =1"),
        ("＝1", "'＝1"),
        ("-5", "-5"),
        ("-1,234.50", "-1,234.50"),
        ("-5 %", "'-5 %"),
        ("-1234567890123456", "'-1234567890123456"),  # a spreadsheet would lose its last digit
        ("- first", "'- first"),
        ("中文, „x“", "中文, „x“"),
        ("", ""),
    ],
)
def test_a_cell_that_would_be_run_is_marked_and_a_number_is_not(value: str, cell: str):
    text, found = written(value, write_spreadsheet)
    assert found == cell
    assert text.startswith("\ufeffdocument,")
    assert text.endswith("\r\n")
    plain, exact = written(value, write_csv)
    assert (exact, plain[0]) == (value, "d")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20))
def test_no_cell_begins_as_a_formula_and_plain_csv_is_exact(value: str):
    _, cell = written(value, write_spreadsheet)
    begins = cell.lstrip()[:1]
    assert begins not in tuple("=+@＝＋－＠|%") or not begins
    assert begins != "-" or cell.replace(".", "").replace(",", "")[1:].isdecimal()
    assert cell.removeprefix("'") == value.removeprefix("'")
    assert written(value, write_csv)[1] == value


def test_a_cell_is_no_longer_than_a_spreadsheet_holds():
    _, cell = written("=" + "x" * 40_000, write_spreadsheet)
    assert len(cell) <= 32_767
    assert cell.endswith("…")
