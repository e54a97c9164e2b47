"""The columns for text fields: looks, roles, extents, laws, identifiers, other places of a value."""

from __future__ import annotations

import pytest

from tasks.core.native.own.evidence.looks import Look, look_of
from tasks.core.native.own.spans import SpanKind
from tests.unit.core.native.own.evidence_scenes import evidence_of, field

LESSOR = field("lessor", "Lessor", description="The company that lets the car.", cues=("Lessor",))
LESSEE = field("lessee", "Lessee", description="The company that rents the car.", cues=("Lessee",))
LAW = field("law", "Governing law")
NUMBER = field("policy", "Policy number")


@pytest.mark.parametrize(
    ("value", "kind", "look"),
    [
        ("Tarnholt Homes, LLC", SpanKind.NAME, Look.COMPANY),
        ("Brenford University", SpanKind.NAME, Look.COMPANY),
        ("Dr. Callum Renfrew", SpanKind.NAME, Look.PERSON),
        ("Callum J. Renfrew", SpanKind.PROPER, Look.PERSON),
        ("青山湖机械有限公司", SpanKind.NAME, Look.COMPANY),
        ("李晓梅", SpanKind.NAME, Look.PERSON),
        ("BRC-PL-2025-0044", SpanKind.IDENTIFIER, Look.CODE),
        ("EUR 250.000,00", SpanKind.VALUE, Look.FIGURE),
        ("14 Mill Lane, Astor", SpanKind.PLACE, Look.ADDRESS),
        ("the joint bid", SpanKind.PHRASE, Look.WORDS),
    ],
)
def test_words_look_like_a_company_a_person_a_code(value: str, kind: SpanKind, look: Look) -> None:
    assert look_of(value, kind) is look


def test_look_is_compared_with_that_of_the_examples() -> None:
    text = "Tarnholt Homes, LLC and Mr. Callum Renfrew sign."
    company = field("x", "Owner", examples=("Owned by Aldane Foods Ltd.",))
    rows = evidence_of(text, company)["x"]
    assert rows["Tarnholt Homes, LLC"]["look_in_examples"] > rows["Callum Renfrew"]["look_in_examples"]


def test_role_in_brackets_behind_a_name_is_its_own_and_no_one_elses() -> None:
    text = (
        "This lease is made between Tarnholt Cars Ltd (the “Lessor”) and Brenford Foods Ltd (the “Lessee”).\n"
        "Signed for Brenford Foods Ltd by its director."
    )
    rows = evidence_of(text, LESSOR, LESSEE)
    lessor, lessee = rows["lessor"]["Tarnholt Cars Ltd"], rows["lessor"]["Brenford Foods Ltd"]
    assert lessor["role_said"] > 0.0 == lessor["rival_role_said"]
    assert lessee["rival_role_said"] > 0.0 == lessee["role_said"]
    assert rows["lessee"]["Brenford Foods Ltd"]["defined_says_role"] > 0.0


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("Tarnholt Cars Ltd, as lessor, lets the car.", "capacity_says_role"),
        ("Lessor: Tarnholt Cars Ltd", "head_says_role"),
        ("LESSOR\nTarnholt Cars Ltd", "head_says_role"),
        ("Tarnholt Cars Ltd, hereinafter called the Lessor, lets the car.", "defined_says_role"),
        ("“Lessor” is Tarnholt Cars Ltd of Astor.", "defined_says_role"),
    ],
)
def test_role_stands_before_or_behind_a_name(text: str, column: str) -> None:
    assert evidence_of(text, LESSOR)["lessor"]["Tarnholt Cars Ltd"][column] > 0.0


def test_chinese_role_is_the_whole_word() -> None:
    guarantor = field("g", "保证人", cues=("保证人",))
    rows = evidence_of("保证人：李晓梅\n见证人：王建国", guarantor)["g"]
    assert rows["李晓梅"]["head_says_role"] > 0.0 == rows["王建国"]["head_says_role"]


def test_role_words_inside_of_a_pattern_count() -> None:
    owner = field("o", "Owner", cues=("/(?:Hirer|Charterer)\\s*:\\s*(.+)/",))
    rows = evidence_of("The ship is let to Tarnholt Cars Ltd (the “Charterer”).", owner)["o"]
    assert rows["Tarnholt Cars Ltd"]["defined_says_role"] > 0.0


def test_names_have_ranks_in_order_of_the_text() -> None:
    text = "Made between Tarnholt Cars Ltd (“Tarnholt”) and Brenford Foods Ltd (“Brenford”)."
    rows = evidence_of(text, LESSOR, LESSEE)["lessee"]
    assert rows["Tarnholt Cars Ltd"]["party_rank"] < rows["Brenford Foods Ltd"]["party_rank"]
    assert rows["Brenford Foods Ltd"]["rank_differs"] == 0.0


def test_who_acts_for_a_party_is_incidental() -> None:
    text = "Tarnholt Cars Ltd is represented by its manager Brenford Foods Ltd in Astor."
    rows = evidence_of(text, LESSOR)["lessor"]
    assert rows["Brenford Foods Ltd"]["is_incidental"] == 1.0


def test_name_with_its_label_in_front_holds_the_name() -> None:
    rows = evidence_of("Customer Tarnholt Cars Ltd", LESSOR)["lessor"]
    whole, bare = rows["Customer Tarnholt Cars Ltd"], rows["Tarnholt Cars Ltd"]
    assert whole["holds_name_at_end"] == 1.0 and whole["extra_is_common"] > 0.0
    assert bare["container_ends_here"] == 1.0 and bare["left_is_common"] == 1.0


def test_pattern_that_cuts_a_number_gives_the_whole_number() -> None:
    code = field("x", "Number", cues=("/编号[:：](HYJC-\\d{4}-)/",))
    rows = evidence_of("合同编号：HYJC-2024-设采-0137。", code)["x"]
    assert "HYJC-2024-" not in rows
    assert rows["HYJC-2024-设采-0137"]["right_is_cut"] == 0.0


def test_law_of_this_agreement_is_told_from_another_papers() -> None:
    text = (
        "This Agreement is governed by the law of Norway.\n"
        "The swap under the ISDA master is governed by the law of England.\n"
        "The law of Denmark does not apply."
    )
    rows = evidence_of(text, LAW)["law"]
    assert (rows["Norway"]["law_of_this"], rows["Norway"]["law_of_other"]) == (1.0, 0.0)
    assert (rows["England"]["law_of_this"], rows["England"]["law_of_other"]) == (0.0, 1.0)
    assert rows["Denmark"]["law_is_denied"] == 1.0


def test_number_of_the_paper_that_is_replaced_is_anothers() -> None:
    text = "Policy number: BRC-0044/B\nReplaces policy number: BRC-0031/A"
    rows = evidence_of(text, NUMBER)["policy"]
    assert rows["BRC-0044/B"]["code_of_other"] == 0.0
    assert rows["BRC-0031/A"]["code_of_other"] == 1.0


def test_value_has_the_best_of_its_places_and_of_other_fields() -> None:
    text = "Lessor: Tarnholt Cars Ltd\nThe car comes from Tarnholt Cars Ltd of Brenford."
    rows = evidence_of(text, LESSOR, LESSEE)
    lessor, lessee = rows["lessor"]["Tarnholt Cars Ltd"], rows["lessee"]["Tarnholt Cars Ltd"]
    assert lessor["role_of_value_margin"] > 0.0 > lessee["role_of_value_margin"]
    assert lessee["role_of_value_elsewhere"] == lessor["role_of_value"]
