"""Turns text into words and sparse vectors, for training and inference alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

_WORD = re.compile(r"[^\W\d_]+|\d+|\[?\*{2,}\]?|[%$€£¥§]")


def words_of(text: str) -> list[str]:
    """Words in lower case; every number is `0`, every redaction `***`."""
    return [w if w.isalpha() else _symbol(w) for w in _WORD.findall(text.lower())]


def _symbol(word: str) -> str:
    if word[0].isdigit():
        return "0"
    return "***" if "*" in word else word


def terms_of(words: Sequence[str]) -> list[str]:
    """Words and word pairs."""
    return [*words, *map(" ".join, pairwise(words))]


@dataclass(frozen=True, slots=True)
class SparseRows:
    """A sparse matrix by rows: `ids` and `values` of row r are at `starts[r]:starts[r + 1]`."""

    ids: IntArray
    values: FloatArray
    starts: IntArray

    @property
    def n_rows(self) -> int:
        return len(self.starts) - 1

    def times(self, weights: FloatArray) -> FloatArray:
        """The product with a dense matrix (features, heads): float32 (rows, heads)."""
        out = np.zeros((self.n_rows, weights.shape[1]), dtype=np.float32)
        # Row by row: the weights of one row fit in the processor's cache, those of all do not.
        for row, (start, end) in enumerate(pairwise(self.starts.tolist())):
            if start < end:
                np.dot(self.values[start:end], weights.take(self.ids[start:end], axis=0), out=out[row])
        return out


def pack_rows(rows: Iterable[tuple[Sequence[int], Sequence[float]]]) -> SparseRows:
    """Rows from (ids, values) pairs."""
    pairs = list(rows)
    ids = np.fromiter(chain.from_iterable(p[0] for p in pairs), np.int64)
    values = np.fromiter(chain.from_iterable(p[1] for p in pairs), np.float32)
    return SparseRows(ids, values, np.cumsum([0, *(len(p[0]) for p in pairs)], dtype=np.int64))


def count_ids(texts: Sequence[Sequence[int]], n_ids: int) -> tuple[IntArray, IntArray, IntArray]:
    """The distinct ids of each text, their counts, and each text's start."""
    lengths = [len(t) for t in texts]
    owner = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
    keys = np.sort(owner * n_ids + np.fromiter(chain.from_iterable(texts), np.int64, len(owner)))
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    rows, ids = np.divmod(keys[first], n_ids)
    return ids, np.diff(first, append=len(keys)), np.searchsorted(rows, np.arange(len(texts) + 1))


def of_length_one(ids: IntArray, values: NDArray[np.float64], starts: IntArray) -> SparseRows:
    """Rows scaled to length 1; an empty row stays empty."""
    sizes = np.diff(starts)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    lengths = np.sqrt(np.bincount(owner, values * values, len(sizes)))
    return SparseRows(ids, (values / lengths[owner]).astype(np.float32), starts)


class Vocabulary:
    """Terms with their idf. The first `n_words`, frequent single words, also describe context."""

    def __init__(self, terms: Sequence[str], idf: FloatArray, n_words: int) -> None:
        self.terms = tuple(terms)
        self.idf = idf
        self.n_words = n_words
        self._ids = {t: i for i, t in enumerate(self.terms)}
        self._word_ids = {t: i for i, t in enumerate(self.terms[:n_words])}
        self._idf = idf.astype(np.float64)

    def __len__(self) -> int:
        return len(self.terms)

    def rows(self, texts: Sequence[Sequence[str]]) -> SparseRows:
        """Sublinear TF-IDF of each text's words and word pairs, rows of length 1."""
        return self._weighted([[i for i in map(self._ids.get, terms_of(t)) if i is not None] for t in texts])

    def word_rows(self, texts: Sequence[Sequence[str]]) -> SparseRows:
        """The same of the context words only."""
        return self._weighted([[i for i in map(self._word_ids.get, t) if i is not None] for t in texts])

    def _weighted(self, texts: Sequence[Sequence[int]]) -> SparseRows:
        ids, counts, starts = count_ids(texts, len(self.terms))
        return of_length_one(ids, (1.0 + _LOG[np.minimum(counts, 63)]) * self._idf[ids], starts)


_LOG = np.log(np.maximum(np.arange(64), 1))


def learn_vocabulary(
    texts: Sequence[Sequence[str]], weights: Sequence[float], n_terms: int, n_words: int
) -> Vocabulary:
    """The `n_terms` terms that occur in the most texts.

    Args:
        texts: The words of each text.
        weights: How much each text counts for the choice; for the idf, each text counts once.
        n_words: How many single words describe context.
    """
    weighted: Counter[str] = Counter()
    frequency: Counter[str] = Counter()
    for words, weight in zip(texts, weights, strict=True):
        terms = set(terms_of(words))
        frequency.update(terms)
        for term in terms:
            weighted[term] += weight  # pyright: ignore[reportArgumentType]
    ranked = [t for t, _ in sorted(weighted.items(), key=lambda item: (-item[1], item[0]))]
    words = [t for t in ranked if " " not in t][:n_words]
    context_words = set(words)
    terms = words + [t for t in ranked if t not in context_words][: n_terms - len(words)]
    idf = [np.log((1 + len(texts)) / (1 + frequency[t])) + 1 for t in terms]
    return Vocabulary(terms, np.asarray(idf, dtype=np.float32), len(words))
