"""Trains the critic from error books: what generators drafted on labelled contracts, out of fold, right or wrong.

Stacked: for each fold, view and memory are fitted on the other folds; the trees are fitted on out-of-fold evidence and judged on a fold
they did not see; the bars are set on those judgements. Every piece is learned from twice: with all that is known of its field, and
with the field played unknown, so that the same trees judge fields that nobody trained.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.cues import FieldCues
from tasks.core.native.evidence import (
    NO_SCORE,
    SCORE_COLUMNS,
    Piece,
    evidence_rows,
    line_snippets,
    opinions,
)
from tasks.core.native.generator import NAME_FIELDS
from tasks.core.native.knowledge import FieldHabits, FieldKnowledge
from tasks.core.native.memory import Memory
from tasks.core.native.overlooked import overlooked, promise
from tasks.core.native.second_view import SecondView
from tasks.core.native.trees import Trees
from tasks.core.native.weights import write_arrays, write_json
from tasks.core.native.words import FloatArray
from tasks.training.boosting import fit_trees
from tasks.training.corpus import ATTRIBUTION
from tasks.training.judging import Bars, JudgedBook, find_bars, figures_of
from tasks.training.knowing import (
    Examples,
    Space,
    as_trained,
    as_unknown,
    fit_memory,
    fit_space,
    fit_view,
    habits_of,
)
from tasks.training.windows import Window, examples_of

_SCORE_DROPOUT = 0.25
"""Share of rows whose generator scores are hidden in training, so that the critic can do without."""
_RIVAL_RANK = 2

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Book:
    """One generator's error book."""

    generator: str
    windows: Sequence[Window]
    draft_bar: float
    """Score from which it drafts."""
    add_bar: float
    """Score from which it adds a value on the critic's word: what lies between is judged, too."""


@dataclass(frozen=True, slots=True)
class TrainedCritic:
    view: SecondView
    memory: Memory
    habits: dict[str, FieldHabits]
    trees: Trees
    bars: Bars
    figures: dict[str, Any]


def train_critic(
    books: Sequence[Book], fields: Sequence[str], cues: Sequence[FieldCues], seed: int, progress: Progress
) -> TrainedCritic:
    """Fit view, memory, trees and bars; same books and seed give the same weights.

    Args:
        books: The first one is that of the generator in service: bars are set for it.
        cues: Of the fields, in their order.
    """
    judged, examples, space, habits = judge_books(books, fields, cues, seed, progress)
    progress("critic: trees and bars")
    rights = out_of_fold(judged, seed)
    bars = find_bars(judged, rights)
    figures = {"out_of_fold": figures_of(judged, rights, bars)}
    trees = fit_trees(*training_rows(judged, seed), seed)
    progress("critic: all contracts")
    view, memory = fit_view(fields, examples, seed), fit_memory(space, examples, seed)
    return TrainedCritic(view, memory, habits, trees, bars, figures)


def judge_books(
    books: Sequence[Book], fields: Sequence[str], cues: Sequence[FieldCues], seed: int, progress: Progress
) -> tuple[list[JudgedBook], Examples, Space, dict[str, FieldHabits]]:
    """Out-of-fold evidence of every piece of every book."""
    windows = books[0].windows
    snippets, labels, owners = examples_of(windows, fields, seed)
    folds = np.asarray([w.document.fold for w in windows])
    examples = Examples(snippets, labels, folds[np.asarray(owners)])
    space = fit_space([s.text for s in snippets], seed)
    habits = habits_of(windows, fields, books[0].draft_bar)
    judged = [JudgedBook.empty(b.generator, b.draft_bar, fields) for b in books]
    for fold in sorted(set(folds.tolist())):
        progress(f"critic: fold {fold + 1} of {len(set(folds.tolist()))}")
        known = examples.outside(fold)
        view, memory = fit_view(fields, known, seed), fit_memory(space, known, seed)
        gold = _gold_texts([w for w in windows if w.document.fold != fold], fields)
        both = as_trained(cues, habits, fields, memory), as_unknown(cues, gold, memory, seed + fold)
        for book, into in zip(books, judged, strict=True):
            for window in book.windows:
                if window.document.fold == fold:
                    into.add(window, *judge_window(window, book, view, memory, *both))
    return judged, examples, space, habits


def judge_window(
    window: Window,
    book: Book,
    view: SecondView,
    memory: Memory,
    trained: Sequence[FieldKnowledge],
    unknown: Sequence[FieldKnowledge],
) -> tuple[list[Piece], FloatArray, FloatArray]:
    """Pieces of a window with their evidence, the field known and the field played unknown."""
    scene = window.scene(view.margins(line_snippets(window.passages, window.lines)))
    drafted = [p for p in window.pieces if p.score >= book.draft_bar]
    clauses = {i for i, n in enumerate(view.names) if n not in NAME_FIELDS}
    pieces = [p for p in window.pieces if p.score >= book.add_bar]
    pieces += overlooked(scene, drafted, promise(scene, trained, memory), clauses)
    seen = opinions(scene, pieces, view, memory)
    rows = [evidence_rows(scene, pieces, drafted, k, memory, seen) for k in (trained, unknown)]
    return pieces, rows[0], rows[1]


def training_rows(
    judged: Sequence[JudgedBook], seed: int, without: int | None = None
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """All evidence, known and unknown, with some scores hidden.

    Args:
        without: A fold that is left out.
    """
    kept = [np.flatnonzero(j.folds != without) for j in judged]
    rows = np.concatenate([r[k] for j, k in zip(judged, kept, strict=True) for r in (j.known, j.unknown)])
    hidden = np.random.default_rng(seed).random(len(rows)) < _SCORE_DROPOUT
    rows[np.ix_(hidden, SCORE_COLUMNS)] = NO_SCORE
    rows[hidden, _RIVAL_RANK] = 0.0
    truth = np.concatenate([t[k] for j, k in zip(judged, kept, strict=True) for t in (j.truth, j.truth)])
    return rows, truth


def out_of_fold(judged: Sequence[JudgedBook], seed: int) -> list[tuple[FloatArray, FloatArray]]:
    """For each book P(right) of every piece, field known and field unknown, by trees that did not see its fold."""
    rights = [(np.zeros(len(j.truth), np.float32), np.zeros(len(j.truth), np.float32)) for j in judged]
    for fold in sorted({f for j in judged for f in set(j.folds.tolist())}):
        trees = fit_trees(*training_rows(judged, seed, fold), seed)
        for j, (known, unknown) in zip(judged, rights, strict=True):
            held = np.flatnonzero(j.folds == fold)
            known[held] = trees.probability(j.known[held])
            unknown[held] = trees.probability(j.unknown[held])
    return rights


def write_critic(trained: TrainedCritic, folder: Path, seed: int) -> None:
    """Write the weight files of a version folder: critic.npz, meta.json, card.json."""
    folder.mkdir(parents=True, exist_ok=True)
    write_arrays(
        folder / "critic.npz", {**trained.view.packed(), **trained.memory.packed(), **trained.trees.packed()}
    )
    habits = {
        n: [round(h.log_length, 4), round(h.log_length_spread, 4), round(h.share_right, 4)]
        for n, h in trained.habits.items()
    }
    write_json(folder / "meta.json", {**trained.bars.as_meta(), "habits": habits})
    write_json(
        folder / "card.json", {"model": "critic", "trained_on": ATTRIBUTION, "seed": seed, **trained.figures}
    )


def _gold_texts(windows: Sequence[Window], fields: Sequence[str]) -> list[list[str]]:
    by_field: dict[str, list[str]] = {f: [] for f in fields}
    for document in {w.document.document_id: w.document for w in windows}.values():
        for field, text in document.gold:
            if field in by_field:
                by_field[field].append(text)
    return [sorted(set(by_field[f])) for f in fields]
