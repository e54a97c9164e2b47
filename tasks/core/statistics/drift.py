"""Drift: whether the newest week differs from the weeks before by more than chance.

Every measure is a ratio of two sums over runs, sum(x) / sum(n), for example unsettled cells over
cells. The unit of the interval is the run, not the cell: cells of a document depend on each other,
and an interval over single cells would be far too narrow.

Source: the variance of a ratio of sums by linearisation, W. G. Cochran, Sampling Techniques, 3rd
ed. 1977, sections 2.11 and 11.9 (whole clusters). For independent cells it is the usual interval
for two proportions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import reduce
from math import sqrt
from operator import add

MIN_RUNS = 10  # on both sides; with fewer the variance is not known well enough
# 99 %: about a dozen differences are tested every week, and false alarms make an alarm useless.
Z = 2.576


class DriftMeasure(StrEnum):
    UNSETTLED_CELLS = "unsettled_cells"
    FAILED_CELLS = "failed_cells"
    REJECTED_VALUES = "rejected_values"
    CRITIC_SCORE = "critic_score"  # the mean over all values with a score
    TOKENS_PER_PAGE = "tokens_per_page"
    SECONDS_PER_PAGE = "seconds_per_page"  # the sum over all calls, not the elapsed time


@dataclass(frozen=True, slots=True)
class WeekTally:
    """Sums over the runs of a week, schema and pair of models; `xx`, `xn`, `nn` of products."""

    week: date  # its Monday, UTC
    schema_name: str
    generator: str
    critic: str  # empty: none
    measure: DriftMeasure
    n_runs: int
    x: float
    n: float
    xx: float
    xn: float
    nn: float

    def __add__(self, other: WeekTally) -> WeekTally:
        """The sums of both, with the week and the models of this one."""
        sums = ("n_runs", "x", "n", "xx", "xn", "nn")
        return replace(self, **{name: getattr(self, name) + getattr(other, name) for name in sums})

    @property
    def value(self) -> float:
        return self.x / self.n

    @property
    def variance(self) -> float:
        """The variance of `value`; needs two runs."""
        squares = self.xx - 2 * self.value * self.xn + self.value**2 * self.nn
        return max(0.0, squares) * self.n_runs / (self.n_runs - 1) / self.n**2


@dataclass(frozen=True, slots=True)
class WeekDifference:
    """One measure in the newest week and in the weeks before."""

    now: WeekTally
    before: WeekTally | None  # all earlier weeks of the schema, with any models
    is_new_model: bool  # this pair of models did no run of the schema before

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 99 % interval of the difference, now minus before; None: there are too few runs."""
        if self.before is None or min(self.now.n_runs, self.before.n_runs) < MIN_RUNS:
            return None
        centre = self.now.value - self.before.value
        margin = Z * sqrt(self.now.variance + self.before.variance)
        return centre - margin, centre + margin

    @property
    def is_change(self) -> bool:
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]


def differences(tallies: Sequence[WeekTally]) -> tuple[WeekDifference, ...]:
    """Every tally of the newest week against all earlier ones of the same schema and measure."""
    newest = max((t.week for t in tallies), default=None)
    earlier = [t for t in tallies if t.week != newest]
    return tuple(_difference(t, earlier) for t in tallies if t.week == newest)


def _difference(now: WeekTally, earlier: Iterable[WeekTally]) -> WeekDifference:
    before = [t for t in earlier if (t.schema_name, t.measure) == (now.schema_name, now.measure)]
    models = {(t.generator, t.critic) for t in before}
    total = reduce(add, before) if before else None
    return WeekDifference(now, total, bool(before) and (now.generator, now.critic) not in models)
