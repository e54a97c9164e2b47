"""A run of scripted models, replayed: its draft, its verdicts, and the results of each round."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tasks.core.loop.grounded_answer import RunInput
from tasks.core.records import Reading, ReadStatus, RoundRecord
from tasks.learning.evaluation.replayed_run import ReplayedContract, replay
from tasks.learning.labelled import GoldContract
from tasks.triton import Answer
from tasks.verify.rounds import run_rounds
from tests.unit.core.builders import body_chunk, page, small_schema
from tests.unit.learning.evaluation.contracts import gold
from tests.unit.scripted import ScriptedClient, loop_plan

TEXTS = ("Skills: Python, Flask and Rust. ", "Wishes: Cobol, Python one day. ")
TRUTH = {("skills", "Python"), ("skills", "Flask")}
GOLD = gold(skills=["Python", "Flask"])


class Suspecting(ScriptedClient):
    """Reports `overlooked` for every field: high for Flask's chunk, low for the other."""

    async def infer(self, model: str, request: str) -> Answer:
        answer = await super().infer(model, request)
        body: dict[str, Any] = json.loads(request)
        if body["task"] != "critique":
            return answer
        chance = 0.9 if "Flask" in body["chunk"]["passages"][0]["text"] else 0.1
        body = {**json.loads(answer.raw), "overlooked": {"skills": chance, "hobbies": 0.0}}
        return Answer(json.dumps(body), 1.0)


def run_input() -> RunInput:
    text = "".join(TEXTS)
    chunks = tuple(body_chunk(t, i, text.index(t)) for i, t in enumerate(TEXTS))
    reading = Reading(ReadStatus.OK, None, (), 1, text, (page(1, 0, len(text)),), (), (), "test")
    return RunInput(reading, chunks, small_schema("skills", "hobbies"))


def replayed(client: ScriptedClient, truth: GoldContract = GOLD) -> ReplayedContract:
    saved: list[RoundRecord] = []
    plan, own_input = loop_plan(client), run_input()
    asyncio.run(run_rounds(plan, own_input, (), saved.append))
    return replay(own_input, saved, plan.max_rounds, truth)


def item(word: str, score: float) -> dict[str, Any]:
    return {"field": "skills", "value": word, "quote": word, "score": score}


DRAFT = [item("Python", 0.9), item("Rust", 0.4), {**item("Django", 0.8), "anywhere": True}]


@pytest.fixture
def contract() -> ReplayedContract:
    return replayed(Suspecting(DRAFT, TRUTH))


def test_the_draft_is_what_was_grounded_with_what_the_critic_said(contract: ReplayedContract) -> None:
    values = sorted((v.quote, v.score, v.right, v.is_flagged) for v in contract.draft)
    assert values == [("Python", 0.9, 0.95, False), ("Python", 0.9, 0.95, False), ("Rust", 0.4, 0.05, True)]


def test_what_the_critic_missed_and_then_verified_was_added(contract: ReplayedContract) -> None:
    assert [v.quote for v in contract.added] == ["Flask"]
    assert sorted(v.quote for v in contract.verified) == ["Flask", "Python", "Python"]


def test_each_round_has_the_results_after_it(contract: ReplayedContract) -> None:
    first, second = contract.rounds[:2]
    assert sorted(v.quote for v in first.standing) == ["Python", "Python", "Rust"]
    assert sorted(v.quote for v in first.verified) == ["Python", "Python"]
    assert sorted(v.quote for v in second.standing) == ["Flask", "Python", "Python"]
    assert contract.stops == {"clean": 2}


def test_a_cell_is_true_where_gold_stands_that_the_draft_does_not_have(contract: ReplayedContract) -> None:
    cells = sorted((c.probability, c.is_missing, c.is_hard) for c in contract.cells.rows)
    # Skills of both chunks are hard, since the critic suspects them; hobbies it never suspects.
    assert cells == [(0.0, False, False), (0.0, False, False), (0.1, False, True), (0.9, True, True)]
    assert (contract.cells.n_missing, contract.cells.n_not_located) == (1, 0)


def test_words_that_stand_twice_make_the_first_cell_true_and_the_second_nobodys() -> None:
    contract = replayed(Suspecting([], set()), gold(skills=["Python"]))
    assert sorted(contract.suspicions()) == [
        (0.0, False),
        (0.0, False),
        (0.9, True),
    ]


def test_gold_that_was_not_read_is_counted_and_makes_no_cell_true() -> None:
    contract = replayed(
        Suspecting(DRAFT, TRUTH), gold(skills=["Haskell on the back of a page nobody scanned"])
    )
    assert (
        contract.cells.n_missing,
        contract.cells.n_not_located,
        any(c.is_missing for c in contract.cells.rows),
    ) == (1, 1, False)


def test_a_critic_without_suspicions_gives_no_cells() -> None:
    contract = replayed(ScriptedClient(DRAFT, TRUTH))
    assert (contract.cells.rows, contract.cells.n_missing) == ((), 1)


def test_a_generator_that_will_not_learn_ends_at_a_fixed_point_unsettled() -> None:
    contract = replayed(Suspecting(DRAFT, TRUTH, willing=False))
    assert [v.quote for v in contract.unsettled] == ["Rust"]
    assert contract.stops.get("fixed_point", 0) > 0 and contract.added == ()


def test_a_value_that_is_said_twice_is_one_value_of_the_run_at_two_places() -> None:
    class Barred(ScriptedClient):
        def _critique(self, body: dict[str, Any]) -> dict[str, Any]:
            answer = super()._critique(body)
            return {**answer, "verdicts": [{**v, "bar": 0.8} for v in answer["verdicts"]]}

    twice = Barred([{**item("Python", 0.9)}], {("skills", "Python")})
    text = "Skills: Python. " * 2
    chunks = tuple(body_chunk(text[i : i + 16], n, i) for n, i in enumerate((0, 16)))
    reading = Reading(ReadStatus.OK, None, (), 1, text, (page(1, 0, len(text)),), (), (), "test")
    saved: list[RoundRecord] = []
    own_input = RunInput(reading, chunks, small_schema("skills", "hobbies"))
    plan = loop_plan(twice)
    asyncio.run(run_rounds(plan, own_input, (), saved.append))
    contract = replay(own_input, saved, plan.max_rounds, GOLD)
    assert (contract.n_verified, contract.n_unsettled, contract.bars) == (1, 0, (0.8,))
    assert [v.right for v in contract.verified] == [0.95, 0.95]
