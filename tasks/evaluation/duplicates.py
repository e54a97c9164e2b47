"""Contracts that share most of their text with others: named, and the main figures told without those that training may have seen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tasks.evaluation.comparison import Row, compare
from tasks.evaluation.matching import Quotes
from tasks.learning.labelled import GoldContract


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    outside: dict[str, tuple[str, ...]]
    """Evaluated contract -> its likes that are not among the evaluated ones."""
    inside: dict[str, tuple[str, ...]]
    """Evaluated contract -> its likes among them."""
    without_outside: dict[str, Row]
    """The systems on the other contracts; empty when no contract has a like outside."""


def near_duplicates(golds: Sequence[GoldContract], systems: Mapping[str, Sequence[Quotes]]) -> NearDuplicates:
    """Who is like whom, and the figures without."""
    evaluated = {g.doc_id for g in golds}
    inside = {g.doc_id: tuple(n for n in g.near_duplicates if n in evaluated) for g in golds}
    outside = {g.doc_id: tuple(n for n in g.near_duplicates if n not in evaluated) for g in golds}
    inside, outside = ({k: v for k, v in likes.items() if v} for likes in (inside, outside))
    return NearDuplicates(outside, inside, _without(outside, golds, systems) if outside else {})


def _without(
    names: Collection[str], golds: Sequence[GoldContract], systems: Mapping[str, Sequence[Quotes]]
) -> dict[str, Row]:
    kept = [i for i, g in enumerate(golds) if g.doc_id not in names]
    if not kept:
        return {}
    chosen = {name: [found[i] for i in kept] for name, found in systems.items()}
    return compare([golds[i] for i in kept], chosen)
