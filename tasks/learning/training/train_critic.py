"""Trains the critic from error books: what generators drafted on labelled contracts, out of fold, right or wrong.

Stacked: for each fold, view and memory are fitted on the other folds; the trees are fitted on out-of-fold evidence and judged on a fold
they did not see; the bars are set on those judgements. Every piece is learned from twice: with all that is known of its field, and
with the field played unknown, so that the same trees judge fields that were not trained.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.critic.critic import Bars, CriticTrees
from tasks.core.native.critic.features import (
    NO_SCORE,
    SCORE_COLUMNS,
    ProposedText,
    evidence_rows,
    line_snippets,
    piece_features,
)
from tasks.core.native.critic.field_profiles import FieldHabits, FieldProfile
from tasks.core.native.critic.missing import line_relevance, uncovered_pieces
from tasks.core.native.critic.neighbours import Memory
from tasks.core.native.critic.ngrams import CharNgrams, WordNgrams
from tasks.core.native.generator.generator import NAME_FIELDS
from tasks.core.native.text.cues import FieldCues
from tasks.core.native.text.words import FloatArray
from tasks.core.native.weights import write_arrays, write_json
from tasks.learning.training.corpus import ATTRIBUTION
from tasks.learning.training.fit_profiles import (
    Examples,
    Space,
    as_trained,
    as_unknown,
    fit_memory,
    fit_phrases,
    fit_space,
    fit_view,
    habits_of,
)
from tasks.learning.training.fit_trees import fit_trees
from tasks.learning.training.folds import map_folds
from tasks.learning.training.judgements import JudgedBook, figures_of, find_bars
from tasks.learning.training.training_examples import Window, examples_of

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

    def drafts(self, piece: ProposedText) -> bool:
        return piece.score == NO_SCORE or piece.score >= self.draft_bar


@dataclass(frozen=True, slots=True)
class TrainedCritic:
    view: CharNgrams
    phrases: WordNgrams
    memory: Memory
    habits: dict[str, FieldHabits]
    judges: CriticTrees
    bars: Bars
    figures: dict[str, Any]
    learned_from: tuple[str, ...]
    """Documents it has seen."""


def train_critic(
    books: Sequence[Book],
    fields: Sequence[str],
    cues: Sequence[FieldCues],
    seed: int,
    progress: Progress,
    n_processes: int = 1,
) -> TrainedCritic:
    """Fit view, memory, trees and bars; same books and seed give the same weights, whatever the number of processes.

    Args:
        books: The first one is that of the generator in service: bars are set for it.
        cues: Of the fields, in their order.
    """
    task = lay_out_task(books, fields, cues, seed)
    judged = judge_books(task, progress, n_processes)
    progress("critic: trees and bars")
    rights = out_of_fold(judged, seed)
    bars = find_bars(judged, rights)
    figures = {"out_of_fold": figures_of(judged, rights, bars)}
    judges = fit_judges(judged, seed)
    progress("critic: all contracts")
    view = fit_view(fields, task.examples, seed)
    phrases = fit_phrases(task.examples, seed)
    memory = fit_memory(task.space, task.examples, seed)
    seen = sorted({w.document.document_id for b in books for w in b.windows})
    return TrainedCritic(view, phrases, memory, task.habits, judges, bars, figures, tuple(seen))


@dataclass(frozen=True, slots=True)
class Task:
    """Everything that judging a fold needs."""

    books: Sequence[Book]
    fields: Sequence[str]
    cues: Sequence[FieldCues]
    examples: Examples
    space: Space
    habits: dict[str, FieldHabits]
    seed: int

    @property
    def folds(self) -> list[int]:
        return sorted({w.document.fold for b in self.books for w in b.windows})


def lay_out_task(books: Sequence[Book], fields: Sequence[str], cues: Sequence[FieldCues], seed: int) -> Task:
    """What view and memory learn from is the first book's: the others have the same documents, or few labels more."""
    windows = books[0].windows
    snippets, labels, owners = examples_of(windows, fields, seed)
    folds = np.asarray([w.document.fold for w in windows])
    examples = Examples(snippets, labels, folds[np.asarray(owners)])
    space = fit_space([s.text for s in snippets], seed)
    return Task(books, fields, cues, examples, space, habits_of(windows, fields, books[0].draft_bar), seed)


def judge_books(task: Task, progress: Progress, n_processes: int = 1) -> list[JudgedBook]:
    """Out-of-fold evidence of every piece of every book."""
    progress(f"critic: {len(task.folds)} folds, {n_processes} at a time")
    judged = [JudgedBook(b.generator, task.fields) for b in task.books]
    for fold, made in zip(task.folds, map_folds(_judge_fold, task, task.folds, n_processes), strict=True):
        for book, into, rows in zip(task.books, judged, made, strict=True):
            held = [w for w in book.windows if w.document.fold == fold]
            for window, judgement in zip(held, rows, strict=True):
                into.add(window, *judgement)
    return judged


Judgement = tuple[list[ProposedText], list[ProposedText], FloatArray, FloatArray]


def _judge_fold(task: Task, fold: int) -> list[list[Judgement]]:
    known = task.examples.outside(fold)
    view, phrases = fit_view(task.fields, known, task.seed), fit_phrases(known, task.seed)
    memory = fit_memory(task.space, known, task.seed)
    gold = _gold_texts([w for w in task.books[0].windows if w.document.fold != fold], task.fields)
    trained = as_trained(task.cues, task.habits, task.fields, memory)
    unknown = as_unknown(task.cues, gold, memory, task.seed + fold)
    return [
        [
            judge_window(w, book, view, phrases, memory, trained, unknown)
            for w in book.windows
            if w.document.fold == fold
        ]
        for book in task.books
    ]


def judge_window(
    window: Window,
    book: Book,
    view: CharNgrams,
    phrases: WordNgrams,
    memory: Memory,
    trained: Sequence[FieldProfile],
    unknown: Sequence[FieldProfile],
) -> Judgement:
    """What is drafted in a window, what else may be of a field, and the evidence: the field known, and played unknown."""
    scene = window.scene(view.margins(line_snippets(window.passages, window.lines)))
    drafted = [p for p in window.pieces if book.drafts(p)]
    clauses = {i for i, n in enumerate(view.names) if n not in NAME_FIELDS}
    others = [p for p in window.pieces if not book.drafts(p) and p.score >= book.add_bar]
    others += uncovered_pieces(scene, drafted, line_relevance(scene, trained, memory), clauses)
    seen = piece_features(scene, [*drafted, *others], view, phrases, memory)
    rows = [evidence_rows(scene, [*drafted, *others], drafted, k, memory, seen) for k in (trained, unknown)]
    return drafted, others, rows[0], rows[1]


def fit_judges(judged: Sequence[JudgedBook], seed: int, without: int | None = None) -> CriticTrees:
    """Trees for known fields from the first book alone, for unknown ones from all.

    Known fields have a habit for every generator's mistakes, and mixing books blurs it (measured: docs/models.md); of an unknown field
    little is known, and every book helps.

    Args:
        without: A fold that is left out.
    """
    known = fit_trees(*_training_rows([(judged[0], judged[0].known)], seed, without), seed)
    unknown = fit_trees(*_training_rows([(j, j.unknown) for j in judged], seed, without), seed)
    return CriticTrees(known, unknown)


def _training_rows(
    parts: Sequence[tuple[JudgedBook, FloatArray]], seed: int, without: int | None
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Evidence and truth, with some scores hidden."""
    kept = [np.flatnonzero(j.folds != without) for j, _ in parts]
    rows = np.concatenate([r[k] for (_, r), k in zip(parts, kept, strict=True)])
    hidden = np.random.default_rng(seed).random(len(rows)) < _SCORE_DROPOUT
    for column in SCORE_COLUMNS:
        rows[hidden, column] = NO_SCORE
    rows[hidden, _RIVAL_RANK] = 0.0
    return rows, np.concatenate([j.truth[k] for (j, _), k in zip(parts, kept, strict=True)])


def out_of_fold(judged: Sequence[JudgedBook], seed: int) -> list[tuple[FloatArray, FloatArray]]:
    """For each book P(right) of every piece, field known and field unknown, by trees that did not see its fold."""
    rights = [(np.zeros(len(j.truth), np.float32), np.zeros(len(j.truth), np.float32)) for j in judged]
    for fold in sorted({f for j in judged for f in set(j.folds.tolist())}):
        judges = fit_judges(judged, seed, fold)
        for j, (known, unknown) in zip(judged, rights, strict=True):
            held = np.flatnonzero(j.folds == fold)
            known[held] = judges.known.probability(j.known[held])
            unknown[held] = judges.unknown.probability(j.unknown[held])
    return rights


def write_critic(trained: TrainedCritic, folder: Path, seed: int) -> None:
    """Write the weight files of a version folder: critic.npz, meta.json, card.json."""
    folder.mkdir(parents=True, exist_ok=True)
    write_arrays(
        folder / "critic.npz",
        {
            **trained.view.packed(),
            **trained.phrases.packed(),
            **trained.memory.packed(),
            **trained.judges.known.packed("known"),
            **trained.judges.unknown.packed("unknown"),
        },
    )
    habits = {
        n: [round(h.log_length, 4), round(h.log_length_spread, 4), round(h.share_right, 4)]
        for n, h in trained.habits.items()
    }
    write_json(folder / "meta.json", {**asdict(trained.bars), "habits": habits})
    write_json(
        folder / "card.json",
        {
            "model": "critic",
            "trained_on": ATTRIBUTION,
            "learned_from": list(trained.learned_from),
            "seed": seed,
            **trained.figures,
        },
    )


def _gold_texts(windows: Sequence[Window], fields: Sequence[str]) -> list[list[str]]:
    by_field: dict[str, list[str]] = {f: [] for f in fields}
    for document in {w.document.document_id: w.document for w in windows}.values():
        for field, text in document.gold:
            if field in by_field:
                by_field[field].append(text)
    return [sorted(set(by_field[f])) for f in fields]
