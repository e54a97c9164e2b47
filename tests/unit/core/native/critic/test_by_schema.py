import pytest

from tasks.core.native.critic.by_schema import RIGHT_BAR, judge, objection_to, overlooked_values
from tasks.core.schema import FieldType, Schema, SchemaField
from tasks.core.text.negation import DENIED
from tests.unit.core.native.scenes import DIAGNOSIS, RISK, SKILLS, request

NOTE = "In the event of force majeure the principal may be lost."


def right(value: str, quote: str) -> float:
    return judge("diagnosis", value, quote, "", request(DIAGNOSIS, ("body", "x")).cues).right


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


LAW = "This Agreement shall not be governed by the laws of Delaware but by the laws of New York."


@pytest.mark.parametrize(
    ("value", "quote", "is_denied"),
    [
        ("3.50:1", "Leverage shall not exceed 3.50:1 at any time.", False),
        ("Elm Services", "Without prejudice to clause 4, notices go to the Agent, Elm Services.", False),
        ("Elm Services", "The Bank shall not disclose this to Elm Services.", False),
        ("Luxembourg", "It is incorporated in no jurisdiction other than Luxembourg.", False),
        ("New York", LAW, False),
        ("Delaware", LAW, True),
    ],
)
def test_only_what_a_denial_reaches_is_denied(value: str, quote: str, is_denied: bool) -> None:
    field = SchemaField(name="f", title="f", description="f", type=FieldType.TEXT)
    cues = request(Schema(name="s", title="s", fields=(field,)), ("body", "x")).cues["f"]
    assert (objection_to(cues, value, quote) == DENIED) is is_denied


def test_a_skill_one_wishes_to_learn_is_doubted() -> None:
    cues = request(SKILLS, ("body", "x")).cues
    assert judge("skills", "Python", "I would like to learn Python.", "", cues).right < RIGHT_BAR


def test_machine_learning_is_no_wish() -> None:
    cues = request(SKILLS, ("body", "x")).cues
    assert judge("skills", "Python", "Machine learning, Python", "", cues).right >= RIGHT_BAR


def test_a_part_of_another_word_is_doubted() -> None:
    cues = request(SKILLS, ("body", "x")).cues
    assert judge("skills", "SQL", "Databases: MySQL", "", cues).right < RIGHT_BAR
    assert judge("skills", "SQL", "Databases: SQL, Redis", "", cues).right >= RIGHT_BAR


def test_what_a_note_says_is_missed_when_the_draft_lacks_it() -> None:
    chunk = request(RISK, ("body", "Returns are stable."), ("note", NOTE))
    assert [line.text for line, _ in overlooked_values("principal_at_risk", chunk, [])] == [NOTE]


def test_what_a_candidate_covers_is_not_missed() -> None:
    chunk = request(RISK, ("body", "Returns are stable."), ("note", NOTE))
    assert overlooked_values("principal_at_risk", chunk, [(1, 0, len(NOTE))]) == []


def test_a_line_of_a_table_of_contents_is_no_provision() -> None:
    cues = request(RISK, ("body", "x")).cues
    line = "Loss of principal may be lost ......... 48"
    assert judge("principal_at_risk", "", line, "", cues).right < RIGHT_BAR


def test_one_phrase_under_another_fields_heading_is_doubted() -> None:
    fields = tuple(
        SchemaField(name=n, title=n, description=n, type=FieldType.CLAUSE, cues=c)
        for n, c in (("term", ("maturity date",)), ("redemption", ("early redemption",)))
    )
    cues = request(Schema(name="s", title="s", fields=fields), ("body", "x")).cues
    quote = "Money may be had back before the Maturity Date."
    assert judge("term", quote, quote, "4. Early redemption", cues).right < RIGHT_BAR
    assert judge("term", quote, quote, "2. Maturity date", cues).right >= RIGHT_BAR


@pytest.mark.parametrize(("value", "holds"), [('["Python", "Flask"]', True), ('["Python", "SQL"]', False)])
def test_one_bad_entry_makes_a_list_doubtful(value: str, holds: bool) -> None:
    field = SKILLS.fields[0].model_dump() | {"type": FieldType.LIST, "items": FieldType.TEXT}
    schema = SKILLS.model_copy(update={"fields": (SchemaField.model_validate(field),)})
    cues = request(schema, ("body", "x")).cues
    assert (judge("skills", value, "Python and Flask, MySQL", "", cues).right >= RIGHT_BAR) is holds
