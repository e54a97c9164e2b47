"""When an extracted quote is right: CUAD's own rule, word sets of Jaccard similarity 0.5 or more.

Source: Hendrycks et al., arXiv:2103.06268, `evaluate.py`: `.`, `,`, `;`, `:` are dropped, `/` is a
space, lower case. For parties, a name that contains all words of the other also matches.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from tasks.learning.labelled import GoldContract

MATCH_BAR = 0.5
_DROPPED = re.compile(r"[.,;:]")


def word_set(text: str) -> frozenset[str]:
    return frozenset(_DROPPED.sub("", text).replace("/", " ").lower().split())


def similarity(field: str, gold: frozenset[str], predicted: frozenset[str]) -> float:
    """Jaccard similarity; a party's name inside the other is a match at least."""
    if not gold or not predicted:
        return 0.0
    jaccard = len(gold & predicted) / len(gold | predicted)
    if field == "parties" and (gold <= predicted or predicted <= gold):
        return max(jaccard, MATCH_BAR)
    return jaccard


def matches(field: str, gold: frozenset[str], predicted: frozenset[str]) -> bool:
    return similarity(field, gold, predicted) >= MATCH_BAR


def texts_match(field: str, gold: str, predicted: str) -> bool:
    """`matches` for texts. Word sets are cached: one gold span is compared with many quotes."""
    return matches(field, _words(gold), _words(predicted))


_words = lru_cache(maxsize=50_000)(word_set)


@dataclass(frozen=True, slots=True)
class MatchTally:
    """Counts over one or more contracts."""

    one_to_one: int = 0
    """Pairs, if each gold span and each prediction may match once."""
    gold_found: int = 0
    """Gold spans that any prediction matches."""
    right: int = 0
    """Predictions that match any gold span."""
    n_gold: int = 0
    n_predicted: int = 0

    def __add__(self, other: MatchTally) -> MatchTally:
        return MatchTally(
            self.one_to_one + other.one_to_one,
            self.gold_found + other.gold_found,
            self.right + other.right,
            self.n_gold + other.n_gold,
            self.n_predicted + other.n_predicted,
        )


Quotes = Mapping[str, Sequence[str]]
"""The quotes of one contract, by field."""


class Quoted(Protocol):
    """A value with its quote: a candidate, an extraction, or a replayed value."""

    @property
    def field(self) -> str: ...
    @property
    def quote(self) -> str: ...


def quotes_of(values: Iterable[Quoted]) -> dict[str, list[str]]:
    """The quotes of values, by field."""
    quotes: dict[str, list[str]] = defaultdict(list)
    for value in values:
        quotes[value.field].append(value.quote)
    return dict(quotes)


def precision_recall_f1(
    n_right: int, n_predicted: int, n_found: int, n_gold: int
) -> tuple[float, float, float]:
    """Each is 0 where there is nothing to divide by."""
    precision = n_right / n_predicted if n_predicted else 0.0
    recall = n_found / n_gold if n_gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return precision, recall, f1


def tally(gold: Quotes, predicted: Quotes) -> MatchTally:
    """Count one contract, over the fields of both sides."""
    total = MatchTally()
    for field in sorted({*gold, *predicted}):
        total += tally_field(field, gold.get(field, ()), predicted.get(field, ()))
    return total


def tally_field(field: str, gold: Sequence[str], predicted: Sequence[str]) -> MatchTally:
    table = _similarities(field, gold, predicted)
    found = sum(any(x >= MATCH_BAR for x in row) for row in table)
    right = sum(any(row[j] >= MATCH_BAR for row in table) for j in range(len(predicted)))
    return MatchTally(len(_paired(table)), found, right, len(gold), len(predicted))


def pairs_of(field: str, gold: Sequence[str], predicted: Sequence[str]) -> list[tuple[int, int]]:
    """One-to-one pairs: (index of the gold span, index of the prediction)."""
    return _paired(_similarities(field, gold, predicted))


def _similarities(field: str, gold: Sequence[str], predicted: Sequence[str]) -> list[list[float]]:
    """One row for each gold span."""
    words = [word_set(p) for p in predicted]
    return [[similarity(field, word_set(g), p) for p in words] for g in gold]


def _paired(table: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Pairs of row and column, chosen greedily: the most similar first."""
    pairs = sorted(
        ((x, i, j) for i, row in enumerate(table) for j, x in enumerate(row) if x >= MATCH_BAR), reverse=True
    )
    chosen: dict[int, int] = {}
    for _, i, j in pairs:
        if i not in chosen and j not in chosen.values():
            chosen[i] = j
    return list(chosen.items())


@dataclass(frozen=True, slots=True)
class Truth:
    right: tuple[bool, ...]
    """For each value: whether it matches any gold span of its field."""
    found_by: tuple[tuple[int, ...], ...]
    """For each gold span: the indexes of the values that match it."""


def truth_of(gold: GoldContract, values: Iterable[tuple[str, str]]) -> Truth:
    """Which values, given as (field, quote), are right."""
    by_field: dict[str, list[tuple[int, frozenset[str]]]] = defaultdict(list)
    n_values = 0
    for n_values, (name, quote) in enumerate(values, start=1):
        by_field[name].append((n_values - 1, word_set(quote)))
    found_by = [
        tuple(i for i, words in by_field[name] if matches(name, word_set(text), words))
        for name, texts in gold.quotes.items()
        for text in texts
    ]
    right = {i for matching in found_by for i in matching}
    return Truth(tuple(i in right for i in range(n_values)), tuple(found_by))


@dataclass(frozen=True, slots=True)
class Point:
    """Official figures of the values that score at least the threshold."""

    threshold: float
    precision: float
    recall: float
    f1: float


def sweep(
    golds: Sequence[GoldContract], values: Sequence[Sequence[tuple[str, str, float]]]
) -> tuple[Point, ...]:
    """The figures at every score that occurs, highest first.

    Args:
        values: For each contract (field, quote, score).
    """
    rated: list[tuple[float, bool]] = []
    best: list[float] = []
    n_gold = 0
    for gold, row in zip(golds, values, strict=True):
        truth = truth_of(gold, [(f, q) for f, q, _ in row])
        rated += [(score, right) for (_, _, score), right in zip(row, truth.right, strict=True)]
        best += [max(row[i][2] for i in matching) for matching in truth.found_by if matching]
        n_gold += len(truth.found_by)
    return _points(sorted(rated, reverse=True), sorted(best, reverse=True), n_gold)


def _points(rated: Sequence[tuple[float, bool]], best: Sequence[float], n_gold: int) -> tuple[Point, ...]:
    """`rated`: score and truth of each value; `best`: of each gold span its best value's score."""
    points: list[Point] = []
    n_right = n_found = 0
    for n_kept, (score, right) in enumerate(rated, start=1):
        n_right += right
        if n_kept < len(rated) and rated[n_kept][0] == score:
            continue  # values of one score pass a threshold together
        while n_found < len(best) and best[n_found] >= score:
            n_found += 1
        points.append(Point(score, *precision_recall_f1(n_right, n_kept, n_found, n_gold)))
    return tuple(points)
