"""RefusalRise: whether a share is higher tonight than in the periods before, beyond what chance does. For small counts, where a normal interval lies.

Pure. The chance is that of Fisher's exact test, one-sided: all documents of both sides thrown together, how often would tonight's draw hold
as many refused ones or more? It needs no least count to be honest: one refused of two is never a find_rise. Days are not draws
from one urn, though: refusals come in lots, a supplier's broken exporter fails everything of one day. So all counts are first divided by the dispersion
of the earlier days, which is one where they differ no more than chance makes them.

Source: R. A. Fisher, Statistical Methods for Research Workers, section 21.02 (the test); P. McCullagh and J. A. Nelder, Generalized Linear
Models, 2nd ed. 1989, section 4.5 (Pearson's chi-square over its degrees of freedom as dispersion).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, lgamma

MIN_DAYS = 3
"""With fewer earlier days nobody knows how much they differ."""

MAX_CHANCE = 0.001
"""One false alarm in three years of nights: the first that wakes somebody for nothing is the last that is read."""


@dataclass(frozen=True, slots=True)
class RefusalCount:
    """Documents of one day, and how many of them were refused."""

    n: int
    n_refused: int

    @property
    def share(self) -> float:
        return self.n_refused / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class RefusalRise:
    """More than chance."""

    tonight: RefusalCount
    before: RefusalCount
    """All earlier days together."""
    chance: float
    """Of as many or more, had nothing changed."""


def find_rise(tonight: RefusalCount, days: Sequence[RefusalCount]) -> RefusalRise | None:
    """Tonight beside the days before; None: no find_rise, or too little to say.

    Args:
        days: In any order; days without documents say nothing.
    """
    days = [day for day in days if day.n]
    before = RefusalCount(sum(day.n for day in days), sum(day.n_refused for day in days))
    if len(days) < MIN_DAYS or tonight.share <= before.share:
        return None
    found = RefusalRise(tonight, before, _chance(tonight, before, dispersion(days)))
    return found if found.chance < MAX_CHANCE else None


def dispersion(days: Sequence[RefusalCount]) -> float:
    """How much more the days differ than draws from one urn would; at least 1."""
    n, n_refused = sum(day.n for day in days), sum(day.n_refused for day in days)
    share = n_refused / n
    if share in (0.0, 1.0):
        return 1.0
    squares = sum((day.n_refused - day.n * share) ** 2 / (day.n * share * (1 - share)) for day in days)
    return max(1.0, squares / (len(days) - 1))


def _chance(tonight: RefusalCount, before: RefusalCount, by: float) -> float:
    """The hypergeometric tail, of counts divided by the dispersion and rounded towards no find_rise."""
    drawn, hit = int(tonight.n / by), int(tonight.n_refused / by)
    rest = int(before.n / by)
    rest_hit = min(rest, ceil(before.n_refused / by))
    n, n_hit = drawn + rest, hit + rest_hit
    fewest, most = max(hit, drawn - (n - n_hit)), min(drawn, n_hit)
    ways = _log_ways(n, drawn)
    each = (_log_ways(n_hit, k) + _log_ways(n - n_hit, drawn - k) for k in range(fewest, most + 1))
    return min(1.0, sum(exp(one - ways) for one in each))


def _log_ways(n: int, k: int) -> float:
    """Of drawing k of n. Logarithms: a night may hold a hundred thousand documents."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
