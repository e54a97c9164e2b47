"""A third opinion on a span: its words and word pairs, hashed, one linear head for each trained field.

The generator's heads see the words of single units with their surroundings; these see a proposed span as a whole, and were fitted on what
generators propose, right and wrong. Only spans that are judged go through it, never every line.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.heads import Arrays
from tasks.core.native.words import FloatArray, SparseRows, count_ids, of_length_one, terms_of, words_of

N_HASHED = 1 << 16


@dataclass(frozen=True, slots=True)
class PhraseView:
    weights: FloatArray
    """(N_HASHED, heads); the heads are those of the second view."""
    bias: FloatArray

    def margins(self, texts: Sequence[str]) -> FloatArray:
        """float32 (texts, heads)."""
        return self.judge([words_of(text) for text in texts])

    def judge(self, texts: Sequence[Sequence[str]]) -> FloatArray:
        """The same of texts that are words already."""
        if not texts:
            return np.zeros((0, self.weights.shape[1]), dtype=np.float32)
        return _rows(texts).times(self.weights) + self.bias

    def packed(self) -> dict[str, NDArray[np.generic]]:
        scale = np.maximum(np.abs(self.weights).max(axis=0), 1e-6) / 127.0
        return {
            "phrase_weights": np.rint(self.weights / scale).astype(np.int8),
            "phrase_scale": scale.astype(np.float32),
            "phrase_bias": self.bias.astype(np.float32),
        }


def unpacked_phrases(arrays: Arrays) -> PhraseView:
    weights = arrays["phrase_weights"].astype(np.float32) * arrays["phrase_scale"].astype(np.float32)
    return PhraseView(weights, arrays["phrase_bias"].astype(np.float32))


def phrase_rows(texts: Sequence[str]) -> SparseRows:
    """Sublinear counts of hashed words and word pairs, rows of length 1."""
    return _rows([words_of(text) for text in texts])


def _rows(texts: Sequence[Sequence[str]]) -> SparseRows:
    hashed = [[zlib.crc32(t.encode()) % N_HASHED for t in terms_of(words)] for words in texts]
    ids, counts, starts = count_ids(hashed, N_HASHED)
    return of_length_one(ids, 1.0 + np.log(counts), starts)
