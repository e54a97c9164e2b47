"""The cost of one or more documents in tokens, seconds and money, by model, stage and round.

Units:
    Seconds are the sum over all calls: with calls in parallel, more than the elapsed time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import reduce
from itertools import groupby
from operator import add
from typing import Any

from tasks.core.cost.budget import cut_off
from tasks.core.cost.prices import Prices
from tasks.core.cost.tokens import sum_known
from tasks.core.records import CountedBy, ModelAnswer, RoundRecord, Stage


class CostShare(StrEnum):
    """What the work was for."""

    DRAFT = "draft"  # the first answer of the generator: the cost without a critic
    CRITIQUE = "critique"  # the critic in the first round
    REGENERATION = "regeneration"  # generator and critic after the first round


class CostMeasure(StrEnum):
    """The unit of shares: the first that every line has."""

    MONEY = "money"
    TOKENS = "tokens"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True)
class CostLine:
    """The cost of one model in one stage of one round."""

    model: str  # name/version
    stage: Stage
    round_number: int
    n_answers: int
    seconds: float
    tokens_in: int | None = None  # None: the model has no tokens
    tokens_out: int | None = None
    n_estimated: int = 0  # answers whose tokens were estimated from the characters
    money: float | None = None  # None: the model is not in the price table

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
        return replace(
            self,
            n_answers=self.n_answers + other.n_answers,
            seconds=self.seconds + other.seconds,
            tokens_in=sum_known(self.tokens_in, other.tokens_in),
            tokens_out=sum_known(self.tokens_out, other.tokens_out),
            n_estimated=self.n_estimated + other.n_estimated,
            money=sum_known(self.money, other.money),
        )


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of some work."""

    lines: tuple[CostLine, ...] = ()  # one for each model, stage and round, in that order
    currency: str | None = None  # None: there is no price table

    def __add__(self, other: Cost) -> Cost:
        return Cost(grouped((*self.lines, *other.lines)), self.currency or other.currency)

    @property
    def total(self) -> CostLine:
        """The sum of all lines; its model, stage and round have no meaning."""
        return reduce(add, self.lines, CostLine("", Stage.GENERATE, 0, 0, 0.0))

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Models that are not in the price table: the money is without them."""
        models = {line.model for line in self.lines if line.money is None}
        return () if self.currency is None else tuple(sorted(models))

    @property
    def measure(self) -> CostMeasure:
        if self.lines and all(line.money is not None for line in self.lines) and self.total.money:
            return CostMeasure.MONEY
        if self.lines and all(line.tokens_in is not None for line in self.lines):
            return CostMeasure.TOKENS
        return CostMeasure.SECONDS

    def added_by(self, share: CostShare) -> float | None:
        """The share relative to the draft: 0.5 is half of its cost. None: there is no draft."""
        parts = [(line.share, line.in_measure(self.measure)) for line in self.lines]
        draft = sum(amount for of, amount in parts if of is CostShare.DRAFT)
        return sum(amount for of, amount in parts if of is share) / draft if draft else None

    def as_json(self) -> dict[str, Any]:
        """For `run.summary`: the sums, which SQL adds up over runs, and the lines."""
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
    """The cost of rounds; chunks for which a budget prevented the call are not counted."""
    lines = [_line(a) for record in records for a in record.answers if not cut_off(a.error)]
    return priced(grouped(lines), prices)


def priced(lines: Iterable[CostLine], prices: Prices | None) -> Cost:
    """The cost of the lines at the prices of a table; without a table there is no money."""
    if prices is None:
        return Cost(tuple(replace(line, money=None) for line in lines))
    moneys = ((x, prices.money(x.model, x.tokens_in, x.tokens_out, x.seconds)) for x in lines)
    return Cost(tuple(replace(line, money=money) for line, money in moneys), prices.currency)


def grouped(
    lines: Iterable[CostLine],
    key: Callable[[CostLine], Any] = lambda line: (line.model, line.stage, line.round_number),
) -> tuple[CostLine, ...]:
    """The sums of lines with equal keys, in the order of the keys."""
    return tuple(reduce(add, group) for _, group in groupby(sorted(lines, key=key), key))


def _line(answer: ModelAnswer) -> CostLine:
    n_estimated = int(answer.tokens_by is CountedBy.ESTIMATE)
    seconds, tokens = answer.latency_ms / 1000, (answer.tokens_in, answer.tokens_out)
    return CostLine(answer.model, answer.stage, answer.round_number, 1, seconds, *tokens, n_estimated)


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
    # Less than a millionth of a cent is a rounding error.
    return None if amount is None else round(amount, 8)


_MEASURED = {
    CostMeasure.MONEY: "the price of the draft",
    CostMeasure.TOKENS: "the tokens of the draft",
    CostMeasure.SECONDS: "the seconds of the draft",
}


def cost_in_words(cost: Cost) -> str:
    """One line: tokens, seconds, money, and the cost of critique and later rounds."""
    if not cost.lines:
        return "no model was called"
    whole = cost.total
    seconds = f"{whole.seconds:,.1f} model seconds"
    return "; ".join(
        filter(None, [_tokens_in_words(whole), seconds, _money_in_words(cost), _shares_in_words(cost)])
    )


def _tokens_in_words(line: CostLine) -> str:
    if line.tokens_in is None and line.tokens_out is None:
        return ""
    estimated = f" (estimated for {line.n_estimated} of {line.n_answers} answers)" if line.n_estimated else ""
    return f"{line.tokens_in or 0:,} tokens in, {line.tokens_out or 0:,} out{estimated}"


def _money_in_words(cost: Cost) -> str:
    if cost.currency is None:
        return ""
    without = f" (without {', '.join(cost.unpriced)}: not in the price table)" if cost.unpriced else ""
    money = cost.total.money or 0
    amount = f"{money:,.2f}" if money >= 1 else f"{money:.3g}"
    return f"{amount} {cost.currency}{without}"


def _shares_in_words(cost: Cost) -> str:
    critique, regeneration = cost.added_by(CostShare.CRITIQUE), cost.added_by(CostShare.REGENERATION)
    if critique is None or regeneration is None:
        return ""
    return f"critique adds {critique:.0%} and regeneration {regeneration:.0%} to {_MEASURED[cost.measure]}"


def cost_row(line: CostLine) -> dict[str, str | int | float]:
    """A line as a row of a table; what a model does not have is empty, not zero."""
    row = {"model": line.model, "stage": line.stage.value, "round": line.round_number}
    return row | cost_amounts(line)


def cost_amounts(line: CostLine) -> dict[str, str | int | float]:
    return {
        "answers": line.n_answers,
        "tokens in": "" if line.tokens_in is None else line.tokens_in,
        "tokens out": "" if line.tokens_out is None else line.tokens_out,
        "seconds": round(line.seconds, 1),
        "money": "" if line.money is None else round(line.money, 6),
    }
