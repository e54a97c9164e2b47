"""What a score is held against: the generator alone at its own best threshold (the control), and answering nothing (the null baseline)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tasks.core.records import Candidate
from tasks.learning.evaluation.matching import MatchTally, Quotes, tally, tally_field
from tasks.learning.evaluation.scores import scores, total
from tasks.learning.labelled import GoldContract


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


@dataclass(frozen=True, slots=True)
class Floor:
    n_pairs: int
    """Of a document and a field."""
    n_empty: int
    """Pairs for which the gold has nothing."""
    nothing_f1: float
    nothing_right: float
    """Share of the pairs that an answer of nothing has right."""
    right: dict[str, float]
    """The same share for each system: right is nothing where the gold has nothing, and any gold span found where it has one."""


def floor(
    golds: Sequence[GoldContract], fields: Sequence[str], systems: Mapping[str, Sequence[Quotes]]
) -> Floor:
    """Over every pair of a contract and a field of the schema."""
    n_pairs = max(1, len(golds) * len(fields))
    n_empty = sum(not g.quotes.get(f) for g in golds for f in fields)
    shares = {name: _n_right(golds, fields, found) / n_pairs for name, found in systems.items()}
    return Floor(len(golds) * len(fields), n_empty, 0.0, n_empty / n_pairs, shares)


def _n_right(golds: Sequence[GoldContract], fields: Sequence[str], found: Sequence[Quotes]) -> int:
    n_right = 0
    for gold, quotes in zip(golds, found, strict=True):
        for name in fields:
            counted = tally_field(name, gold.quotes.get(name, ()), quotes.get(name, ()))
            n_right += counted.gold_found > 0 if counted.n_gold else counted.n_predicted == 0
    return n_right
