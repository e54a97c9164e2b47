"""Whether a value is whole and of its kind."""

from __future__ import annotations

from tasks.core.schema import FieldType
from tests.unit.core.native.own.evidence.scenes import evidence_of, made

SHARE = made(FieldType.NUMBER, "Share", examples=("It receives 12 % of the net sum.",))


def test_per_cent_is_the_kind_of_the_examples_and_a_count_is_not() -> None:
    text = "The partner has 15% and 30 seats.\n"
    assert evidence_of("15%", text, SHARE)["kind_clash"] == 0.0
    assert evidence_of("30", text, SHARE)["kind_clash"] == 1.0


def test_value_in_brackets_is_told() -> None:
    text = "The partner has a part (15% at first), then 20%.\n"
    assert evidence_of("15%", text, SHARE)["is_in_brackets"] == 1.0
    assert evidence_of("20%", text, SHARE)["is_in_brackets"] == 0.0


def test_same_value_twice_is_repeated() -> None:
    text = "The fee is $40.00. A copy costs $3.00. The fee of $40.00 is due at once.\n"
    fee = made(FieldType.MONEY, "Fee")
    assert evidence_of("$40.00", text, fee)["is_repeated"] == 1.0
    assert evidence_of("$3.00", text, fee)["is_repeated"] == 0.0
