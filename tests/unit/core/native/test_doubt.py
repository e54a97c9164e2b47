import pytest

from tasks.core.native.doubt import RIGHT_BAR, judge, overlooked_values
from tests.unit.core.native.scenes import DIAGNOSIS, RISK, SKILLS, request

NOTE = "In the event of force majeure the principal may be lost."


def right(value: str, quote: str) -> float:
    cues = request(DIAGNOSIS, ("body", "x")).cues["diagnosis"]
    return judge(cues, value, quote, "").right


@pytest.mark.parametrize(
    ("value", "quote"),
    [
        ("pneumonia", "Chest film: no evidence of pneumonia."),
        ("diabetes", "The patient denies diabetes."),
        ("pneumonia", "Pneumonia was ruled out."),
        ("diabetes", "His mother has diabetes."),
        ("pneumonia", "Suspected pneumonia, to be examined."),
        ("高血压", "患者否认高血压病史。"),
        ("肺炎", "胸片未见肺炎征象。"),
        ("肺炎", "肺炎待查。"),
    ],
)
def test_a_diagnosis_that_is_not_asserted_is_doubted(value: str, quote: str) -> None:
    assert right(value, quote) < RIGHT_BAR


@pytest.mark.parametrize(
    ("value", "quote"),
    [
        ("pneumonia", "Admitted with pneumonia; no fever."),
        ("pneumonia", "Pneumonia was suspected; CT confirmed pneumonia."),
        ("diabetes", "No known illness except diabetes."),
        ("肺炎", "诊断：肺炎，无发热。"),
    ],
)
def test_an_asserted_diagnosis_is_countersigned(value: str, quote: str) -> None:
    assert right(value, quote) >= RIGHT_BAR


def test_a_skill_one_wishes_to_learn_is_doubted() -> None:
    cues = request(SKILLS, ("body", "x")).cues["skills"]
    assert judge(cues, "Python", "I would like to learn Python.", "").right < RIGHT_BAR


def test_machine_learning_is_no_wish() -> None:
    cues = request(SKILLS, ("body", "x")).cues["skills"]
    assert judge(cues, "Python", "Machine learning, Python", "").right >= RIGHT_BAR


def test_a_part_of_another_word_is_doubted() -> None:
    cues = request(SKILLS, ("body", "x")).cues["skills"]
    assert judge(cues, "SQL", "Databases: MySQL", "").right < RIGHT_BAR
    assert judge(cues, "SQL", "Databases: SQL, Redis", "").right >= RIGHT_BAR


def test_what_a_note_says_is_missed_when_the_draft_lacks_it() -> None:
    made = request(RISK, ("body", "Returns are stable."), ("note", NOTE))
    assert [line.text for line, _ in overlooked_values("principal_at_risk", made, [])] == [NOTE]


def test_what_a_candidate_covers_is_not_missed() -> None:
    made = request(RISK, ("body", "Returns are stable."), ("note", NOTE))
    assert overlooked_values("principal_at_risk", made, [(1, 0, len(NOTE))]) == []


def test_a_line_of_a_table_of_contents_is_no_provision() -> None:
    cues = request(RISK, ("body", "x")).cues["principal_at_risk"]
    assert judge(cues, "", "Loss of principal may be lost ......... 48", "").right < RIGHT_BAR
