"""What a handful of examples say of a clause field: the words they share, and how a line is measured against them.

Serves the generator's way for fields of a user's own schema. It learns nothing from labels: a centroid of examples and definition in
words weighted by rarity, and the words that examples have oftener than contracts do. The critic looks at the same examples in
another space (`memory`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log, sqrt
from pathlib import Path

TABLE = Path(__file__).with_name("idf.json")


@lru_cache(1)
def _table() -> tuple[dict[str, float], float]:
    """Share of lines that have a stem, and the share of the rarest one counted: assumed of every other."""
    raw = json.loads(TABLE.read_text(encoding="utf-8"))
    shares = {stem: n / raw["n_lines"] for stem, n in raw["lines_with"].items()}
    return shares, min(shares.values())


def share_of_lines(stem: str) -> float:
    shares, rarest = _table()
    return shares.get(stem, rarest)


@lru_cache(8192)
def rarity(stem: str) -> float:
    """Inverse document frequency, 1 for a stem in every line."""
    return 1.0 - log(share_of_lines(stem))


@lru_cache(16384)
def rarity_norm(stems: frozenset[str]) -> float:
    """Length of a text's vector of rarities."""
    return sqrt(_squares(stems))


def _squares(stems: Set[str]) -> float:
    return sum(rarity(s) ** 2 for s in stems)


MIN_EXAMPLES = 3
"""From so many examples on a line is measured against them."""
_PRIOR = 2.0
"""How many examples the commonness of a word outweighs."""
_MUCH_SHORTER, _MUCH_LONGER = -2.0, 1.0
_ALIKE, _TELLING, _CUE, _CUE_ABOVE, _TITLE_ABOVE, _LENGTH, _HEADING, _BIAS = (
    14.0,
    2.0,
    3.0,
    0.8,
    3.0,
    0.8,
    -1.0,
    -6.6,
)
"""Weights of the evidence, rounded from a logistic fit on other fields of CUAD than those it is measured on (docs/models.md); the bias
leans two points to recall."""


@dataclass(frozen=True, slots=True)
class Exemplar:
    centroid: Mapping[str, float]
    """Stem -> weight; of length 1."""
    telling: Mapping[str, float]
    """Stem -> log of how much oftener examples have it than contracts' lines."""
    log_length: float
    """Mean log of the examples' characters."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else speaks for a line, each 0..1."""

    cues: float
    cues_above: float
    title_above: float
    """Likeness of the field's title and the heading."""
    is_heading: bool


def learn_exemplar(
    shapes: Sequence[frozenset[str]], lengths: Sequence[int], definition: frozenset[str]
) -> Exemplar:
    """Args:
    shapes: Stems of each example.
    lengths: Its characters.
    definition: Stems of title, description and cues.
    """
    total: Counter[str] = Counter()
    for shape in (*shapes, definition):
        norm = rarity_norm(shape) or 1.0
        for stem in shape:
            total[stem] += rarity(stem) / norm  # pyright: ignore[reportArgumentType]
    length = sqrt(sum(v * v for v in total.values())) or 1.0
    counts = Counter(stem for shape in shapes for stem in shape)
    telling = {s: log(_rate(n, len(shapes), s) / share_of_lines(s)) for s, n in counts.items()}
    return Exemplar(
        {s: v / length for s, v in total.items()},
        {s: v for s, v in telling.items() if v > 0.0},
        sum(log(max(1, n)) for n in lengths) / len(lengths),
    )


def _rate(n: int, n_examples: int, stem: str) -> float:
    return (n + _PRIOR * share_of_lines(stem)) / (n_examples + _PRIOR)


def resemblance(exemplar: Exemplar, shape: frozenset[str], n_chars: int, around: Surroundings) -> float:
    """How much a line reads like the examples, with what else speaks for it: 0..1."""
    norm = rarity_norm(shape)
    if not norm:
        return 0.0
    alike = sum(exemplar.centroid.get(s, 0.0) * rarity(s) for s in shape) / norm
    telling = sum(exemplar.telling.get(s, 0.0) for s in shape) / (len(shape) + 5)
    longer = min(_MUCH_LONGER, max(_MUCH_SHORTER, log(max(1, n_chars)) - exemplar.log_length))
    evidence = (
        _BIAS
        + _ALIKE * alike
        + _TELLING * telling
        + _CUE * around.cues
        + _CUE_ABOVE * around.cues_above
        + _TITLE_ABOVE * around.title_above
        + _LENGTH * longer
        + _HEADING * around.is_heading
    )
    return 1.0 / (1.0 + exp(-evidence))
