"""Outages: a part that does not answer is waited for, by one document for all of a batch.

A document whose step fails because PostgreSQL, S3 or Triton is down waits, and is then taken again from
its last stored round. No document begins meanwhile. After `COUNTERSIGN_OUTAGE_S` the batch gives the part
up: documents in work fail, and those that were not begun are postponed. A model whose process died is
reloaded by the probe (`tasks.verify.parts`); a document that was in work at two of its deaths is taken
alone, and fails alone if that kills it again.

Requires:
    Probes that raise an error of ours while their part is down, and end by themselves.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition
from typing import TypeVar

from tasks.core.errors import CountersignError

logger = logging.getLogger("countersign.outages")

MAX_TAKES = 4
"""How often one document is taken: a part that answers every probe and fails every document is not down."""
MAX_CAUSES = 3
"""Documents that killed a model one after the other; then it is the model, and its deaths count again."""
MAX_DEATHS = 2
"""Of a server's process with the same document in work; then the document is taken alone."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 5.0
_SAY_EVERY_S = 30.0

CAUSE = (
    "This document was in work at each of three deaths of the process, the last time alone: it is left out "
    "of this batch, and the others go on. Look at the model server's log for what it cannot take."
)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class NeededPart:
    """A server that every document of a batch needs."""

    name: str
    """As a person reads it, with the address and without a secret."""
    probe: Callable[[], object]
    """Returns if the part can be used; raises CountersignError if not."""
    errors: tuple[type[CountersignError], ...]
    """What a step raises when the part is down."""
    deaths: tuple[type[CountersignError], ...] = ()
    """Those of `errors` that a document itself may have caused."""
    forgive: Callable[[], object] = bool
    """Called when a document is known to have caused a death, so that it does not count against the part."""


class Outages:
    """The outages of a batch's parts. Threads share it.

    A context manager: its end wakes up all that wait, so that a cancelled batch ends at once.

    Args:
        tell: Gets what is waited for, in words; empty: for nothing any more.
    """

    def __init__(
        self, parts: Sequence[NeededPart], max_wait_s: float, tell: Callable[[str], object] = bool
    ) -> None:
        self._breakers = [Breaker(part, max_wait_s, tell) for part in parts]
        self._work = _Work()
        self._n_causes = 0  # documents that killed a model, since one was done

    def __enter__(self) -> Outages:
        return self

    def __exit__(self, *_: object) -> None:
        for breaker in self._breakers:
            breaker.stop()

    def stop_reason(self) -> str | None:
        """Why no further document begins; None: go on. Waits for the end of an outage."""
        reasons = (breaker.reason_after_wait() for breaker in self._breakers)
        return next((f"not begun: {reason}" for reason in reasons if reason), None)

    def taken_again(self, take: Callable[[], Result]) -> Result:
        """The result of `take`, which is called again after each outage that ended in time.

        Raises:
            CountersignError: the last error; its message says so if the part was given up.
        """
        n_deaths = 0
        for n_takes in range(1, MAX_TAKES + 1):
            is_alone = n_deaths >= MAX_DEATHS
            try:
                with self._work.of_one(is_alone):
                    result = take()
                self._n_causes = 0
                return result
            except CountersignError as error:
                breaker = self._breaker_of(error)
                if breaker is None:
                    raise
                is_death = isinstance(error, breaker.part.deaths)
                n_deaths += is_death
                is_cause = is_death and is_alone
                self._n_causes += is_cause
                # Deaths of which the cause is known, or will be soon, are not the model's.
                if is_death and n_deaths >= MAX_DEATHS and self._n_causes <= MAX_CAUSES:
                    breaker.part.forgive()
                if not breaker.wait(error):
                    if not breaker.reason:  # the batch ends
                        raise
                    raise type(error)(f"{error} Given up: {breaker.reason}.") from error
                if is_cause:
                    raise type(error)(f"{error} {CAUSE}") from error
                if n_takes == MAX_TAKES:
                    raise
        raise AssertionError("unreachable")

    def _breaker_of(self, error: CountersignError) -> Breaker | None:
        return next((b for b in self._breakers if isinstance(error, b.part.errors)), None)


class _Work:
    """How many documents are in work; one that is taken alone waits for the others' end, and they for its."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._n, self._is_alone = 0, False

    @contextmanager
    def of_one(self, is_alone: bool) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_alone)
            self._is_alone = is_alone
            self._changed.wait_for(lambda: not is_alone or not self._n)
            self._n += 1
        try:
            yield
        finally:
            with self._changed:
                self._n -= 1
                self._is_alone = self._is_alone and not is_alone
                self._changed.notify_all()


class Breaker:
    """Whether one part may be used: closed until an error, open while the first that met it probes.

    The others wait for its result. What was given up stays so for the rest of the batch.
    """

    def __init__(self, part: NeededPart, max_wait_s: float, tell: Callable[[str], object]) -> None:
        self.part, self.reason = part, ""
        self._max_wait_s, self._tell = max_wait_s, tell
        self._changed = Condition()
        self._is_open = self._is_stopped = False

    def wait(self, error: CountersignError) -> bool:
        """Wait until the part answers. False: it was given up, or the batch ends."""
        with self._changed:
            if self.reason or self._is_stopped:
                return False
            if self._is_open:
                self._changed.wait_for(lambda: not self._is_open)
                return not self.reason and not self._is_stopped
            self._is_open = True
        try:
            return self._probe(error)
        finally:
            with self._changed:
                self._is_open = False
                self._changed.notify_all()

    def reason_after_wait(self) -> str:
        """Why the part was given up; empty: it was not."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_open)
            return self.reason

    def stop(self) -> None:
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def _probe(self, error: CountersignError) -> bool:
        began, said, pause_s = time.monotonic(), 0.0, FIRST_PAUSE_S
        while True:
            try:
                self.part.probe()
            except CountersignError as failure:
                error = failure
            else:
                if said:
                    logger.warning("%s answers again after %.0f s", self.part.name, time.monotonic() - began)
                    self._tell("")
                return True
            waited_s = time.monotonic() - began
            if waited_s >= self._max_wait_s:
                self._give_up(error, waited_s)
                return False
            if not said or time.monotonic() - said >= _SAY_EVERY_S:
                said = time.monotonic()
                words = f"waiting for {self.part.name}, for {self._max_wait_s - waited_s:.0f} s more at most"
                logger.warning("%s: %s", words, error)
                self._tell(words)
            if self._is_stopped_after(min(pause_s, self._max_wait_s - waited_s)):
                return False
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    def _give_up(self, error: CountersignError, waited_s: float) -> None:
        self.reason = f"{self.part.name} did not come back within {waited_s:.0f} s (COUNTERSIGN_OUTAGE_S)"
        logger.error("%s; the batch begins no further document: %s", self.reason, error)
        self._tell(self.reason)

    def _is_stopped_after(self, pause_s: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._is_stopped, pause_s)
