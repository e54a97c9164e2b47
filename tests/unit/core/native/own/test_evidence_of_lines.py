"""The columns for clauses and booleans: manner, topic, section, list, neighbours, rivals."""

from __future__ import annotations

import pytest

from tasks.core.schema import FieldType
from tests.unit.core.native.own.evidence_scenes import evidence_of, field

ASSIGNMENT = field("assignment", "Assignment", FieldType.CLAUSE, cues=("assign this agreement",))
EXCLUSIONS = field("exclusions", "Exclusions", FieldType.CLAUSE, cues=("does not apply to",))
RENEWAL = field("renewal", "Renewal", FieldType.BOOLEAN, cues=("renew",))


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("The Supplier shall deliver the goods.", "has_duty"),
        ("The Buyer is entitled to reject them.", "has_right"),
        ("Neither party may sell the shares.", "has_ban"),
        ("“Goods” means the pumps in Annex 1.", "is_definition"),
        ("WHEREAS the Buyer runs a mill, the parties agree.", "is_recital"),
        ("甲方应当在三日内支付全部货款。", "has_duty"),
    ],
)
def test_manner_of_a_line(line: str, column: str) -> None:
    assert evidence_of(line, EXCLUSIONS)["exclusions"][line][column] == 1.0


def test_run_in_heading_holds_for_the_lines_of_its_section() -> None:
    text = (
        "4. Assignment. Neither party may hand its rights over to anybody else. Any attempt is void.\n"
        "5. Notices. All letters go to the addresses above."
    )
    rows = evidence_of(text, ASSIGNMENT)["assignment"]
    said = {line[:8]: row["section_title"] for line, row in rows.items()}
    assert said["Any atte"] > 0.0 == said["All lett"]


def test_entry_of_a_list_has_the_words_of_the_line_above_it() -> None:
    text = (
        "This insurance does not apply to:\n(a) damage by rain;\n(b) loss by war.\nThe premium is due in May."
    )
    rows = evidence_of(text, EXCLUSIONS)["exclusions"]
    assert rows["loss by war."]["intro_cue"] > 0.0
    assert "This insurance does not apply to:" not in rows
    assert rows["The premium is due in May."]["in_list"] == 0.0


def test_line_of_another_field_is_told_from_ones_own() -> None:
    text = "Neither side may assign this agreement.\nThe cover does not apply to damage by war."
    rows = evidence_of(text, ASSIGNMENT, EXCLUSIONS)
    line = "Neither side may assign this agreement."
    assert rows["assignment"][line]["near_of_value_margin"] > 0.0
    assert rows["exclusions"][line]["near_of_value_margin"] < 0.0
    assert rows["assignment"][line]["strength_rank"] == 0.0


def test_cue_in_a_condition_is_no_main_topic() -> None:
    text = "If the parties renew the lease, the rent rises."
    row = evidence_of(text, RENEWAL)["renewal"][text]
    assert (row["topic_in_main"], row["topic_in_condition"]) == (0.0, 1.0)


def test_denied_cue_is_told() -> None:
    text = "The lease shall not renew at its end."
    row = evidence_of(text, RENEWAL)["renewal"][text]
    assert (row["topic_denied"], row["answers_false"]) == (1.0, 1.0)


def test_subject_that_does_not_count_is_told() -> None:
    duty = field(
        "duty",
        "Duty to insure",
        FieldType.CLAUSE,
        description="What the carrier insures. Cover of the shipper does not count.",
    )
    rows = evidence_of("The shipper shall insure the load.\nThe carrier shall insure the truck.", duty)[
        "duty"
    ]
    assert rows["The shipper shall insure the load."]["subject_unwanted"] > 0.0
    assert rows["The carrier shall insure the truck."]["subject_wanted"] > 0.0
