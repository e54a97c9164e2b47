"""A backfill in the core's words: what it can be asked for, how far it has come, and when it will be through. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import sqrt
from typing import Any

from tasks.core.errors import ConfigurationError
from tasks.core.text.display import counted

MIN_RUNS = 20
"""Fewer runs say too little about how much runs differ: there is no interval then, and so no forecast."""
_Z_95 = 1.96
"""Two-sided 95 % of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Sums over measured runs of one quantity (calls, tokens, seconds, money), and of their pages."""

    n_runs: int
    n_pages: float
    amount: float
    pages_squared: float
    pages_by_amount: float
    amount_squared: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """An expected total and the 95 % interval around it, in the unit of what was measured."""

    expected: float
    low: float
    high: float


def forecast(measured: Measured, n_documents: int, n_pages: float) -> Forecast | None:
    """Forecast the total for `n_documents` that have `n_pages` together; None where too few runs were measured.

    The interval holds both doubts: that of the rate a page, which more documents do not lessen, and that of the documents
    themselves, which they do. The documents are taken to be like those measured: where a few long ones are due among short
    ones, the interval is too narrow. It says nothing of a model that has become slower since the runs were measured.

    Source: the ratio estimator and its variance, W. G. Cochran, Sampling Techniques (3rd ed.), chapter 6.
    """
    if measured.n_runs < MIN_RUNS or measured.n_pages <= 0:
        return None
    rate = measured.amount / measured.n_pages
    scatter = _scatter(measured, rate)
    rate_variance = scatter * measured.n_runs / measured.n_pages**2
    doubt = _Z_95 * sqrt(n_pages**2 * rate_variance + n_documents * scatter)
    expected = rate * n_pages
    return Forecast(expected, max(0.0, expected - doubt), expected + doubt)


def _scatter(measured: Measured, rate: float) -> float:
    """Variance of a run around what its pages let expect; rounding may bring it a hair below zero."""
    squares = measured.amount_squared - 2 * rate * measured.pages_by_amount + rate**2 * measured.pages_squared
    return max(0.0, squares / (measured.n_runs - 1))


MAX_BATCHES_OF_A_DOCUMENT = 3
"""In how many batches a document may be before it is given up: it may be what kills them."""


class BackfillState(StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class DocumentState(StrEnum):
    WAITING = "waiting"
    SUBMITTED = "submitted"
    DONE = "done"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    FAILED = "failed"


OPEN = frozenset({DocumentState.WAITING, DocumentState.SUBMITTED})


class Versioned(StrEnum):
    """What a run has a version of, that an older one can be asked for by."""

    SCHEMA = "schema"
    GENERATOR = "generator"
    CRITIC = "critic"
    READER = "reader"


class Quantity(StrEnum):
    """What is measured of runs, and forecast of those to come."""

    CALLS = "calls"
    SECONDS = "seconds"
    """Time spent waiting for answers, added up: with calls in flight side by side, more than the clock shows."""
    TOKENS_IN = "tokens_in"
    TOKENS_OUT = "tokens_out"
    MONEY = "money"
    """At the prices of the time when the runs were done."""
    CLOCK_S = "clock_s"
    """Time on the clock, with as much under way side by side as there was when it was measured."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a plan says of itself: what was chosen, and what it will cost."""

    n_documents: int
    n_current: int
    """Done with today's versions already: nothing is asked about them, unless forced."""
    n_new: int
    """Never done for this schema."""
    n_pages: float
    """Of what is to be done, those of unread documents guessed."""
    n_guessed: int
    """Documents to be done whose pages nobody has counted yet."""
    n_measured: int
    """Runs that the forecast rests on."""
    quantities: Mapping[Quantity, Forecast] = field(default_factory=dict[Quantity, Forecast])
    """Empty: too few runs were measured."""
    currency: str | None = None

    def as_json(self) -> dict[str, Any]:
        counts = {
            name: getattr(self, name)
            for name in (
                "n_documents",
                "n_current",
                "n_new",
                "n_pages",
                "n_guessed",
                "n_measured",
                "currency",
            )
        }
        forecasts = {
            of.value: {"expected": f.expected, "low": f.low, "high": f.high}
            for of, f in self.quantities.items()
        }
        return counts | {"quantities": forecasts}


def expected_from_json(said: Mapping[str, Any]) -> Expected:
    """What `Expected.as_json` said."""
    counts = {name: value for name, value in said.items() if name != "quantities"}
    quantities = {Quantity(of): Forecast(**forecast) for of, forecast in said["quantities"].items()}
    return Expected(**counts, quantities=quantities)


@dataclass(frozen=True, slots=True)
class CostBudget:
    """What a plan may cost without anybody being asked; None: whatever it costs."""

    max_documents: int | None = None
    max_tokens: int | None = None
    max_money: float | None = None
    max_hours: float | None = None


def over_budget(expected: Expected, budget: CostBudget) -> tuple[str, ...]:
    """What may go beyond the budget, by the upper ends of the intervals; empty: nothing.

    A budget for what cannot be forecast counts as passed: nobody can say that it will do.
    """
    passed: list[str] = []
    n_due = expected.n_documents - expected.n_current
    if budget.max_documents is not None and n_due > budget.max_documents:
        passed.append(f"{counted(n_due, 'document')}, the budget is {budget.max_documents:,}")
    parts = (Quantity.TOKENS_IN, Quantity.TOKENS_OUT)
    passed += _passes(expected, parts, 1, budget.max_tokens, "tokens")
    passed += _passes(expected, (Quantity.MONEY,), 1, budget.max_money, expected.currency or "money")
    passed += _passes(expected, (Quantity.CLOCK_S,), 3600, budget.max_hours, "hours")
    return tuple(passed)


def _passes(
    expected: Expected, parts: Sequence[Quantity], unit: float, limit: float | None, of: str
) -> list[str]:
    if limit is None or expected.n_documents == expected.n_current:
        return []
    if not all(part in expected.quantities for part in parts):
        return [f"{of} unknown (too few runs were measured), the budget is {limit:,.6g}"]
    high = sum(expected.quantities[part].high for part in parts) / unit
    return [f"up to {high:,.6g} {of}, the budget is {limit:,.6g}"] if high > limit else []


def parse_older(older: Sequence[str]) -> dict[Versioned, str | None]:
    """`schema` or `generator=VERSION`, taken apart: what, and before which version; None: before today's.

    Raises:
        ConfigurationError: it is none of these.
    """
    wanted: dict[Versioned, str | None] = {}
    for said in older:
        name, _, version = said.partition("=")
        if name not in set(Versioned) or (name == Versioned.READER and version):
            choices = "schema, generator, critic, reader, or schema=DIGEST, generator=VERSION, critic=VERSION"
            raise ConfigurationError(f"a run cannot be older than `{said}`: one of {choices}")
        wanted[Versioned(name)] = version or None
    return wanted


@dataclass(frozen=True, slots=True)
class BatchTally:
    """Documents in one state."""

    n_documents: int = 0
    n_counted: int = 0
    """Those whose pages are known."""
    n_pages: int = 0
    """Of those."""
    first_ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BackfillProgress:
    """How far a backfill has come."""

    tallies: Mapping[DocumentState, BatchTally]

    def n(self, *states: DocumentState) -> int:
        """Documents in these states."""
        return sum(self.tallies[state].n_documents for state in states if state in self.tallies)

    @property
    def n_documents(self) -> int:
        return self.n(*DocumentState)

    @property
    def n_open(self) -> int:
        return self.n(*OPEN)

    @property
    def n_ended(self) -> int:
        return self.n_documents - self.n_open

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.n_ended / self.n_documents if self.n_documents else 1.0

    @property
    def pages_open(self) -> float:
        return self._pages(OPEN)

    @property
    def pages_ended(self) -> float:
        return self._pages(frozenset(DocumentState) - OPEN)

    def _pages(self, states: frozenset[DocumentState]) -> float:
        """An uncounted document is taken to have as many pages as the others have on average; one, where none was counted."""
        counted = sum(t.n_counted for t in self.tallies.values())
        mean = sum(t.n_pages for t in self.tallies.values()) / counted if counted else 1.0
        tallies = [tally for state, tally in self.tallies.items() if state in states]
        return sum(t.n_pages + mean * (t.n_documents - t.n_counted) for t in tallies)

    def in_words(self) -> str:
        """One line a person reads first."""
        rest = [
            f"{self.n(state):,} {state.value}"
            for state in DocumentState
            if self.n(state) and state not in OPEN
        ]
        waiting = f"{self.n_open:,} left" if self.n_open else "none left"
        return f"{self.n_ended:,} of {counted(self.n_documents, 'document')}: {', '.join([*rest, waiting])}"


class Pace:
    """How fast it goes, from two looks at the standing, and so how long it will take.

    Measured from the first look on, the start of the first batch included: every batch has such a start, and a pace that leaves the
    first one out promises too much.
    """

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None
        self._last: tuple[float, float] | None = None

    def add(self, standing: BackfillProgress, now_s: float) -> None:
        """Args: now_s: Any clock that only goes on."""
        self._last = (standing.pages_ended, now_s)
        if self._first is None:
            self._first = self._last

    @property
    def pages_per_s(self) -> float | None:
        """None: too early to say."""
        if self._first is None or self._last is None or self._last[1] <= self._first[1]:
            return None
        rate = (self._last[0] - self._first[0]) / (self._last[1] - self._first[1])
        return rate or None

    def seconds_left(self, standing: BackfillProgress) -> float | None:
        rate = self.pages_per_s
        return None if rate is None else standing.pages_open / rate
