"""A backfill's states, cost forecast and budget, its progress, and the time that is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from math import sqrt
from typing import Any

from tasks.core.errors import ConfigurationError
from tasks.core.text.display import counted

MIN_RUNS = 20  # with fewer runs their variance is not known well enough for a forecast
_Z_95 = 1.96  # two-sided 95 % of the normal distribution
MAX_BATCHES_OF_A_DOCUMENT = 3  # then a document is given up: it may be what kills the batches


@dataclass(frozen=True, slots=True)
class Measured:
    """Sums over measured runs, of one quantity (calls, tokens, seconds, money) and of pages."""

    n_runs: int
    n_pages: float
    amount: float
    pages_squared: float
    pages_by_amount: float
    amount_squared: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """An expected total and its 95 % interval, in the unit of the measured quantity."""

    expected: float
    low: float
    high: float


def forecast(measured: Measured, n_documents: int, n_pages: float) -> Forecast | None:
    """The total for `n_documents` with `n_pages` together; None if too few runs were measured.

    The interval has the uncertainty of the rate per page and the variance between documents. It is
    too narrow if the documents differ from those measured, or if a model has become slower since.

    Source: the ratio estimator and its variance, W. G. Cochran, Sampling Techniques (3rd ed.),
    chapter 6.
    """
    if measured.n_runs < MIN_RUNS or measured.n_pages <= 0:
        return None
    rate = measured.amount / measured.n_pages
    scatter = _scatter(measured, rate)
    rate_variance = scatter * measured.n_runs / measured.n_pages**2
    margin = _Z_95 * sqrt(n_pages**2 * rate_variance + n_documents * scatter)
    expected = rate * n_pages
    return Forecast(expected, max(0.0, expected - margin), expected + margin)


def _scatter(measured: Measured, rate: float) -> float:
    """Variance of a run around the amount expected from its pages."""
    squares = measured.amount_squared - 2 * rate * measured.pages_by_amount + rate**2 * measured.pages_squared
    return max(0.0, squares / (measured.n_runs - 1))  # rounding may make it slightly negative


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
    """The parts of a run with a version, by which a backfill selects older runs."""

    SCHEMA = "schema"
    GENERATOR = "generator"
    CRITIC = "critic"
    READER = "reader"


class Quantity(StrEnum):
    """What is measured of runs and forecast for a backfill."""

    CALLS = "calls"
    SECONDS = "seconds"  # the sum over all calls: with parallel calls, more than the elapsed time
    TOKENS_IN = "tokens_in"
    TOKENS_OUT = "tokens_out"
    MONEY = "money"  # at the prices when the runs were done
    CLOCK_S = "clock_s"  # elapsed time, with as many parallel calls as when it was measured


@dataclass(frozen=True, slots=True)
class Expected:
    """The documents that a plan selects, and their expected cost."""

    n_documents: int
    n_current: int  # already done with the current versions: skipped, unless forced
    n_new: int  # never done with this schema
    n_pages: float  # of the documents to do; estimated for those that were not read yet
    n_guessed: int  # documents to do whose number of pages is not known
    n_measured: int  # runs that the forecast is made from
    quantities: Mapping[Quantity, Forecast] = field(default_factory=dict[Quantity, Forecast])
    currency: str | None = None

    def as_json(self) -> dict[str, Any]:
        forecasts = {quantity.value: asdict(f) for quantity, f in self.quantities.items()}
        names = [each.name for each in fields(self) if each.name != "quantities"]
        return {name: getattr(self, name) for name in names} | {"quantities": forecasts}


def expected_from_json(body: Mapping[str, Any]) -> Expected:
    """The reverse of `Expected.as_json`."""
    counts = {name: value for name, value in body.items() if name != "quantities"}
    quantities = {Quantity(name): Forecast(**forecast) for name, forecast in body["quantities"].items()}
    return Expected(**counts, quantities=quantities)


@dataclass(frozen=True, slots=True)
class CostBudget:
    """The highest expected cost at which a plan starts without confirmation; None: any cost."""

    max_documents: int | None = None
    max_tokens: int | None = None
    max_money: float | None = None
    max_hours: float | None = None


def over_budget(expected: Expected, budget: CostBudget) -> tuple[str, ...]:
    """What may exceed the budget, by the upper ends of the intervals; empty if nothing does.

    A limit for a quantity without a forecast counts as exceeded.
    """
    excesses: list[str] = []
    n_due = expected.n_documents - expected.n_current
    if budget.max_documents is not None and n_due > budget.max_documents:
        excesses.append(f"{counted(n_due, 'document')}, the budget is {budget.max_documents:,}")
    parts = (Quantity.TOKENS_IN, Quantity.TOKENS_OUT)
    excesses += _excess(expected, parts, 1, budget.max_tokens, "tokens")
    excesses += _excess(expected, (Quantity.MONEY,), 1, budget.max_money, expected.currency or "money")
    excesses += _excess(expected, (Quantity.CLOCK_S,), 3600, budget.max_hours, "hours")
    return tuple(excesses)


def _excess(
    expected: Expected, parts: Sequence[Quantity], unit: float, limit: float | None, noun: str
) -> list[str]:
    if limit is None or expected.n_documents == expected.n_current:
        return []
    if not all(part in expected.quantities for part in parts):
        return [f"{noun} unknown (too few runs were measured), the budget is {limit:,.6g}"]
    high = sum(expected.quantities[part].high for part in parts) / unit
    return [f"up to {high:,.6g} {noun}, the budget is {limit:,.6g}"] if high > limit else []


def parse_older(older: Sequence[str]) -> dict[Versioned, str | None]:
    """Parse `schema` or `generator=VERSION`; without a version, None for the current one.

    Raises:
        ConfigurationError: an entry has another form.
    """
    versions: dict[Versioned, str | None] = {}
    for entry in older:
        name, _, version = entry.partition("=")
        if name not in set(Versioned) or (name == Versioned.READER and version):
            choices = "schema, generator, critic, reader, or schema=DIGEST, generator=VERSION, critic=VERSION"
            raise ConfigurationError(f"runs older than `{entry}` cannot be selected: use one of {choices}")
        versions[Versioned(name)] = version or None
    return versions


@dataclass(frozen=True, slots=True)
class BatchTally:
    """Documents of a backfill in one state."""

    n_documents: int = 0
    n_counted: int = 0  # documents whose number of pages is known
    n_pages: int = 0  # of those documents
    first_ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BackfillProgress:
    """The documents of a backfill by state."""

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
        """The share of documents that are finished, from 0 to 1."""
        return self.n_ended / self.n_documents if self.n_documents else 1.0

    @property
    def pages_open(self) -> float:
        return self._pages(OPEN)

    @property
    def pages_ended(self) -> float:
        return self._pages(frozenset(DocumentState) - OPEN)

    @property
    def mean_pages(self) -> float:
        """Of the documents whose number of pages is known; 0: of none."""
        n_counted = sum(t.n_counted for t in self.tallies.values())
        return sum(t.n_pages for t in self.tallies.values()) / n_counted if n_counted else 0.0

    def _pages(self, states: frozenset[DocumentState]) -> float:
        # A document without a known number of pages counts as an average one, or as one page.
        mean = self.mean_pages or 1.0
        tallies = [tally for state, tally in self.tallies.items() if state in states]
        return sum(t.n_pages + mean * (t.n_documents - t.n_counted) for t in tallies)

    def in_words(self) -> str:
        """One line for a person."""
        states = [state for state in DocumentState if self.n(state) and state not in OPEN]
        counts = [f"{self.n(state):,} {state.value}" for state in states]
        left = f"{self.n_open:,} left" if self.n_open else "none left"
        return f"{self.n_ended:,} of {counted(self.n_documents, 'document')}: {', '.join([*counts, left])}"


class Pace:
    """The speed of a backfill and the time that is left, from its first and last progress.

    The start of the first batch is included, since every batch has one.
    """

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None
        self._last: tuple[float, float] | None = None

    def add(self, progress: BackfillProgress, now_s: float) -> None:
        """Args: now_s: The time of a monotonic clock."""
        self._last = (progress.pages_ended, now_s)
        if self._first is None:
            self._first = self._last

    @property
    def pages_per_s(self) -> float | None:
        """None: it is too early to say."""
        if self._first is None or self._last is None or self._last[1] <= self._first[1]:
            return None
        rate = (self._last[0] - self._first[0]) / (self._last[1] - self._first[1])
        return rate or None

    def seconds_left(self, progress: BackfillProgress) -> float | None:
        rate = self.pages_per_s
        return None if rate is None else progress.pages_open / rate
