"""Budgets in seconds and tokens, of one document and of one batch, and what is said of the work that they cut off.

A chunk that is not asked because a budget ended has that as the error of its answer. So the trail itself says what was cut off,
and a resumed or replayed run cannot decide differently. Rounds are limited by `tasks.core.revision`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock


class CutOff(StrEnum):
    """Which budget ended. All begin with `budget_`: SQL tells them from errors of models by it."""

    DOCUMENT_S = "budget_document_seconds"
    DOCUMENT_TOKENS = "budget_document_tokens"
    BATCH_S = "budget_batch_seconds"
    BATCH_TOKENS = "budget_batch_tokens"

    @property
    def reason(self) -> str:
        """For a person."""
        _, whose, what = self.value.split("_")
        return f"the {what} of the {whose} were used up"


def cut_off(error: str | None) -> CutOff | None:
    """The budget that an error code names; None: it is another error, or none."""
    return _BY_CODE.get(error or "")


_BY_CODE = {code.value: code for code in CutOff}


@dataclass(frozen=True, slots=True)
class Limits:
    """None: no limit."""

    max_s: float | None = None
    max_tokens: int | None = None


class Budget:
    """What is left of the limits of one document or batch; its time runs from the moment it is made. Threads may share it."""

    def __init__(
        self,
        limits: Limits,
        seconds_end: CutOff = CutOff.DOCUMENT_S,
        tokens_end: CutOff = CutOff.DOCUMENT_TOKENS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits, self._seconds_end, self._tokens_end, self._now = limits, seconds_end, tokens_end, now
        self._started = now()
        self._n_tokens = 0
        self._lock = Lock()

    def spend(self, n_tokens: int) -> None:
        with self._lock:
            self._n_tokens += n_tokens

    def ended(self) -> CutOff | None:
        """Which limit is reached, None while there is something left. What is under way may go a little beyond."""
        max_s, max_tokens = self._limits.max_s, self._limits.max_tokens
        if max_tokens is not None and self._n_tokens >= max_tokens:
            return self._tokens_end
        if max_s is not None and self._now() - self._started >= max_s:
            return self._seconds_end
        return None


def batch_budget(limits: Limits) -> Budget:
    """The budget that the documents of one batch share."""
    return Budget(limits, CutOff.BATCH_S, CutOff.BATCH_TOKENS)
