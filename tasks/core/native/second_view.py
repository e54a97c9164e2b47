"""The critic's own view of a text: hashed character 4-grams of a span, and apart from them of what stands before and after it.

It shares nothing with the generator's view (words of a unit): it sees a span as a whole, its inside and its borders, and word forms
the generator's vocabulary lacks. One linear head for each trained field, fitted on the generator's mistakes.

Shapes:
    Ids: [0, N_INSIDE) the span's grams, then N_BORDER for the text before (with the heading), N_BORDER for the text after.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.heads import Arrays, array_texts, text_array
from tasks.core.native.words import FloatArray, IntArray, Rows

N_INSIDE = 1 << 15
N_BORDER = 1 << 12
N_FEATURES = N_INSIDE + 2 * N_BORDER
BORDER_CHARS = 60
_GRAM = 4
_MULTIPLIER = np.uint32(2654435761)
"""Knuth's multiplicative hash: 2^32 divided by the golden ratio."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A span's text with its surroundings."""

    text: str
    before: str
    after: str
    heading: str


def snippet(passage: str, start: int, end: int, heading: str) -> Snippet:
    before = passage[max(0, start - BORDER_CHARS) : start]
    return Snippet(passage[start:end], before, passage[end : end + BORDER_CHARS], heading)


@dataclass(frozen=True, slots=True)
class SecondView:
    names: tuple[str, ...]
    weights: FloatArray
    """(N_FEATURES, heads)."""
    bias: FloatArray

    def margins(self, snippets: Sequence[Snippet]) -> FloatArray:
        """float32 (snippets, heads)."""
        if not snippets:
            return np.zeros((0, len(self.names)), dtype=np.float32)
        return snippet_rows(snippets).times(self.weights) + self.bias

    def packed(self) -> dict[str, NDArray[np.generic]]:
        scale = np.maximum(np.abs(self.weights).max(axis=0), 1e-6) / 127.0
        return {
            "view_names": text_array(self.names),
            "view_weights": np.rint(self.weights / scale).astype(np.int8),
            "view_scale": scale.astype(np.float32),
            "view_bias": self.bias.astype(np.float32),
        }


def unpacked_view(arrays: Arrays) -> SecondView:
    weights = arrays["view_weights"].astype(np.float32) * arrays["view_scale"].astype(np.float32)
    return SecondView(array_texts(arrays["view_names"]), weights, arrays["view_bias"].astype(np.float32))


def snippet_rows(snippets: Iterable[Snippet]) -> Rows:
    """Sparse rows; each block has length 1, the borders count half."""
    ids: list[IntArray] = []
    values: list[FloatArray] = []
    starts = [0]
    for piece in snippets:
        blocks = (
            (piece.text, N_INSIDE, 0, 1.0),
            (f"{piece.heading} | {piece.before}", N_BORDER, N_INSIDE, 0.5),
            (piece.after, N_BORDER, N_INSIDE + N_BORDER, 0.35),
        )
        n = starts[-1]
        for text, size, offset, weight in blocks:
            block_ids, block_values = _grams(text, size)
            ids.append(block_ids + offset)
            values.append(block_values * np.float32(weight))
            n += len(block_ids)
        starts.append(n)
    if not ids:
        return Rows(np.zeros(0, np.int64), np.zeros(0, np.float32), np.asarray(starts, dtype=np.int64))
    return Rows(np.concatenate(ids), np.concatenate(values), np.asarray(starts, dtype=np.int64))


def _grams(text: str, size: int) -> tuple[IntArray, FloatArray]:
    plain = " " + " ".join(text.lower().split()) + " "
    codes = np.frombuffer(plain.encode("utf-32-le", "replace"), dtype=np.uint32).copy()
    codes[(codes >= 48) & (codes <= 57)] = 48
    if len(codes) < _GRAM:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    mixed = np.zeros(len(codes) - _GRAM + 1, dtype=np.uint32)
    for k in range(_GRAM):
        mixed = mixed * np.uint32(31337) + codes[k : k + len(mixed)]
    hashed = ((mixed * _MULTIPLIER) >> np.uint32(12)) % np.uint32(size)
    found, counts = np.unique(hashed.astype(np.int64), return_counts=True)
    weights = np.sqrt(counts).astype(np.float32)
    return found, weights / np.float32(np.sqrt(float(counts.sum())))
