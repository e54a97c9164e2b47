"""The gate: two pairs of generator and critic on the same contracts, what one gains over the other, and whether that is enough.

Pure: knows no file and no server. The rule and its reasons: docs/decisions/0008. The contract is what is the unit drawn for every
interval, with the same draws for both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tasks.learning.evaluation.matching import MatchTally, tally_field, truth_of
from tasks.learning.evaluation.ranking import auroc_samples
from tasks.learning.evaluation.replayed_run import Worked
from tasks.learning.evaluation.scores import Interval, f1_interval, gain_interval, interval, scores, total
from tasks.learning.labelled import GoldContract

MIN_LOSS = -0.003
"""A gain that may be this much below nothing, in points of 1, counts as no loss: it is well inside what retraining moves."""
MIN_GOLD = 20
"""A field needs this many gold spans before its fall counts."""


@dataclass(frozen=True, slots=True)
class MetricChange:
    """One figure on both sides, and the paired difference; each with its interval over contracts."""

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
        """Whether it falls by more than noise, with enough gold spans to say so."""
        return self.n_gold >= MIN_GOLD and self.f1_off.is_below


@dataclass(frozen=True, slots=True)
class Weighed:
    """The contender against what serves."""

    n_contracts: int
    f1_off: MetricChange
    precision_off: tuple[float, float]
    recall_off: tuple[float, float]
    redundant_auroc: MetricChange | None
    """None: one side gives no verdicts, or they are all right or all wrong."""
    missing_auroc: MetricChange | None
    """None: one side reports no `overlooked`."""
    fields: tuple[FieldChange, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class GateVerdict:
    publish: bool
    reasons: tuple[str, ...]


def weigh(
    golds: Sequence[GoldContract], names: Sequence[str], before: Sequence[Worked], after: Sequence[Worked]
) -> Weighed:
    """Compare what serves (`before`) with the contender (`after`), contracts in one order.

    Args:
        names: The fields that count.
    """
    old, new = (
        [[_tally(g, w, name) for name in names] for g, w in zip(golds, side, strict=True)]
        for side in (before, after)
    )
    old_all, new_all = [total(row) for row in old], [total(row) for row in new]
    then, now = scores(total(old_all)), scores(total(new_all))
    fields = (
        FieldChange(
            name, sum(row[i].n_gold for row in new), _f1_change([r[i] for r in old], [r[i] for r in new])
        )
        for i, name in enumerate(names)
    )
    return Weighed(
        n_contracts=len(golds),
        f1_off=_f1_change(old_all, new_all),
        precision_off=(then.precision_off, now.precision_off),
        recall_off=(then.recall_off, now.recall_off),
        redundant_auroc=_auroc_change(golds, before, after, _verdicts),
        missing_auroc=_auroc_change(golds, before, after, _overlooked),
        fields=tuple(fields),
    )


def decide(kind: str, weighed: Weighed) -> GateVerdict:
    """Publish or refuse, with every reason.

    Args:
        kind: `generator` or `critic`. Ranking better without a gain counts for a critic only: another generator makes other
            mistakes, and being easier to recognise does not make them better.
    """
    gain = weighed.f1_off.gain
    gained = f"gain {points(gain)} in F1_off of verified values"
    fallen = [f for f in weighed.fields if f.falls]
    reasons = [
        f"{f.name} falls by more than noise: {points(f.f1_off.gain)}, {f.n_gold} gold spans" for f in fallen
    ]
    if gain.low > 0:
        return GateVerdict(not fallen, (f"{gained}: above 0", *reasons))
    if kind == "critic" and gain.low >= MIN_LOSS and (ranks := _ranks_better(weighed)):
        return GateVerdict(not fallen, (f"{gained}: no loss beyond {100 * MIN_LOSS:.1f}", ranks, *reasons))
    return GateVerdict(False, (f"{gained}: not above 0", *reasons))


def points(gain: Interval) -> str:
    """In points of 100, with the interval."""
    return f"{100 * gain.value:+.1f} [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}]"


def _ranks_better(weighed: Weighed) -> str:
    """In words, the findings that it ranks better; empty if none, or if it ranks the other kind worse."""
    changes = {"redundant": weighed.redundant_auroc, "missing": weighed.missing_auroc}
    known = {name: change for name, change in changes.items() if change is not None}
    if any(change.is_below for change in known.values()):
        return ""
    better = [f"AUROC of the {n} critic {points(c.gain)}" for n, c in known.items() if c.is_above]
    return ", ".join(better)


def _tally(gold: GoldContract, worked: Worked, name: str) -> MatchTally:
    return tally_field(name, gold.quotes.get(name, ()), [v.quote for v in worked.verified if v.field == name])


def _f1_change(before: Sequence[MatchTally], after: Sequence[MatchTally]) -> MetricChange:
    return MetricChange(f1_interval(before), f1_interval(after), gain_interval(after, before))


Rated = list[tuple[float, bool]]


def _auroc_change(
    golds: Sequence[GoldContract],
    before: Sequence[Worked],
    after: Sequence[Worked],
    rated: Callable[[GoldContract, Worked], Rated],
) -> MetricChange | None:
    sides = [_drawn([rated(g, w) for g, w in zip(golds, side, strict=True)]) for side in (before, after)]
    old, new = sides
    if old is None or new is None:
        return None
    difference = interval(new[0] - old[0], new[1] - old[1])
    return MetricChange(interval(*old), interval(*new), difference)


def _drawn(rows: Sequence[Rated]) -> Any:
    flat = [(said, truth, i) for i, row in enumerate(rows) for said, truth in row]
    said, truth, contracts = zip(*flat, strict=True) if flat else ((), (), ())
    return auroc_samples(said, truth, contracts, len(rows))


def _verdicts(gold: GoldContract, worked: Worked) -> Rated:
    """The critic's probability for each value of the first draft, and whether the value is right."""
    judged = [v for v in worked.draft if v.right is not None]
    truth = truth_of(gold, [(v.field, v.quote) for v in judged])
    return [(v.right, right) for v, right in zip(judged, truth.right, strict=True) if v.right is not None]


def _overlooked(_gold: GoldContract, worked: Worked) -> Rated:
    return list(zip(worked.cells.said, worked.cells.truth, strict=True))
