"""Linear heads over the line features, one for each trained clause field; int8 at rest, float32 in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.features import LineRows
from tasks.core.native.sheet import SheetLine
from tasks.core.native.words import FloatArray, Vocabulary

Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class ClauseHeads:
    names: tuple[str, ...]
    vocabulary: Vocabulary
    weights: FloatArray
    """(features, heads)."""
    bias: FloatArray

    def margins(self, lines: Sequence[SheetLine]) -> FloatArray:
        """float32 (lines, heads); above 0 means yes to an untuned head."""
        rows = LineRows(lines, self.vocabulary)
        return rows.margins(self.weights, self.bias, len(self.vocabulary), self.vocabulary.n_words)

    def packed(self) -> dict[str, NDArray[np.generic]]:
        """Arrays for an npz file: weights as int8 with one scale for each head."""
        scale = np.maximum(np.abs(self.weights).max(axis=0), 1e-6) / 127.0
        return {
            "head_names": text_array(self.names),
            "terms": text_array(self.vocabulary.terms),
            "idf": self.vocabulary.idf.astype(np.float16),
            "n_words": np.asarray([self.vocabulary.n_words], dtype=np.int64),
            "weights": np.rint(self.weights / scale).astype(np.int8),
            "scale": scale.astype(np.float32),
            "bias": self.bias.astype(np.float32),
        }


def unpacked_heads(arrays: Arrays) -> ClauseHeads:
    """The inverse of `ClauseHeads.packed`, but for rounding."""
    vocabulary = Vocabulary(
        array_texts(arrays["terms"]),
        arrays["idf"].astype(np.float32),
        int(arrays["n_words"].astype(np.int64)[0]),
    )
    weights = arrays["weights"].astype(np.float32) * arrays["scale"].astype(np.float32)
    return ClauseHeads(
        array_texts(arrays["head_names"]), vocabulary, weights, arrays["bias"].astype(np.float32)
    )


def text_array(texts: Sequence[str]) -> NDArray[np.uint8]:
    """Strings as one UTF-8 array, one a line: no object arrays, so that loading never needs pickle."""
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def array_texts(array: NDArray[np.generic]) -> tuple[str, ...]:
    return tuple(array.astype(np.uint8).tobytes().decode().split("\n"))
