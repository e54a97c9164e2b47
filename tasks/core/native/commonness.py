"""How common words are in contracts: what makes two clauses alike is the words that most lines lack.

The table counts lines of contracts without looking at any label (`tasks.training.commonness` writes it).
"""

from __future__ import annotations

import json
from collections.abc import Set
from functools import lru_cache
from math import log, sqrt
from pathlib import Path

TABLE = Path(__file__).with_name("commonness.json")


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
