from tasks.core.native.cued import DRAFT_BAR, read_field
from tasks.core.native.request import Request
from tests.unit.core.native.scenes import RISK, SKILLS, request

NOTE = "In the event of force majeure the principal may be lost."


def drafted(name: str, made: Request) -> list[str]:
    return [r.value for _, r in read_field(made.cues[name], made.lines) if r.score >= DRAFT_BAR]


def _readings(made, name="principal_at_risk"):
    return list(read_field(made.cues[name], made.lines))


def test_only_words_that_stand_in_the_text_are_read() -> None:
    text = "Backend engineer\nPython, Flask; JavaScript and MySQL\nHobbies: sailing"
    assert drafted("skills", request(SKILLS, ("body", text))) == ["Python", "Flask"]


def test_a_date_near_its_cue_is_read_and_another_is_not() -> None:
    text = "The subscription shall close on 3 March 2026. The annual report of 1 May 2025 is attached."
    assert [r.value for _, r in _readings(request(RISK, ("body", text)), "closing_date")] == ["2026-03-03"]


def test_a_clause_is_read_as_its_sentence() -> None:
    made = request(RISK, ("body", f"Returns are stable. {NOTE} Fees are low."))
    assert [
        made.passages[0][r.start : r.end] for _, r in read_field(made.cues["principal_at_risk"], made.lines)
    ] == [NOTE]


def test_a_note_counts_for_less_than_the_body() -> None:
    scores = [[r.score for _, r in _readings(request(RISK, (kind, NOTE)))] for kind in ("body", "note")]
    assert scores[1][0] < scores[0][0]


def test_chinese_cues_are_found_in_their_sentence() -> None:
    made = request(RISK, ("body", "收益稳健。如遇不可抗力，本金可能无法全额兑付。费用较低。"))
    quotes = [
        made.passages[0][r.start : r.end] for _, r in read_field(made.cues["principal_at_risk"], made.lines)
    ]
    assert quotes == ["如遇不可抗力，本金可能无法全额兑付。"]
