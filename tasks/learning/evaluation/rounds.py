"""The results after each round, and the values it kept, dropped and added. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.learning.evaluation.matching import quotes_of, tally, truth_of
from tasks.learning.evaluation.replayed_run import ReplayedContract, RoundOutcome
from tasks.learning.evaluation.scores import Scores, scores, total


@dataclass(frozen=True, slots=True)
class RoundChange:
    """Standing values compared with the round before; the first round adds all of its values."""

    kept_right: int = 0
    kept_wrong: int = 0
    dropped_right: int = 0
    dropped_wrong: int = 0
    added_right: int = 0
    added_wrong: int = 0


@dataclass(frozen=True, slots=True)
class RoundRow:
    round_number: int
    n_chunks: int
    """Chunks that had this round."""
    verified: Scores
    """Of the values that are verified if the run ends here."""
    standing: Scores
    """Of all values of the accepted answers, flagged or not."""
    change: RoundChange


def round_rows(contracts: Sequence[ReplayedContract]) -> tuple[RoundRow, ...]:
    """Every round that any contract had; a contract with fewer rounds keeps its last results."""
    n_rounds = max((len(c.rounds) for c in contracts), default=0)
    return tuple(_row(n, contracts) for n in range(1, n_rounds + 1))


def _row(n: int, contracts: Sequence[ReplayedContract]) -> RoundRow:
    changes: Counter[str] = Counter()
    for contract in contracts:
        changes.update(_changes(contract, n))
    after = [(c.gold.quotes, _after(c, n)) for c in contracts]
    return RoundRow(
        n,
        sum(c.rounds[n - 1].n_chunks for c in contracts if len(c.rounds) >= n),
        scores(total([tally(gold, quotes_of(outcome.verified)) for gold, outcome in after])),
        scores(total([tally(gold, quotes_of(outcome.standing)) for gold, outcome in after])),
        RoundChange(**changes),
    )


def _after(contract: ReplayedContract, n: int) -> RoundOutcome:
    if n and contract.rounds:
        return contract.rounds[min(n, len(contract.rounds)) - 1]
    return RoundOutcome((), (), 0)


def _changes(contract: ReplayedContract, n: int) -> Counter[str]:
    old, new = _after(contract, n - 1).standing, _after(contract, n).standing
    values = {v.key: v for v in (*old, *new)}
    rights = truth_of(contract.gold, [(v.field, v.quote) for v in values.values()]).right
    before, after = {v.key for v in old}, {v.key for v in new}
    counts: Counter[str] = Counter()
    for key, right in zip(values, rights, strict=True):
        change = "dropped" if key not in after else "kept" if key in before else "added"
        counts[f"{change}_{'right' if right else 'wrong'}"] += 1
    return counts


def stop_reasons(contracts: Sequence[ReplayedContract]) -> dict[str, int]:
    """Stop reason -> number of chunks, most frequent first."""
    counts: Counter[str] = Counter()
    for contract in contracts:
        counts.update(contract.stops)
    return dict(counts.most_common())
