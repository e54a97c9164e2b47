"""Values against one contract's gold, each pair looked at once: which values are right, and which gold spans they find."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tasks.evaluation.matching import matches, word_set
from tasks.learning.labelled import GoldContract


@dataclass(frozen=True, slots=True)
class Truth:
    right: tuple[bool, ...]
    """For each value, whether it matches any gold span of its field."""
    found_by: tuple[tuple[int, ...], ...]
    """For each gold span, the values that match it, by index."""


def truth_of(gold: GoldContract, values: Iterable[tuple[str, str]]) -> Truth:
    """The truth of (field, quote) values."""
    by_field: dict[str, list[tuple[int, frozenset[str]]]] = defaultdict(list)
    n_values = 0
    for n_values, (name, quote) in enumerate(values, start=1):
        by_field[name].append((n_values - 1, word_set(quote)))
    found_by = [
        tuple(i for i, words in by_field[name] if matches(name, word_set(text), words))
        for name, texts in gold.quotes.items()
        for text in texts
    ]
    right = {i for found in found_by for i in found}
    return Truth(tuple(i in right for i in range(n_values)), tuple(found_by))


@dataclass(frozen=True, slots=True)
class Point:
    """One place on the way from all values to none."""

    threshold: float
    precision: float
    recall: float
    f1: float


def sweep(
    golds: Sequence[GoldContract], values: Sequence[Sequence[tuple[str, str, float]]]
) -> tuple[Point, ...]:
    """Official precision and recall of the values (field, quote, score) that score at least each score that occurs."""
    rated: list[tuple[float, bool]] = []
    best: list[float] = []
    n_gold = 0
    for gold, row in zip(golds, values, strict=True):
        told = truth_of(gold, [(f, q) for f, q, _ in row])
        rated += [(score, right) for (_, _, score), right in zip(row, told.right, strict=True)]
        best += [max(row[i][2] for i in found) for found in told.found_by if found]
        n_gold += len(told.found_by)
    return _points(sorted(rated, reverse=True), sorted(best, reverse=True), n_gold)


def _points(rated: Sequence[tuple[float, bool]], best: Sequence[float], n_gold: int) -> tuple[Point, ...]:
    points: list[Point] = []
    n_right = n_found = 0
    for n_kept, (score, right) in enumerate(rated, start=1):
        n_right += right
        if n_kept < len(rated) and rated[n_kept][0] == score:
            continue
        while n_found < len(best) and best[n_found] >= score:
            n_found += 1
        precision, recall = n_right / n_kept, n_found / max(n_gold, 1)
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        points.append(Point(score, precision, recall, f1))
    return tuple(points)
