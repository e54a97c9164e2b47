"""Measures how much a line reads like a field's examples, for clause fields without a trained head.

It uses no labels: a centroid of examples and definition in stems weighted by rarity, and the stems
that are more frequent in the examples than in contracts. The critic compares the same examples in
another space (`critic/neighbours.py`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log, sqrt
from pathlib import Path

TABLE = Path(__file__).with_name("idf.json")


@lru_cache(1)
def _table() -> tuple[dict[str, float], float]:
    """The share of contract lines with a stem, by stem; and the least share, for other stems."""
    raw = json.loads(TABLE.read_text(encoding="utf-8"))
    shares = {stem: n / raw["n_lines"] for stem, n in raw["lines_with"].items()}
    return shares, min(shares.values())


def share_of_lines(stem: str) -> float:
    shares, rarest = _table()
    return shares.get(stem, rarest)


@lru_cache(8192)
def rarity(stem: str) -> float:
    """Inverse document frequency; 1 for a stem in every line."""
    return 1.0 - log(share_of_lines(stem))


@lru_cache(16384)
def rarity_norm(stems: frozenset[str]) -> float:
    """The length of a text's vector of rarities."""
    return sqrt(sum(rarity(s) ** 2 for s in stems))


MIN_EXAMPLES = 3
"""With fewer examples, lines are not compared with them."""
_PRIOR = 2.0
"""The share of a stem in contracts counts as much as this many examples."""
_MIN_LOG_RATIO, _MAX_LOG_RATIO = -2.0, 1.0
# Rounded from a logistic fit on other fields of CUAD than those of the figures in docs/models.md.
# The bias leans two points to recall.
_BIAS, _ALIKE, _DISTINCTIVE, _LENGTH = -6.6, 14.0, 2.0, 0.8
_CUE, _CUE_ABOVE, _TITLE_ABOVE, _HEADING = 3.0, 0.8, 3.0, -1.0


@dataclass(frozen=True, slots=True)
class Exemplar:
    """What the examples of a field share."""

    centroid: Mapping[str, float]
    """Weight by stem; of length 1."""
    distinctive: Mapping[str, float]
    """By stem, the log of how much more frequent it is in examples than in lines of contracts."""
    log_length: float
    """Mean log of the examples' lengths in characters."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Other evidence for a line, each 0..1."""

    cues: float
    cues_above: float
    title_above: float
    """Likeness of the field's title to the heading."""
    is_heading: bool


def learn_exemplar(
    shapes: Sequence[frozenset[str]], lengths: Sequence[int], definition: frozenset[str]
) -> Exemplar:
    """Learn from the examples' stems and lengths in characters, and the definition's stems."""
    total: Counter[str] = Counter()
    for shape in (*shapes, definition):
        norm = rarity_norm(shape) or 1.0
        for stem in shape:
            total[stem] += rarity(stem) / norm  # pyright: ignore[reportArgumentType]
    length = sqrt(sum(v * v for v in total.values())) or 1.0
    counts = Counter(stem for shape in shapes for stem in shape)
    ratios = {s: log(_rate(n, len(shapes), s) / share_of_lines(s)) for s, n in counts.items()}
    return Exemplar(
        {s: v / length for s, v in total.items()},
        {s: v for s, v in ratios.items() if v > 0.0},
        sum(log(max(1, n)) for n in lengths) / len(lengths),
    )


def _rate(n: int, n_examples: int, stem: str) -> float:
    return (n + _PRIOR * share_of_lines(stem)) / (n_examples + _PRIOR)


def resemblance(exemplar: Exemplar, shape: frozenset[str], n_chars: int, around: Surroundings) -> float:
    """How much a line reads like the examples, with the other evidence for it: 0..1."""
    norm = rarity_norm(shape)
    if not norm:
        return 0.0
    alike = sum(exemplar.centroid.get(s, 0.0) * rarity(s) for s in shape) / norm
    distinctive = sum(exemplar.distinctive.get(s, 0.0) for s in shape) / (len(shape) + 5)
    log_ratio = min(_MAX_LOG_RATIO, max(_MIN_LOG_RATIO, log(max(1, n_chars)) - exemplar.log_length))
    evidence = _BIAS + _ALIKE * alike + _DISTINCTIVE * distinctive
    evidence += _CUE * around.cues
    evidence += _CUE_ABOVE * around.cues_above
    evidence += _TITLE_ABOVE * around.title_above
    evidence += _LENGTH * log_ratio
    evidence += _HEADING * around.is_heading
    return 1.0 / (1.0 + exp(-evidence))
