"""The promotion gate: the contender's gain over the serving version, and whether it is enough.

Pure: knows no file and no server. The rule and its reasons: docs/decisions/0008. Intervals are over
contracts, and both sides are resampled alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tasks.learning.evaluation.matching import MatchTally, tally_field
from tasks.learning.evaluation.ranking import Scored, auroc_samples
from tasks.learning.evaluation.replayed_run import ReplayedContract
from tasks.learning.evaluation.scores import Interval, f1_interval, gain_interval, interval, scores, total

MIN_LOSS = -0.003
"""An interval that ends no lower than this, in points of 1, is no loss: retraining moves more."""
MIN_GOLD = 20
"""A field needs this many gold spans before its loss counts."""


@dataclass(frozen=True, slots=True)
class MetricChange:
    """One figure on both sides, and the paired difference."""

    before: Interval
    after: Interval
    gain: Interval

    @property
    def is_above(self) -> bool:
        return self.gain.low > 0

    @property
    def is_below(self) -> bool:
        return self.gain.high < 0


@dataclass(frozen=True, slots=True)
class FieldChange:
    name: str
    n_gold: int
    f1_off: MetricChange

    @property
    def falls(self) -> bool:
        """Whether it loses more than noise explains, with enough gold spans to say so."""
        return self.n_gold >= MIN_GOLD and self.f1_off.is_below


@dataclass(frozen=True, slots=True)
class GateFigures:
    """The contender compared with the serving version; attributes are keys of promotion.json."""

    n_contracts: int
    f1_off: MetricChange
    precision_off: tuple[float, float]
    recall_off: tuple[float, float]
    redundant_auroc: MetricChange | None
    """None: on one side there are no verdicts, or all values are right, or all wrong."""
    missing_auroc: MetricChange | None
    """None: one side reports no `overlooked`."""
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class GateVerdict:
    publish: bool
    reasons: tuple[str, ...]


def gate_figures(
    names: Sequence[str], before: Sequence[ReplayedContract], after: Sequence[ReplayedContract]
) -> GateFigures:
    """Compare the serving version (`before`) with the contender (`after`) on the same contracts.

    Args:
        names: The fields that count.
    """
    old, new = ([[_tally(c, name) for name in names] for c in side] for side in (before, after))
    old_all, new_all = [total(row) for row in old], [total(row) for row in new]
    then, now = scores(total(old_all)), scores(total(new_all))
    fields = (
        FieldChange(
            name, sum(row[i].n_gold for row in new), _f1_change([r[i] for r in old], [r[i] for r in new])
        )
        for i, name in enumerate(names)
    )
    return GateFigures(
        n_contracts=len(after),
        f1_off=_f1_change(old_all, new_all),
        precision_off=(then.precision_off, now.precision_off),
        recall_off=(then.recall_off, now.recall_off),
        redundant_auroc=_auroc_change(before, after, ReplayedContract.verdicts),
        missing_auroc=_auroc_change(before, after, ReplayedContract.suspicions),
        fields=tuple(fields),
    )


def decide(kind: str, figures: GateFigures) -> GateVerdict:
    """Publish or refuse, with every reason.

    Args:
        kind: `generator` or `critic`.
    """
    gain = figures.f1_off.gain
    gained = f"gain {points(gain)} in F1_off of verified values"
    fallen = [f for f in figures.fields if f.falls]
    reasons = [
        f"{f.name} falls by more than noise: {points(f.f1_off.gain)}, {f.n_gold} gold spans" for f in fallen
    ]
    if gain.low > 0:
        return GateVerdict(not fallen, (f"{gained}: above 0", *reasons))
    # For a generator, better ranking is not enough: a mistake that is easy to recognise is one.
    if kind == "critic" and gain.low >= MIN_LOSS and (ranks := _ranks_better(figures)):
        return GateVerdict(not fallen, (f"{gained}: no loss beyond {100 * MIN_LOSS:.1f}", ranks, *reasons))
    return GateVerdict(False, (f"{gained}: not above 0", *reasons))


def points(gain: Interval) -> str:
    """A gain in points of 100, with its interval."""
    return f"{100 * gain.value:+.1f} [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}]"


def _ranks_better(figures: GateFigures) -> str:
    """What the contender ranks better; empty if nothing, or if it ranks something worse."""
    changes = {"redundant": figures.redundant_auroc, "missing": figures.missing_auroc}
    known = {name: change for name, change in changes.items() if change is not None}
    if any(change.is_below for change in known.values()):
        return ""
    better = [f"AUROC of the {n} critic {points(c.gain)}" for n, c in known.items() if c.is_above]
    return ", ".join(better)


def _tally(contract: ReplayedContract, name: str) -> MatchTally:
    quotes = [v.quote for v in contract.verified if v.field == name]
    return tally_field(name, contract.gold.quotes.get(name, ()), quotes)


def _f1_change(before: Sequence[MatchTally], after: Sequence[MatchTally]) -> MetricChange:
    return MetricChange(f1_interval(before), f1_interval(after), gain_interval(after, before))


def _auroc_change(
    before: Sequence[ReplayedContract],
    after: Sequence[ReplayedContract],
    scored: Callable[[ReplayedContract], list[Scored]],
) -> MetricChange | None:
    old, new = (auroc_samples([scored(c) for c in side]) for side in (before, after))
    if old is None or new is None:
        return None
    return MetricChange(interval(*old), interval(*new), interval(new[0] - old[0], new[1] - old[1]))
