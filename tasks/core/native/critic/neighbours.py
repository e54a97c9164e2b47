"""The critic's memory: what clauses of contracts looked like, each with the fields it was right for.

A text is a point in a small space (word TF-IDF, projected by a truncated SVD of unlabelled lines). Near a candidate lie clauses of known
fields: the more of its nearest neighbours carry its field, the better. A field nobody trained has its schema's examples as its
memory, so it is judged by the same evidence.

Shapes:
    Points: float32 (texts, N_DIMS), rows of length 1, or 0 for a text without a known word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.generator.clause_heads import Arrays, array_texts, text_array
from tasks.core.native.text.words import FloatArray, IntArray, Vocabulary, words_of

N_DIMS = 128
N_VOTES = 20
_N_BEST = 5
_SPAN = 128
"""The bank is searched in spans of so many rows: where `N_VOTES` spans have a row as near, what is farther is no neighbour."""


@dataclass(frozen=True, slots=True)
class Memory:
    vocabulary: Vocabulary
    projection: FloatArray
    """(words, N_DIMS)."""
    bank: FloatArray
    """Points of known texts: (rows, N_DIMS)."""
    labels: NDArray[np.bool_]
    """(rows, trained fields): the text is right for the field."""
    mean: FloatArray
    whitener: FloatArray
    """Inverse covariance of the bank, (N_DIMS, N_DIMS)."""
    distinct: FloatArray
    """The bank's points without repetition: contracts share their boilerplate."""
    which: IntArray
    """Of each row of the bank its row of `distinct`."""

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """The points of texts."""
        return self.place([words_of(t) for t in texts])

    def place(self, texts: Sequence[Sequence[str]]) -> FloatArray:
        """The points of texts that are words already."""
        if not texts:
            return np.zeros((0, N_DIMS), dtype=np.float32)
        return unit_rows(self.vocabulary.word_rows(texts).times(self.projection))

    def cosines(self, points: FloatArray) -> FloatArray:
        """Points with every row of the bank: float32 (points, rows). Rows of the same words are equally near, to the last bit."""
        return (points @ self.distinct.T).take(self.which, axis=1)

    def direction(self, points: FloatArray) -> tuple[FloatArray, float]:
        """Weights and bias of a linear head that leads from the bank's middle to the middle of a field's points.

        Fisher's discriminant with the bank's covariance, in standard deviations of the bank: one example is enough to have one.
        """
        away = points.mean(axis=0) - self.mean
        weights = away @ self.whitener
        weights = weights / max(float(away @ weights), 1e-9) ** 0.5
        return weights.astype(np.float32), float(-self.mean @ weights)

    def packed(self) -> dict[str, NDArray[np.generic]]:
        scale = np.maximum(np.abs(self.projection).max(axis=0), 1e-6) / 127.0
        return {
            "memory_words": text_array(self.vocabulary.terms),
            "memory_idf": self.vocabulary.idf.astype(np.float16),
            "memory_projection": np.rint(self.projection / scale).astype(np.int8),
            "memory_scale": scale.astype(np.float32),
            "memory_bank": np.rint(self.bank * 127.0).astype(np.int8),
            "memory_labels": np.packbits(self.labels, axis=1),
            "memory_n_fields": np.asarray([self.labels.shape[1]], dtype=np.int64),
        }


def unpacked_memory(arrays: Arrays) -> Memory:
    """The inverse of `Memory.packed`, but for rounding; middle and covariance are computed anew."""
    terms = array_texts(arrays["memory_words"])
    n_fields = int(arrays["memory_n_fields"].astype(np.int64)[0])
    return build_memory(
        Vocabulary(terms, arrays["memory_idf"].astype(np.float32), len(terms)),
        arrays["memory_projection"].astype(np.float32) * arrays["memory_scale"].astype(np.float32),
        unit_rows(arrays["memory_bank"].astype(np.float32)),
        np.unpackbits(arrays["memory_labels"].astype(np.uint8), axis=1, count=n_fields).astype(np.bool_),
    )


def build_memory(
    vocabulary: Vocabulary, projection: FloatArray, bank: FloatArray, labels: NDArray[np.bool_]
) -> Memory:
    mean = bank.mean(axis=0)
    covariance = np.cov(bank.T) + 1e-3 * np.eye(bank.shape[1])
    whitener = np.linalg.inv(covariance).astype(np.float32)
    distinct, which = np.unique(bank, axis=0, return_inverse=True)
    return Memory(vocabulary, projection, bank, labels, mean, whitener, distinct, which.reshape(-1))


@dataclass(frozen=True, slots=True)
class KnownTexts:
    """What a memory knows of one field."""

    rows: IntArray
    """Bank rows that are right for it; empty for a field nobody trained."""
    is_right: NDArray[np.bool_]
    """The same as a mask over the bank."""
    examples: FloatArray
    """Points beside the bank that are right for it: (examples, N_DIMS)."""
    unseen: IntArray
    """Bank rows not to look at: what would not be there had nobody ever annotated this field. Empty but in training."""


def neighbour_evidence(similar: FloatArray, to_examples: FloatArray, known: KnownTexts) -> list[float]:
    """How near a text lies to what is right for a field, and to what is not.

    Args:
        similar: Its cosines with the bank, (rows,).
        to_examples: Its cosines with the field's own examples, (examples,).

    Returns:
        Nearest right one, mean of the five nearest right ones, nearest other, their difference, share of the 20 nearest that are right
        (weighted by cosine), share of the five nearest.
    """
    if len(known.unseen):
        similar = similar.copy()
        similar[known.unseen] = -1.0
    nearest = _nearest(similar)
    is_right = known.is_right[nearest]
    cosines = np.concatenate([similar[nearest], to_examples])
    right = np.concatenate([is_right, np.ones(len(to_examples), dtype=np.bool_)])
    order = np.argsort(-cosines, kind="stable")[:N_VOTES]
    cosines, right = np.maximum(cosines[order], 0.0), right[order]
    own = np.sort(np.concatenate([similar[known.rows], to_examples]))[-_N_BEST:][::-1]
    others = cosines[~right]
    first = float(own[0]) if len(own) else 0.0
    rival = float(others[0]) if len(others) else float(cosines[-1]) if len(cosines) else 0.0
    weight = float(cosines.sum())
    return [
        first,
        float(own.sum()) / _N_BEST if len(own) >= _N_BEST else float(own.mean()) if len(own) else 0.0,
        rival,
        first - rival,
        float(cosines[right].sum()) / weight if weight else 0.0,
        float(right[:_N_BEST].mean()) if len(right) else 0.0,
    ]


def _nearest(similar: FloatArray) -> IntArray:
    """The rows that may be among the `N_VOTES` nearest, in the bank's order; so equally near ones always keep one order."""
    n_spans = len(similar) // _SPAN
    if n_spans < N_VOTES:
        return np.arange(len(similar))
    best = similar[: n_spans * _SPAN].reshape(n_spans, _SPAN).max(axis=1)
    return np.flatnonzero(similar >= np.partition(best, -N_VOTES)[-N_VOTES])


def unit_rows(points: FloatArray) -> FloatArray:
    length = np.linalg.norm(points, axis=1, keepdims=True)
    return (points / np.maximum(length, 1e-9)).astype(np.float32)
