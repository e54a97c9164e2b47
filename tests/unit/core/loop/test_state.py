"""The state of a run, rebuilt from stored rounds: one way from raw answers to assessments."""

from __future__ import annotations

import json

from tasks.core.cost.budget import CutOff
from tasks.core.loop.assessment import NO_CRITIC, assess_chunk
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.revision import StopReason
from tasks.core.loop.state import PlayedChunk, RunState, assess_round, record_round
from tasks.core.records import ModelAnswer, Reading, ReadStatus, RoundRecord, Stage
from tests.unit.core.builders import body_chunk, page, small_schema

TEXT = "Python and Flask. "
READING = Reading(ReadStatus.OK, None, (), 1, TEXT, (page(1, 0, len(TEXT)),), (), (), "reader-x")
RUN_INPUT = RunInput(READING, (body_chunk(TEXT),), small_schema("skills"))


def generation(number: int, *quotes: str, error: str | None = None) -> ModelAnswer:
    raw = "" if error else json.dumps({"items": [{"field": "skills", "quote": q} for q in quotes]})
    return ModelAnswer(0, number, Stage.GENERATE, raw, "generator/1", 1.0, error=error)


def critique(number: int, *rights: float, error: str | None = None) -> ModelAnswer:
    verdicts = [{"candidate": i, "right": p, "flagged": p < 0.5} for i, p in enumerate(rights)]
    raw = "" if error else json.dumps({"verdicts": verdicts, "missing": []})
    return ModelAnswer(0, number, Stage.CRITIQUE, raw, "critic/1", 1.0, error=error)


def played(*answers: ModelAnswer) -> RunState:
    state = RunState(RUN_INPUT)
    for number in sorted({a.round_number for a in answers}):
        state.apply(RoundRecord(number, tuple(a for a in answers if a.round_number == number), ()))
    return state


def test_chunk_without_any_round_is_open_and_has_nothing_that_stands() -> None:
    state = RunState(RUN_INPUT)
    assert state.open_chunks(3) == RUN_INPUT.chunks
    assert (state.accepted(0), state.decision(0, 3), state.n_rounds) == (None, None, 0)


def test_worse_round_is_kept_and_the_earlier_one_stands() -> None:
    state = played(
        generation(1, "Python", "Flask"), critique(1, 0.9, 0.4), generation(2, "and"), critique(2, 0.1)
    )
    accepted = state.accepted(0)
    assert accepted is not None and accepted.round_number == 1
    assert [a.round_number for a in state.by_chunk[0]] == [1, 2]


def test_clean_chunk_is_not_open_any_more() -> None:
    state = played(generation(1, "Python"), critique(1, 0.9))
    decision = state.decision(0, 3)
    assert decision is not None and decision.stop is StopReason.CLEAN
    assert state.open_chunks(3) == ()


def test_round_that_a_budget_cut_off_is_not_counted() -> None:
    cut = generation(2, error=CutOff.DOCUMENT_TOKENS.value)
    assert played(generation(1, "Python"), critique(1, 0.1), cut).n_rounds == 1


def test_why_there_is_no_critique_is_in_the_assessment() -> None:
    answer = generation(1, "Python")
    assert assess_chunk(RUN_INPUT, answer, None).critic_error == NO_CRITIC
    assert assess_chunk(RUN_INPUT, answer, critique(1, error="timed_out")).critic_error == "timed_out"
    assert assess_chunk(RUN_INPUT, answer, critique(1, 0.9)).critic_error is None


def test_answer_that_was_grounded_already_is_assessed_as_the_raw_one() -> None:
    answer, judged = generation(1, "Python", "Django"), critique(1, 0.9)
    grounded = RUN_INPUT.ground(answer)
    assert assess_chunk(RUN_INPUT, answer, judged, grounded) == assess_chunk(RUN_INPUT, answer, judged)


def test_recorded_round_has_repairs_and_findings_and_is_assessed_as_it_was_played() -> None:
    answer, judged = generation(1, "Python", "Django"), critique(1, 0.9)
    fenced = ModelAnswer(0, 1, Stage.GENERATE, f"```json\n{answer.raw}\n```", "generator/1", 1.0)
    assessment = assess_chunk(RUN_INPUT, fenced, judged)
    record = record_round(1, [PlayedChunk(fenced, judged, assessment)])
    assert [a.stage for a in record.answers] == [Stage.GENERATE, Stage.CRITIQUE]
    assert record.generations[0].repairs == assessment.repairs != ()
    assert record.findings == tuple((0, finding) for finding in assessment.findings) != ()
    assert assess_round(RUN_INPUT, record) == {0: assessment}
