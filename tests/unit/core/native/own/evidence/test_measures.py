"""The measure, unit and size of a value beside those of the field's title and examples."""

from __future__ import annotations

import pytest

from tasks.core.native.own.evidence.measures import measures_of, size_of
from tasks.core.schema import FieldType
from tests.unit.core.native.own.evidence.scenes import evidence_of, made

RENT = made(FieldType.MONEY, "Monthly rent", examples=("The tenant owes $1,900.00 each month.",))
NOTICE = made(FieldType.DURATION, "Notice period", examples=("Three months' notice is given.",))
FEES = "The tenant pays $1,450.00 per month, and a fee of $25.00 per day for a late return.\n"


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("$12.00 a month", "month"),
        ("EUR 40,00 pro Monat / p.a.", "year"),
        ("per calendar month", "month"),
        ("CHF 9.85 per kg", "piece"),
        ("any one occurrence", "event"),
        ("the lump sum of", "once"),
        ("每月", "month"),
        ("每台", "piece"),
        ("合计", "all"),
        ("其中", "part"),
    ],
)
def test_words_name_a_measure(text: str, measure: str) -> None:
    assert measure in measures_of(text)


def test_words_without_a_measure_name_none() -> None:
    assert not measures_of("the Lessee shall keep the garden")


@pytest.mark.parametrize(
    ("kind", "form", "amount", "unit"),
    [
        (FieldType.DURATION, "P2Y", 730.0, "year"),
        (FieldType.DURATION, "PT12H", 0.5, "hour"),
        (FieldType.MONEY, "EUR 4440", 4440.0, ""),
        (FieldType.NUMBER, "4.5%", 4.5, "%"),
    ],
)
def test_form_has_a_size(kind: FieldType, form: str, amount: float, unit: str) -> None:
    size = size_of(kind, form)
    assert size is not None
    assert (size.amount, size.unit) == (amount, unit)


def test_date_has_no_size() -> None:
    assert size_of(FieldType.DATE, "2026-05-01") is None


def test_measure_of_the_title_is_common_and_another_one_clashes() -> None:
    rent, fee = (evidence_of(v, FEES, RENT) for v in ("$1,450.00", "$25.00"))
    assert (rent["measure_tail_common"], rent["measure_tail_clash"]) == (1.0, 0.0)
    assert (fee["measure_tail_common"], fee["measure_tail_clash"]) == (0.0, 1.0)


def test_value_without_the_measure_that_the_field_asks_for_lacks_it() -> None:
    assert evidence_of("$300.00", "A key costs $300.00.\n", RENT)["measure_missing"] == 1.0


def test_measure_that_does_not_count_is_unasked() -> None:
    field = made(FieldType.MONEY, "Price", description="The price. A yearly fee does not count.")
    assert evidence_of("$80.00", "Support is $80.00 a year.\n", field)["measure_unasked"] == 1.0


def test_size_far_from_the_examples_is_outside() -> None:
    rent, fee = (evidence_of(v, FEES, RENT) for v in ("$1,450.00", "$25.00"))
    assert rent["size_nearest"] < 0.2
    assert fee["size_outside"] > 1.5


def test_unit_of_a_duration_clashes_with_that_of_the_examples() -> None:
    text = "Either side may leave at two months' notice, and answers within 24 hours.\n"
    assert evidence_of("two months", text, NOTICE)["unit_common"] == 1.0
    assert evidence_of("24 hours", text, NOTICE)["unit_clash"] == 1.0


def test_noun_behind_a_number_is_that_of_the_examples() -> None:
    field = made(FieldType.NUMBER, "Size", examples=("The shop has 90 square metres.",))
    text = "It has 120 square metres and 14 windows.\n"
    assert evidence_of("120", text, field)["noun_example"] > 0.9
    assert evidence_of("14", text, field)["noun_example"] == 0.0
