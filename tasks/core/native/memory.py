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

from tasks.core.native.heads import Arrays, array_texts, text_array
from tasks.core.native.words import FloatArray, IntArray, Vocabulary, pack, words_of

N_DIMS = 128
N_VOTES = 20
_N_BEST = 5
N_NEIGHBOUR_EVIDENCE = 6


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

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """The points of texts."""
        if not texts:
            return np.zeros((0, N_DIMS), dtype=np.float32)
        rows = pack(self.vocabulary.word_vector(words_of(t)) for t in texts)
        return unit_rows(rows.times(self.projection))

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
    return Memory(vocabulary, projection, bank, labels, mean, np.linalg.inv(covariance).astype(np.float32))


@dataclass(frozen=True, slots=True)
class Known:
    """What a memory knows of one field."""

    rows: IntArray
    """Bank rows that are right for it; empty for a field nobody trained."""
    is_right: NDArray[np.bool_]
    """The same as a mask over the bank."""
    examples: FloatArray
    """Points beside the bank that are right for it: (examples, N_DIMS)."""
    unseen: IntArray
    """Bank rows not to look at: what would not be there had nobody ever annotated this field. Empty but in training."""


def neighbour_evidence(similar: FloatArray, to_examples: FloatArray, known: Known) -> list[float]:
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
    nearest = (
        np.argpartition(similar, -N_VOTES)[-N_VOTES:] if len(similar) > N_VOTES else np.arange(len(similar))
    )
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


def unit_rows(points: FloatArray) -> FloatArray:
    length = np.linalg.norm(points, axis=1, keepdims=True)
    return (points / np.maximum(length, 1e-9)).astype(np.float32)
