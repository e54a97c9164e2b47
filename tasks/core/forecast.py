"""What work on documents will cost, from what runs have cost: a total and the interval it lies in. Pure.

The measured runs come as sums, which PostgreSQL makes in one pass: a forecast over a million runs needs no more memory than
one over twenty. What a run costs is taken to grow with its pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

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
