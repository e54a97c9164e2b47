"""What work cost: tokens, seconds and money, by model, stage and round; of a document, or of any number of them together.

Pure: everything comes from the answers of the trail and the price table. Seconds are those of the calls, each call for itself: calls
in flight together are counted each, so they are more than a clock on the wall shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from tasks.core.cost.budget import cut_off
from tasks.core.cost.prices import Prices
from tasks.core.cost.tokens import added
from tasks.core.records import CountedBy, ModelAnswer, RoundRecord, Stage


class CostShare(StrEnum):
    """What the work was for."""

    DRAFT = "draft"
    """The first answer of the generator: what a workflow without a critic would pay."""
    CRITIQUE = "critique"
    """The critic's first look at it."""
    REGENERATION = "regeneration"
    """Everything after the first round, the critic's part included."""


class CostMeasure(StrEnum):
    """In what shares are told: the first that every line has."""

    MONEY = "money"
    TOKENS = "tokens"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True)
class CostLine:
    """What one model cost in one stage of one round."""

    model: str
    """name/version"""
    stage: Stage
    round_number: int
    n_answers: int
    seconds: float
    tokens_in: int | None = None
    """None: the model has no tokens."""
    tokens_out: int | None = None
    n_estimated: int = 0
    """Answers whose tokens nobody counted: they were estimated from the characters."""
    money: float | None = None
    """None: the price table does not name the model."""

    @property
    def share(self) -> CostShare:
        if self.round_number > 1:
            return CostShare.REGENERATION
        return CostShare.DRAFT if self.stage is Stage.GENERATE else CostShare.CRITIQUE

    def in_measure(self, measure: CostMeasure) -> float:
        if measure is CostMeasure.MONEY:
            return self.money or 0
        if measure is CostMeasure.TOKENS:
            return (self.tokens_in or 0) + (self.tokens_out or 0)
        return self.seconds

    def __add__(self, other: CostLine) -> CostLine:
        """Of the same model, stage and round, or the caller's own grouping of them."""
        return replace(
            self,
            n_answers=self.n_answers + other.n_answers,
            seconds=self.seconds + other.seconds,
            tokens_in=added(self.tokens_in, other.tokens_in),
            tokens_out=added(self.tokens_out, other.tokens_out),
            n_estimated=self.n_estimated + other.n_estimated,
            money=added(self.money, other.money),
        )


@dataclass(frozen=True, slots=True)
class Cost:
    """What some work cost."""

    lines: tuple[CostLine, ...] = ()
    """One for each model, stage and round, in that order."""
    currency: str | None = None
    """None: there is no price table."""

    def __add__(self, other: Cost) -> Cost:
        return Cost(grouped((*self.lines, *other.lines)), self.currency or other.currency)

    @property
    def total(self) -> CostLine:
        """All lines in one; its model, stage and round mean nothing."""
        whole = CostLine("", Stage.GENERATE, 0, 0, 0.0)
        for line in self.lines:
            whole += line
        return whole

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Models that worked and have no price, though there is a table: the money is without them."""
        return (
            () if self.currency is None else tuple(sorted({x.model for x in self.lines if x.money is None}))
        )

    @property
    def measure(self) -> CostMeasure:
        if self.lines and all(line.money is not None for line in self.lines) and self.total.money:
            return CostMeasure.MONEY
        if self.lines and all(line.tokens_in is not None for line in self.lines):
            return CostMeasure.TOKENS
        return CostMeasure.SECONDS

    def added_by(self, share: CostShare) -> float | None:
        """How much a share adds to the draft: 0.5 is half as much again. None: there was no draft to compare with."""
        parts = [(line.share, line.in_measure(self.measure)) for line in self.lines]
        draft = sum(amount for of, amount in parts if of is CostShare.DRAFT)
        return sum(amount for of, amount in parts if of is share) / draft if draft else None

    def as_json(self) -> dict[str, Any]:
        """For `run.summary`: sums first, so that SQL can add them up over runs, then the lines."""
        whole = self.total
        return {
            "tokens_in": whole.tokens_in,
            "tokens_out": whole.tokens_out,
            "n_estimated": whole.n_estimated,
            "seconds": round(whole.seconds, 3),
            "money": _money(whole.money),
            "currency": self.currency,
            "unpriced": list(self.unpriced),
            "measure": self.measure.value,
            "critique_added": self.added_by(CostShare.CRITIQUE),
            "regeneration_added": self.added_by(CostShare.REGENERATION),
            "lines": [_line_as_json(line) for line in self.lines],
        }


def cost_of(records: Iterable[RoundRecord], prices: Prices | None = None) -> Cost:
    """What rounds cost. Answers that a budget kept from being asked for cost nothing and are not counted."""
    lines = [_line(a) for record in records for a in record.answers if not cut_off(a.error)]
    return priced(grouped(lines), prices)


def priced(lines: Iterable[CostLine], prices: Prices | None) -> Cost:
    """The same work at the prices of a table; without one it has no price."""
    if prices is None:
        return Cost(tuple(replace(line, money=None) for line in lines))
    moneys = ((x, prices.money(x.model, x.tokens_in, x.tokens_out, x.seconds)) for x in lines)
    return Cost(tuple(replace(line, money=money) for line, money in moneys), prices.currency)


def grouped(
    lines: Iterable[CostLine],
    key: Callable[[CostLine], Any] = lambda line: (line.model, line.stage, line.round_number),
) -> tuple[CostLine, ...]:
    """Lines with one key added up, in the order of the keys."""
    by_key: dict[Any, CostLine] = {}
    for line in lines:
        held = by_key.get(key(line))
        by_key[key(line)] = line if held is None else held + line
    return tuple(line for _, line in sorted(by_key.items(), key=lambda item: item[0]))


def _line(answer: ModelAnswer) -> CostLine:
    return CostLine(
        answer.model,
        answer.stage,
        answer.round_number,
        1,
        answer.latency_ms / 1000,
        answer.tokens_in,
        answer.tokens_out,
        int(answer.tokens_by is CountedBy.ESTIMATE),
    )


def _line_as_json(line: CostLine) -> dict[str, Any]:
    return {
        "model": line.model,
        "stage": line.stage.value,
        "round": line.round_number,
        "n_answers": line.n_answers,
        "tokens_in": line.tokens_in,
        "tokens_out": line.tokens_out,
        "seconds": round(line.seconds, 3),
        "money": _money(line.money),
    }


def _money(amount: float | None) -> float | None:
    """A millionth of a cent is noise of the arithmetic."""
    return None if amount is None else round(amount, 8)


_MEASURED = {
    CostMeasure.MONEY: "the draft's price",
    CostMeasure.TOKENS: "the draft's tokens",
    CostMeasure.SECONDS: "the draft's seconds",
}


def cost_in_words(cost: Cost) -> str:
    """One line: tokens, seconds, money, and what the critic and further rounds add to the first draft."""
    if not cost.lines:
        return "no model was asked"
    whole = cost.total
    said = [tokens_in_words(whole), f"{whole.seconds:,.1f} model seconds", money_in_words(cost)]
    return "; ".join(filter(None, [*said, shares_in_words(cost)]))


def tokens_in_words(line: CostLine) -> str:
    """Empty for what has no tokens."""
    if line.tokens_in is None and line.tokens_out is None:
        return ""
    estimated = f" ({line.n_estimated} of {line.n_answers} answers estimated)" if line.n_estimated else ""
    return f"{line.tokens_in or 0:,} tokens in, {line.tokens_out or 0:,} out{estimated}"


def money_in_words(cost: Cost) -> str:
    """Empty without a price table."""
    if cost.currency is None:
        return ""
    without = f" (without {', '.join(cost.unpriced)}: not in the price table)" if cost.unpriced else ""
    money = cost.total.money or 0
    told = f"{money:,.2f}" if money >= 1 else f"{money:.3g}"
    return f"{told} {cost.currency}{without}"


def shares_in_words(cost: Cost) -> str:
    """What critique and regeneration add; empty where there is no draft to compare with."""
    critique, regeneration = cost.added_by(CostShare.CRITIQUE), cost.added_by(CostShare.REGENERATION)
    if critique is None or regeneration is None:
        return ""
    return f"critique adds {critique:.0%} and regeneration {regeneration:.0%} to {_MEASURED[cost.measure]}"


def cost_row(line: CostLine) -> dict[str, str | int | float]:
    """A line as a table's row; what a model does not have stays empty, and is not zero."""
    return {
        "model": line.model,
        "stage": line.stage.value,
        "round": line.round_number,
        **cost_amounts(line),
    }


def cost_amounts(line: CostLine) -> dict[str, str | int | float]:
    return {
        "answers": line.n_answers,
        "tokens in": "" if line.tokens_in is None else line.tokens_in,
        "tokens out": "" if line.tokens_out is None else line.tokens_out,
        "seconds": round(line.seconds, 1),
        "money": "" if line.money is None else round(line.money, 6),
    }
