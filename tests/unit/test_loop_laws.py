"""The laws of the loop, whatever generator and critic do: it ends, it never gets worse, nothing is left out, a replay agrees."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.assessment import Assessment
from tasks.core.budget import Limits
from tasks.core.history import Dossier, Histories
from tasks.core.prompts.grouping import AskLimits
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
from tasks.core.replay import StoredRun, replay
from tasks.core.revision import StopReason, accepted_index
from tasks.core.settlement import Settlement, settle
from tasks.core.storable import storable
from tasks.rounds import LoopPlan, SaveRound, run_rounds
from tasks.triton import Dialect, Served
from tests.unit.core.builders import body_chunk, page, small_schema
from tests.unit.noisy import NoisyClient
from tests.unit.scripted import CRITIC, GENERATOR

SCHEMA = small_schema("skills", "employers")
TEXTS = ("Python and Flask. ", "Rust, Python, SQL \u2400. ", "Nothing here. ", "Django Django. ")


class Killed(Exception):
    pass


@dataclass(frozen=True)
class Case:
    """A document, a plan and a pair of models."""

    seed: int
    n_chunks: int
    plan: LoopPlan

    @property
    def dossier(self) -> Dossier:
        texts = TEXTS[: self.n_chunks]
        starts = [sum(map(len, texts[:i])) for i in range(len(texts))]
        chunks = tuple(body_chunk(t, i, s) for i, (t, s) in enumerate(zip(texts, starts, strict=True)))
        text = "".join(texts)
        reading = Reading(ReadStatus.OK, None, (), 1, text, (page(1, 0, len(text)),), (), (), "reader-x")
        return Dossier(reading, chunks, SCHEMA)

    def play(self, stored: tuple[RoundRecord, ...] = ()) -> tuple[Histories, list[RoundRecord]]:
        """The whole loop; what it stored is as the database gives it back."""
        saved: list[RoundRecord] = []
        histories = asyncio.run(self._rounds(stored, lambda record: saved.append(_as_stored(record))))
        return histories, saved

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

    def _rounds(self, stored: tuple[RoundRecord, ...], save: SaveRound) -> Coroutine[None, None, Histories]:
        client = NoisyClient(self.seed)
        return run_rounds(self.plan, self.dossier, stored, save, client)  # pyright: ignore[reportArgumentType]


def _as_stored(record: RoundRecord) -> RoundRecord:
    """What the database gives back, at a clock that stands still."""
    return replace(
        record,
        generations=tuple(replace(g, raw=storable(g.raw), latency_ms=0.0) for g in record.generations),
        critic_answers=tuple(replace(c, raw=storable(c.raw), latency_ms=0.0) for c in record.critic_answers),
        findings=tuple(
            (i, replace(f, quote=storable(f.quote), reason=storable(f.reason))) for i, f in record.findings
        ),
    )


def settled(histories: Histories) -> Settlement:
    return settle(histories.by_chunk, SCHEMA)


UNHURRIED = settings(deadline=None, max_examples=60)
"""A case plays a document several times over."""
TALKER = Served(ModelIdentity("qwen", "1-cccccccccccc"), Dialect.VLLM)

plans = st.builds(
    LoopPlan,
    st.sampled_from([GENERATOR, TALKER]),
    st.sampled_from([CRITIC, TALKER, None]),
    st.integers(1, 5),
    st.builds(Limits, st.none(), st.none() | st.integers(0, 3000)),
    max_chunks_at_once=st.integers(1, 4),
    ask=st.sampled_from([AskLimits(), AskLimits(max_fields=1)]),
)
cases = st.builds(Case, st.integers(0, 2**32), st.integers(1, len(TEXTS)), plans)


@UNHURRIED
@given(cases)
def test_the_accepted_state_never_gets_worse_by_the_critics_own_measure(case: Case):
    histories, _ = case.play()
    for history in histories.by_chunk.values():
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
    histories, saved = case.play()
    decisions = [histories.decision(index, case.plan.max_rounds) for index in histories.by_chunk]
    assert all(decision is not None and decision.stop is not None for decision in decisions)
    assert len(saved) <= case.plan.max_rounds
    if case.plan.limits.max_tokens is None:
        assert StopReason.BUDGET not in {d.stop for d in decisions if d}


@UNHURRIED
@given(cases)
def test_no_cell_is_missing_and_none_stands_twice(case: Case):
    cells = [(c.chunk_index, c.field) for c in settled(case.play()[0]).coverage]
    assert sorted(cells) == sorted((i, f) for i in range(case.n_chunks) for f in SCHEMA.field_names)


@UNHURRIED
@given(cases)
def test_nothing_is_verified_that_nobody_countersigned(case: Case):
    histories, _ = case.play()
    verified = [e for e in settled(histories).extractions if e.status is ExtractionStatus.VERIFIED]
    assert all(e.citation is not None and e.score is not None for e in verified)
    assert case.plan.critic is not None or not verified


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
    histories, saved = case.play()
    result = settled(histories)
    run = StoredRun(
        RunId("r"),
        "done",
        case.dossier,
        case.plan.max_rounds,
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
    answers = [a for r in saved for a in (*r.generations, *r.critic_answers)]
    spent = sum((a.tokens_in or 0) + (a.tokens_out or 0) for a in answers)
    if (limit := case.plan.limits.max_tokens) is not None:
        most_calls = len(SCHEMA.fields) + 2  # a call for each field, and the critic's two questions
        assert spent <= limit + most_calls * 100 * case.plan.max_chunks_at_once
