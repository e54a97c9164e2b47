"""Baselines: the generator alone at its best threshold (the control), and an empty answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tasks.core.records import Candidate
from tasks.learning.evaluation.matching import MatchTally, Quoted, Quotes, quotes_of, tally, tally_field
from tasks.learning.evaluation.scores import scores, total
from tasks.learning.labelled import GoldContract


class ScoredQuote(Quoted, Protocol):
    """A value of a draft: a candidate, or a replayed one."""

    @property
    def score(self) -> float | None: ...


Draft = TypeVar("Draft", bound=ScoredQuote)


def values_above(values: Iterable[Draft], threshold: float) -> list[Draft]:
    """The values that score at least the threshold; one without a score counts as sure."""
    return [v for v in values if v.score is None or v.score >= threshold]


def control_tally(gold: Quotes, first_draft: Iterable[Candidate], alone_threshold: float) -> MatchTally:
    """One contract's tally of the control.

    Args:
        gold: Quotes by field.
        first_draft: The candidates of round 1 with their scores.
        alone_threshold: From the weights' `meta.json`; never tuned on the contracts evaluated.
    """
    return tally(gold, quotes_of(values_above(first_draft, alone_threshold)))


def best_threshold(
    golds: Sequence[Quotes], drafts: Sequence[Sequence[Candidate]], steps: Sequence[float]
) -> tuple[float, float]:
    """The threshold of highest official F1 over out-of-fold drafts, and that F1."""
    f1_off, threshold = max(
        (scores(total([control_tally(g, d, step) for g, d in zip(golds, drafts, strict=True)])).f1_off, step)
        for step in steps
    )
    return threshold, f1_off


@dataclass(frozen=True, slots=True)
class NullBaseline:
    """Figures over pairs of a contract and a field."""

    n_pairs: int
    n_empty: int
    """Pairs without gold."""
    nothing_f1: float
    nothing_right: float
    """Share of the pairs that an empty answer has right."""
    right: dict[str, float]
    """The same share for each system. With gold, a pair is right if any gold span is found."""


def null_baseline(
    golds: Sequence[GoldContract], fields: Sequence[str], systems: Mapping[str, Sequence[Quotes]]
) -> NullBaseline:
    n_pairs = len(golds) * len(fields)
    n_empty = sum(not g.quotes.get(f) for g in golds for f in fields)
    shares = {name: _n_right(golds, fields, answers) / max(1, n_pairs) for name, answers in systems.items()}
    return NullBaseline(n_pairs, n_empty, 0.0, n_empty / max(1, n_pairs), shares)


def _n_right(golds: Sequence[GoldContract], fields: Sequence[str], answers: Sequence[Quotes]) -> int:
    tallies = [
        tally_field(name, gold.quotes.get(name, ()), quotes.get(name, ()))
        for gold, quotes in zip(golds, answers, strict=True)
        for name in fields
    ]
    return sum(t.gold_found > 0 if t.n_gold else t.n_predicted == 0 for t in tallies)
