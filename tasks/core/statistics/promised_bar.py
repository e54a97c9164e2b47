"""The bar that keeps a schema's promise, moved by what a person decided about its values.

The critic's bars were fitted on other schemas: they are the prior, worth `PRIOR_VALUES` decided
values, and what a person decided about this schema's values counts beside it (the mean of a Beta
distribution). A person decides what is unsettled sooner than what is verified, so the share of
right values is estimated on either side of the present bar by itself, and each side counts with all
its values, decided or not.

The bar is raised when the estimate does not keep the promise, and lowered only where the estimate
less one standard deviation keeps it: of many bars, the one that looks best does so partly by luck.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

MIN_DECIDED = 20
"""With fewer decided values the prior is the better guide."""
PRIOR_VALUES = 20.0
"""How many decided values the critic's own bars are worth, spread over all values of the schema.
Measured on the schemas of the training, each out of sight: docs/decisions/0016-the-promise.md."""
MIN_ABOVE = 10
"""A bar is raised only to where at least so many decided values reach it, and else to `NO_VALUE`."""
DEVIATIONS = 1.0
"""By how many standard deviations the estimate must be above the promise to lower a bar."""
NO_VALUE = 1.0
"""The bar that sends every value to a person."""
_STEPS = 10_000
"""A bar has four digits, as the critic's probabilities have."""
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class ScoredValue:
    """A value that is verified if, and only if, its probability reaches the bar."""

    score: float
    is_right: bool | None
    """What a person decided; None: nothing yet."""


@dataclass(frozen=True, slots=True)
class BarFigures:
    """What a bar does to the values."""

    bar: float
    n_verified: int
    n_decided: int
    """Of the verified ones."""
    n_right: int
    share: float
    """Estimated share of right values among the verified ones."""
    deviation: float
    """Standard deviation of the estimate."""


@dataclass(frozen=True, slots=True)
class MovedBar:
    before: BarFigures
    after: BarFigures


class FittedBars:
    """Bars that were fitted on other schemas: the share of right values at and above each."""

    def __init__(self, bars: Sequence[tuple[float, float]]) -> None:
        """
        Args:
            bars: Pairs of a promise and the least probability that keeps it.
        """
        highest = {bar: max(p for p, other in bars if other == bar) for _, bar in bars}
        self._points = [(0.0, 0.0), *sorted(highest.items())]

    def share(self, bar: float) -> float:
        """The share of right values at and above a bar, in straight lines between the fitted ones."""
        after = bisect_right([b for b, _ in self._points], bar)
        (low, share_low), *above = self._points[after - 1 : after + 1]
        if not above:
            return share_low
        ((high, share_high),) = above
        return share_low + (share_high - share_low) * (bar - low) / (high - low)


def moved_bar(values: Sequence[ScoredValue], fitted: FittedBars, promise: float, bar: float) -> MovedBar:
    """The least bar that keeps the promise.

    Args:
        values: All values of the schema whose probability decides, at least `MIN_DECIDED` of them
            decided by a person.
        bar: The present one.
    """
    estimate = _Estimate(values, fitted, bar)
    before = estimate.figures(bar)
    # A bar that ends at a wrong value, or at one that nobody decided, would let it in for nothing.
    steps = sorted({math.floor(v.score * _STEPS) / _STEPS for v in values if v.is_right})
    if before.share >= promise - _TINY:
        lower = (estimate.figures(step) for step in steps if 0 < step < bar)
        kept = (f for f in lower if f.share - DEVIATIONS * f.deviation >= promise - _TINY)
        return MovedBar(before, next(kept, before))
    higher = (estimate.figures(step) for step in steps if step > bar)
    kept = (f for f in higher if f.share >= promise - _TINY and f.n_decided >= MIN_ABOVE)
    return MovedBar(before, next(kept, None) or estimate.figures(NO_VALUE))


class _Estimate:
    """The share of right values at and above any bar."""

    def __init__(self, values: Sequence[ScoredValue], fitted: FittedBars, present: float) -> None:
        self._values, self._fitted, self._present = values, fitted, present
        self._prior_weight = PRIOR_VALUES / max(1, len(values))

    def figures(self, bar: float) -> BarFigures:
        verified = [v for v in self._values if v.score >= bar]
        decided = [v for v in verified if v.is_right is not None]
        mean, variance = self._share(bar, verified)
        n_right = sum(v.is_right is True for v in decided)
        return BarFigures(bar, len(verified), len(decided), n_right, mean, math.sqrt(variance))

    def _share(self, bar: float, verified: Sequence[ScoredValue]) -> tuple[float, float]:
        """Mean and variance."""
        fitted = self._fitted.share(bar)
        above = [v for v in verified if v.score >= self._present]
        between = [v for v in verified if v.score < self._present]
        if not above or not between:
            return self._smoothed(verified, fitted)
        at_present = self._fitted.share(self._present)
        # The share between the two bars that makes the prior of all of them the fitted one.
        rest = (len(verified) * fitted - len(above) * at_present) / len(between)
        sides = [
            (len(side) / len(verified), *self._smoothed(side, prior))
            for side, prior in ((above, at_present), (between, min(1.0, max(0.0, rest))))
        ]
        return sum(part * mean for part, mean, _ in sides), sum(part**2 * var for part, _, var in sides)

    def _smoothed(self, values: Sequence[ScoredValue], prior: float) -> tuple[float, float]:
        """Mean and variance of the Beta distribution of prior and decided values."""
        decided = [v.is_right for v in values if v.is_right is not None]
        weight = self._prior_weight * len(values)
        n = len(decided) + weight
        mean = (sum(decided) + weight * prior) / n if n else prior
        return mean, mean * (1 - mean) / (n + 1)
