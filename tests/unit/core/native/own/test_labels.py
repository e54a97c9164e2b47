"""What stands behind a label, in a cell, and under a label."""

from __future__ import annotations

import pytest

from tasks.core.native.own.labels import labelled, under_label
from tasks.core.native.text.lines import LineCell, TextLine
from tasks.core.native.text.units import Unit


def line(text: str, *cells: str) -> TextLine:
    at = [text.index(c) for c in cells]
    made = tuple(LineCell(a, a + len(c), "", "") for a, c in zip(at, cells, strict=True))
    return TextLine(0, Unit(0, len(text), True), text, "", "", (), 0, False, made)


def found(here: TextLine) -> list[str]:
    return [here.text[a:b] for a, b in labelled(here)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Position: Head of Calibration", "Head of Calibration"),
        ("Owner: Marguerite Ostler, through her manager", "Marguerite Ostler"),
        ("Insured: Tarn Foods Ltd (ABN 61 604)", "Tarn Foods Ltd"),
        ("Territory: Estonia; Latvia and Malta", "Latvia"),
        ("出借人：周建林，男，住青岚市", "周建林"),
        ("负责人：孟庆山 经办人：施小山", "孟庆山"),
        ("职务 高级工程师（职级P6）", "高级工程师"),
        ("编号：江岚借字（2025）第08816号", "江岚借字（2025）第08816号"),
    ],
)
def test_value_behind_a_label_ends_at_the_first_break(text: str, value: str) -> None:
    assert value in found(line(text))


def test_cell_is_given_whole_and_to_its_bracket() -> None:
    here = line("Car Volvan Cargo (2026) EL 48213", "Volvan Cargo (2026)")
    assert {"Volvan Cargo (2026)", "Volvan Cargo"} <= set(found(here))


def test_ticked_option_counts_and_the_others_do_not() -> None:
    texts = found(line("Product ☒ Ledger Nine ☐ Ledger Two ☒ Levy Portal"))
    assert [t.strip() for t in texts] == ["Ledger Nine", "Levy Portal"]


@pytest.mark.parametrize("value", ["EUR 12,500.00 a year", "36 months", "01.07.2025", "10 %, at least"])
def test_sum_or_date_behind_a_label_is_left_to_other_types(value: str) -> None:
    assert found(line(f"Rent: {value}")) == []


@pytest.mark.parametrize("label", ["Landlord:", "Landlord", "用途"])
def test_value_stands_under_a_label(label: str) -> None:
    here = line("购买种苗" if label == "用途" else "Rosalind Thacker")
    assert (0, len(here.text)) in list(under_label(label, here))


@pytest.mark.parametrize("above", ["1. DEFINITIONS", "The parties have agreed to what follows here."])
def test_sentence_or_numbered_heading_is_no_label(above: str) -> None:
    assert list(under_label(above, line("Rosalind Thacker"))) == []
