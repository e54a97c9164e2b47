"""The loop against scripted models: what it corrects, what it never verifies, and that a crash changes nothing."""

import asyncio
from typing import Any

import pytest

from tasks.core.budget import Limits, batch_budget
from tasks.core.errors import ModelError, ModelTimedOut, ModelUnavailable
from tasks.core.history import Dossier, Histories
from tasks.core.records import CellState, ExtractionStatus, Reading, ReadStatus, RoundRecord
from tasks.core.settlement import Settlement, settle
from tasks.rounds import LoopPlan, run_rounds
from tests.unit.core.builders import body_chunk, page, small_schema
from tests.unit.scripted import CRITIC, GENERATOR, ScriptedClient

CV = "Skills: Python, Flask."
SCHEMA = small_schema("skills")
TRUTH = {("skills", "Python"), ("skills", "Flask")}
PLAN = LoopPlan(GENERATOR, CRITIC, 3, Limits(60))


def dossier(*texts: str) -> Dossier:
    text = "".join(texts)
    starts = [sum(map(len, texts[:i])) for i in range(len(texts))]
    chunks = tuple(body_chunk(t, i, s) for i, (t, s) in enumerate(zip(texts, starts, strict=True)))
    reading = Reading(ReadStatus.OK, None, (), 1, text, (page(1, 0, len(text)),), (), (), "test")
    return Dossier(reading, chunks, SCHEMA)


def skill(word: str, **more: Any) -> dict[str, Any]:
    return {"field": "skills", "value": word, "quote": word, **more}


def play(
    client: ScriptedClient, work: Dossier, plan: LoopPlan = PLAN, stored: tuple[RoundRecord, ...] = ()
) -> tuple[Settlement, Histories, list[RoundRecord]]:
    saved: list[RoundRecord] = []
    histories = asyncio.run(run_rounds(plan, work, stored, saved.append, client))  # pyright: ignore[reportArgumentType]
    return settle(histories.by_chunk, SCHEMA), histories, saved


def statuses(settlement: Settlement) -> dict[str, str]:
    return {e.value: e.status.value for e in settlement.extractions}


def test_invented_skills_do_not_come_through_and_the_forgotten_one_does():
    client = ScriptedClient(
        [skill("Python"), skill("Django", anywhere=True), skill("SQL", anywhere=True)], TRUTH
    )
    settlement, _, saved = play(client, dossier(CV))
    assert statuses(settlement) == {
        "Python": "verified",
        "Flask": "verified",
        "Django": "rejected",
        "SQL": "rejected",
    }
    assert {e.value: e.round_number for e in settlement.extractions if e.value in ("Python", "Flask")} == {
        "Python": 1,
        "Flask": 2,
    }
    assert len(saved) == 2


def test_value_on_another_words_quote_is_never_verified():
    client = ScriptedClient(
        [{"field": "skills", "value": "Django", "quote": "Python"}], {("skills", "Django")}, willing=False
    )
    settlement, _, _ = play(client, dossier(CV))
    assert statuses(settlement) == {"Django": "unsettled"}


def test_unwilling_generator_ends_unsettled_at_a_fixed_point():
    client = ScriptedClient([skill("Python"), skill("Skills")], TRUTH, willing=False)
    settlement, histories, saved = play(client, dossier(CV))
    assert statuses(settlement) == {"Python": "verified", "Skills": "unsettled"}
    assert len(saved) == 2
    assert len(histories.by_chunk[0]) == 2
    assert [c.state for c in settlement.coverage] == [CellState.UNSETTLED]


def test_only_flagged_chunks_go_again():
    client = ScriptedClient([skill("Python"), skill("Flask"), skill("Django", anywhere=False)], TRUTH)
    _, histories, saved = play(client, dossier("Python. ", "Flask and Django. "))
    assert [len(h) for h in histories.by_chunk.values()] == [1, 2]
    assert [g.chunk_index for g in saved[1].generations] == [1]


def test_run_without_critic_takes_one_round_and_verifies_nothing():
    client = ScriptedClient([skill("Python")], TRUTH)
    settlement, _, saved = play(client, dossier(CV), LoopPlan(GENERATOR, None, 3, Limits(60)))
    assert (statuses(settlement), len(saved), client.calls) == ({"Python": "unsettled"}, 1, ["generator"])


def test_resumed_run_ends_like_the_uninterrupted_one():
    script = [skill("Python"), skill("Django", anywhere=True)]
    whole, _, records = play(ScriptedClient(script, TRUTH), dossier(CV))
    for n_stored in range(len(records) + 1):
        client = ScriptedClient(script, TRUTH)
        resumed, _, saved = play(client, dossier(CV), stored=tuple(records[:n_stored]))
        assert resumed == whole
        assert len(saved) == len(records) - n_stored


def test_replay_from_the_trail_needs_no_model():
    whole, _, records = play(ScriptedClient([skill("Python")], TRUTH), dossier(CV))
    replayed = Histories(dossier(CV))
    for record in records:
        replayed.apply(record)
    assert settle(replayed.by_chunk, SCHEMA) == whole


def test_server_that_is_gone_is_raised_and_stores_nothing():
    client = ScriptedClient([], TRUTH, errors={("critic", 1): ModelUnavailable("gone")})
    saved: list[RoundRecord] = []
    with pytest.raises(ModelUnavailable):
        asyncio.run(run_rounds(PLAN, dossier(CV), (), saved.append, client))  # pyright: ignore[reportArgumentType]
    assert saved == []


def test_chunk_that_times_out_is_asked_again():
    client = ScriptedClient(
        [skill("Python"), skill("Flask")], TRUTH, errors={("generator", 1): ModelTimedOut("late")}
    )
    settlement, histories, _ = play(client, dossier(CV))
    assert [a.generator_error for a in histories.by_chunk[0]] == ["timed_out", None]
    assert statuses(settlement) == {"Python": "verified", "Flask": "verified"}


def test_chunk_no_model_can_answer_is_failed_and_the_others_stand():
    errors: dict[tuple[str, int], Exception] = {("generator", n): ModelError("no") for n in (1, 3, 4)}
    client = ScriptedClient([skill("Python"), skill("Flask")], TRUTH, errors=errors)
    settlement, _, _ = play(client, dossier("Python. ", "Flask. "))
    assert {c.chunk_index: c.state for c in settlement.coverage} == {0: CellState.FAILED, 1: CellState.FOUND}
    assert all(e.status is ExtractionStatus.VERIFIED for e in settlement.extractions)


def test_silent_critic_countersigns_nothing():
    errors: dict[tuple[str, int], Exception] = {("critic", n): ModelTimedOut("late") for n in range(1, 4)}
    settlement, _, _ = play(ScriptedClient([skill("Python")], TRUTH, errors=errors), dossier(CV))
    assert statuses(settlement) == {"Python": "unsettled"}
    assert [c.state for c in settlement.coverage] == [CellState.UNSETTLED]


def test_every_answer_is_in_the_trail_raw():
    client = ScriptedClient([skill("Python"), skill("Django", anywhere=True)], TRUTH)
    _, _, saved = play(client, dossier(CV))
    assert "Django" in saved[0].generations[0].raw
    assert all(a.raw for r in saved for a in r.critic_answers)
    assert [f.kind.value for _, f in saved[0].findings] == ["redundant", "missing"]


def costly(script: list[dict[str, Any]], **more: Any) -> ScriptedClient:
    """Every answer costs 100 tokens."""
    return ScriptedClient(script, TRUTH, tokens=(90, 10), **more)


def limited(**limits: Any) -> LoopPlan:
    return LoopPlan(GENERATOR, CRITIC, 3, Limits(**limits), max_chunks_at_once=1)


def test_budget_that_ends_in_the_first_round_leaves_the_rest_failed_and_said_so():
    settlement, _, saved = play(
        costly([skill("Python"), skill("Flask")]), dossier("Python. ", "Flask. "), limited(max_tokens=200)
    )
    assert [(c.chunk_index, c.state, c.reason) for c in settlement.coverage] == [
        (0, CellState.FOUND, ""),
        (1, CellState.FAILED, "not asked: the tokens of the document were used up"),
    ]
    assert [g.error for g in saved[0].generations] == [None, "budget_document_tokens"]


def test_budget_that_ends_between_rounds_leaves_flagged_values_unsettled():
    client = costly([skill("Python"), skill("Skills")])
    settlement, histories, saved = play(client, dossier(CV), limited(max_tokens=150))
    assert statuses(settlement) == {"Python": "verified", "Skills": "unsettled"}
    assert {e.reason for e in settlement.extractions if e.value == "Skills"} == {
        "not said; not asked again: the tokens of the document were used up"
    }
    assert [c.state for c in settlement.coverage] == [CellState.UNSETTLED]
    assert (histories.n_rounds, len(saved), client.calls) == (1, 2, ["generator", "critic"])


def test_used_up_seconds_ask_nobody_and_leave_no_cell_out():
    client = costly([skill("Python")])
    settlement, _, saved = play(client, dossier("Python. ", "Flask. "), limited(max_s=0))
    assert {c.state for c in settlement.coverage} == {CellState.FAILED}
    assert (len(saved), client.calls) == (1, [])


def test_batch_that_ended_asks_every_chunk_once_and_none_again():
    batch = batch_budget(Limits(max_tokens=1))
    plan = LoopPlan(GENERATOR, CRITIC, 3, Limits(), batch, max_chunks_at_once=1)
    client = costly([skill("Python"), skill("Skills")])
    settlement, _, _ = play(client, dossier("Python. ", "Skills. "), plan)
    assert client.calls.count("generator") == 2
    assert {c.reason.rpartition("; ")[2] for c in settlement.coverage if c.state is CellState.UNSETTLED} == {
        "not asked again: the tokens of the batch were used up"
    }


def test_tokens_of_stored_rounds_count_when_a_run_is_resumed():
    script = [skill("Python"), skill("Skills")]
    plan = limited(max_tokens=150)
    whole, _, records = play(costly(script), dossier(CV), plan)
    client = costly(script)
    resumed, _, _ = play(client, dossier(CV), plan, stored=tuple(records[:1]))
    assert (resumed, client.calls) == (whole, [])


def test_no_more_chunks_are_under_way_than_the_plan_says():
    client = costly([skill("Python")])
    plan = LoopPlan(GENERATOR, CRITIC, 1, Limits(), max_chunks_at_once=2)
    play(client, dossier(*["Python. "] * 7), plan)
    assert client.most_under_way <= 2


def test_tokens_that_the_server_tells_are_in_the_trail():
    _, _, saved = play(costly([skill("Python"), skill("Flask")]), dossier(CV))
    answers = [*saved[0].generations, *saved[0].critic_answers]
    assert [(a.tokens_in, a.tokens_out) for a in answers] == [(90, 10), (90, 10)]
