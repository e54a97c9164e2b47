"""The control row: the same generator without critic, cut at its own best threshold found out of fold.

A gain over an untuned generator proves little: most of it is the threshold alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol

from tasks.core.records import Candidate
from tasks.evaluation.matching import MatchTally, Quotes, tally
from tasks.evaluation.scores import scores, total


class Scored(Protocol):
    """A value of a draft: a candidate, or what was kept of one."""

    @property
    def field(self) -> str: ...
    @property
    def quote(self) -> str: ...
    @property
    def score(self) -> float | None: ...


def quotes_above(candidates: Iterable[Scored], threshold: float) -> dict[str, list[str]]:
    """By field the quotes of the first draft's candidates that score at least the threshold; one without a score counts as sure."""
    kept: dict[str, list[str]] = defaultdict(list)
    for candidate in candidates:
        if candidate.score is None or candidate.score >= threshold:
            kept[candidate.field].append(candidate.quote)
    return dict(kept)


def control_tally(gold: Quotes, first_draft: Iterable[Candidate], alone_threshold: float) -> MatchTally:
    """One contract's tally of the control.

    Args:
        gold: Quotes by field.
        first_draft: The candidates of round 1 with their scores.
        alone_threshold: From the weights' `meta.json` (`alone_threshold`); never tuned on the contracts evaluated.
    """
    return tally(gold, quotes_above(first_draft, alone_threshold))


def best_threshold(
    golds: Sequence[Quotes], drafts: Sequence[Sequence[Candidate]], steps: Sequence[float]
) -> tuple[float, float]:
    """The threshold of highest official F1 over out-of-fold drafts, and that F1."""
    rated = [
        (scores(total([control_tally(g, d, step) for g, d in zip(golds, drafts, strict=True)])).f1_off, step)
        for step in steps
    ]
    best = max(rated)
    return best[1], best[0]
