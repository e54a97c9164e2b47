"""Lines that a reviewer may be shown: likely ones that no candidate covers, and only at the first look."""

from __future__ import annotations

from typing import Any

from tasks.core.native.critic.critic import Critic
from tasks.core.native.critic.missing import FAINT_MARGIN, MAX_FAINT
from tasks.core.schema import load_schema
from tests.unit.core.native.scenes import MODELS, ask, body, candidate

CRITIC, CUAD, INVESTMENT = (
    Critic.load(MODELS / "critic/1"),
    load_schema("cuad"),
    load_schema("investment"),
)
LAW = "This Agreement shall be governed by the laws of the State of Ohio."
COURIER = "Notices are sent by courier to the address above."
TEXT = f"{LAW}\n\n{COURIER}"


def answer(*fields: str, round_number: int = 1) -> dict[str, Any]:
    rows = [candidate(field, LAW, score=0.5) for field in fields]
    request = body(CUAD, "critique", ("body", TEXT), candidates=rows)
    return ask(CRITIC, {**request, "round": round_number})


def laws(reply: dict[str, Any]) -> list[Any]:
    return [row for row in reply["faint"] if row[0] == "governing_law"]


def test_an_uncovered_clause_is_the_likeliest_line() -> None:
    rows = answer()["faint"]
    field, passage, start, end, margin, right = rows[0]
    assert (field, TEXT[start:end], passage) == ("governing_law", LAW, 0)
    assert margin > 0 and right > 0.5
    assert [row[4] for row in rows] == sorted((row[4] for row in rows), reverse=True)
    assert all(row[4] >= FAINT_MARGIN for row in rows) and len(rows) <= MAX_FAINT


def test_a_line_that_a_candidate_covers_is_not_named_for_its_field() -> None:
    assert laws(answer("governing_law")) == []


def test_later_rounds_name_no_lines_and_judge_the_same() -> None:
    first, second = answer("governing_law"), answer("governing_law", round_number=2)
    assert second["faint"] == [] and second["verdicts"] == first["verdicts"]


def test_fields_without_a_head_have_no_faint_lines() -> None:
    assert ask(CRITIC, body(INVESTMENT, "critique", ("body", TEXT)))["faint"] == []
