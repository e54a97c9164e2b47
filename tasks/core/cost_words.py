"""What work cost, as a person reads it: one line, and rows for tables."""

from __future__ import annotations

from tasks.core.cost import Cost, CostLine, Measure, Share

_MEASURED = {
    Measure.MONEY: "the draft's price",
    Measure.TOKENS: "the draft's tokens",
    Measure.SECONDS: "the draft's seconds",
}


def in_words(cost: Cost) -> str:
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
    critique, regeneration = cost.added_by(Share.CRITIQUE), cost.added_by(Share.REGENERATION)
    if critique is None or regeneration is None:
        return ""
    return f"critique adds {critique:.0%} and regeneration {regeneration:.0%} to {_MEASURED[cost.measure]}"


def row(line: CostLine) -> dict[str, str | int | float]:
    """A line as a table's row; what a model does not have stays empty, and is not zero."""
    return {
        "model": line.model,
        "stage": line.stage.value,
        "round": line.round_number,
        **amounts(line),
    }


def amounts(line: CostLine) -> dict[str, str | int | float]:
    return {
        "answers": line.n_answers,
        "tokens in": "" if line.tokens_in is None else line.tokens_in,
        "tokens out": "" if line.tokens_out is None else line.tokens_out,
        "seconds": round(line.seconds, 1),
        "money": "" if line.money is None else round(line.money, 6),
    }
