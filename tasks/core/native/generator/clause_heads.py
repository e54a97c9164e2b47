"""Linear heads over the features of lines, one for each trained clause field.

Weights are int8 in files and float32 in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.text.lines import N_PLACES, TextLine
from tasks.core.native.text.units import enumerator, is_heading
from tasks.core.native.text.words import FloatArray, SparseRows, Vocabulary, pack_rows, words_of

N_SHAPE = N_PLACES + 12
_LENGTHS = (30, 60, 120, 240, 480, 900)
_CONTEXT_WEIGHT = 0.6
_SHAPE_WEIGHT = 0.25


def n_features(vocabulary: Vocabulary) -> int:
    return len(vocabulary) + 3 * vocabulary.n_words + N_SHAPE


class LineRows:
    """The sparse rows of lines, in blocks: words, words before, words after, headings, shape.

    The context rows are computed once for each distinct text.
    """

    def __init__(self, lines: Sequence[TextLine], vocabulary: Vocabulary) -> None:
        texts = dict.fromkeys(t for x in lines for t in (x.text, x.before, x.after, *x.headings))
        words = {t: words_of(t) for t in texts}
        row_of = {t: i for i, t in enumerate(texts)}
        headings = {h: i for i, h in enumerate(dict.fromkeys(x.headings for x in lines))}
        self._n_terms, self._n_words = len(vocabulary), vocabulary.n_words
        self._terms = vocabulary.rows([words[x.text] for x in lines])
        self._context = vocabulary.word_rows(list(words.values()))
        self._headings = vocabulary.word_rows([[w for h in key for w in words[h]] for key in headings])
        self._shape = pack_rows(_shape(x) for x in lines)
        self._before_ix = np.asarray([row_of[x.before] for x in lines], dtype=np.int64)
        self._after_ix = np.asarray([row_of[x.after] for x in lines], dtype=np.int64)
        self._headings_ix = np.asarray([headings[x.headings] for x in lines], dtype=np.int64)

    @property
    def _offsets(self) -> tuple[int, int, int, int]:
        """The first feature of each block after the words."""
        first, n_words = self._n_terms, self._n_words
        return first, first + n_words, first + 2 * n_words, first + 3 * n_words

    def margins(self, weights: FloatArray, bias: FloatArray) -> FloatArray:
        """Every head's margin for every line: float32 (lines, heads)."""
        if not len(self._before_ix):
            return np.zeros((0, weights.shape[1]), dtype=np.float32)
        first, after_at, headings_at, shape_at = self._offsets
        before = self._context.times(weights[first:after_at]) * _CONTEXT_WEIGHT
        after = self._context.times(weights[after_at:headings_at]) * _CONTEXT_WEIGHT
        headings = self._headings.times(weights[headings_at:shape_at]) * _CONTEXT_WEIGHT
        total = self._terms.times(weights[:first]) + self._shape.times(weights[shape_at:])
        return total + before[self._before_ix] + after[self._after_ix] + headings[self._headings_ix] + bias

    def joined(self) -> SparseRows:
        """All blocks as one matrix, for training; times weights it is `margins` without bias."""
        before_at, after_at, headings_at, shape_at = self._offsets
        rows: list[tuple[list[int], list[float]]] = []
        for i, indexes in enumerate(zip(self._before_ix, self._after_ix, self._headings_ix, strict=True)):
            parts = (
                _row(self._terms, i, 0, 1.0),
                _row(self._context, indexes[0], before_at, _CONTEXT_WEIGHT),
                _row(self._context, indexes[1], after_at, _CONTEXT_WEIGHT),
                _row(self._headings, indexes[2], headings_at, _CONTEXT_WEIGHT),
                _row(self._shape, i, shape_at, 1.0),
            )
            rows.append(([n for ids, _ in parts for n in ids], [v for _, values in parts for v in values]))
        return pack_rows(rows)


def _row(rows: SparseRows, index: int, offset: int, weight: float) -> tuple[list[int], list[float]]:
    span = slice(int(rows.starts[index]), int(rows.starts[index + 1]))
    return [int(i) + offset for i in rows.ids[span]], [float(v) * weight for v in rows.values[span]]


def _shape(line: TextLine) -> tuple[list[int], list[float]]:
    """One-hot place and length, and flags."""
    ids = [line.place] if line.place >= 0 else []
    ids.append(N_PLACES + sum(len(line.text) > n for n in _LENGTHS))
    first_flag = N_PLACES + len(_LENGTHS) + 1
    flags = (
        bool(enumerator(line.text)),
        is_heading(line.text),
        line.text[:1].isupper(),
        is_heading(line.before),
        not line.headings,
    )
    ids.extend(first_flag + i for i, flag in enumerate(flags) if flag)
    return ids, [_SHAPE_WEIGHT] * len(ids)


Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class ClauseHeads:
    """The trained heads and the vocabulary that their features come from."""

    names: tuple[str, ...]
    vocabulary: Vocabulary
    weights: FloatArray
    """(features, heads)."""
    bias: FloatArray

    def margins(self, lines: Sequence[TextLine]) -> FloatArray:
        """float32 (lines, heads); a head without a tuned threshold says yes above 0."""
        return LineRows(lines, self.vocabulary).margins(self.weights, self.bias)

    def packed(self) -> dict[str, NDArray[np.generic]]:
        """Arrays for an npz file."""
        return {
            "head_names": text_array(self.names),
            "terms": text_array(self.vocabulary.terms),
            "idf": self.vocabulary.idf.astype(np.float16),
            "n_words": np.asarray([self.vocabulary.n_words], dtype=np.int64),
            **int8_arrays(self.weights, "weights", "scale"),
            "bias": self.bias.astype(np.float32),
        }


def unpacked_heads(arrays: Arrays) -> ClauseHeads:
    """The inverse of `ClauseHeads.packed`, except for rounding."""
    n_words = int(arrays["n_words"].astype(np.int64)[0])
    vocabulary = Vocabulary(array_texts(arrays["terms"]), arrays["idf"].astype(np.float32), n_words)
    weights, bias = int8_matrix(arrays, "weights", "scale"), arrays["bias"].astype(np.float32)
    return ClauseHeads(array_texts(arrays["head_names"]), vocabulary, weights, bias)


def int8_arrays(matrix: FloatArray, name: str, scale_name: str) -> dict[str, NDArray[np.generic]]:
    """A matrix as int8 with one scale for each column, under these names."""
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-6) / 127.0
    return {name: np.rint(matrix / scale).astype(np.int8), scale_name: scale.astype(np.float32)}


def int8_matrix(arrays: Arrays, name: str, scale_name: str) -> FloatArray:
    """The inverse of `int8_arrays`, except for rounding."""
    return arrays[name].astype(np.float32) * arrays[scale_name].astype(np.float32)


def text_array(texts: Sequence[str]) -> NDArray[np.uint8]:
    """Strings without line breaks as one UTF-8 array, one a line."""
    # An array of objects would need pickle to load.
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def array_texts(array: NDArray[np.generic]) -> tuple[str, ...]:
    return tuple(array.astype(np.uint8).tobytes().decode().split("\n"))
