"""Whether the share of refused documents tonight is higher than before by more than chance.

Fisher's exact test, one-sided, which holds for small counts: one refused document of two is never a
rise. Refusals come in groups, as when a supplier's exporter fails for a day. So all counts are
first divided by the dispersion of the earlier days, which is 1 if they differ only by chance.

Source: R. A. Fisher, Statistical Methods for Research Workers, section 21.02 (the test); P.
McCullagh and J. A. Nelder, Generalized Linear Models, 2nd ed. 1989, section 4.5 (Pearson's
chi-square over its degrees of freedom).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, lgamma

MIN_DAYS = 3  # with fewer earlier days their dispersion is not known
MAX_CHANCE = 0.001  # about one false alarm in three years of nights


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
    """A share of refused documents that chance does not explain."""

    tonight: RefusalCount
    before: RefusalCount  # all earlier days together
    chance: float  # the probability of as many refusals or more if nothing changed


def find_rise(tonight: RefusalCount, days: Sequence[RefusalCount]) -> RefusalRise | None:
    """Compare tonight with the days before, in any order; None: no rise, or too few days."""
    days = [day for day in days if day.n]
    before = RefusalCount(sum(day.n for day in days), sum(day.n_refused for day in days))
    if len(days) < MIN_DAYS or tonight.share <= before.share:
        return None
    chance = _chance(tonight, before, dispersion(days))
    return RefusalRise(tonight, before, chance) if chance < MAX_CHANCE else None


def dispersion(days: Sequence[RefusalCount]) -> float:
    """How much more the days differ than by chance; at least 1."""
    n, n_refused = sum(day.n for day in days), sum(day.n_refused for day in days)
    share = n_refused / n
    if share in (0.0, 1.0):
        return 1.0
    squares = sum((day.n_refused - day.n * share) ** 2 / (day.n * share * (1 - share)) for day in days)
    return max(1.0, squares / (len(days) - 1))


def _chance(tonight: RefusalCount, before: RefusalCount, by: float) -> float:
    """The hypergeometric tail of counts divided by the dispersion and rounded against a rise."""
    drawn, hit = int(tonight.n / by), int(tonight.n_refused / by)
    rest = int(before.n / by)
    rest_hit = min(rest, ceil(before.n_refused / by))
    n, n_hit = drawn + rest, hit + rest_hit
    fewest, most = max(hit, drawn - (n - n_hit)), min(drawn, n_hit)
    ways = _log_ways(n, drawn)
    each = (_log_ways(n_hit, k) + _log_ways(n - n_hit, drawn - k) for k in range(fewest, most + 1))
    return min(1.0, sum(exp(one - ways) for one in each))


def _log_ways(n: int, k: int) -> float:
    # Logarithms, because a night may have a hundred thousand documents.
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
