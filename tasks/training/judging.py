"""Pieces of an error book with their evidence and truth, and what judgements of them are worth: bars, F1, AUROC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.evidence import NO_SCORE, Piece
from tasks.core.native.words import FloatArray
from tasks.evaluation.matching import matches, word_set
from tasks.evaluation.ranking import auroc
from tasks.training.windows import Labelled, Window

_STEPS = tuple(round(0.1 + 0.02 * i, 2) for i in range(40))
_NEVER = 1.01


@dataclass(frozen=True, slots=True)
class Bars:
    """From which P(right) on a candidate is countersigned, and from which on something overlooked is flagged."""

    redundant_bar: float
    missing_bar: float
    unknown_redundant_bar: float
    """The same for fields without a head."""
    unknown_missing_bar: float

    def as_meta(self) -> dict[str, float]:
        return asdict(self)


class JudgedBook:
    """One generator's pieces; grows window by window, then read as arrays."""

    def __init__(self, generator: str, draft_bar: float, fields: Sequence[str]) -> None:
        self.generator, self.draft_bar, self.fields = generator, draft_bar, fields
        self._known: list[FloatArray] = []
        self._unknown: list[FloatArray] = []
        self.matched: list[tuple[int, ...]] = []
        """Gold spans that each piece matches, counted through the book."""
        self._folds: list[int] = []
        self._scores: list[float] = []
        self.columns: list[int] = []
        self._gold: dict[str, tuple[int, Labelled]] = {}
        self.n_gold = 0

    @classmethod
    def empty(cls, generator: str, draft_bar: float, fields: Sequence[str]) -> JudgedBook:
        return cls(generator, draft_bar, fields)

    def add(self, window: Window, pieces: Sequence[Piece], known: FloatArray, unknown: FloatArray) -> None:
        first = self._first_gold(window.document)
        if not pieces:
            return
        self._known.append(known)
        self._unknown.append(unknown)
        for piece in pieces:
            text = window.passages[piece.passage_index][piece.start : piece.end]
            self.matched.append(_matched(window.document, self.fields[piece.field], text, first))
            self._folds.append(window.document.fold)
            self._scores.append(piece.score)
            self.columns.append(piece.field)

    def _first_gold(self, document: Labelled) -> int:
        if document.document_id not in self._gold:
            self._gold[document.document_id] = (self.n_gold, document)
            self.n_gold += len(document.gold)
        return self._gold[document.document_id][0]

    @property
    def known(self) -> FloatArray:
        return np.concatenate(self._known)

    @property
    def unknown(self) -> FloatArray:
        return np.concatenate(self._unknown)

    @property
    def truth(self) -> NDArray[np.bool_]:
        return np.asarray([bool(m) for m in self.matched])

    @property
    def folds(self) -> NDArray[np.int64]:
        return np.asarray(self._folds)

    @property
    def scores(self) -> FloatArray:
        return np.asarray(self._scores, dtype=np.float32)

    @property
    def drafted(self) -> NDArray[np.bool_]:
        return self.scores >= self.draft_bar

    @property
    def missing(self) -> NDArray[np.bool_]:
        return self.scores == NO_SCORE


@dataclass(frozen=True, slots=True)
class Rated:
    precision: float
    recall: float
    f1: float


def rate(book: JudgedBook, kept: NDArray[np.bool_]) -> Rated:
    """CUAD's counting over a whole book."""
    chosen = np.flatnonzero(kept)
    right = sum(bool(book.matched[i]) for i in chosen)
    found = len({g for i in chosen for g in book.matched[i]})
    precision = right / len(chosen) if len(chosen) else 0.0
    recall = found / book.n_gold if book.n_gold else 0.0
    return Rated(
        precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    )


def best_bars(book: JudgedBook, rights: FloatArray) -> tuple[float, float]:
    """The bars of best F1: first for what is drafted, then for what is missing."""
    drafted, missing = book.drafted, book.missing
    redundant = max(_STEPS, key=lambda s: rate(book, drafted & (rights >= s)).f1)
    base = drafted & (rights >= redundant)
    return redundant, max((*_STEPS, _NEVER), key=lambda s: rate(book, base | (missing & (rights >= s))).f1)


def find_bars(judged: Sequence[JudgedBook], rights: Sequence[tuple[FloatArray, FloatArray]]) -> Bars:
    """For known fields on the first book, for unknown ones on the last."""
    return Bars(*best_bars(judged[0], rights[0][0]), *best_bars(judged[-1], rights[-1][1]))


def figures_of(
    judged: Sequence[JudgedBook], rights: Sequence[tuple[FloatArray, FloatArray]], bars: Bars
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for book, (known, unknown) in zip(judged, rights, strict=True):
        made[book.generator] = {
            "alone": _rounded(best_alone(book)),
            "fields_known": _figures(book, known, bars.redundant_bar, bars.missing_bar),
            "fields_unknown": _figures(book, unknown, bars.unknown_redundant_bar, bars.unknown_missing_bar),
            "auroc_generator_score": area(book.scores[book.drafted], book.truth[book.drafted]),
        }
    return made


def best_alone(book: JudgedBook) -> Rated:
    """The generator alone at its own best threshold."""
    return max((rate(book, book.scores >= s) for s in (book.draft_bar, *_STEPS) if s >= book.draft_bar), key=lambda r: r.f1)


def area(scored: FloatArray, truth: NDArray[np.bool_]) -> float | None:
    value = auroc(scored.tolist(), truth.tolist())
    return None if value is None else round(value, 4)


def _figures(book: JudgedBook, rights: FloatArray, redundant: float, missing: float) -> dict[str, Any]:
    base = book.drafted & (rights >= redundant)
    return {
        "redundant_only": _rounded(rate(book, base)),
        "both_paths": _rounded(rate(book, base | (book.missing & (rights >= missing)))),
        "auroc_redundant": area(rights[book.drafted], book.truth[book.drafted]),
        "auroc_overlooked_pieces": area(rights[book.missing], book.truth[book.missing]),
    }


def _rounded(rated: Rated) -> dict[str, float]:
    return {k: round(v, 4) for k, v in asdict(rated).items()}


def _matched(document: Labelled, field: str, text: str, first: int) -> tuple[int, ...]:
    words = word_set(text)
    return tuple(
        first + i for i, (f, g) in enumerate(document.gold) if f == field and matches(f, word_set(g), words)
    )
