"""The part of a sentence that a value stands in."""

from __future__ import annotations

from tasks.core.native.own.evidence.subclause import part_of
from tasks.core.schema import FieldType
from tests.unit.core.native.own.evidence.scenes import evidence_of, made

TEXT = "The deposit is $900.00, the rent is $450.00 and the parking costs $30.00.\n"


def test_part_ends_at_commas_and_conjunctions() -> None:
    at = TEXT.index("$450.00")
    part = part_of(TEXT, at, at + len("$450.00"))
    assert "rent" in part
    assert not [word for word in ("deposit", "parking") if word in part]


def test_part_ends_at_chinese_commas() -> None:
    text = "月租金为500元，押金为900元。"
    at = text.index("900元")
    assert "租金" not in part_of(text, at, at + 4)


def test_title_is_found_in_the_value_s_own_part() -> None:
    rent = made(FieldType.MONEY, "Rent")
    assert evidence_of("$450.00", TEXT, rent)["part_title"] == 1.0
    assert evidence_of("$900.00", TEXT, rent)["part_title"] == 0.0


def test_words_that_do_not_count_are_unwanted_in_the_value_s_own_part() -> None:
    field = made(FieldType.MONEY, "Rent", description="The rent. Parking does not count.")
    assert evidence_of("$30.00", TEXT, field)["part_unwanted"] > 0.0
    assert evidence_of("$900.00", TEXT, field)["part_unwanted"] == 0.0
