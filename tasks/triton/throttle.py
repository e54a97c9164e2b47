"""Limits the requests that a server gets at once, and tries calls again."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tasks.core.errors import ModelBusy, ModelChanged, ModelError, ModelTimedOut, ModelUnavailable
from tasks.triton.response import Answer

MIN_QUEUE_MS = 500.0
"""Shorter waits are not taken for a queue."""
QUEUE_GROWTH = 3.0
"""A window whose *fastest* answer waited this many times the base stood in a queue. Not the mean:
answers of a language model differ tenfold by their length alone.
"""
MEMORY_WINDOWS = 20
"""The base is the fastest answer of so many windows: a server may change for good."""


@dataclass(slots=True)
class ConcurrencyLimit:
    """How many requests may be in flight: additive increase, multiplicative decrease (AIMD).

    A pure state.

    A window is as many answers as the limit allows at once: about one round trip.
    """

    max_limit: int
    limit: int = field(init=False)
    _n_answers: int = 0
    _fastest_ms: float = float("inf")
    _bases_ms: deque[float] = field(default_factory=lambda: deque(maxlen=MEMORY_WINDOWS))
    _generation: int = 0
    """Number of decreases. Requests that began before the newest one tell nothing about the limit
    of now."""

    def __post_init__(self) -> None:
        if self.max_limit < 1:
            raise ValueError("at least one request must be allowed")
        self.limit = self.max_limit

    @property
    def generation(self) -> int:
        """A request reads it when it begins, and passes it back with its outcome."""
        return self._generation

    def answered(self, wait_ms: float, generation: int) -> None:
        """A request was answered.

        Args:
            wait_ms: Until the first part of the answer, or the whole if it comes at once.
        """
        if generation != self._generation:
            return
        self._n_answers += 1
        self._fastest_ms = min(self._fastest_ms, wait_ms)
        if self._n_answers >= self.limit:
            self._close_window()

    def overloaded(self, generation: int) -> None:
        """The server refused a request, was not there, or let it time out."""
        if generation == self._generation:
            self._decrease()

    def _close_window(self) -> None:
        fastest_ms = self._fastest_ms
        base_ms = min(self._bases_ms, default=fastest_ms)
        self._bases_ms.append(fastest_ms)
        if fastest_ms > MIN_QUEUE_MS and fastest_ms > QUEUE_GROWTH * base_ms:
            self._decrease()
        else:
            self.limit = min(self.max_limit, self.limit + 1)
            self._begin_window()

    def _decrease(self) -> None:
        self._generation += 1
        self.limit = max(1, self.limit // 2)
        self._begin_window()

    def _begin_window(self) -> None:
        self._n_answers = 0
        self._fastest_ms = float("inf")


class Throttle:
    """Admits requests in their order, as many as the limit allows. Belongs to one event loop."""

    def __init__(self, max_in_flight: int) -> None:
        self.limit = ConcurrencyLimit(max_in_flight)
        self.errors: Counter[str] = Counter()
        """Failed calls by code: no metric of Triton counts those that a full queue refuses."""
        self._n_in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        await self._enter()
        try:
            yield
        finally:
            self._leave()

    def answered(self, wait_ms: float, generation: int) -> None:
        self.limit.answered(wait_ms, generation)
        self._admit()

    def overloaded(self, generation: int) -> None:
        self.limit.overloaded(generation)

    async def _enter(self) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()  # it was admitted at the moment it was cancelled: pass the slot on
            else:
                with contextlib.suppress(ValueError):
                    self._waiting.remove(turn)
            raise

    def _leave(self) -> None:
        self._n_in_flight -= 1
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self._n_in_flight < self.limit.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self._n_in_flight += (
                    1  # here and not when the task wakes: no other may take the slot until then
                )
                turn.set_result(None)


ATTEMPTS = 4
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class TimedAnswer:
    answer: Answer
    wait_ms: float
    """Until the first part of the answer, by which the throttle recognizes a queue."""


def error_code(error: ModelError) -> str:
    """How a failed call is counted; empty: not at all."""
    codes = {ModelBusy: "busy", ModelTimedOut: "timed_out", ModelUnavailable: "unavailable"}
    return next((code for kind, code in codes.items() if isinstance(error, kind)), "")


async def with_retries(
    throttle: Throttle, call: Callable[[], Awaitable[TimedAnswer]], max_wait_s: float
) -> Answer:
    """Call until an answer comes: a busy server until `max_wait_s` is over, other retryable errors
    a few times.

    The slot is kept during the pauses, so that a server that refuses gets fewer requests.

    Raises:
        ModelError: the last error, or the first that is not retryable.
    """
    async with throttle.slot():
        started, pause_s, attempt = time.monotonic(), FIRST_PAUSE_S, 1
        while True:
            generation = throttle.limit.generation
            try:
                timed = await call()
            except ModelError as error:
                throttle.errors[error_code(error)] += 1
                if not error.retryable or isinstance(error, ModelChanged):
                    raise
                throttle.overloaded(generation)
                is_last = attempt >= ATTEMPTS and not isinstance(error, ModelBusy)
                if is_last or time.monotonic() - started + pause_s > max_wait_s:
                    raise
            else:
                throttle.answered(timed.wait_ms, generation)
                return timed.answer
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.5))
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
            attempt += 1
