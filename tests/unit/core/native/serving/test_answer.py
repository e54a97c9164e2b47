"""Answers with the shipped weights: every request gets one JSON object, also a bad one."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.native.critic.critic import NO_RECORDS, Critic
from tasks.core.native.critic.evidence_judge import LITTLE
from tasks.core.native.generator.generator import Generator
from tasks.core.native.serving.answer import answer, answer_batch
from tasks.core.schema import Schema, SchemaField
from tests.unit.core.native.scenes import DEAL, MODELS, RISK, SKILLS, ask, body, candidate

GENERATOR, CRITIC = Generator.load(MODELS / "generator/1"), Critic.load(MODELS / "critic/1")
NOTE = "In the event of force majeure the principal may be lost."
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "nonsense", '{"task": "sing"}', "[" * 5000, '{"task": "generate"}']
)
def test_a_bad_request_is_answered_with_its_code(text: str) -> None:
    assert json.loads(answer(GENERATOR, text))["error"]["code"] == "bad_request"


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["schema", "chunk", "round", "previous", "findings"]), JSON)
def test_no_value_of_any_key_raises(key: str, value: Any) -> None:
    request = body(RISK, "generate", ("body", NOTE)) | {key: value}
    assert set(ask(GENERATOR, request)) in ({"items"}, {"error"})


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_no_candidate_raises(value: Any) -> None:
    request = body(RISK, "critique", ("body", NOTE)) | {"candidates": [value]}
    assert set(ask(CRITIC, request)) in ({"verdicts", "missing"}, {"error"})


def test_an_error_never_carries_the_text() -> None:
    request = body(RISK, "generate", ("body", NOTE)) | {"round": 2, "findings": [NOTE]}
    assert "principal" not in json.dumps(ask(GENERATOR, request)["error"])


def test_a_bad_request_spoils_no_other_of_its_batch() -> None:
    good = json.dumps(body(SKILLS, "generate", ("body", "Python, Flask")))
    answers = [json.loads(a) for a in answer_batch(GENERATOR, [good, "nonsense", good])]
    assert answers[0] == answers[2] != answers[1] and "error" in answers[1]


def test_a_batch_gives_what_each_request_alone_gives() -> None:
    requests = [json.dumps(body(s, "generate", ("body", t))) for s, t in ((SKILLS, "Python"), (RISK, NOTE))]
    assert answer_batch(GENERATOR, requests) == [answer(GENERATOR, r) for r in requests]


@pytest.mark.parametrize("model", [GENERATOR, CRITIC])
def test_describe_names_weights_and_trained_fields(model: Generator | Critic) -> None:
    description = ask(model, {"task": "describe"})
    assert description["name"] == model.name and len(description["weights_sha256"]) == 64
    assert len(description["trained_fields"]) == 41
    assert "cuad/governing_law" in description["trained_fields"]


def test_a_note_is_drafted_and_flagged_if_it_is_missed() -> None:
    passages = (("body", "Returns are stable and attractive."), ("note", NOTE))
    first = ask(GENERATOR, body(RISK, "generate", *passages))["items"]
    assert [i["quote"] for i in first] == [NOTE]
    missing = ask(CRITIC, body(RISK, "critique", *passages))["missing"]
    assert [(m["field"], m["quote"], m["passage"]) for m in missing] == [("principal_at_risk", NOTE, 1)]
    findings = [{"kind": "missing", "value": "", **missing[0]}]
    items = ask(GENERATOR, body(RISK, "generate", *passages) | {"round": 2, "findings": findings})["items"]
    assert [i["quote"] for i in items] == [NOTE]
    placed = [items[0] | {"passage": 1, "start": 0, "end": len(NOTE)}]
    critique = ask(CRITIC, body(RISK, "critique", *passages) | {"candidates": placed})
    assert not critique["verdicts"][0]["flagged"] and critique["missing"] == []


def test_a_clause_with_its_cue_is_doubted_if_the_trees_find_it_unlikely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request = body(RISK, "critique", ("body", NOTE), candidates=[candidate("principal_at_risk", NOTE)])
    assert not ask(CRITIC, request)["verdicts"][0]["flagged"]
    for module in ("critic", "evidence_judge"):
        monkeypatch.setattr(f"tasks.core.native.critic.{module}.DOUBT_BAR", 0.99)
    verdict = ask(CRITIC, request)["verdicts"][0]
    assert verdict["flagged"] and verdict["right"] < 0.99 and verdict["reason"] == LITTLE


def test_a_generator_says_that_it_looks_for_no_records() -> None:
    assert ask(GENERATOR, body(DEAL, "generate", ("body", NOTE))) == {"items": [], "unable": ["loss"]}
    assert "unable" not in ask(GENERATOR, body(RISK, "generate", ("body", NOTE)))


def test_a_generator_says_which_pattern_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    notice = SchemaField(
        name="notice", title="Notice", description="A notice.", cues=("notice", "/dated(?=.*!)/")
    )
    schema = Schema(name="slow", title="Slow", fields=(notice, *RISK.fields, *DEAL.fields))
    assert ask(GENERATOR, body(schema, "generate", ("body", NOTE)))["unable"] == ["loss"]
    monkeypatch.setattr("tasks.core.schema.patterns.MAX_SEARCH_S", 0.0)
    told = ask(GENERATOR, body(schema, "generate", ("body", f"{'dated' * 60}! {NOTE}")))
    risks = [i for i in told["items"] if i["field"] == "principal_at_risk"]
    assert max(risks, key=lambda i: i["score"])["quote"] == NOTE
    assert told["unable"].keys() == {"loss", "notice"} and "entry 2 of its `cues`" in told["unable"]["notice"]
    assert "unable" not in ask(GENERATOR, body(RISK, "generate", ("body", NOTE)))


def test_the_critic_leaves_records_without_a_verdict_of_its_own() -> None:
    part = {"name": "what", "value": "the principal", "quote": "the principal"}
    row = candidate("loss", NOTE, value="{}", parts=[part])
    (verdict,) = ask(CRITIC, body(DEAL, "critique", ("body", NOTE), candidates=[row]))["verdicts"]
    assert (verdict["right"], verdict["flagged"], verdict["reason"]) == (None, False, NO_RECORDS)
