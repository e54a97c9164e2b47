"""Whether the promise is kept, and what fields with a trained head would give under one. Pure.

The promise governs fields without a trained head; their verified values reached a bar that keeps it.
Fields with a head keep the bar of their model; for them the report says at which probability of the
critic the promised share of their verified values would be right.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from tasks.learning.evaluation.matching import Point, precision_recall_f1, quotes_of, sweep, tally, truth_of
from tasks.learning.evaluation.replayed_run import ReplayedContract, Value
from tasks.learning.evaluation.scores import total
from tasks.learning.labelled import GoldContract

TRAINED_PROMISE = 0.95
"""The promise under which fields with a trained head are shown."""
LEAST_VALUES = 20
"""Fewer values above a bar prove nothing."""


@dataclass(frozen=True, slots=True)
class OwnFields:
    """The verified values of fields without a trained head."""

    promise: float | None
    """None: nothing was promised."""
    bars: tuple[float, ...]
    """The bars that the critic's verdicts named, rising; more than one if models or schema changed."""
    n_verified: int
    n_right: int
    share: float | None


@dataclass(frozen=True, slots=True)
class AtBar:
    """Official figures of the verified values whose probability reaches a bar."""

    bar: float | None
    """None: the model's own, which is not known."""
    n_values: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class TrainedFields:
    """The verified values of fields with a trained head."""

    in_use: AtBar
    promise: float
    at_promise: AtBar | None
    """At the least bar that keeps the promise; None: none does."""


@dataclass(frozen=True, slots=True)
class PromiseReport:
    own: OwnFields | None
    """None: every field has a trained head."""
    trained: TrainedFields | None
    """None: no field has one."""


def promise_report(
    contracts: Sequence[ReplayedContract],
    trained: Container[str],
    own: Container[str],
    promise: float | None,
    critic_bar: float | None,
) -> PromiseReport:
    """
    Args:
        trained, own: The schema's fields with a trained head, and those without; empty: it has none.
        promise: What the runs promised.
        critic_bar: The bar of the critic for trained fields, if it tells.
    """
    return PromiseReport(
        _own_fields(contracts, own, promise) if own else None,
        _trained_fields(contracts, trained, critic_bar) if trained else None,
    )


def _own_fields(
    contracts: Sequence[ReplayedContract], fields: Container[str], promise: float | None
) -> OwnFields:
    n_verified = n_right = 0
    for contract in contracts:
        values = _verified(contract, fields)
        truth = truth_of(contract.gold, [(v.field, v.quote) for v in values])
        n_verified += len(values)
        n_right += sum(truth.right)
    bars = tuple(sorted({bar for c in contracts for bar in c.bars}))
    return OwnFields(promise, bars, n_verified, n_right, n_right / n_verified if n_verified else None)


def _trained_fields(
    contracts: Sequence[ReplayedContract], fields: Container[str], critic_bar: float | None
) -> TrainedFields:
    golds = [_gold(c.gold, fields) for c in contracts]
    values = [_verified(c, fields) for c in contracts]
    counts = total([tally(g.quotes, quotes_of(row)) for g, row in zip(golds, values, strict=True)])
    figures = precision_recall_f1(counts.right, counts.n_predicted, counts.gold_found, counts.n_gold)
    in_use = AtBar(critic_bar, counts.n_predicted, *figures)
    return TrainedFields(in_use, TRAINED_PROMISE, _at_promise(golds, values))


def _at_promise(golds: Sequence[GoldContract], values: Sequence[Sequence[Value]]) -> AtBar | None:
    rated = [[(v.field, v.quote, v.right) for v in row if v.right is not None] for row in values]
    rights = [right for row in rated for _, _, right in row]

    def at(point: Point) -> AtBar:
        n_values = sum(right >= point.threshold for right in rights)
        return AtBar(point.threshold, n_values, point.precision, point.recall, point.f1)

    kept = (at(p) for p in reversed(sweep(golds, rated)) if p.precision >= TRAINED_PROMISE)
    return next((a for a in kept if a.n_values >= LEAST_VALUES), None)


def _verified(contract: ReplayedContract, fields: Container[str]) -> list[Value]:
    return [v for v in contract.verified if v.field in fields]


def _gold(gold: GoldContract, fields: Container[str]) -> GoldContract:
    return replace(gold, quotes={name: texts for name, texts in gold.quotes.items() if name in fields})
