"""Trains the critic from error books: drafts of labelled contracts, out of fold, right or wrong.

Stacked: for each fold, n-gram models and neighbours are fitted on the other folds; the trees are
fitted on out-of-fold evidence and judged on a fold that they have not seen; the bars are set on
those judgements. Every piece is used twice: with the profile of its field as trained, and with the
field treated as untrained, so that there are trees for fields of a user's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.critic.critic import Bars, CriticTrees
from tasks.core.native.critic.evidence_judge import GROUPS, NO_TREES
from tasks.core.native.critic.evidence_judge import WEIGHTS as OWN
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
from tasks.core.native.generator.generator import NAME_FIELDS
from tasks.core.native.text.cues import FieldCues
from tasks.core.native.text.words import FloatArray
from tasks.core.native.weights import write_arrays, write_json
from tasks.learning.training.corpus import ATTRIBUTION, Progress
from tasks.learning.training.fit_profiles import (
    Examples,
    FieldModels,
    Space,
    fit_field_models,
    fit_space,
    gold_texts,
    habits_of,
    trained_profiles,
    untrained_profiles,
)
from tasks.learning.training.fit_trees import fit_trees
from tasks.learning.training.folds import map_folds
from tasks.learning.training.judgements import JudgedBook, WindowEvidence, figures_of, find_bars, judged_book
from tasks.learning.training.training_examples import Window, examples_of

_SCORE_DROPOUT = 0.25
"""Share of rows whose scores are hidden in training: the critic must also work without them."""
_RIVAL_RANK = 2


@dataclass(frozen=True, slots=True)
class Book:
    """One generator's error book."""

    generator: str
    windows: Sequence[Window]
    draft_bar: float
    """Score from which the generator drafts."""
    add_bar: float
    """Score from which it adds a value after a finding; pieces between the bars are judged, too."""

    def drafts(self, piece: ProposedText) -> bool:
        return piece.score == NO_SCORE or piece.score >= self.draft_bar


@dataclass(frozen=True, slots=True)
class TrainingBooks:
    """The error books that a critic learns from.

    Attributes:
        books: The first one is the serving generator's: bars are set for it.
        fields: The critic's fields.
        cues: Of the fields, in their order.
    """

    books: Sequence[Book]
    fields: tuple[str, ...]
    cues: Sequence[FieldCues]


@dataclass(frozen=True, slots=True)
class TrainedCritic:
    models: FieldModels
    habits: dict[str, FieldHabits]
    judges: CriticTrees
    bars: Bars
    figures: dict[str, Any]
    learned_from: tuple[str, ...]
    """Documents it has seen."""


def train_critic(
    training: TrainingBooks, seed: int, progress: Progress, n_processes: int = 1
) -> TrainedCritic:
    """Fit everything. Weights follow from books and seed, not from the number of processes."""
    task = lay_out_task(training, seed)
    judged = judge_books(task, progress, n_processes)
    progress("critic: trees and bars")
    rights = out_of_fold(judged, seed)
    bars = find_bars(judged, rights)
    figures = {"out_of_fold": figures_of(judged, rights, bars)}
    judges = fit_judges(judged, seed)
    progress("critic: all contracts")
    models = fit_field_models(training.fields, task.examples, task.space, seed)
    seen = sorted({w.document.document_id for b in training.books for w in b.windows})
    return TrainedCritic(models, task.habits, judges, bars, figures, tuple(seen))


@dataclass(frozen=True, slots=True)
class Task:
    """Everything that judging a fold needs."""

    training: TrainingBooks
    examples: Examples
    space: Space
    habits: dict[str, FieldHabits]
    seed: int

    @property
    def folds(self) -> list[int]:
        return sorted({w.document.fold for b in self.training.books for w in b.windows})


def lay_out_task(training: TrainingBooks, seed: int) -> Task:
    # The first book gives the examples: the others have the same documents, or few labels more.
    first = training.books[0]
    windows, fields = first.windows, training.fields
    snippets, labels, owners = examples_of(windows, fields, seed)
    folds = np.asarray([w.document.fold for w in windows])
    examples = Examples(snippets, labels, folds[np.asarray(owners)])
    space = fit_space([s.text for s in snippets], seed)
    return Task(training, examples, space, habits_of(windows, fields, first.draft_bar), seed)


def judge_books(task: Task, progress: Progress, n_processes: int = 1) -> list[JudgedBook]:
    """Out-of-fold evidence of every piece of every book."""
    progress(f"critic: {len(task.folds)} folds, {n_processes} at a time")
    by_fold = map_folds(_judge_fold, task, task.folds, n_processes)
    return [
        judged_book(book.generator, [*chain.from_iterable(windows)])
        for book, windows in zip(task.training.books, zip(*by_fold, strict=True), strict=True)
    ]


def _judge_fold(task: Task, fold: int) -> list[list[WindowEvidence]]:
    """For each book the evidence of a fold's windows."""
    books, fields, cues = task.training.books, task.training.fields, task.training.cues
    models = fit_field_models(fields, task.examples.outside(fold), task.space, task.seed)
    texts = gold_texts([w for w in books[0].windows if w.document.fold != fold])
    distinct = [sorted(set(texts.get(f, ()))) for f in fields]
    profiles = (
        trained_profiles(cues, task.habits, fields, models.memory),
        untrained_profiles(cues, distinct, models.memory, task.seed + fold),
    )
    return [
        [_judge_window(w, book, models, profiles) for w in book.windows if w.document.fold == fold]
        for book in books
    ]


def _judge_window(
    window: Window,
    book: Book,
    models: FieldModels,
    profiles: tuple[Sequence[FieldProfile], Sequence[FieldProfile]],
) -> WindowEvidence:
    view, memory = models.view, models.memory
    scene = window.scene(view.margins(line_snippets(window.passages, window.lines)))
    drafted = [p for p in window.pieces if book.drafts(p)]
    clauses = {i for i, n in enumerate(view.names) if n not in NAME_FIELDS}
    others = [p for p in window.pieces if not book.drafts(p) and p.score >= book.add_bar]
    others += uncovered_pieces(scene, drafted, line_relevance(scene, profiles[0], memory), clauses)
    pieces = [*drafted, *others]
    seen = piece_features(scene, pieces, view, models.phrases, memory)
    trained, untrained = (evidence_rows(scene, pieces, drafted, p, memory, seen) for p in profiles)
    matched = [window.matched(p, view.names[p.field]) for p in pieces]
    return WindowEvidence(
        window.document, matched, [p.score for p in pieces], len(drafted), (trained, untrained)
    )


def fit_judges(judged: Sequence[JudgedBook], seed: int, without: int | None = None) -> CriticTrees:
    """Trees for trained fields from the first book alone, for untrained ones from all.

    Args:
        without: A fold that is left out.
    """
    # A trained field's profile knows the mistakes of one generator, and mixing books blurs it
    # (measured: docs/models.md). Of an untrained field little is known, and every book helps.
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


def held_out_critic(task: Task, judged: Sequence[JudgedBook], bars: Bars, fold: int) -> TrainedCritic:
    """A critic that has not seen a fold's contracts.

    Args:
        judged: `judge_books` of the task.
        bars: Set out of fold, on all contracts.
    """
    models = fit_field_models(task.training.fields, task.examples.outside(fold), task.space, task.seed)
    windows = (w for b in task.training.books for w in b.windows if w.document.fold != fold)
    seen = tuple(sorted({w.document.document_id for w in windows}))
    return TrainedCritic(models, task.habits, fit_judges(judged, task.seed, fold), bars, {}, seen)


def out_of_fold(judged: Sequence[JudgedBook], seed: int) -> list[tuple[FloatArray, FloatArray]]:
    """For each book P(right) of every piece, out of fold: fields as trained, as untrained."""
    rights = [(np.zeros(len(j.truth), np.float32), np.zeros(len(j.truth), np.float32)) for j in judged]
    for fold in sorted({f for j in judged for f in set(j.folds.tolist())}):
        judges = fit_judges(judged, seed, fold)
        for j, (known, unknown) in zip(judged, rights, strict=True):
            rows = np.flatnonzero(j.folds == fold)
            known[rows] = judges.known.probability(j.known[rows])
            unknown[rows] = judges.unknown.probability(j.unknown[rows])
    return rights


def write_critic(trained: TrainedCritic, folder: Path, seed: int) -> None:
    """Write the weight files of a version folder: critic.npz, meta.json, card.json."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        **trained.models.view.packed(),
        **trained.models.phrases.packed(),
        **trained.models.memory.packed(),
        **trained.judges.known.packed("known"),
        **trained.judges.unknown.packed("unknown"),
    }
    write_arrays(folder / "critic.npz", arrays)
    if not (folder / f"{OWN}.npz").exists():  # of fields without a head: `countersign train own` writes them
        write_arrays(folder / f"{OWN}.npz", {k: v for g in GROUPS for k, v in NO_TREES.packed(g).items()})
        write_json(folder / f"{OWN}.json", {"promise_bars": {}})
    habits = {
        n: [round(h.log_length, 4), round(h.log_length_spread, 4), round(h.share_right, 4)]
        for n, h in trained.habits.items()
    }
    write_json(folder / "meta.json", {**asdict(trained.bars), "habits": habits})
    card = {
        "model": "critic",
        "trained_on": ATTRIBUTION,
        "learned_from": list(trained.learned_from),
        "seed": seed,
    }
    write_json(folder / "card.json", {**card, **trained.figures})
