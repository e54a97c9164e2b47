"""The laws of the loop, whatever generator and critic do: it ends, it never gets worse, nothing is left out, a replay agrees."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.cost.budget import BudgetLimits
from tasks.core.loop.assessment import Assessment
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.replay import StoredRun, replay
from tasks.core.loop.results import RunResults, results_of
from tasks.core.loop.revision import StopReason, accepted_index
from tasks.core.loop.state import RunState
from tasks.core.prompts.limits import AskLimits
from tasks.core.records import (
    ExtractionStatus,
    FindingKind,
    FindingSource,
    ModelIdentity,
    Reading,
    ReadStatus,
    RoundRecord,
    RunId,
)
from tasks.core.text.to_pg_text import storable
from tasks.triton import Dialect, Served
from tasks.verify.rounds import SaveRound, run_rounds
from tests.unit.core.builders import body_chunk, page, small_schema
from tests.unit.noisy import NoisyClient
from tests.unit.scripted import CRITIC, GENERATOR, loop_plan

SCHEMA = small_schema("skills", "employers")
TEXTS = ("Python and Flask. ", "Rust, Python, SQL \u2400. ", "Nothing here. ", "Django Django. ")


class Killed(Exception):
    pass


@dataclass(frozen=True)
class Case:
    """A document, a pair of models, and the limits of their work."""

    seed: int
    n_chunks: int
    models: tuple[Served, Served | None, AskLimits]
    max_rounds: int
    max_tokens: int | None
    max_chunks_at_once: int

    @property
    def run_input(self) -> RunInput:
        texts = TEXTS[: self.n_chunks]
        starts = [sum(map(len, texts[:i])) for i in range(len(texts))]
        chunks = tuple(body_chunk(t, i, s) for i, (t, s) in enumerate(zip(texts, starts, strict=True)))
        text = "".join(texts)
        reading = Reading(ReadStatus.OK, None, (), 1, text, (page(1, 0, len(text)),), (), (), "reader-x")
        return RunInput(reading, chunks, SCHEMA)

    def play(self, stored: tuple[RoundRecord, ...] = ()) -> tuple[RunState, list[RoundRecord]]:
        """The whole loop; what it stored is as the database gives it back."""
        saved: list[RoundRecord] = []
        state = asyncio.run(self._rounds(stored, lambda record: saved.append(_as_stored(record))))
        return state, saved

    def stored_when_killed(self, n_rounds: int) -> tuple[RoundRecord, ...]:
        """What is left when the worker dies as soon as so many rounds are stored."""
        saved: list[RoundRecord] = []

        def save(record: RoundRecord) -> None:
            saved.append(_as_stored(record))
            if len(saved) == n_rounds:
                raise Killed

        with pytest.raises(Killed):
            asyncio.run(self._rounds((), save))
        return tuple(saved)

    def _rounds(self, stored: tuple[RoundRecord, ...], save: SaveRound) -> Coroutine[None, None, RunState]:
        generator, critic, ask = self.models
        limits, at_once = BudgetLimits(None, self.max_tokens), self.max_chunks_at_once
        models = NoisyClient(self.seed), generator, critic
        plan = loop_plan(*models, self.max_rounds, limits, ask=ask, max_chunks_at_once=at_once)
        return run_rounds(plan, self.run_input, stored, save)


def _as_stored(record: RoundRecord) -> RoundRecord:
    """What the database gives back, at a clock that stands still."""
    return replace(
        record,
        answers=tuple(replace(a, raw=storable(a.raw), latency_ms=0.0) for a in record.answers),
        findings=tuple(
            (i, replace(f, quote=storable(f.quote), reason=storable(f.reason))) for i, f in record.findings
        ),
    )


def settled(state: RunState) -> RunResults:
    return results_of(state.by_chunk, SCHEMA)


UNHURRIED = settings(deadline=None, max_examples=60)
"""A case plays a document several times over."""
TALKER = Served(ModelIdentity("qwen", "1-cccccccccccc"), Dialect.VLLM)

cases = st.builds(
    Case,
    seed=st.integers(0, 2**32),
    n_chunks=st.integers(1, len(TEXTS)),
    models=st.tuples(
        st.sampled_from([GENERATOR, TALKER]),
        st.sampled_from([CRITIC, TALKER, None]),
        st.sampled_from([AskLimits(), AskLimits(max_fields=1)]),
    ),
    max_rounds=st.integers(1, 5),
    max_tokens=st.none() | st.integers(0, 3000),
    max_chunks_at_once=st.integers(1, 4),
)


@UNHURRIED
@given(cases)
def test_the_accepted_state_never_gets_worse_by_the_critics_own_measure(case: Case):
    state, _ = case.play()
    for history in state.by_chunk.values():
        standing = [history[accepted_index(history[: n + 1])] for n in range(len(history))]
        for before, after in pairwise(standing):
            assert is_silent(after) <= is_silent(before)
            if is_silent(after) == is_silent(before):
                assert doubt(after) <= doubt(before) + 1e-9
                assert n_unfounded(after) <= n_unfounded(before)


def is_silent(assessment: Assessment) -> int:
    """0: answered and judged, 1: answered only, 2: nothing of it could be read, 3: not even answered."""
    if assessment.generator_error:
        return 3
    whole = [f for f in assessment.findings if f.field is None and f.source is FindingSource.PARSER]
    if any(f.kind is FindingKind.MALFORMED for f in whole) and not assessment.candidates:
        return 2
    return 1 if assessment.critic_error else 0


def doubt(assessment: Assessment) -> float:
    """The critic's own measure: how sure it is of all that it objects to."""
    return sum(f.score for f in assessment.findings if f.source is FindingSource.CRITIC)


def n_unfounded(assessment: Assessment) -> int:
    return sum(f.source is not FindingSource.CRITIC for f in assessment.findings)


@UNHURRIED
@given(cases)
def test_the_loop_ends_and_every_chunk_has_a_reason_to_stop(case: Case):
    state, saved = case.play()
    decisions = [state.decision(index, case.max_rounds) for index in state.by_chunk]
    assert all(decision is not None and decision.stop is not None for decision in decisions)
    assert len(saved) <= case.max_rounds
    if case.max_tokens is None:
        assert StopReason.BUDGET not in {d.stop for d in decisions if d}


@UNHURRIED
@given(cases)
def test_no_cell_is_missing_and_none_stands_twice(case: Case):
    cells = [(c.chunk_index, c.field) for c in settled(case.play()[0]).coverage]
    assert sorted(cells) == sorted((i, f) for i in range(case.n_chunks) for f in SCHEMA.field_names)


@UNHURRIED
@given(cases)
def test_nothing_is_verified_that_nobody_countersigned(case: Case):
    state, _ = case.play()
    verified = [e for e in settled(state).extractions if e.status is ExtractionStatus.VERIFIED]
    assert all(e.citation is not None and e.score is not None for e in verified)
    assert case.models[1] is not None or not verified


@UNHURRIED
@given(cases)
def test_every_answer_is_in_the_trail_once_and_errors_are_too(case: Case):
    _, saved = case.play()
    asked = [(r.round_number, g.chunk_index) for r in saved for g in r.generations]
    assert len(asked) == len(set(asked))
    assert [r.round_number for r in saved] == list(range(1, len(saved) + 1))
    assert {g.chunk_index for g in saved[0].generations} == set(range(case.n_chunks))


@UNHURRIED
@given(cases)
def test_replay_from_the_trail_gives_the_same_result(case: Case):
    state, saved = case.play()
    result = settled(state)
    run = StoredRun(
        RunId("r"),
        "done",
        case.run_input,
        case.max_rounds,
        tuple(saved),
        result.extractions,
        result.coverage,
    )
    assert replay(run).differences == ()


@UNHURRIED
@given(cases)
def test_killed_between_any_two_rounds_and_resumed_it_ends_the_same(case: Case):
    whole, records = case.play()
    for n_rounds in range(1, len(records) + 1):
        stored = case.stored_when_killed(n_rounds)
        resumed, more = case.play(stored)
        assert [*stored, *more] == records
        assert settled(resumed) == settled(whole)


@UNHURRIED
@given(cases)
def test_tokens_go_beyond_the_budget_by_what_is_under_way_at_most(case: Case):
    _, saved = case.play()
    answers = [a for r in saved for a in r.answers]
    spent = sum((a.tokens_in or 0) + (a.tokens_out or 0) for a in answers)
    if (limit := case.max_tokens) is not None:
        most_calls = len(SCHEMA.fields) + 2  # a call for each field, and the critic's two questions
        assert spent <= limit + most_calls * 100 * case.max_chunks_at_once
