"""The critic's memory: clauses of training contracts as points, with the fields each is right for.

A point is a text's word TF-IDF, projected by a truncated SVD of unlabelled lines. A candidate is
judged by how many of its nearest neighbours are right for its field.

Shapes:
    Points: float32 (texts, N_DIMS), rows of length 1, or 0 for a text without a known word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.generator.clause_heads import Arrays, array_texts, int8_arrays, int8_matrix, text_array
from tasks.core.native.text.words import FloatArray, IntArray, Vocabulary, words_of

N_DIMS = 128
N_VOTES = 20
_N_BEST = 5
_SPAN = 128
"""Rows of the bank that are searched together."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Clauses as points, with what searching them needs."""

    vocabulary: Vocabulary
    projection: FloatArray
    """(words, N_DIMS)."""
    bank: FloatArray
    """Points of clauses: (rows, N_DIMS)."""
    labels: NDArray[np.bool_]
    """Whether the clause is right for the field: (rows, trained fields)."""
    mean: FloatArray
    whitener: FloatArray
    """Inverse covariance of the bank, (N_DIMS, N_DIMS)."""
    distinct: FloatArray
    """The bank without repeated points, since contracts share their boilerplate."""
    which: IntArray
    """For each row of the bank, its row of `distinct`."""

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """The points of texts."""
        return self.points_of([words_of(t) for t in texts])

    def points_of(self, texts: Sequence[Sequence[str]]) -> FloatArray:
        """The points of texts that are split into words."""
        if not texts:
            return np.zeros((0, N_DIMS), dtype=np.float32)
        return unit_rows(self.vocabulary.word_rows(texts).times(self.projection))

    def cosines(self, points: FloatArray) -> FloatArray:
        """Cosines of points with the bank: float32 (points, rows)."""
        # By distinct points, so that equal rows have equal cosines to the last bit.
        return (points @ self.distinct.T).take(self.which, axis=1)

    def direction(self, points: FloatArray) -> tuple[FloatArray, float]:
        """Weights and bias of a linear head from the bank's mean toward the mean of some points.

        Fisher's discriminant with the bank's covariance, in standard deviations of the bank.
        """
        away = points.mean(axis=0) - self.mean
        weights = away @ self.whitener
        weights = weights / max(float(away @ weights), 1e-9) ** 0.5
        return weights.astype(np.float32), float(-self.mean @ weights)

    def packed(self) -> dict[str, NDArray[np.generic]]:
        return {
            "memory_words": text_array(self.vocabulary.terms),
            "memory_idf": self.vocabulary.idf.astype(np.float16),
            **int8_arrays(self.projection, "memory_projection", "memory_scale"),
            "memory_bank": np.rint(self.bank * 127.0).astype(np.int8),
            "memory_labels": np.packbits(self.labels, axis=1),
            "memory_n_fields": np.asarray([self.labels.shape[1]], dtype=np.int64),
        }


def unpacked_memory(arrays: Arrays) -> Memory:
    """The inverse of `Memory.packed`, except for rounding."""
    terms = array_texts(arrays["memory_words"])
    n_fields = int(arrays["memory_n_fields"].astype(np.int64)[0])
    return build_memory(
        Vocabulary(terms, arrays["memory_idf"].astype(np.float32), len(terms)),
        int8_matrix(arrays, "memory_projection", "memory_scale"),
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
    """The known right texts of one field."""

    rows: IntArray
    """Its rows of the bank; empty for a field that was not trained."""
    is_right: NDArray[np.bool_]
    """The same as a mask over the bank."""
    examples: FloatArray
    """Points that are not in the bank: (examples, N_DIMS)."""
    unseen: IntArray
    """Rows of the bank to ignore, those with no other field than this one. For training."""


def neighbour_evidence(similar: FloatArray, to_examples: FloatArray, known: KnownTexts) -> list[float]:
    """How near a text is to the right texts of a field, and to others.

    Args:
        similar: Its cosines with the bank, (rows,).
        to_examples: Its cosines with the field's examples, (examples,).

    Returns:
        Cosine of the nearest right text, mean of the five nearest, cosine of the nearest other one,
        the difference of first and third, share of right texts among the 20 nearest (weighted by
        cosine) and among the five nearest.
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
    best = np.sort(np.concatenate([similar[known.rows], to_examples]))[-_N_BEST:][::-1]
    others = cosines[~right]
    first = float(best[0]) if len(best) else 0.0
    rival = float(others[0]) if len(others) else float(cosines[-1]) if len(cosines) else 0.0
    weight = float(cosines.sum())
    return [
        first,
        float(best.sum()) / _N_BEST if len(best) >= _N_BEST else float(best.mean()) if len(best) else 0.0,
        rival,
        first - rival,
        float(cosines[right].sum()) / weight if weight else 0.0,
        float(right[:_N_BEST].mean()) if len(right) else 0.0,
    ]


def _nearest(similar: FloatArray) -> IntArray:
    """The rows that may be among the `N_VOTES` nearest, in the bank's order, which breaks ties."""
    n_spans = len(similar) // _SPAN
    if n_spans < N_VOTES:
        return np.arange(len(similar))
    # If `N_VOTES` spans have a row at least as near, a row farther away is no neighbour.
    best = similar[: n_spans * _SPAN].reshape(n_spans, _SPAN).max(axis=1)
    return np.flatnonzero(similar >= np.partition(best, -N_VOTES)[-N_VOTES])


def unit_rows(points: FloatArray) -> FloatArray:
    length = np.linalg.norm(points, axis=1, keepdims=True)
    return (points / np.maximum(length, 1e-9)).astype(np.float32)
