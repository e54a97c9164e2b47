"""What the words near a value speak of, and the titles of other fields."""

from __future__ import annotations

from tasks.core.schema import FieldType
from tests.unit.core.native.own.evidence.scenes import evidence_of, made

RENT, BOND = made(FieldType.MONEY, "Rent"), made(FieldType.CLAUSE, "Parking", name="parking")
TEXT = "Each month the rental comes to $700.00. A parking space is let for $35.00.\n"


def test_concept_of_the_title_is_met_in_other_words() -> None:
    assert evidence_of("$700.00", TEXT, RENT)["topic_title_part"] == 1.0


def test_title_of_a_field_of_another_type_claims_a_value() -> None:
    row = evidence_of("$35.00", TEXT, RENT, BOND)
    assert row["other_title_part"] == 1.0
    assert row["other_lead_part"] < 0.0


def test_own_title_is_not_another_field_s() -> None:
    assert evidence_of("$35.00", TEXT, RENT)["other_title_part"] == 0.0


def test_topic_that_the_field_does_not_know_is_strange() -> None:
    text = "The rent is $700.00. The insurance policy costs $35.00.\n"
    assert evidence_of("$35.00", text, RENT)["topic_strange_part"] > 0.0
