"""Labelled and replayed contracts that are small enough to count by hand."""

from __future__ import annotations

from tasks.core.records import Span
from tasks.learning.evaluation.missing_task import Cells
from tasks.learning.evaluation.replayed_run import DraftValue, ReplayedContract, RoundOutcome, Value
from tasks.learning.labelled import GoldContract


def gold(doc_id: str = "a", likes: tuple[str, ...] = (), **quotes: list[str]) -> GoldContract:
    """Every span on page 1."""
    pages = {f: [frozenset({1}) for _ in texts] for f, texts in quotes.items()}
    return GoldContract(doc_id, "test", dict(quotes), pages, likes)


def value(field: str, quote: str, page: int = 1) -> Value:
    """A value whose place follows from its words, so that equal ones are one."""
    at = sum(map(ord, quote))
    return Value(field, quote, quote, (Span(at, at + len(quote)),), (page,))


def drafted(
    field: str, quote: str, score: float | None, right: float | None, flagged: bool = False
) -> DraftValue:
    return DraftValue(field, quote, score, right, flagged)


def replayed(
    gold: GoldContract,
    draft: tuple[DraftValue, ...] = (),
    verified: tuple[Value, ...] = (),
    unsettled: tuple[Value, ...] = (),
    added: tuple[Value, ...] = (),
    rounds: tuple[RoundOutcome, ...] = (),
    cells: Cells | None = None,
) -> ReplayedContract:
    """A contract of one page and one chunk, which ended clean."""
    return ReplayedContract(
        gold, draft, verified, unsettled, added, rounds, {"clean": 1}, cells or Cells(), 1, 1
    )
