"""Budgets in seconds and tokens for a document and a batch.

When a budget is used up, no model is called for a chunk, and its answer has the budget as its error
code. The code is in the trail, so that a resumed or replayed run decides the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock


class CutOff(StrEnum):
    """The budget that is used up. SQL recognises these codes by `budget_`."""

    DOCUMENT_S = "budget_document_seconds"
    DOCUMENT_TOKENS = "budget_document_tokens"
    BATCH_S = "budget_batch_seconds"
    BATCH_TOKENS = "budget_batch_tokens"

    @property
    def reason(self) -> str:
        """For a person; stored, and compared by replays."""
        _, whose, what = self.value.split("_")
        return f"the {what} of the {whose} were used up"


def cut_off(error: str | None) -> CutOff | None:
    """The budget that an error code names; None for other errors and for none."""
    return _BY_CODE.get(error or "")


_BY_CODE = {code.value: code for code in CutOff}


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """The limits of one budget; None means no limit."""

    max_s: float | None = None
    max_tokens: int | None = None


class Budget:
    """The budget of a document or batch, from its construction on; threads may share it."""

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
        """The limit that is reached, or None. Calls in flight may exceed it."""
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
    """The budgets of a document: its own, and that of its batch."""

    document: Budget
    batch: Budget | None = None

    def spend(self, n_tokens: int) -> None:
        self.document.spend(n_tokens)
        if self.batch is not None:
            self.batch.spend(n_tokens)

    def ended(self, round_number: int) -> CutOff | None:
        """The budget that ends this round, or None. That of a batch never ends round 1."""
        if (ended := self.document.ended()) is not None:
            return ended
        return self.batch.ended() if self.batch is not None and round_number > 1 else None
