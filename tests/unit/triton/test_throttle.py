from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.errors import ModelBusy, ModelError, ModelMissing, ModelTimedOut
from tasks.triton import throttle as throttle_module
from tasks.triton.response import Answer
from tasks.triton.throttle import (
    MIN_QUEUE_MS,
    QUEUE_GROWTH,
    ConcurrencyLimit,
    Throttle,
    TimedAnswer,
    with_retries,
)

OUTCOMES = st.lists(st.one_of(st.none(), st.floats(0, 60_000)), max_size=300)
"""None: an overload; else the wait of an answer."""


def play(state: ConcurrencyLimit, outcomes: list[float | None]) -> list[int]:
    limits: list[int] = []
    for outcome in outcomes:
        if outcome is None:
            state.overloaded(state.generation)
        else:
            state.answered(outcome, state.generation)
        limits.append(state.limit)
    return limits


@given(st.integers(1, 100), OUTCOMES)
def test_limit_stays_between_one_and_the_most(most: int, outcomes: list[float | None]):
    assert all(1 <= limit <= most for limit in play(ConcurrencyLimit(most), outcomes))


@given(st.integers(1, 100), OUTCOMES)
def test_limit_recovers_whatever_happened(most: int, outcomes: list[float | None]):
    state = ConcurrencyLimit(most)
    play(state, outcomes)
    play(state, [1.0] * (most * (most + 1)))
    assert state.limit == most


def test_overload_halves_and_a_window_of_answers_adds_one():
    state = ConcurrencyLimit(8)
    assert play(state, [None, 1.0, 1.0, 1.0, 1.0]) == [4, 4, 4, 4, 5]
    assert play(state, [1.0] * 5) == [5, 5, 5, 5, 6]


def test_overloads_of_one_crowd_cut_once():
    state = ConcurrencyLimit(32)
    begun = state.generation
    for _ in range(20):
        state.overloaded(begun)
    assert state.limit == 16


def test_window_whose_fastest_waited_long_is_cut():
    state = ConcurrencyLimit(4)
    play(state, [MIN_QUEUE_MS] * 4)
    assert play(state, [MIN_QUEUE_MS * QUEUE_GROWTH * 1.1] * 4)[-1] == 2


def test_one_fast_answer_among_slow_ones_is_no_queue():
    state = ConcurrencyLimit(4)
    play(state, [MIN_QUEUE_MS] * 4)
    assert play(state, [MIN_QUEUE_MS, 50_000, 50_000, 50_000])[-1] == 4


def test_short_waits_are_never_a_queue():
    state = ConcurrencyLimit(4)
    play(state, [1.0] * 4)
    assert play(state, [MIN_QUEUE_MS] * 40)[-1] == 4


def test_no_request_at_all_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        ConcurrencyLimit(0)


def test_no_more_are_under_way_than_the_limit_allows_and_all_get_through():
    async def run() -> tuple[int, int]:
        throttle, under_way, most, done = Throttle(5), 0, 0, 0

        async def one(n: int) -> None:
            nonlocal under_way, most, done
            async with throttle.slot():
                under_way += 1
                most = max(most, under_way)
                await asyncio.sleep(0)
                if n % 7 == 0:
                    throttle.overloaded(throttle.limit.generation)
                else:
                    throttle.answered(1.0, throttle.limit.generation)
                under_way -= 1
            done += 1

        await asyncio.gather(*(one(n) for n in range(100)))
        return most, done

    most, done = asyncio.run(run())
    assert most <= 5 and done == 100


@given(st.integers(0, 10_000))
def test_cancelled_tasks_leave_their_slots_to_others(seed: int):
    choice = random.Random(seed)

    async def run() -> None:
        throttle = Throttle(2)

        async def one() -> None:
            async with throttle.slot():
                await asyncio.sleep(0)

        tasks = [asyncio.create_task(one()) for _ in range(12)]
        for _ in range(choice.randrange(6)):
            await asyncio.sleep(0)
        for task in choice.sample(tasks, 6):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.wait_for(asyncio.gather(one(), one(), one()), 5)
        assert throttle._n_in_flight == 0 and not throttle._waiting

    asyncio.run(run())


def test_first_come_is_first_served():
    async def run() -> list[int]:
        throttle, order = Throttle(1), []

        async def one(n: int) -> None:
            async with throttle.slot():
                order.append(n)

        await asyncio.gather(*(one(n) for n in range(10)))
        return order

    assert asyncio.run(run()) == list(range(10))


def test_every_refusal_of_a_full_queue_is_counted(monkeypatch: pytest.MonkeyPatch):
    """Also those after which the call was sent again: Triton counts none of them."""
    monkeypatch.setattr(throttle_module, "FIRST_PAUSE_S", 0.0)
    failures: list[ModelError] = [
        ModelBusy("full"),
        ModelBusy("full"),
        ModelTimedOut("late"),
        ModelMissing("none"),
    ]

    async def call() -> TimedAnswer:
        if failures:
            raise failures.pop(0)
        return TimedAnswer(Answer("{}", 1.0), 1.0)

    async def run() -> Throttle:
        throttle = Throttle(2)
        with pytest.raises(ModelMissing):
            await with_retries(throttle, call, 10.0)
        assert (await with_retries(throttle, call, 10.0)).raw == "{}"
        return throttle

    errors = asyncio.run(run()).errors
    assert {code: n for code, n in errors.items() if code} == {"busy": 2, "timed_out": 1}
