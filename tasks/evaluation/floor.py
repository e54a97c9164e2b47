"""What answering nothing scores. CUAD's F1 gives it 0; a measure that counts empty fields as right would give it most of the points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.evaluation.matching import Quotes, tally_field
from tasks.learning.labelled import GoldContract


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
