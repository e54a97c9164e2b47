"""Pieces of an error book with evidence and truth; bars, F1 and AUROC of judgements on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.critic.critic import Bars
from tasks.core.native.critic.features import NO_SCORE
from tasks.core.native.text.words import FloatArray
from tasks.learning.evaluation.matching import precision_recall_f1
from tasks.learning.evaluation.ranking import auroc
from tasks.learning.training.training_examples import DocumentGold

_STEPS = tuple(round(0.1 + 0.02 * i, 2) for i in range(40))
_NEVER = 1.01
UNKNOWN_PRECISION = 0.72
"""Precision that the bars of untrained fields must keep, out of fold; recall comes second."""


@dataclass(frozen=True, slots=True)
class WindowEvidence:
    """The pieces of one window: drafted ones first, then others."""

    document: DocumentGold
    matched: list[tuple[int, ...]]
    """For each piece the document's gold spans that it matches."""
    scores: list[float]
    n_drafted: int
    rows: tuple[FloatArray, FloatArray]
    """Evidence with the fields' profiles as trained, and with the fields treated as untrained."""


@dataclass(frozen=True, slots=True)
class JudgedBook:
    """One generator's pieces; all arrays have one row for each piece."""

    generator: str
    known: FloatArray
    unknown: FloatArray
    matched: Sequence[tuple[int, ...]]
    """The gold spans that a piece matches, numbered through the whole book."""
    folds: NDArray[np.int64]
    scores: FloatArray
    drafted: NDArray[np.bool_]
    n_gold: int

    @property
    def truth(self) -> NDArray[np.bool_]:
        return np.asarray([bool(m) for m in self.matched])

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Pieces that the critic found itself: no generator scored them."""
        return (self.scores == NO_SCORE) & ~self.drafted


def judged_book(generator: str, windows: Sequence[WindowEvidence]) -> JudgedBook:
    first_gold: dict[str, int] = {}
    n_gold = 0
    matched: list[tuple[int, ...]] = []
    for window in windows:
        document = window.document
        if document.document_id not in first_gold:
            first_gold[document.document_id] = n_gold
            n_gold += len(document.gold)
        first = first_gold[document.document_id]
        matched += [tuple(first + i for i in golds) for golds in window.matched]
    evidence = [w.rows for w in windows if w.matched]
    return JudgedBook(
        generator,
        np.concatenate([known for known, _ in evidence]),
        np.concatenate([unknown for _, unknown in evidence]),
        matched,
        np.asarray([w.document.fold for w in windows for _ in w.matched]),
        np.asarray([score for w in windows for score in w.scores], dtype=np.float32),
        np.asarray([i < w.n_drafted for w in windows for i in range(len(w.matched))]),
        n_gold,
    )


@dataclass(frozen=True, slots=True)
class BookScores:
    precision: float
    recall: float
    f1: float


def book_scores(book: JudgedBook, kept: NDArray[np.bool_]) -> BookScores:
    """CUAD's counting of the kept pieces over a whole book."""
    matched = [book.matched[i] for i in np.flatnonzero(kept)]
    n_found = len({gold for golds in matched for gold in golds})
    return BookScores(*precision_recall_f1(sum(map(bool, matched)), len(matched), n_found, book.n_gold))


def find_bars(judged: Sequence[JudgedBook], rights: Sequence[tuple[FloatArray, FloatArray]]) -> Bars:
    """The bars of best F1; for untrained fields those of best F1 at `UNKNOWN_PRECISION` or better.

    Args:
        rights: For each book P(right) of its pieces, with fields as trained and as untrained.
    """
    known, unknown = [r[0] for r in rights], [r[1] for r in rights]
    redundant = max(_STEPS, key=lambda s: redundant_scores(judged[0], known[0], s).f1)
    # The bar of missing values is set for all generators together: a generator that drafts well
    # loses nothing by a bar that helps a bad one.
    missing = max(
        (s for s in _STEPS if s >= redundant),
        key=lambda s: sum(verified_scores(j, k, redundant, s).f1 for j, k in zip(judged, known, strict=True)),
    )
    pairs = [(r, m) for r in _STEPS[::2] for m in (*_STEPS[::2], _NEVER) if m >= r]
    by_pair = {p: verified_scores(judged[-1], unknown[-1], *p) for p in pairs}
    precise = [p for p in pairs if by_pair[p].precision >= UNKNOWN_PRECISION] or pairs
    return Bars(redundant, missing, *max(precise, key=lambda p: by_pair[p].f1))


def redundant_scores(book: JudgedBook, rights: FloatArray, redundant: float) -> BookScores:
    """Of the drafted values at or above the bar."""
    return book_scores(book, book.drafted & (rights >= redundant))


def verified_scores(book: JudgedBook, rights: FloatArray, redundant: float, missing: float) -> BookScores:
    """Of these and of the missing values at or above theirs."""
    kept = (book.drafted & (rights >= redundant)) | (book.missing & (rights >= missing))
    return book_scores(book, kept)


def figures_of(
    judged: Sequence[JudgedBook], rights: Sequence[tuple[FloatArray, FloatArray]], bars: Bars
) -> dict[str, Any]:
    """The card's figures, by generator."""
    return {
        book.generator: {
            "alone": _rounded(best_alone(book)),
            "fields_known": _figures(book, known, bars.redundant_bar, bars.missing_bar),
            "fields_unknown": _figures(book, unknown, bars.unknown_redundant_bar, bars.unknown_missing_bar),
            "auroc_generator_score": area(book.scores[book.drafted], book.truth[book.drafted]),
        }
        for book, (known, unknown) in zip(judged, rights, strict=True)
    }


def best_alone(book: JudgedBook) -> BookScores:
    """The generator alone at its own best threshold."""
    return max((book_scores(book, book.scores >= s) for s in (NO_SCORE, *_STEPS)), key=lambda r: r.f1)


def area(scored: FloatArray, truth: NDArray[np.bool_]) -> float | None:
    value = auroc(scored.tolist(), truth.tolist())
    return None if value is None else round(value, 4)


def _figures(book: JudgedBook, rights: FloatArray, redundant: float, missing: float) -> dict[str, Any]:
    return {
        "redundant_only": _rounded(redundant_scores(book, rights, redundant)),
        "both_paths": _rounded(verified_scores(book, rights, redundant, missing)),
        "auroc_redundant": area(rights[book.drafted], book.truth[book.drafted]),
        "auroc_overlooked_pieces": area(rights[book.missing], book.truth[book.missing]),
    }


def _rounded(figures: BookScores) -> dict[str, float]:
    return {k: round(v, 4) for k, v in asdict(figures).items()}
