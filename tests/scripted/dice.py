"""Chance that can be repeated: a draw is the digest of what it is for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dice:
    seed: int
    habit: float = 0.0
    """Share of the draws that do not hang on the seed: mistakes that the model makes however often it is asked."""

    def falls(self, rate: float, *key: object) -> bool:
        """Whether what happens at this rate happens here."""
        return self.draw(*key) < rate

    def draw(self, *key: object) -> float:
        """0 to 1, the same for the same key."""
        return _unit(key) if _unit(("habit", *key)) < self.habit else _unit((self.seed, *key))

    def pick(self, among: Sequence[str], *key: object) -> str:
        return among[int(self.draw("pick", *key) * len(among))]


DICE = Dice(0)


def digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def _unit(key: object) -> float:
    return int.from_bytes(hashlib.sha256(repr(key).encode()).digest()[:7], "big") / 2**56
