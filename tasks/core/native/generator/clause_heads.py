"""Linear heads over the line features, one for each trained clause field; int8 at rest, float32 in memory."""

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
    """The sparse rows of some lines, block by block; neighbours' rows are looked up, not computed again."""

    def __init__(self, lines: Sequence[TextLine], vocabulary: Vocabulary) -> None:
        words: dict[str, list[str]] = {}
        for line in lines:
            for text in (line.text, line.before, line.after, *line.headings):
                if text not in words:
                    words[text] = words_of(text)
        self.own = vocabulary.rows([words[line.text] for line in lines])
        self.texts = list(words)
        self.by_text = {t: i for i, t in enumerate(self.texts)}
        self.context = vocabulary.word_rows([words[t] for t in self.texts])
        self.heading_keys = list({line.headings for line in lines})
        self.by_headings = {h: i for i, h in enumerate(self.heading_keys)}
        self.headings = vocabulary.word_rows(
            [[w for h in key for w in words[h]] for key in self.heading_keys]
        )
        self.shape = pack_rows(_shape(line) for line in lines)
        self.before_ix = np.asarray([self.by_text[line.before] for line in lines], dtype=np.int64)
        self.after_ix = np.asarray([self.by_text[line.after] for line in lines], dtype=np.int64)
        self.headings_ix = np.asarray([self.by_headings[line.headings] for line in lines], dtype=np.int64)

    def margins(self, weights: FloatArray, bias: FloatArray, n_terms: int, n_words: int) -> FloatArray:
        """Every head's margin for every line: float32 (lines, heads)."""
        if not len(self.before_ix):
            return np.zeros((0, weights.shape[1]), dtype=np.float32)
        blocks = np.cumsum([0, n_terms, n_words, n_words, n_words])
        before = self.context.times(weights[blocks[1] : blocks[2]]) * _CONTEXT_WEIGHT
        after = self.context.times(weights[blocks[2] : blocks[3]]) * _CONTEXT_WEIGHT
        headings = self.headings.times(weights[blocks[3] : blocks[4]]) * _CONTEXT_WEIGHT
        total = self.own.times(weights[: blocks[1]]) + self.shape.times(weights[blocks[4] :])
        return total + before[self.before_ix] + after[self.after_ix] + headings[self.headings_ix] + bias

    def joined(self, n_terms: int, n_words: int) -> SparseRows:
        """All blocks in one sparse matrix, for training: `joined @ weights` equals `margins` without bias."""
        rows: list[tuple[list[int], list[float]]] = []
        for i in range(len(self.before_ix)):
            ids, values = _row(self.own, i, 0, 1.0)
            offset = n_terms
            for block, index in (
                (self.context, self.before_ix[i]),
                (self.context, self.after_ix[i]),
                (self.headings, self.headings_ix[i]),
            ):
                more_ids, more_values = _row(block, int(index), offset, _CONTEXT_WEIGHT)
                ids += more_ids
                values += more_values
                offset += n_words
            more_ids, more_values = _row(self.shape, i, offset, 1.0)
            rows.append((ids + more_ids, values + more_values))
        return pack_rows(rows)


def _row(rows: SparseRows, index: int, offset: int, weight: float) -> tuple[list[int], list[float]]:
    span = slice(int(rows.starts[index]), int(rows.starts[index + 1]))
    return [int(i) + offset for i in rows.ids[span]], [float(v) * weight for v in rows.values[span]]


def _shape(line: TextLine) -> tuple[list[int], list[float]]:
    """One-hot place and length, and what kind of line it is."""
    ids = [line.place] if line.place >= 0 else []
    ids.append(N_PLACES + sum(len(line.text) > n for n in _LENGTHS))
    at = N_PLACES + len(_LENGTHS) + 1
    flags = (
        bool(enumerator(line.text)),
        is_heading(line.text),
        line.text[:1].isupper(),
        is_heading(line.before),
        not line.headings,
    )
    ids.extend(at + i for i, flag in enumerate(flags) if flag)
    return ids, [_SHAPE_WEIGHT] * len(ids)


Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class ClauseHeads:
    names: tuple[str, ...]
    vocabulary: Vocabulary
    weights: FloatArray
    """(features, heads)."""
    bias: FloatArray

    def margins(self, lines: Sequence[TextLine]) -> FloatArray:
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
