"""Which units of a text can hold a name at all: a bound that costs a fraction of the tagger.

Three in four units of a first chunk hold no name, party or date. The tagger would need every feature
of every token as a string to say so; here the weights of the same model are added up by number, and
an upper bound of P(some token is no O) leaves out the units that cannot reach the bar. All others are
given to the tagger itself, so the mentions are the same.

The bound: all labels but O are one state, entered and kept at the largest weight that any of them
gives. So the weight of no path of labels is taken too low.

Source: the file of crfsuite 0.12, as `crf1d_model.c` and `cqdb.c` write it: a chunk FEAT of (type,
source, target, weight), type 0 an attribute's, 1 a transition's; two chunks CQDB with the names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise

import numpy as np

from tasks.core.native.generator.name_tokens import (
    AROUND,
    EDGE,
    KINDS_AROUND,
    TokenSequence,
    kind_of,
    place_of,
    shape_of,
)
from tasks.core.native.text.words import FloatArray, IntArray

_HEADER_NUMBERS = 12
_AT_FEATURES, _AT_LABELS, _AT_ATTRIBUTES = 7, 8, 9
_FEATURE = np.dtype([("type", "<u4"), ("source", "<u4"), ("target", "<u4"), ("weight", "<f8")])
_STATE, _TRANSITION = 0, 1
_OUTSIDE = "O"
_MARGIN = 0.9
"""The share of the bar that a bound must stay below: sums in single precision may be off by 1 %."""
_N_WORDS = 4096
_OFFSETS = np.asarray([0, 0, 0, 0, *AROUND, *KINDS_AROUND], dtype=np.int64)
"""The neighbour that each feature of a word is about, in the order of `_look_up`."""
_N_OF_WORD, _REACH = len(_OFFSETS), max(AROUND)


class NameBounds:
    """The weights of a crfsuite model by number.

    Raises: ValueError for bytes that are not a crfsuite model.
    """

    def __init__(self, model: bytes) -> None:
        header = np.frombuffer(model, "<u4", _HEADER_NUMBERS).tolist()
        labels = _names(model, header[_AT_LABELS])
        self._is_usable = _OUTSIDE in labels
        if not self._is_usable:  # a model of nothing but names
            return
        names = _names(model, header[_AT_ATTRIBUTES])
        at = header[_AT_FEATURES]
        n_features = int(np.frombuffer(model, "<u4", 1, at + 8)[0])
        features = np.frombuffer(model, _FEATURE, n_features, at + 12)
        states, moves = (features[features["type"] == kind] for kind in (_STATE, _TRANSITION))
        outside = labels.index(_OUTSIDE)
        others = [i for i in range(len(labels)) if i != outside]
        weights = np.zeros((len(names) + 1, len(labels)))  # the last row: an unknown attribute
        weights[states["source"], states["target"]] = states["weight"]
        # O's own weight is taken off, so that the path of O alone weighs 1.
        self._weights: FloatArray = (weights - weights[:, [outside]])[:, others].astype(np.float32)
        scores = np.zeros((len(labels), len(labels)))
        scores[moves["source"], moves["target"]] = moves["weight"]
        relative = np.exp(scores - scores[outside, outside])
        self._enter: FloatArray = relative[outside][others].astype(np.float32)
        self._stay: FloatArray = relative[np.ix_(others, others)].T.astype(np.float32)
        self._leave = float(relative[others, outside].max(initial=0.0))
        self._ids: dict[str, int] = {name: number for number, name in enumerate(names)}
        self._unknown = len(names)
        self._of_word = lru_cache(_N_WORDS)(self._look_up)
        around = [f"w{offset}={EDGE}" for offset in AROUND]
        kinds = [f"k{offset}=w|" for offset in KINDS_AROUND]
        self._edge = (*[self._unknown] * 4, *map(self._id, (*around, *kinds)))

    def may_hold(self, sequences: Sequence[TokenSequence], bar: float) -> list[bool]:
        """Whether P(some token is no O) of each sequence may reach the bar."""
        if not self._is_usable or not sequences:
            return [True] * len(sequences)
        with np.errstate(over="ignore", invalid="ignore"):  # then the bound is no number, and not below
            weight = np.exp(self._scores(sequences))
            enter, first = (weight @ self._enter).tolist(), weight.sum(axis=1).tolist()
            stay = (weight @ self._stay).max(axis=1).tolist()
        limit = 1.0 / (1.0 - _MARGIN * bar)
        bounds: list[float] = []
        for start, end in pairwise(_ends(sequences).tolist()):
            bounds.append(self._all_paths(first[start], enter[start + 1 : end], stay[start + 1 : end]))
        return [not bound < limit for bound in bounds]

    def _all_paths(self, first: float, enter: Sequence[float], stay: Sequence[float]) -> float:
        """At least the weight of all paths together, where that of O alone is 1."""
        outside, inside, leave = 1.0, first, self._leave
        for begins, goes_on in zip(enter, stay, strict=True):
            outside, inside = outside + inside * leave, outside * begins + inside * goes_on
        return outside + inside

    def _scores(self, sequences: Sequence[TokenSequence]) -> FloatArray:
        """The sum of each token's weights: float32 (tokens of all sequences, labels but O)."""
        edge = [self._edge] * _REACH
        words = [row for s in sequences for row in (*edge, *(self._of_word(t.text) for t in s.tokens), *edge)]
        rows = np.fromiter(chain.from_iterable(words), np.int64, len(words) * _N_OF_WORD)
        lengths = np.asarray([len(s.tokens) for s in sequences])
        owner = np.repeat(np.arange(len(sequences)), lengths)
        place = np.arange(len(owner)) + _REACH * (2 * owner + 1)
        ids = rows.take((place[:, None] + _OFFSETS) * _N_OF_WORD + np.arange(_N_OF_WORD))
        shared = self._summed([[self._id(f) for f in s.shared] for s in sequences])
        near = self._summed([row for s in sequences for row in self._of_neighbours(s)])
        return self._weights.take(ids, axis=0).sum(axis=1) + shared[owner] + near

    def _summed(self, rows: Sequence[Sequence[int]]) -> FloatArray:
        return self._weights.take(np.asarray(rows, dtype=np.int64), axis=0).sum(axis=1)

    def _id(self, feature: str) -> int:
        return self._ids.get(feature, self._unknown)

    def _look_up(self, text: str) -> tuple[int, ...]:
        """A word's own features, and those that it is to its neighbours."""
        word = text.lower()
        kind, shape, plain = kind_of(word), shape_of(text), "0" if word.isdigit() else word
        own = (f"w0={word}", f"s0={shape}", f"x0={word[-3:]}", f"k0={kind}")
        # A token whose neighbour at +2 is this word has it as its `w2`.
        around = (f"w{offset}={plain}" for offset in AROUND)
        kinds = (f"k{offset}={kind}|{shape}" for offset in KINDS_AROUND)
        return tuple(map(self._id, (*own, *around, *kinds)))

    def _of_neighbours(self, sequence: TokenSequence) -> Iterator[tuple[int, int, int]]:
        """The features of pairs and triples, and of the place."""
        find, unknown = self._ids.get, self._unknown
        before, kind_before = EDGE, EDGE
        kinds = [*map(kind_of, sequence.words), EDGE]
        for i, word in enumerate(sequence.words):
            pair, triple = f"w-1,0={before}|{word}", f"k-1..1={kind_before}|{kinds[i]}|{kinds[i + 1]}"
            yield find(pair, unknown), find(triple, unknown), find(f"at={place_of(i)}", unknown)
            before, kind_before = word, kinds[i]


def _ends(sequences: Sequence[TokenSequence]) -> IntArray:
    return np.cumsum([0, *(len(s.tokens) for s in sequences)], dtype=np.int64)


def _names(model: bytes, at: int) -> list[str]:
    """The names of a CQDB by number; the table at the end of the chunk points to their entries."""
    *_, n_names, table = np.frombuffer(model, "<u4", 5, at + 4).tolist()
    names: list[str] = []
    for entry in np.frombuffer(model, "<u4", n_names, at + table).tolist():
        length = int(np.frombuffer(model, "<u4", 1, at + entry + 4)[0])
        names.append(model[at + entry + 8 : at + entry + 7 + length].decode())
    return names
