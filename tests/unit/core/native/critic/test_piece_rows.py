"""What is known of a piece from an earlier round gives the answer of a critic that knows nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.core.native.critic import piece_rows
from tasks.core.native.critic.critic import Critic
from tasks.core.schema import load_schema
from tests.unit.core.native.scenes import MODELS, ask, body, candidate

CUAD = load_schema("cuad")
CAP = "The total liability of Consultant shall not exceed USD 750,000."
LAW = "This agreement is governed by the laws of the State of New York."
TEXT = f"1. Ceiling. {CAP}\n\n2. Law. {LAW}\n\n3. Letters. Letters go by courier to the seat of the other side.\n"
OTHER = TEXT.replace("New York", "Delaware")


def question(text: str, round_number: int, *quotes: tuple[str, str, float]) -> dict[str, Any]:
    rows = [candidate(field, quote, text.index(quote), score=score) for field, quote, score in quotes]
    return body(CUAD, "critique", ("body", text), candidates=rows) | {"round": round_number}


ROUNDS = (
    question(TEXT, 1, ("cap_on_liability", CAP, 0.4)),
    question(OTHER, 1, ("cap_on_liability", CAP, 0.4)),
    question(TEXT, 2, ("cap_on_liability", CAP, 0.9), ("governing_law", LAW, 0.7)),
    question(TEXT, 3, ("governing_law", LAW, 0.7), ("governing_law", LAW[:-1], 0.2)),
)


def test_later_rounds_answer_as_a_critic_that_never_saw_the_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    n_computed: list[int] = []
    compute = piece_rows.lasting_rows

    def counted(scene: Any, pieces: Any, *rest: Any) -> Any:
        n_computed.append(len(pieces))
        return compute(scene, pieces, *rest)

    fresh = [ask(Critic.load(MODELS / "critic/1"), asked) for asked in ROUNDS]
    monkeypatch.setattr(piece_rows, "lasting_rows", counted)
    critic = Critic.load(MODELS / "critic/1")
    assert [ask(critic, asked) for asked in ROUNDS] == fresh
    counts = list(n_computed)
    assert [ask(critic, asked) for asked in ROUNDS] == fresh
    assert n_computed == counts  # nothing is new
