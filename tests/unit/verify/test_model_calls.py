"""How a chunk is asked: in as many calls as it takes, each answer in the trail as it came, no failure loses a value."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from tasks.core.answers.calibration import NONE, Calibration
from tasks.core.answers.envelope import AnswerPart, join_answers, split_answers
from tasks.core.answers.language_critique import NOT_SAID
from tasks.core.cost.tokens import estimate_tokens
from tasks.core.errors import ModelError, ModelTimedOut, ModelUnavailable
from tasks.core.loop.assessment import Assessment, assess_chunk
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.prompts.digest import with_prompts_version
from tasks.core.prompts.limits import AskLimits
from tasks.core.records import (
    CellState,
    Chunk,
    CountedBy,
    ExtractionStatus,
    FieldName,
    Finding,
    FindingKind,
    FindingSource,
    ModelAnswer,
    ModelIdentity,
    Reading,
    ReadStatus,
)
from tasks.core.wire.critic_questions import LABELS
from tasks.core.wire.prompt import Prompt
from tasks.triton import Answer, Dialect, Served, TritonClient
from tasks.verify.model_calls import LanguageCaller, Turn, model_caller
from tests.unit.core.builders import body_chunk, page, small_schema

MODEL = Served(ModelIdentity("qwen", "1-abcdef123456"), Dialect.VLLM)
TEXT = "Skills: Python, Flask. Employer: Tarn AB."
SCHEMA = small_schema("skills", "employers", "degrees")
ONE_EACH, TOGETHER = AskLimits(max_fields=1), AskLimits()


@dataclass
class Talker:
    """A language model behind the client's interface: `say` answers each prompt or raises."""

    say: Callable[[Prompt], str]
    prompts: list[Prompt] = field(default_factory=list[Prompt])
    request_ids: list[str] = field(default_factory=list[str])

    async def identify(self, model: str) -> Served:
        return replace(MODEL, identity=ModelIdentity(model, "1-abcdef123456"))

    async def complete(self, model: str, prompt: Prompt, request_id: str = "") -> Answer:
        self.prompts.append(prompt)
        self.request_ids.append(request_id)
        await asyncio.sleep(0)
        return Answer(self.say(prompt), 10.0, "1", 100, 7, "stop")

    @property
    def client(self) -> TritonClient:
        return self  # pyright: ignore[reportReturnType]


def items(*pairs: tuple[str, str]) -> str:
    return json.dumps({"items": [{"field": f, "quote": q, "value": q} for f, q in pairs]})


def knows(**told: str) -> Callable[[Prompt], str]:
    """Answers what it is asked for: quotes by field, separated by `|`."""
    return lambda prompt: items(
        *((f, quote) for f in prompt.fields for quote in filter(None, told.get(f, "").split("|")))
    )


def run_input() -> RunInput:
    reading = Reading(ReadStatus.OK, None, (), 1, TEXT, (page(1, 0, len(TEXT)),), (), (), "test")
    return RunInput(reading, (body_chunk(TEXT),), SCHEMA)


def chunk() -> Chunk:
    return run_input().chunks[0]


def draft(
    talker: Talker, limits: AskLimits = ONE_EACH, accepted: Assessment | None = None, number: int = 1
) -> ModelAnswer:
    generator, turn = LanguageCaller(talker.client, MODEL, limits), Turn(run_input(), chunk(), number)
    asked = generator.draft(turn) if accepted is None else generator.revise(turn, accepted)
    return asyncio.run(asked)


def critique(talker: Talker, generation: ModelAnswer) -> ModelAnswer:
    critic, turn = LanguageCaller(talker.client, MODEL, TOGETHER), Turn(run_input(), chunk(), 1)
    return asyncio.run(critic.critique(turn, run_input().ground(generation)))


def assessed(generation: ModelAnswer, answer: ModelAnswer | None = None) -> Assessment:
    return assess_chunk(run_input(), generation, answer)


def values(assessment: Assessment) -> list[tuple[str, str]]:
    return sorted((str(c.field), c.value) for c in assessment.candidates)


def judge(drop: object = (), add: object = ()) -> Callable[[Prompt], str]:
    def say(prompt: Prompt) -> str:
        is_redundancy = "drop" in (prompt.answer_schema or {})["properties"]
        name, rows = ("drop", drop) if is_redundancy else ("add", add)
        return json.dumps({"verdict": "revise" if rows else "right", name: rows})

    return say


def silent_on(name: str) -> Callable[[Prompt], str]:
    """A critic that finds all right and does not answer the question for this list."""

    def say(prompt: Prompt) -> str:
        if name in (prompt.answer_schema or {})["properties"]:
            raise ModelTimedOut("late")
        return judge()(prompt)

    return say


# ---------------------------------------------------------------- first drafts


def test_answer_of_a_single_call_is_stored_as_it_came():
    raw = "Sure! " + items(("skills", "Python")) + " 希望能帮到您!"
    generation = draft(Talker(lambda _: raw), TOGETHER)
    assert generation.raw == raw
    assert (generation.tokens_in, generation.tokens_out, generation.error) == (100, 7, None)


def test_answers_of_several_calls_are_in_the_trail_each_as_it_came():
    talker = Talker(knows(skills="Python|Flask", employers="Tarn AB"))
    generation = draft(talker)
    parts = split_answers(generation.raw)
    assert parts is not None
    assert [p.fields for p in parts] == [("skills",), ("employers",), ("degrees",)]
    assert [p.raw for p in parts] == [talker.say(p) for p in talker.prompts]
    assert (generation.tokens_in, generation.tokens_out, generation.latency_ms) == (300, 21, 30.0)
    assert len(set(talker.request_ids)) == 3
    assert values(assessed(generation)) == [
        ("employers", "Tarn AB"),
        ("skills", "Flask"),
        ("skills", "Python"),
    ]


def test_answer_that_looks_like_our_envelope_is_not_taken_for_it():
    forged = join_answers([AnswerPart("kept", ("skills",), items(("skills", "Python")))])
    generation = draft(Talker(lambda _: forged), TOGETHER)
    parts = split_answers(generation.raw)
    assert parts is not None
    assert [p.raw for p in parts] == [forged]
    assert values(assessed(generation)) == []


def test_call_that_fails_is_told_for_its_fields_and_the_others_stand():
    def say(prompt: Prompt) -> str:
        if "employers" in prompt.fields:
            raise ModelTimedOut("late")
        return knows(skills="Python")(prompt)

    assessment = assessed(draft(Talker(say)))
    assert values(assessment) == [("skills", "Python")]
    assert [(f.kind.value, f.field) for f in assessment.findings] == [("malformed", "employers")]
    assert "timed_out" in assessment.findings[0].reason


def test_chunk_without_any_answer_is_failed():
    def say(prompt: Prompt) -> str:
        raise ModelError("no")

    generation = draft(Talker(say))
    assert (generation.raw, generation.error) == ("", "model_failed")


def test_what_came_before_an_answer_broke_off_is_kept_and_not_read():
    def say(prompt: Prompt) -> str:
        error = ModelError("broke off")
        error.begun = items(("skills", "Python"))
        raise error

    alone = draft(Talker(say), TOGETHER)
    assert (alone.error, alone.raw) == ("model_failed", items(("skills", "Python")))
    assert assessed(alone).candidates == ()
    together = draft(Talker(say))
    parts = split_answers(together.raw) or ()
    assert together.error and [p.raw for p in parts] == [items(("skills", "Python"))] * 3


def test_server_that_is_gone_is_raised_as_one_error():
    def say(prompt: Prompt) -> str:
        raise ModelUnavailable("gone")

    with pytest.raises(ModelUnavailable):
        draft(Talker(say))


# ---------------------------------------------------------------- later rounds


def test_only_what_was_found_fault_with_is_asked_and_the_rest_stays():
    first = assessed(draft(Talker(knows(skills="Python|Django", employers="Tarn AB"))))
    talker = Talker(knows(skills="Flask"))
    again = draft(talker, ONE_EACH, first, 2)
    assert [p.fields for p in talker.prompts] == [("skills",)]
    parts = split_answers(again.raw)
    assert parts is not None
    assert [(p.task, p.fields) for p in parts] == [
        ("generate", ("skills",)),
        ("kept", ("skills", "employers", "degrees")),  # Python stays; Django was found fault with
    ]
    assert [item["quote"] for item in json.loads(parts[1].raw)["items"]] == ["Python", "Tarn AB"]
    assert values(assessed(again)) == [
        ("employers", "Tarn AB"),
        ("skills", "Flask"),
        ("skills", "Python"),
    ]


def test_an_answer_that_was_refused_is_not_asked_for_again_word_for_word():
    first = assessed(draft(Talker(knows(skills="Python|Django"))))
    talker = Talker(knows(skills="Flask"))
    turn = Turn(run_input(), chunk(), 3, is_refused=True)
    again = asyncio.run(LanguageCaller(talker.client, MODEL, ONE_EACH).revise(turn, first))
    assert talker.prompts == []
    assert assessed(again).answer_key == first.answer_key


def test_what_the_model_could_not_extract_is_not_forgotten_when_other_fields_are_asked():
    cannot = json.dumps({"items": [], "unable": {"degrees": "I cannot read tables"}})
    first = assessed(
        draft(Talker(lambda p: cannot if p.fields == ("degrees",) else knows(skills="Python|Django")(p)))
    )
    again = assessed(draft(Talker(knows(skills="Flask")), ONE_EACH, first, 2))
    assert again.unable == first.unable == {"degrees": "I cannot read tables"}


def test_a_value_that_stays_stays_at_its_place_though_its_words_stand_before_it_too():
    text = "Python is a snake. She writes Python."
    reading = Reading(ReadStatus.OK, None, (), 1, text, (page(1, 0, len(text)),), (), (), "test")
    twice = RunInput(reading, (body_chunk(text),), SCHEMA)
    generation = draft(Talker(knows(skills="Python|Python")), TOGETHER)
    first = assess_chunk(
        twice, replace(generation, raw=items(("skills", "Python"), ("skills", "Python"))), None
    )
    doubt = Finding(
        FindingKind.REDUNDANT, FindingSource.CRITIC, FieldName("skills"), 0, "Python", None, 1.0, NOT_SAID
    )
    doubted = replace(first, findings=(*first.findings, doubt))
    turn = Turn(twice, twice.chunks[0], 2)
    caller = LanguageCaller(Talker(knows(skills="")).client, MODEL, TOGETHER)
    again = assess_chunk(twice, asyncio.run(caller.revise(turn, doubted)), None)
    starts = [c.citation.spans[0].start for a in (first, again) for c in a.candidates if c.citation]
    assert starts == [0, 30, 30]


def test_call_that_fails_in_a_later_round_loses_nothing_that_stood():
    def say(prompt: Prompt) -> str:
        if "skills" in prompt.fields:
            raise ModelTimedOut("late")
        return knows(employers="Tarn AB")(prompt)

    first = assessed(draft(Talker(knows(skills="Python|Django", employers="Acme"))))
    again = assessed(draft(Talker(say), ONE_EACH, first, 2))
    assert values(again) == [("employers", "Tarn AB"), ("skills", "Django"), ("skills", "Python")]
    assert "no answer: timed_out" in {f.reason for f in again.findings}


def test_where_nothing_can_be_mended_no_call_is_made_and_the_answer_stands():
    generation = draft(Talker(knows(skills="Python")))
    unjudged = assessed(generation, critique(Talker(silent_on("drop")), generation))
    talker = Talker(knows(skills="never asked"))
    again = draft(talker, ONE_EACH, unjudged, 2)
    assert talker.prompts == []
    assert assessed(again).answer_key == assessed(generation).answer_key


# ---------------------------------------------------------------- critics


def test_critic_is_asked_two_questions_and_both_answers_are_heard():
    generation = draft(Talker(knows(skills="Python", employers="Flask")))
    drop = {"item": 2, "field": "employers", "quote": "Flask", "why": "redundant"}
    talker = Talker(judge([drop], [{"field": "skills", "quote": "Flask"}]))
    answer = critique(talker, generation)
    parts = split_answers(answer.raw)
    assert parts is not None
    assert [p.task for p in parts] == ["redundancy", "missing"]
    assert (answer.tokens_in, answer.tokens_out) == (200, 14)
    found = {(f.kind.value, f.field, f.quote) for f in assessed(generation, answer).findings}
    assert found == {("redundant", "employers", "Flask"), ("missing", "skills", "Flask")}


def test_clean_critique_verifies_and_a_half_answered_one_does_not():
    generation = draft(Talker(knows(skills="Python")))
    clean = assessed(generation, critique(Talker(judge()), generation))
    doubted = assessed(generation, critique(Talker(silent_on("drop")), generation))
    assert [e.status for e in results_of({0: [clean]}, SCHEMA).extractions] == ["verified"]
    assert [e.status for e in results_of({0: [doubted]}, SCHEMA).extractions] == ["unsettled"]


def test_nothing_is_absent_when_nobody_said_that_nothing_lacks():
    generation = draft(Talker(knows(skills="Python")))
    assessment = assessed(generation, critique(Talker(silent_on("add")), generation))
    cells = results_of({0: [assessment]}, SCHEMA).coverage
    assert CellState.ABSENT not in {c.state for c in cells}


def test_language_model_is_identified_with_its_prompts():
    talker = Talker(judge())
    served = asyncio.run(model_caller(talker.client, "qwen", TOGETHER)).served
    assert served.identity == with_prompts_version(ModelIdentity("qwen", "1-abcdef123456"), TOGETHER)
    assert served.dialect is Dialect.VLLM


def test_no_words_of_the_document_reach_request_ids_or_errors():
    def say(prompt: Prompt) -> str:
        raise ModelTimedOut("late")

    talker = Talker(say)
    generation = draft(talker)
    told = [*talker.request_ids, generation.error or "", *(f.reason for f in assessed(generation).findings)]
    assert not any(word in text for text in told for word in ("Python", "Flask", "Tarn"))


# ---------------------------------------------------------------- what it costs


@dataclass
class Silent(Talker):
    """A server that tells no token counts."""

    async def complete(self, model: str, prompt: Prompt, request_id: str = "") -> Answer:
        return replace(
            await Talker.complete(self, model, prompt, request_id), tokens_in=None, tokens_out=None
        )


def test_tokens_of_all_calls_add_up_and_are_the_servers():
    generation = draft(Talker(knows(skills="Python")))
    assert (generation.tokens_in, generation.tokens_out) == (300, 21)
    assert generation.tokens_by is CountedBy.SERVER


def test_tokens_that_the_server_does_not_tell_are_estimated_and_marked():
    talker = Silent(knows(skills="Python"))
    generation = draft(talker)
    assert generation.tokens_by is CountedBy.ESTIMATE
    assert generation.tokens_in == sum(estimate_tokens(m.text) for p in talker.prompts for m in p.messages)
    judged = critique(Silent(judge()), generation)
    assert judged.tokens_by is CountedBy.ESTIMATE
    assert (judged.tokens_in or 0) > (judged.tokens_out or 0) > 0


def test_failed_call_costs_the_time_that_was_waited_for_it():
    async def late(self: Talker, model: str, prompt: Prompt, request_id: str = "") -> Answer:
        await asyncio.sleep(0.02)
        raise ModelTimedOut("late")

    talker = Talker(knows())
    talker.complete = late.__get__(talker)
    generation = draft(talker)
    assert generation.error == "timed_out"
    assert generation.latency_ms >= 3 * 20
    assert (generation.tokens_in, generation.tokens_by) == (None, None)


# ---------------------------------------------------------------- judged by labels


@dataclass
class Judge(Talker):
    """A critic that judges by labels: what it gives to A of an item's quote; B gets the rest."""

    believes: dict[str, float] = field(default_factory=dict[str, float])
    to_none: float = 0.0
    """Probability that no label gets."""

    async def complete(self, model: str, prompt: Prompt, request_id: str = "") -> Answer:
        if not prompt.labels:
            return await super().complete(model, prompt, request_id)
        self.prompts.append(prompt)
        line = next(line for line in prompt.messages[1].text.splitlines() if line.startswith("Item: "))
        right = self.believes[json.loads(line.removeprefix("Item: "))["quote"]]
        shares = {"A": right, "B": 1 - right, "The": 0.0}
        told = {token: share * (1 - self.to_none) for token, share in shares.items()}
        logprobs = {token: math.log(share) for token, share in told.items() if share}
        return Answer("A", 10.0, "1", 100, 1, "length", logprobs=logprobs)


def by_labels(
    talker: Judge,
    generation: ModelAnswer,
    before: Assessment | None = None,
    calibration: Calibration = NONE,
    promise: float | None = None,
) -> Assessment:
    critic = LanguageCaller(talker.client, MODEL, TOGETHER, judges_by_labels=True, calibration=calibration)
    turn = Turn(run_input(), chunk(), 1, promise)
    answer = asyncio.run(critic.critique(turn, run_input().ground(generation), before))
    return assessed(generation, answer)


def test_each_item_is_judged_in_one_pass_and_its_share_is_its_probability():
    talker = Judge(judge(), believes={"Python": 0.9, "Flask": 0.2})
    assessment = by_labels(talker, draft(Talker(knows(skills="Python|Flask"))))
    assert assessment.rights == (pytest.approx(0.9), pytest.approx(0.2))
    assert [(f.candidate_index, f.reason) for f in assessment.findings] == [(1, NOT_SAID)]
    assert [(p.max_tokens, p.labels) for p in talker.prompts if p.labels] == [(1, LABELS)] * 2


def test_a_model_that_gives_its_probability_to_no_label_verifies_nothing():
    talker = Judge(judge(), believes={"Python": 0.99}, to_none=0.6)
    assessment = by_labels(talker, draft(Talker(knows(skills="Python"))))
    assert assessment.rights == (None,)
    (row,) = results_of({0: [assessment]}, SCHEMA).extractions
    assert row.status is not ExtractionStatus.VERIFIED


def test_what_is_said_to_be_lacking_is_judged_before_it_is_asked_for():
    lacking = [{"field": "skills", "quote": "Flask"}, {"field": "degrees", "quote": "Employer"}]
    talker = Judge(judge(add=lacking), believes={"Python": 0.9, "Flask": 0.8, "Employer": 0.1})
    assessment = by_labels(talker, draft(Talker(knows(skills="Python"))))
    assert [(f.kind, f.quote, f.score) for f in assessment.findings] == [
        (FindingKind.MISSING, "Flask", pytest.approx(0.8))
    ]


def test_only_what_changed_is_judged_again():
    talker = Judge(judge(), believes={"Python": 0.9, "Django": 0.1, "Flask": 0.7, "Tarn AB": 0.6})
    first = by_labels(talker, draft(Talker(knows(skills="Python|Django", employers="Tarn AB"))))
    talker.prompts.clear()
    again = by_labels(talker, draft(Talker(knows(skills="Python|Flask", employers="Tarn AB"))), first)
    assert [p.fields for p in talker.prompts] == [("skills",), ("skills",)]  # Flask, and what skills lack
    assert again.rights == (pytest.approx(0.9), pytest.approx(0.7), pytest.approx(0.6))


def test_a_critic_that_judged_all_before_is_not_asked():
    talker = Judge(judge(), believes={"Python": 0.3})
    generation = draft(Talker(knows(skills="Python")))
    first = by_labels(talker, generation)
    talker.prompts.clear()
    again = by_labels(talker, generation, first)
    assert talker.prompts == []
    assert (again.rights, again.findings) == (first.rights, first.findings)


def test_a_calibration_makes_of_a_share_a_probability_with_the_bar_of_the_promise():
    calibration = Calibration(slope=2.0, intercept=-1.0, bars={"90": 0.8, "99": None})
    talker = Judge(judge(), believes={"Python": 0.9})
    generation = draft(Talker(knows(skills="Python")))
    kept = by_labels(talker, generation, calibration=calibration, promise=0.9)
    assert kept.rights == (pytest.approx(1 / (1 + math.exp(1 - 2 * math.log(9))), abs=1e-6),)
    assert kept.bars == (0.8,)
    unkept = by_labels(talker, generation, calibration=calibration, promise=0.99)
    assert unkept.bars == (1.0,)
