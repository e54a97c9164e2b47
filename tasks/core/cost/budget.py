"""Budgets in seconds and tokens, of one document and of one batch, and the error codes of the work that they cut off.

When a budget has ended, a chunk is not asked, and its answer has that budget as its error code. So the trail itself says what was cut
off, and a resumed or replayed run decides the same. Rounds are limited by `tasks.core.loop.revision`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock


class CutOff(StrEnum):
    """Which budget ended. All codes begin with `budget_`, which is how SQL tells them from errors of models."""

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
class BudgetLimits:
    """None: no limit."""

    max_s: float | None = None
    max_tokens: int | None = None


class Budget:
    """What one document or batch may still use; its seconds run from its construction. Threads may share it."""

    def __init__(
        self,
        limits: BudgetLimits,
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
        """Which limit is reached; None while some is left. Calls under way are waited for, so a limit may be exceeded by them."""
        max_s, max_tokens = self._limits.max_s, self._limits.max_tokens
        if max_tokens is not None and self._n_tokens >= max_tokens:
            return self._tokens_end
        if max_s is not None and self._now() - self._started >= max_s:
            return self._seconds_end
        return None


def batch_budget(limits: BudgetLimits) -> Budget:
    """The budget that the documents of one batch share."""
    return Budget(limits, CutOff.BATCH_S, CutOff.BATCH_TOKENS)


@dataclass(frozen=True, slots=True)
class Budgets:
    """The budgets that the rounds of one document spend: its own, and the batch's."""

    document: Budget
    batch: Budget | None = None

    def spend(self, n_tokens: int) -> None:
        self.document.spend(n_tokens)
        if self.batch is not None:
            self.batch.spend(n_tokens)

    def ended(self, round_number: int) -> CutOff | None:
        """Which budget keeps a chunk of this round from being asked; a batch's never does in round 1."""
        if (ended := self.document.ended()) is not None:
            return ended
        return self.batch.ended() if self.batch is not None and round_number > 1 else None
