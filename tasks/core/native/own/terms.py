"""The terms of a text: stems, pairs of Chinese characters, and concepts of contracts.

A concept stands for words that contracts use for one thing ("rent" and "rental", "end" and
"expire"), so that a field's definition meets a clause that says it in other words.

Source: the Snowball stemmer for English (snowballstemmer 3.1).
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from math import log
from pathlib import Path
from typing import Protocol, cast

import snowballstemmer  # pyright: ignore[reportMissingTypeStubs]

from tasks.core.text.look_alikes import folded

CONCEPTS = Path(__file__).with_name("concepts.toml")
SHARES = Path(__file__).with_name("term_shares.json")
_WORD = re.compile(r"[a-zà-öø-ÿœßşğıłńśźžčćěřůőű]+(?:['’][a-z]+)?", re.IGNORECASE)
_CJK_RUN = re.compile(r"[\u3400-\u9fff]+")
_STOP = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "at",
        "by",
        "for",
        "from",
        "with",
        "and",
        "or",
        "as",
        "is",
        "are",
        "be",
        "been",
        "being",
        "was",
        "were",
        "it",
        "its",
        "this",
        "that",
        "these",
        "those",
        "which",
        "who",
        "whom",
        "whose",
        "such",
        "any",
        "all",
        "each",
        "every",
        "some",
        "other",
        "another",
        "same",
        "so",
        "if",
        "then",
        "than",
        "there",
        "here",
        "has",
        "have",
        "had",
        "do",
        "does",
        "did",
        "shall",
        "will",
        "would",
        "should",
        "may",
        "might",
        "can",
        "could",
        "must",
        "not",
        "no",
        "nor",
        "hereof",
        "hereto",
        "herein",
        "hereby",
        "hereunder",
        "thereof",
        "thereto",
        "therein",
        "under",
        "upon",
        "into",
        "out",
        "up",
        "per",
        "mr",
        "mrs",
        "ms",
        "dr",
        "one",
        "he",
        "she",
        "they",
        "them",
        "their",
        "his",
        "her",
        "our",
        "your",
        "we",
        "you",
        "us",
        "i",
        "me",
        "my",
        "what",
        "how",
        "where",
        "when",
        "whether",
        "also",
        "only",
        "more",
        "most",
        "very",
        "about",
        "between",
        "both",
        "either",
        "neither",
        "within",
        "count",
        "counts",
        "counted",
    ]
)
_HAN_STOP = frozenset("的了在是和与或及之其为以于由对将应本该等并且而则者所有个一二三四五六七八九十")


class _Stemmer(Protocol):
    """What is used of snowballstemmer, which has no types."""

    def stemWord(self, word: str) -> str: ...


_STEMMER = cast(
    "_Stemmer",
    snowballstemmer.stemmer("english"),  # pyright: ignore[reportUnknownMemberType]
)


@lru_cache(65536)
def stem(word: str) -> str:
    return _STEMMER.stemWord(word)


@lru_cache(1)
def _concepts() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[tuple[str, tuple[str, ...]], ...]]]:
    """Concepts by stems, and Chinese words with their concepts by first character."""
    by_stem: dict[str, list[str]] = {}
    by_han: dict[str, list[str]] = {}
    for name, words in tomllib.loads(CONCEPTS.read_text(encoding="utf-8"))["concepts"].items():
        for word in words:
            if _CJK_RUN.search(word):
                by_han.setdefault(word, []).append(f"#{name}")
            else:
                by_stem.setdefault(" ".join(stem(w) for w in word.lower().split()), []).append(f"#{name}")
    by_first: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for word, names in by_han.items():
        by_first.setdefault(word[0], []).append((word, tuple(names)))
    return {k: tuple(v) for k, v in by_stem.items()}, {k: tuple(v) for k, v in by_first.items()}


@lru_cache(32768)
def terms(text: str) -> frozenset[str]:
    """The terms of a text; concepts begin with `#`."""
    plain = folded(text).lower()
    by_stem, by_han = _concepts()
    found: set[str] = set()
    before = earlier = ""
    for word in _WORD.findall(plain):
        short = stem(word.replace("’", "'").removesuffix("'s"))
        found.update(by_stem.get(short, ()))
        found.update(by_stem.get(f"{before} {short}", ()))
        found.update(by_stem.get(f"{earlier} {before} {short}", ()))
        earlier, before = before, short
        if word not in _STOP and len(word) > 1:
            found.add(short)
    for run in _CJK_RUN.findall(plain):
        found.update(a + b for a, b in pairwise(run) if not {a, b} <= _HAN_STOP)
        for at, first in enumerate(run):
            for word, concepts in by_han.get(first, ()):
                if run.startswith(word, at):
                    found.update(concepts)
    return frozenset(found)


@lru_cache(1)
def _shares() -> tuple[Mapping[str, float], float]:
    """The share of lines with a term, by term; and the share of terms that are not in the table."""
    raw = json.loads(SHARES.read_text(encoding="utf-8"))
    return {t: n / raw["n_lines"] for t, n in raw["lines_with"].items()}, 1.0 / raw["n_lines"]


@lru_cache(65536)
def rarity(term: str) -> float:
    """0 for a term that is in every line, about 1 for one that is in none."""
    shares, least = _shares()
    return log(max(shares.get(term, least), least)) / log(least)


def weight(found: Iterable[str]) -> float:
    return sum(map(rarity, found))


@lru_cache(65536)
def _whole(found: frozenset[str]) -> float:
    """The weight of a set that is compared with many: a field's, or a line's."""
    return weight(found)


def share(wanted: frozenset[str], text: frozenset[str]) -> float:
    """The part of the wanted terms, weighed by rarity, that a text has: 0..1."""
    both = wanted & text
    return weight(both) / _whole(wanted) if both else 0.0


def cosine(a: frozenset[str], b: frozenset[str]) -> float:
    """Likeness of two sets of terms, weighed by rarity: 0..1."""
    both = a & b
    return weight(both) / (_whole(a) * _whole(b)) ** 0.5 if both else 0.0
