"""What each round brought: what stood after it, and what it kept, dropped and added, right and wrong. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.learning.evaluation.ablations import quotes_of
from tasks.learning.evaluation.matching import tally, truth_of
from tasks.learning.evaluation.replayed_run import Stood, Value, Worked
from tasks.learning.evaluation.scores import Scores, scores, total
from tasks.learning.labelled import GoldContract


@dataclass(frozen=True, slots=True)
class RoundChange:
    """Of the standing values, against the round before; the first round adds all of its own."""

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
    """That went (again) in this round."""
    verified: Scores
    """Of what would be verified if the run had ended here."""
    standing: Scores
    """Of all values of the accepted answers, flagged or not."""
    change: RoundChange


def round_rows(golds: Sequence[GoldContract], worked: Sequence[Worked]) -> tuple[RoundRow, ...]:
    """Every round that any contract had; one that had fewer keeps what stood."""
    n_rounds = max((len(w.rounds) for w in worked), default=0)
    return tuple(_row(n, golds, worked) for n in range(1, n_rounds + 1))


def _row(n: int, golds: Sequence[GoldContract], worked: Sequence[Worked]) -> RoundRow:
    after = [_after(w, n) for w in worked]
    before = [_after(w, n - 1) for w in worked]
    changes: Counter[str] = Counter()
    for gold, old, new in zip(golds, before, after, strict=True):
        changes.update(_changes(gold, old.standing, new.standing))
    return RoundRow(
        n,
        sum(w.rounds[n - 1].n_chunks for w in worked if len(w.rounds) >= n),
        _scores(golds, [s.verified for s in after]),
        _scores(golds, [s.standing for s in after]),
        RoundChange(**changes),
    )


def _after(worked: Worked, n: int) -> Stood:
    return worked.rounds[min(n, len(worked.rounds)) - 1] if n and worked.rounds else Stood((), (), 0)


def _scores(golds: Sequence[GoldContract], values: Sequence[Sequence[Value]]) -> Scores:
    return scores(total([tally(g.quotes, quotes_of(v)) for g, v in zip(golds, values, strict=True)]))


def _changes(gold: GoldContract, old: Sequence[Value], new: Sequence[Value]) -> Counter[str]:
    values = {v.key: v for v in (*old, *new)}
    rights = truth_of(gold, [(v.field, v.quote) for v in values.values()]).right
    before, after = {v.key for v in old}, {v.key for v in new}
    found: Counter[str] = Counter()
    for key, right in zip(values, rights, strict=True):
        what = "dropped" if key not in after else "kept" if key in before else "added"
        found[f"{what}_{'right' if right else 'wrong'}"] += 1
    return found


def stop_reasons(worked: Sequence[Worked]) -> dict[str, int]:
    """Why chunks went no further, most frequent first."""
    found: Counter[str] = Counter()
    for work in worked:
        found.update(work.stops)
    return dict(found.most_common())
