"""How many requests a server gets at once, and how often one call is tried again."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tasks.core.errors import ModelBusy, ModelChanged, ModelError
from tasks.triton.response import Answer

MIN_QUEUE_MS = 500.0
"""Waits below this are no queue worth backing off from, whatever they were before."""
QUEUE_GROWTH = 3.0
"""A window whose *fastest* answer waited this many times the base queued as a whole. The fastest, because answers of a
language model differ tenfold by their length alone, and their mean says nothing about a queue."""
MEMORY_WINDOWS = 20
"""A base that old is forgotten: the server may have changed for good."""


@dataclass(slots=True)
class ConcurrencyLimit:
    """The limit as a pure state: told of answers and overloads, it says how many may be under way.

    A window is as many answers as the limit allows at once: about one round trip.
    """

    most: int
    limit: int = field(init=False)
    _n_answers: int = 0
    _fastest_ms: float = float("inf")
    _bases_ms: deque[float] = field(default_factory=lambda: deque(maxlen=MEMORY_WINDOWS))
    _generation: int = 0
    """Counts the cuts: overloads of requests that began before the last one are no news."""

    def __post_init__(self) -> None:
        if self.most < 1:
            raise ValueError("at least one request must be allowed")
        self.limit = self.most

    @property
    def generation(self) -> int:
        """To be kept by a request from its beginning and given back with its outcome."""
        return self._generation

    def answered(self, wait_ms: float, generation: int) -> None:
        """A request went well.

        Args:
            wait_ms: Until its first part came, or the whole where it comes at once.
        """
        if generation != self._generation:
            return  # it waited in the queue that was cut already
        self._n_answers += 1
        self._fastest_ms = min(self._fastest_ms, wait_ms)
        if self._n_answers >= self.limit:
            self._close_window()

    def overloaded(self, generation: int) -> None:
        """The server refused, was away or let a request time out."""
        if generation == self._generation:
            self._cut()

    def _close_window(self) -> None:
        fastest_ms = self._fastest_ms
        base_ms = min(self._bases_ms, default=fastest_ms)
        self._bases_ms.append(fastest_ms)
        if fastest_ms > MIN_QUEUE_MS and fastest_ms > QUEUE_GROWTH * base_ms:
            self._cut()
        else:
            self.limit = min(self.most, self.limit + 1)
            self._begin_window()

    def _cut(self) -> None:
        self._generation += 1
        self.limit = max(1, self.limit // 2)
        self._begin_window()

    def _begin_window(self) -> None:
        self._n_answers = 0
        self._fastest_ms = float("inf")


class Throttle:
    """Lets requests in, first come first served, as the limit allows. Belongs to one event loop."""

    def __init__(self, most: int) -> None:
        self.aimd = ConcurrencyLimit(most)
        self._n_under_way = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        await self._enter()
        try:
            yield
        finally:
            self._leave()

    def answered(self, wait_ms: float, generation: int) -> None:
        self.aimd.answered(wait_ms, generation)
        self._admit()

    def overloaded(self, generation: int) -> None:
        self.aimd.overloaded(generation)

    async def _enter(self) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()  # cancelled in the moment it was let in: the slot goes to the next
            else:
                with contextlib.suppress(ValueError):
                    self._waiting.remove(turn)
            raise

    def _leave(self) -> None:
        self._n_under_way -= 1
        self._admit()

    def _admit(self) -> None:
        """A slot is taken by who gives it, not by who wakes: nobody can slip in between."""
        while self._waiting and self._n_under_way < self.aimd.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self._n_under_way += 1
                turn.set_result(None)


ATTEMPTS = 4
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class TimedAnswer:
    answer: Answer
    wait_ms: float
    """Until its first part: what the throttle hears of the queue."""


async def with_retries(
    throttle: Throttle, once: Callable[[], Awaitable[TimedAnswer]], patience_s: float
) -> Answer:
    """A full queue is waited for as long as the patience lasts, whatever else may pass, a few times.

    The slot is kept while it pauses: a server that refuses is asked less for that alone.

    Raises:
        ModelError: the last one, or the first that no retry can help.
    """
    async with throttle.slot():
        started, pause_s, attempt = time.monotonic(), FIRST_PAUSE_S, 1
        while True:
            generation = throttle.aimd.generation
            try:
                timed = await once()
            except ModelError as error:
                if not error.retryable or isinstance(error, ModelChanged):
                    raise
                throttle.overloaded(generation)
                is_last = attempt >= ATTEMPTS and not isinstance(error, ModelBusy)
                if is_last or time.monotonic() - started + pause_s > patience_s:
                    raise
            else:
                throttle.answered(timed.wait_ms, generation)
                return timed.answer
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.5))
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
            attempt += 1
