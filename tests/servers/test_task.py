"""What the task hands from the plan to the rounds, and what its outcome says."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from tasks.core.cost.budget import CutOff
from tasks.core.errors import ModelChanged
from tasks.core.loop.check_results import CheckOutcome, CheckResult
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.loop.state import RunState
from tasks.core.records import DocumentId, ModelAnswer, Reading, ReadStatus, RoundRecord, RunId, Stage
from tasks.documents import RunOptions
from tasks.read import ReadDocument
from tasks.s3 import SourceObject
from tasks.verify.batch import Batch
from tasks.verify.rounds import run_rounds
from tasks.verify.task import _done, _plan
from tests.servers.test_batch import running_server, settings_for
from tests.unit.core.builders import body_chunk, page, small_schema

TEXTS = ("Skills: Python. ", "Skills: Flask. ")
TEXT = "".join(TEXTS)
CHUNKS = tuple(body_chunk(t, i, TEXT.index(t)) for i, t in enumerate(TEXTS))
READING = Reading(ReadStatus.OK, None, ("hidden_text",), 1, TEXT, (page(1, 0, len(TEXT)),), (), (), "test")
RUN_INPUT = RunInput(READING, CHUNKS, small_schema("skills"))


@pytest.mark.parametrize("use_critic", [True, False])
def test_run_stops_when_another_version_answers_than_it_was_planned_with(
    monkeypatch: pytest.MonkeyPatch, use_critic: bool
) -> None:
    saved: list[RoundRecord] = []
    with running_server() as (server, url), Batch(settings_for(url)) as batch:
        for module in ("task", "model_calls"):
            monkeypatch.setattr(f"tasks.verify.{module}.settings", lambda: settings_for(url))
        monkeypatch.setattr("tasks.runtime.setting_files.settings", lambda: settings_for(url))
        plan = batch.ask(partial(_plan, RUN_INPUT.schema, RunOptions(use_critic=use_critic), batch.budget))
        assert (plan.critic is not None) == use_critic
        server.version = "2"
        with pytest.raises(ModelChanged, match="begin anew"):
            batch.ask(lambda _: run_rounds(plan, RUN_INPUT, (), saved.append))
    assert saved == []


def test_outcome_says_what_the_reader_saw_and_how_many_chunks_a_budget_cut_off() -> None:
    document = ReadDocument(SourceObject("b", "inbox/a.pdf", "e", 1), DocumentId("d"), READING, CHUNKS)
    cut = [
        ModelAnswer(i, 1, Stage.GENERATE, "", "g/1", 0.0, error=error)
        for i, error in enumerate((CutOff.DOCUMENT_TOKENS.value, "timed_out"))
    ]
    state = RunState(RUN_INPUT)
    state.apply(RoundRecord(1, tuple(cut), ()))
    results = results_of(state.by_chunk, RUN_INPUT.schema)
    outcome = _done(document, RunId("r"), results, state, 1.5)
    assert outcome.flags == ("hidden_text",)
    assert outcome.reason == "1 of 2 chunks cut off: the tokens of the document were used up"
    assert (outcome.n_chunks, outcome.n_rounds, outcome.n_verified, outcome.duration_s) == (2, 1, 0, 1.5)


def test_outcome_names_the_checks_that_fail_and_no_value_of_them() -> None:
    document = ReadDocument(SourceObject("b", "inbox/a.pdf", "e", 1), DocumentId("d"), READING, CHUNKS)
    state = RunState(RUN_INPUT)
    checks = (
        CheckResult(
            "rent < deposit", CheckOutcome.FAILS, (), "Rent (USD 9) is not less than Deposit (USD 8)"
        ),
        CheckResult("rent < fee", CheckOutcome.CANNOT, (), "two currencies or units cannot be compared"),
        CheckResult("rent > 1", CheckOutcome.HOLDS, ()),
    )
    results = replace(results_of(state.by_chunk, RUN_INPUT.schema), checks=checks)
    outcome = _done(document, RunId("r"), results, state, 1.5)
    assert outcome.reason == "check `rent < deposit`: fails; check `rent < fee`: cannot be calculated"
