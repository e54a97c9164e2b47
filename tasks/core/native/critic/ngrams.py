"""Linear heads over hashed n-grams: characters of a span with its context, and its words."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.generator.clause_heads import Arrays, array_texts, int8_arrays, int8_matrix, text_array
from tasks.core.native.text.words import (
    FloatArray,
    IntArray,
    SparseRows,
    count_ids,
    of_length_one,
    terms_of,
    words_of,
)

N_INSIDE = 1 << 15
N_BORDER = 1 << 12
N_FEATURES = N_INSIDE + 2 * N_BORDER
BORDER_CHARS = 60
_BLOCKS = ((N_INSIDE, 0), (N_BORDER, N_INSIDE), (N_BORDER, N_INSIDE + N_BORDER))
"""Size and first id of each block: the span, the text before it, the text after it."""
_WEIGHTS = np.asarray([1.0, 0.5, 0.35], dtype=np.float32)
_ID_BITS = 16
_GRAM = 4
_MULTIPLIER = np.uint32(2654435761)
"""Knuth's multiplicative hash: 2^32 divided by the golden ratio."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A span of a passage with its surroundings."""

    text: str
    before: str
    after: str
    heading: str


def snippet(passage: str, start: int, end: int, heading: str) -> Snippet:
    before = passage[max(0, start - BORDER_CHARS) : start]
    return Snippet(passage[start:end], before, passage[end : end + BORDER_CHARS], heading)


@dataclass(frozen=True, slots=True)
class CharNgrams:
    """One head for each trained field over character 4-grams."""

    names: tuple[str, ...]
    weights: FloatArray
    """(N_FEATURES, heads)."""
    bias: FloatArray

    def margins(self, snippets: Sequence[Snippet]) -> FloatArray:
        """float32 (snippets, heads)."""
        if not snippets:
            return np.zeros((0, len(self.names)), dtype=np.float32)
        return char_ngram_rows(snippets).times(self.weights) + self.bias

    def packed(self) -> dict[str, NDArray[np.generic]]:
        return {
            "view_names": text_array(self.names),
            **int8_arrays(self.weights, "view_weights", "view_scale"),
            "view_bias": self.bias.astype(np.float32),
        }


def unpacked_char_ngrams(arrays: Arrays) -> CharNgrams:
    weights, bias = int8_matrix(arrays, "view_weights", "view_scale"), arrays["view_bias"].astype(np.float32)
    return CharNgrams(array_texts(arrays["view_names"]), weights, bias)


def char_ngram_rows(snippets: Sequence[Snippet]) -> SparseRows:
    """Sparse rows: each block has length 1, times its weight."""
    texts = (
        [s.text for s in snippets],
        [f"{s.heading} | {s.before}" for s in snippets],
        [s.after for s in snippets],
    )
    keys = np.sort(np.concatenate([_grams(t, *b) for t, b in zip(texts, _BLOCKS, strict=True)]))
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    counts = np.diff(first, append=len(keys))
    rows, ids = keys[first] >> _ID_BITS, keys[first] & ((1 << _ID_BITS) - 1)
    block = np.searchsorted([offset for _, offset in _BLOCKS[1:]], ids, side="right")
    of_block = rows * len(_BLOCKS) + block
    total = np.bincount(of_block, weights=counts)
    values = np.sqrt(counts / total[of_block]).astype(np.float32) * _WEIGHTS[block]
    return SparseRows(ids, values, np.searchsorted(rows, np.arange(len(snippets) + 1)))


def _grams(texts: Sequence[str], size: int, offset: int) -> IntArray:
    """Row and id of every hashed 4-gram, as one number. All digits are equal."""
    plain = [" " + " ".join(t.lower().split()) + " " for t in texts]
    codes = np.frombuffer("".join(plain).encode("utf-32-le", "replace"), dtype=np.uint32).copy()
    codes[(codes >= 48) & (codes <= 57)] = 48
    if len(codes) < _GRAM:
        return np.zeros(0, np.int64)
    mixed = np.zeros(len(codes) - _GRAM + 1, dtype=np.uint32)
    for k in range(_GRAM):
        mixed = mixed * np.uint32(31337) + codes[k : k + len(mixed)]
    hashed = ((mixed * _MULTIPLIER) >> np.uint32(12)) % np.uint32(size)
    owner = np.repeat(np.arange(len(plain)), [len(t) for t in plain])
    within = owner[: len(mixed)] == owner[_GRAM - 1 :]
    return (owner[: len(mixed)][within] << _ID_BITS) + hashed[within] + offset


N_HASHED = 1 << 16


@dataclass(frozen=True, slots=True)
class WordNgrams:
    """The same heads over words and word pairs."""

    weights: FloatArray
    """(N_HASHED, heads)."""
    bias: FloatArray

    def margins(self, texts: Sequence[str]) -> FloatArray:
        """float32 (texts, heads)."""
        return self.margins_of([words_of(text) for text in texts])

    def margins_of(self, texts: Sequence[Sequence[str]]) -> FloatArray:
        """The same for texts that are split into words."""
        if not texts:
            return np.zeros((0, self.weights.shape[1]), dtype=np.float32)
        return _rows(texts).times(self.weights) + self.bias

    def packed(self) -> dict[str, NDArray[np.generic]]:
        packed = int8_arrays(self.weights, "phrase_weights", "phrase_scale")
        return packed | {"phrase_bias": self.bias.astype(np.float32)}


def unpacked_word_ngrams(arrays: Arrays) -> WordNgrams:
    weights = int8_matrix(arrays, "phrase_weights", "phrase_scale")
    return WordNgrams(weights, arrays["phrase_bias"].astype(np.float32))


def word_ngram_rows(texts: Sequence[str]) -> SparseRows:
    """Sublinear counts of hashed words and word pairs, rows of length 1."""
    return _rows([words_of(text) for text in texts])


def _rows(texts: Sequence[Sequence[str]]) -> SparseRows:
    hashed = [[zlib.crc32(t.encode()) % N_HASHED for t in terms_of(words)] for words in texts]
    ids, counts, starts = count_ids(hashed, N_HASHED)
    return of_length_one(ids, 1.0 + np.log(counts), starts)
