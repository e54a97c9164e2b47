from tasks.core.native.generator.by_schema import DRAFT_BAR, read_field
from tasks.core.native.request import Request
from tasks.core.schema import FieldType, Schema, SchemaField, SchemaPart
from tests.unit.core.native.scenes import RISK, SKILLS, request

NOTE = "In the event of force majeure the principal may be lost."


def drafted(name: str, request: Request) -> list[str]:
    return [r.value for _, r in read_field(request.cues[name], request.lines) if r.score >= DRAFT_BAR]


def _readings(request: Request, name: str = "principal_at_risk"):
    return list(read_field(request.cues[name], request.lines))


def _quotes(request: Request) -> list[str]:
    return [request.passages[0][r.start : r.end] for _, r in _readings(request)]


def test_only_words_that_stand_in_the_text_are_read() -> None:
    text = "Backend engineer\nPython, Flask; JavaScript and MySQL\nHobbies: sailing"
    assert drafted("skills", request(SKILLS, ("body", text))) == ["Python", "Flask"]


def test_a_date_near_its_cue_is_read_and_another_is_not() -> None:
    text = "The subscription shall close on 3 March 2026. The annual report of 1 May 2025 is attached."
    assert [r.value for _, r in _readings(request(RISK, ("body", text)), "closing_date")] == ["2026-03-03"]


def test_a_clause_is_read_as_its_sentence() -> None:
    assert _quotes(request(RISK, ("body", f"Returns are stable. {NOTE} Fees are low."))) == [NOTE]


def test_a_note_counts_for_less_than_the_body() -> None:
    scores = [[r.score for _, r in _readings(request(RISK, (kind, NOTE)))] for kind in ("body", "note")]
    assert scores[1][0] < scores[0][0]


def test_chinese_cues_are_found_in_their_sentence() -> None:
    text = "收益稳健。如遇不可抗力，本金可能无法全额兑付。费用较低。"
    assert _quotes(request(RISK, ("body", text))) == ["如遇不可抗力，本金可能无法全额兑付。"]


def _one_field(**keys: object) -> Schema:
    field = {"name": "f", "title": "F", "description": "d", "cues": ("offices in", "Oslo", "Bergen"), **keys}
    return Schema(name="s", title="S", fields=(SchemaField.model_validate(field),))


def test_a_list_of_words_is_what_the_cues_name() -> None:
    schema = _one_field(type=FieldType.LIST, items=FieldType.TEXT, cues=("Oslo", "Bergen"))
    text = "Offices in Bergen and Oslo. Sales in Narvik."
    assert drafted("f", request(schema, ("body", text))) == ['["Bergen", "Oslo"]']


def test_a_list_of_a_type_is_all_values_in_a_line_with_a_cue() -> None:
    schema = _one_field(type=FieldType.LIST, items=FieldType.DATE, cues=("payment days",))
    text = "The payment days are 1 May 2025 and 1 June 2025. It closes on 3 March 2026."
    assert drafted("f", request(schema, ("body", text))) == ['["2025-05-01", "2025-06-01"]']


def test_no_record_is_read_from_cues() -> None:
    part = SchemaPart(name="city", title="City", description="d")
    schema = _one_field(type=FieldType.RECORD, parts=(part,), cues=("/offices in (\\w+)/",))
    assert _readings(request(schema, ("body", "Offices in Bergen and Oslo.")), "f") == []
