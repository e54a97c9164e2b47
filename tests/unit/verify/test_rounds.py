"""The loop against scripted models: what it corrects, what it never verifies, and that a crash changes nothing."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from tasks.core.cost.budget import BudgetLimits, batch_budget
from tasks.core.errors import ModelError, ModelTimedOut, ModelUnavailable
from tasks.core.loop.grounded_answer import GroundedAnswer, RunInput, ground_answer
from tasks.core.loop.results import RunResults, results_of
from tasks.core.loop.state import RunState
from tasks.core.records import CellState, ExtractionStatus, ModelIdentity, Reading, ReadStatus, RoundRecord
from tasks.core.wire.prompt import Prompt
from tasks.triton import Answer, Dialect, Served
from tasks.verify.model_calls import promise_by
from tasks.verify.rounds import run_rounds
from tests.unit.core.builders import body_chunk, page, small_schema
from tests.unit.scripted import CRITIC, ScriptedClient, loop_plan

CV = "Skills: Python, Flask."
SCHEMA = small_schema("skills")
TRUTH = {("skills", "Python"), ("skills", "Flask")}


def run_input(*texts: str) -> RunInput:
    text = "".join(texts)
    starts = [sum(map(len, texts[:i])) for i in range(len(texts))]
    chunks = tuple(body_chunk(t, i, s) for i, (t, s) in enumerate(zip(texts, starts, strict=True)))
    reading = Reading(ReadStatus.OK, None, (), 1, text, (page(1, 0, len(text)),), (), (), "test")
    return RunInput(reading, chunks, SCHEMA)


def skill(word: str, **more: Any) -> dict[str, Any]:
    return {"field": "skills", "value": word, "quote": word, **more}


def play(
    client: ScriptedClient | LateTalker, work: RunInput, stored: tuple[RoundRecord, ...] = (), **plan: Any
) -> tuple[RunResults, RunState, list[RoundRecord]]:
    saved: list[RoundRecord] = []
    state = asyncio.run(run_rounds(loop_plan(client, **plan), work, stored, saved.append))
    return results_of(state.by_chunk, SCHEMA), state, saved


class LateTalker:
    """A language model whose first call times out."""

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []

    async def complete(self, model: str, prompt: Prompt, request_id: str = "") -> Answer:
        self.prompts.append(prompt)
        if len(self.prompts) == 1:
            raise ModelTimedOut("late")
        return Answer(json.dumps({"items": [skill("Python")]}), 1.0)


def statuses(results: RunResults) -> dict[str, str]:
    return {e.value: e.status.value for e in results.extractions}


def test_invented_skills_do_not_come_through_and_the_forgotten_one_does():
    client = ScriptedClient(
        [skill("Python"), skill("Django", anywhere=True), skill("SQL", anywhere=True)], TRUTH
    )
    results, _, saved = play(client, run_input(CV))
    assert statuses(results) == {
        "Python": "verified",
        "Flask": "verified",
        "Django": "rejected",
        "SQL": "rejected",
    }
    assert {e.value: e.round_number for e in results.extractions if e.value in ("Python", "Flask")} == {
        "Python": 1,
        "Flask": 2,
    }
    assert len(saved) == 2


def test_value_on_another_words_quote_is_never_verified():
    client = ScriptedClient(
        [{"field": "skills", "value": "Django", "quote": "Python"}], {("skills", "Django")}, willing=False
    )
    results, _, _ = play(client, run_input(CV))
    assert statuses(results) == {"Django": "unsettled"}


def test_unwilling_generator_ends_unsettled_at_a_fixed_point():
    client = ScriptedClient([skill("Python"), skill("Skills")], TRUTH, willing=False)
    results, state, saved = play(client, run_input(CV))
    assert statuses(results) == {"Python": "verified", "Skills": "unsettled"}
    assert len(saved) == 2
    assert len(state.by_chunk[0]) == 2
    assert [c.state for c in results.coverage] == [CellState.UNSETTLED]


def test_only_flagged_chunks_go_again():
    client = ScriptedClient([skill("Python"), skill("Flask"), skill("Django", anywhere=False)], TRUTH)
    _, state, saved = play(client, run_input("Python. ", "Flask and Django. "))
    assert [len(h) for h in state.by_chunk.values()] == [1, 2]
    assert [g.chunk_index for g in saved[1].generations] == [1]


def test_run_without_critic_takes_one_round_and_verifies_nothing():
    client = ScriptedClient([skill("Python")], TRUTH)
    results, _, saved = play(client, run_input(CV), critic=None)
    assert (statuses(results), len(saved), client.calls) == ({"Python": "unsettled"}, 1, ["generator"])


def test_resumed_run_ends_like_the_uninterrupted_one():
    script = [skill("Python"), skill("Django", anywhere=True)]
    whole, _, records = play(ScriptedClient(script, TRUTH), run_input(CV))
    for n_stored in range(len(records) + 1):
        client = ScriptedClient(script, TRUTH)
        resumed, _, saved = play(client, run_input(CV), stored=tuple(records[:n_stored]))
        assert resumed == whole
        assert len(saved) == len(records) - n_stored


def test_live_round_grounds_each_answer_once_and_a_replay_assesses_it_the_same(
    monkeypatch: pytest.MonkeyPatch,
):
    grounded: list[str] = []

    def counting(raw: str, *more: Any) -> GroundedAnswer:
        grounded.append(raw)
        return ground_answer(raw, *more)

    monkeypatch.setattr("tasks.core.loop.grounded_answer.ground_answer", counting)
    work = run_input("Python. ", "Flask and Django. ", "Nothing. ")
    errors: dict[tuple[str, int], Exception] = {("generator", 3): ModelTimedOut("late")}
    script = [skill("Python"), skill("Django")]
    for critic in (CRITIC, None):
        grounded.clear()
        _, live, saved = play(ScriptedClient(script, TRUTH, errors=errors), work, critic=critic)
        raws = [a.raw for r in saved for a in r.generations if not a.error]
        assert sorted(grounded) == sorted(raws) and len(raws) >= 3
        replayed = RunState(work)
        for record in saved:
            replayed.apply(record)
        assert replayed.by_chunk == live.by_chunk
        assert len(grounded) == 2 * len(raws)


def test_replay_from_the_trail_needs_no_model():
    whole, _, records = play(ScriptedClient([skill("Python")], TRUTH), run_input(CV))
    replayed = RunState(run_input(CV))
    for record in records:
        replayed.apply(record)
    assert results_of(replayed.by_chunk, SCHEMA) == whole


def test_server_that_is_gone_is_raised_and_stores_nothing():
    client = ScriptedClient([], TRUTH, errors={("critic", 1): ModelUnavailable("gone")})
    saved: list[RoundRecord] = []
    with pytest.raises(ModelUnavailable):
        asyncio.run(run_rounds(loop_plan(client), run_input(CV), (), saved.append))
    assert saved == []


def test_failed_first_draft_is_asked_as_a_first_draft_again():
    talker, model = LateTalker(), Served(ModelIdentity("qwen", "1-cccccccccccc"), Dialect.VLLM)
    _, _, saved = play(talker, run_input(CV), generator=model, critic=None)
    assert [a.error for r in saved for a in r.generations] == ["timed_out", None]
    assert [p.fields for p in talker.prompts] == [SCHEMA.field_names] * 2
    assert talker.prompts[0].messages == talker.prompts[1].messages


def test_chunk_that_times_out_is_asked_again():
    client = ScriptedClient(
        [skill("Python"), skill("Flask")], TRUTH, errors={("generator", 1): ModelTimedOut("late")}
    )
    results, state, _ = play(client, run_input(CV))
    assert [a.generator_error for a in state.by_chunk[0]] == ["timed_out", None]
    assert statuses(results) == {"Python": "verified", "Flask": "verified"}


def test_chunk_no_model_can_answer_is_failed_and_the_others_stand():
    errors: dict[tuple[str, int], Exception] = {("generator", n): ModelError("no") for n in (1, 3, 4)}
    client = ScriptedClient([skill("Python"), skill("Flask")], TRUTH, errors=errors)
    results, _, _ = play(client, run_input("Python. ", "Flask. "))
    assert {c.chunk_index: c.state for c in results.coverage} == {0: CellState.FAILED, 1: CellState.FOUND}
    assert all(e.status is ExtractionStatus.VERIFIED for e in results.extractions)


def test_silent_critic_countersigns_nothing():
    errors: dict[tuple[str, int], Exception] = {("critic", n): ModelTimedOut("late") for n in range(1, 4)}
    results, _, _ = play(ScriptedClient([skill("Python")], TRUTH, errors=errors), run_input(CV))
    assert statuses(results) == {"Python": "unsettled"}
    assert [c.state for c in results.coverage] == [CellState.UNSETTLED]


def test_every_answer_is_in_the_trail_raw():
    client = ScriptedClient([skill("Python"), skill("Django", anywhere=True)], TRUTH)
    _, _, saved = play(client, run_input(CV))
    assert "Django" in saved[0].generations[0].raw
    assert all(a.raw for r in saved for a in r.critiques)
    assert [f.kind.value for _, f in saved[0].findings] == ["redundant", "missing"]


def costly(script: list[dict[str, Any]], **more: Any) -> ScriptedClient:
    """Every answer costs 100 tokens."""
    return ScriptedClient(script, TRUTH, tokens=(90, 10), **more)


def limited(**limits: Any) -> dict[str, Any]:
    return {"limits": BudgetLimits(**limits), "max_chunks_at_once": 1}


def test_budget_that_ends_in_the_first_round_leaves_the_rest_failed_and_said_so():
    results, _, saved = play(
        costly([skill("Python"), skill("Flask")]), run_input("Python. ", "Flask. "), **limited(max_tokens=200)
    )
    assert [(c.chunk_index, c.state, c.reason) for c in results.coverage] == [
        (0, CellState.FOUND, ""),
        (1, CellState.FAILED, "not asked: the tokens of the document were used up"),
    ]
    assert [g.error for g in saved[0].generations] == [None, "budget_document_tokens"]


def test_budget_that_ends_between_rounds_leaves_flagged_values_unsettled():
    client = costly([skill("Python"), skill("Skills")])
    results, state, saved = play(client, run_input(CV), **limited(max_tokens=150))
    assert statuses(results) == {"Python": "verified", "Skills": "unsettled"}
    assert {e.reason for e in results.extractions if e.value == "Skills"} == {
        "not said; not asked again: the tokens of the document were used up"
    }
    assert [c.state for c in results.coverage] == [CellState.UNSETTLED]
    assert (state.n_rounds, len(saved), client.calls) == (1, 2, ["generator", "critic"])


def test_used_up_seconds_ask_nobody_and_leave_no_cell_out():
    client = costly([skill("Python")])
    results, _, saved = play(client, run_input("Python. ", "Flask. "), **limited(max_s=0))
    assert {c.state for c in results.coverage} == {CellState.FAILED}
    assert (len(saved), client.calls) == (1, [])


def test_batch_that_ended_asks_every_chunk_once_and_none_again():
    batch = batch_budget(BudgetLimits(max_tokens=1))
    plan: dict[str, Any] = {"limits": BudgetLimits(), "batch": batch, "max_chunks_at_once": 1}
    client = costly([skill("Python"), skill("Skills")])
    results, _, _ = play(client, run_input("Python. ", "Skills. "), **plan)
    assert client.calls.count("generator") == 2
    assert {c.reason.rpartition("; ")[2] for c in results.coverage if c.state is CellState.UNSETTLED} == {
        "not asked again: the tokens of the batch were used up"
    }


def test_tokens_of_stored_rounds_count_when_a_run_is_resumed():
    script = [skill("Python"), skill("Skills")]
    plan = limited(max_tokens=150)
    whole, _, records = play(costly(script), run_input(CV), **plan)
    client = costly(script)
    resumed, _, _ = play(client, run_input(CV), tuple(records[:1]), **plan)
    assert (resumed, client.calls) == (whole, [])


def test_no_more_chunks_are_under_way_than_the_plan_says():
    client = costly([skill("Python")])
    play(client, run_input(*["Python. "] * 7), max_rounds=1, limits=BudgetLimits(), max_chunks_at_once=2)
    assert client.most_under_way <= 2


def test_tokens_that_the_server_tells_are_in_the_trail():
    _, _, saved = play(costly([skill("Python"), skill("Flask")]), run_input(CV))
    assert [(a.tokens_in, a.tokens_out) for a in saved[0].answers] == [(90, 10), (90, 10)]


class AskedCritic(ScriptedClient):
    """Keeps what the critic was asked."""

    def _critique(self, body: dict[str, Any]) -> dict[str, Any]:
        self.promises = [*getattr(self, "promises", ()), body.get("promise")]
        return super()._critique(body)


@pytest.mark.parametrize("promise", [None, 0.97])
def test_every_critique_of_a_native_critic_says_what_is_promised(promise: float | None):
    client = AskedCritic([skill("Python"), skill("Flask")], {("skills", "Python")})
    play(client, run_input(CV, "Skills: Java. Python too."), promise=promise)
    assert set(client.promises) == {promise}


@pytest.mark.parametrize(
    ("critic", "promise"), [(CRITIC, 0.95), (Served(CRITIC.identity, Dialect.VLLM), None), (None, None)]
)
def test_a_run_without_native_critic_promises_nothing(
    monkeypatch: pytest.MonkeyPatch, critic: Served | None, promise: float | None
):
    monkeypatch.setattr(
        "tasks.verify.model_calls.settings", lambda: SimpleNamespace(promise=0.95, critic_calibration=None)
    )
    assert promise_by(critic, SCHEMA) == promise
