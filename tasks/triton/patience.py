"""Retries of one call under a throttle: which errors, how often, for how long."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tasks.core.errors import ModelBusy, ModelChanged, ModelError
from tasks.triton.answer import Answer
from tasks.triton.throttle import Throttle

ATTEMPTS = 4
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class Timed:
    answer: Answer
    wait_ms: float
    """Until its first part: what the throttle hears of the queue."""


async def patiently(throttle: Throttle, once: Callable[[], Awaitable[Timed]], patience_s: float) -> Answer:
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
