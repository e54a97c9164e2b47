"""Drift: whether the newest week fared otherwise than the weeks before, beyond what chance does.

Pure. Every measure is a ratio of two sums over runs, sum(x) / sum(n): unsettled cells over cells, say. The interval of the difference of
two such ratios takes the run, not the cell, as the unit: cells of one document stand and fall together, and an interval that counts
them one by one would be too narrow by far and call chance a change.

Source: the variance of a ratio of sums by linearisation, W. G. Cochran, Sampling Techniques, 3rd ed. 1977, sections 2.11 and 11.9 (whole
clusters drawn). For cells that are independent it is the usual interval for two proportions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import reduce
from math import sqrt

MIN_RUNS = 10
"""On either side. With fewer the variance itself is guessed, and nothing is called a change."""

Z = 2.576
"""99 %: some dozen differences are looked at every week, and an alarm that is wrong once a month is not read."""


class DriftMeasure(StrEnum):
    UNSETTLED_CELLS = "unsettled_cells"
    FAILED_CELLS = "failed_cells"
    REJECTED_VALUES = "rejected_values"
    CRITIC_SCORE = "critic_score"
    """The mean over all values that have one."""
    TOKENS_PER_PAGE = "tokens_per_page"
    SECONDS_PER_PAGE = "seconds_per_page"
    """Of the models' answers, each for itself; not of a clock on the wall."""


@dataclass(frozen=True, slots=True)
class WeekTally:
    """Sums over runs of one week, schema and pair of models; squares and products are summed run by run."""

    week: date
    """Its Monday, UTC."""
    schema_name: str
    generator: str
    critic: str
    """Empty: none."""
    measure: DriftMeasure
    n_runs: int
    x: float
    n: float
    xx: float
    xn: float
    nn: float

    def __add__(self, other: WeekTally) -> WeekTally:
        """Together; what they are called by is this one's."""
        return replace(
            self,
            n_runs=self.n_runs + other.n_runs,
            x=self.x + other.x,
            n=self.n + other.n,
            xx=self.xx + other.xx,
            xn=self.xn + other.xn,
            nn=self.nn + other.nn,
        )

    @property
    def value(self) -> float:
        return self.x / self.n

    @property
    def variance(self) -> float:
        """Of `value`; needs two runs."""
        apart = self.xx - 2 * self.value * self.xn + self.value**2 * self.nn
        return max(0.0, apart) * self.n_runs / (self.n_runs - 1) / self.n**2


@dataclass(frozen=True, slots=True)
class WeekDifference:
    """The newest week's value of one measure beside that of the weeks before."""

    now: WeekTally
    before: WeekTally | None
    """All earlier weeks of the schema, whichever models worked. None: there are none."""
    is_new_model: bool
    """This pair of models did no run of the schema in the weeks before."""

    @property
    def interval(self) -> tuple[float, float] | None:
        """In which the difference lies, now less before; None: too few runs to say."""
        if self.before is None or min(self.now.n_runs, self.before.n_runs) < MIN_RUNS:
            return None
        centre = self.now.value - self.before.value
        reach = Z * sqrt(self.now.variance + self.before.variance)
        return centre - reach, centre + reach

    @property
    def is_change(self) -> bool:
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]


def differences(tallies: Sequence[WeekTally]) -> tuple[WeekDifference, ...]:
    """Every line of the newest week against all earlier ones of the same schema and measure, in the order given."""
    newest = max((t.week for t in tallies), default=None)
    earlier = [t for t in tallies if t.week != newest]
    return tuple(_difference(t, earlier) for t in tallies if t.week == newest)


def _difference(now: WeekTally, earlier: Iterable[WeekTally]) -> WeekDifference:
    before = [t for t in earlier if (t.schema_name, t.measure) == (now.schema_name, now.measure)]
    models = {(t.generator, t.critic) for t in before}
    together = reduce(lambda one, other: one + other, before) if before else None
    return WeekDifference(now, together, bool(before) and (now.generator, now.critic) not in models)
