"""The tokens of a text's units, and what the name tagger sees of each.

The features are those of trained models: a change here changes their answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, repeat

from tasks.core.native.text.units import split_units
from tasks.core.text.look_alikes import folded

AROUND = (-4, -3, -2, -1, 1, 2, 3, 4)
"""Which neighbours' words a token sees."""
KINDS_AROUND = (-2, -1, 1, 2)
"""Which neighbours' kinds and shapes a token sees."""
EDGE = "<>"
"""What a token sees beyond the ends of its unit."""
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][a-z]+)?|\d+|_{2,}|\[[^\]\n]{0,12}\]|[^\w\s]", re.UNICODE)
# A feature of trained models, so it stays as it was when they were trained.
_MONTH = re.compile(r"^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*$", re.IGNORECASE)
_COMPANY = re.compile(
    "inc|corp|corporation|llc|ltd|limited|company|co|lp|gmbh|plc|ag|trust|bank|partnership|sa|nv|bv"
    "|incorporated|llp"
)
_OWN_KIND = re.compile(r"[\"“”(),.;:]|between|among|and|of|dated|effective|day")
"""Tokens that are a kind of their own."""


@dataclass(frozen=True, slots=True)
class Token:
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class TokenSequence:
    """A unit's tokens, and what is the same for all of them."""

    tokens: tuple[Token, ...]
    words: tuple[str, ...]
    """The tokens' texts in small letters."""
    shared: tuple[str, ...]
    """The features that all tokens of the unit share."""

    @property
    def features(self) -> list[list[str]]:
        """The features of each token, as the tagger reads them."""
        words, n = self.words, len(self.words)
        kinds = [EDGE, EDGE, *map(kind_of, words), EDGE, EDGE]  # kinds[i + 2] is token i's
        shapes = [shape_of(t.text) for t in self.tokens]
        pairs = ["w|"] * 2 + [f"{k}|{s}" for k, s in zip(kinds[2:-2], shapes, strict=True)] + ["w|"] * 2
        around = [EDGE] * 4 + ["0" if w.isdigit() else w for w in words] + [EDGE] * 4
        columns = [
            [f"w0={w}" for w in words],
            [f"s0={s}" for s in shapes],
            [f"x0={w[-3:]}" for w in words],
            [f"k0={k}" for k in kinds[2:-2]],
            *(repeat(c, n) for c in self.shared),
            *([f"w{offset}={w}" for w in around[4 + offset : 4 + offset + n]] for offset in AROUND),
            *([f"k{offset}={p}" for p in pairs[2 + offset : 2 + offset + n]] for offset in KINDS_AROUND),
            [f"w-1,0={a}|{b}" for a, b in pairwise([EDGE, *words])],
            [f"k-1..1={a}|{b}|{c}" for a, b, c in zip(kinds[1:-3], kinds[2:-2], kinds[3:-1], strict=True)],
            [f"at={place_of(i)}" for i in range(n)],
        ]
        return [list(row) for row in zip(*columns, strict=True)]


def token_sequences(text: str) -> list[TokenSequence]:
    """A token sequence for each unit of a text that has tokens."""
    plain = folded(text)
    sequences: list[TokenSequence] = []
    previous = ""
    for number, unit in enumerate(split_units(text)):
        tokens = tuple(
            Token(m.start(), m.end(), m.group()) for m in _TOKEN.finditer(plain, unit.start, unit.end)
        )
        if tokens:
            words = tuple([t.text.lower() for t in tokens])
            line = plain[tokens[0].start : tokens[-1].end]
            sequences.append(TokenSequence(tokens, words, _shared(words, line, number, previous)))
        previous = unit.of(plain).lower()
    return sequences


def _shared(words: Sequence[str], line: str, number: int, previous: str) -> tuple[str, ...]:
    return (
        f"unit={min(number, 12)}",
        f"caps={line.isupper()}",
        f"size={min(len(words), 40) // 5}",
        f"agreement={'agreement' in words}",
        f"between={'between' in words or 'among' in words}",
        f"prev={previous.split()[-1] if previous else '-'}",
    )


def place_of(index: int) -> int:
    """How far behind the unit's begin a token is, in threes, up to 10."""
    return min(index, 30) // 3


@lru_cache(4096)
def kind_of(word: str) -> str:
    if word.isdigit():
        return f"d{min(len(word), 5)}"
    if _MONTH.match(word):
        return "month"
    if _COMPANY.fullmatch(word):
        return "company"
    if _OWN_KIND.fullmatch(word):
        return word
    return "blank" if word.startswith("_") else "w"


def shape_of(text: str) -> str:
    if text.isupper():
        return "X" if len(text) > 1 else "X1"
    if text[:1].isupper():
        return "Xx"
    return "x" if text.isalpha() else "-"
