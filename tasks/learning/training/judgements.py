"""Pieces of an error book with their evidence and truth, and what judgements of them are worth: bars, F1, AUROC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.critic.critic import Bars
from tasks.core.native.critic.features import NO_SCORE, ProposedText
from tasks.core.native.text.words import FloatArray
from tasks.learning.evaluation.matching import matches, word_set
from tasks.learning.evaluation.ranking import auroc
from tasks.learning.training.training_examples import DocumentGold, Window

_STEPS = tuple(round(0.1 + 0.02 * i, 2) for i in range(40))
_NEVER = 1.01
UNKNOWN_PRECISION = 0.72
"""What a user's own fields are verified with, out of fold, fields played unknown: right more often than found."""


class JudgedBook:
    """One generator's pieces; grows window by window, then read as arrays."""

    def __init__(self, generator: str, fields: Sequence[str]) -> None:
        self.generator, self.fields = generator, fields
        self._known: list[FloatArray] = []
        self._unknown: list[FloatArray] = []
        self.matched: list[tuple[int, ...]] = []
        """Gold spans that each piece matches, counted through the book."""
        self._folds: list[int] = []
        self._scores: list[float] = []
        self._drafted: list[bool] = []
        self.columns: list[int] = []
        self._gold: dict[str, tuple[int, DocumentGold]] = {}
        self.n_gold = 0

    def add(
        self,
        window: Window,
        drafted: Sequence[ProposedText],
        others: Sequence[ProposedText],
        known: FloatArray,
        unknown: FloatArray,
    ) -> None:
        """Add a window's pieces; rows of evidence are those of the drafted ones, then of the others."""
        pieces = [*drafted, *others]
        self._drafted.extend([True] * len(drafted) + [False] * len(others))
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

    def _first_gold(self, document: DocumentGold) -> int:
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
        return np.asarray(self._drafted)

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Overlooked, not scored by anyone."""
        return (self.scores == NO_SCORE) & ~self.drafted


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


def find_bars(judged: Sequence[JudgedBook], rights: Sequence[tuple[FloatArray, FloatArray]]) -> Bars:
    """The bars of best mean F1 over the books; for unknown fields those of best F1 at `UNKNOWN_PRECISION` or better.

    The first book's own best bar decides what is countersigned. What is flagged as missing is chosen for all generators: one that
    drafts well loses nothing by a bar that helps one that drafts badly.
    """
    known, unknown = [r[0] for r in rights], [r[1] for r in rights]
    redundant = max(_STEPS, key=lambda s: rate(judged[0], judged[0].drafted & (known[0] >= s)).f1)
    missing = max(
        (s for s in _STEPS if s >= redundant),
        key=lambda s: sum(_both(j, k, redundant, s).f1 for j, k in zip(judged, known, strict=True)),
    )
    last, rights_of_last = judged[-1], unknown[-1]
    pairs = [(r, m) for r in _STEPS[::2] for m in (*_STEPS[::2], _NEVER) if m >= r]
    rated = {p: _both(last, rights_of_last, *p) for p in pairs}
    sure = [p for p in pairs if rated[p].precision >= UNKNOWN_PRECISION] or pairs
    return Bars(redundant, missing, *max(sure, key=lambda p: rated[p].f1))


def _both(book: JudgedBook, rights: FloatArray, redundant: float, missing: float) -> Rated:
    added = book.missing & (rights >= missing)
    return rate(book, (book.drafted & (rights >= redundant)) | added)


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
    return max(
        (rate(book, book.scores >= s) for s in (NO_SCORE, *_STEPS)),
        key=lambda r: r.f1,
    )


def area(scored: FloatArray, truth: NDArray[np.bool_]) -> float | None:
    value = auroc(scored.tolist(), truth.tolist())
    return None if value is None else round(value, 4)


def _figures(book: JudgedBook, rights: FloatArray, redundant: float, missing: float) -> dict[str, Any]:
    base = book.drafted & (rights >= redundant)
    return {
        "redundant_only": _rounded(rate(book, base)),
        "both_paths": _rounded(_both(book, rights, redundant, missing)),
        "auroc_redundant": area(rights[book.drafted], book.truth[book.drafted]),
        "auroc_overlooked_pieces": area(rights[book.missing], book.truth[book.missing]),
    }


def _rounded(rated: Rated) -> dict[str, float]:
    return {k: round(v, 4) for k, v in asdict(rated).items()}


def _matched(document: DocumentGold, field: str, text: str, first: int) -> tuple[int, ...]:
    words = word_set(text)
    return tuple(
        first + i for i, (f, g) in enumerate(document.gold) if f == field and matches(f, word_set(g), words)
    )
