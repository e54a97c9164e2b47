"""Trains the critic from the error book of an out-of-fold generator.

Stacked: for each fold the second view is fitted on the other folds; the trees are fitted on out-of-fold margins and judged on a fold
they did not see; the bars are set on those judgements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.evidence import (
    NO_SCORE,
    FieldHabits,
    Piece,
    evidence_rows,
    line_snippets,
    piece_snippets,
)
from tasks.core.native.generator import NAME_FIELDS
from tasks.core.native.overlooked import overlooked
from tasks.core.native.second_view import N_FEATURES, SecondView, snippet_rows
from tasks.core.native.trees import Trees
from tasks.core.native.weights import write_arrays, write_json
from tasks.core.native.words import FloatArray
from tasks.evaluation.matching import Tally, tally
from tasks.evaluation.ranking import auroc
from tasks.evaluation.scores import Scores, scores, total
from tasks.training.boosting import fit_trees
from tasks.training.clauses import fit_svm, sparse
from tasks.training.corpus import ATTRIBUTION, Corpus
from tasks.training.error_book import Window, piece_is_right, view_examples, windows_of
from tasks.training.generator import ADD_BAR, DRAFT_BAR, FoldDraft, clause_names

SVM_C = 0.3
_SCORE_DROPOUT = 0.2
"""Share of candidates whose score is hidden in training, so that the critic can do without one."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Judged:
    """A piece of the error book with its evidence and its truth."""

    contract_index: int
    piece: Piece
    evidence: FloatArray
    right: bool

    @property
    def is_missing(self) -> bool:
        return self.piece.score == NO_SCORE


@dataclass(frozen=True, slots=True)
class TrainedCritic:
    view: SecondView
    habits: dict[str, FieldHabits]
    trees: Trees
    redundant_bar: float
    missing_bar: float
    figures: dict[str, Any]


def train_critic(corpus: Corpus, drafts: Sequence[FoldDraft], seed: int, progress: Progress) -> TrainedCritic:
    """Fit view, trees and bars; same corpus, drafts and seed give the same weights."""
    heads = tuple(sorted({g.field for c in corpus.contracts for g in c.gold}))
    names = clause_names(corpus)
    windows = [w for i, d in enumerate(drafts) for w in windows_of(i, d, names, heads)]
    habits = _habits(corpus, windows, heads)
    judged: list[Judged] = []
    for fold in range(corpus.n_folds):
        progress(f"critic: fold {fold + 1} of {corpus.n_folds}")
        view = fit_view([w for w in windows if corpus.folds[w.contract_index] != fold], corpus, heads, seed)
        for window in windows:
            if corpus.folds[window.contract_index] == fold:
                judged.extend(_judge(window, view, habits, corpus))
    progress("critic: trees and bars")
    rights = _out_of_fold(judged, corpus, seed)
    redundant_bar, missing_bar, figures = _bars(judged, rights, corpus, heads)
    trees = fit_trees(*_training_rows(judged, seed), seed)
    progress("critic: all contracts")
    return TrainedCritic(
        fit_view(windows, corpus, heads, seed), habits, trees, redundant_bar, missing_bar, figures
    )


def write_critic(trained: TrainedCritic, folder: Path, seed: int) -> None:
    """Write the weight files of a version folder: critic.npz, meta.json, card.json."""
    folder.mkdir(parents=True, exist_ok=True)
    write_arrays(folder / "critic.npz", {**trained.view.packed(), **trained.trees.packed()})
    habits = {
        n: [round(h.log_length, 4), round(h.log_length_spread, 4), round(h.share_right, 4)]
        for n, h in trained.habits.items()
    }
    write_json(
        folder / "meta.json",
        {"redundant_bar": trained.redundant_bar, "missing_bar": trained.missing_bar, "habits": habits},
    )
    write_json(
        folder / "card.json", {"model": "critic", "trained_on": ATTRIBUTION, "seed": seed, **trained.figures}
    )


def fit_view(windows: Sequence[Window], corpus: Corpus, heads: Sequence[str], seed: int) -> SecondView:
    snippets, labels = view_examples(windows, corpus.contracts, heads, seed)
    matrix = sparse(snippet_rows(snippets), N_FEATURES)
    fitted = [fit_svm(matrix, labels[:, head], SVM_C, seed) for head in range(len(heads))]
    weights, bias = (
        np.stack([w for w, _ in fitted], axis=1),
        np.asarray([b for _, b in fitted], dtype=np.float32),
    )
    return SecondView(tuple(heads), weights, bias)


def _judge(window: Window, view: SecondView, habits: dict[str, FieldHabits], corpus: Corpus) -> list[Judged]:
    scene = window.scene(view.margins(line_snippets(window.passages, window.lines)))
    drafted = [p for p in window.pieces if p.score >= DRAFT_BAR]
    clause_heads = {i for i, n in enumerate(view.names) if n not in NAME_FIELDS}
    pieces = [p for p in window.pieces if p.score >= ADD_BAR] + overlooked(scene, drafted, clause_heads)
    margins = view.margins(piece_snippets(scene, pieces))
    rows = evidence_rows(scene, pieces, drafted, view, habits, margins)
    contract = corpus.contracts[window.contract_index]
    return [
        Judged(window.contract_index, p, row, piece_is_right(contract, p, view.names))
        for p, row in zip(pieces, rows, strict=True)
    ]


def _training_rows(judged: Sequence[Judged], seed: int) -> tuple[FloatArray, NDArray[np.bool_]]:
    rows = np.stack([j.evidence for j in judged])
    hidden = np.random.default_rng(seed).random(len(rows)) < _SCORE_DROPOUT
    rows[hidden, 0] = NO_SCORE
    return rows, np.asarray([j.right for j in judged])


def _out_of_fold(judged: Sequence[Judged], corpus: Corpus, seed: int) -> FloatArray:
    folds = np.asarray([corpus.folds[j.contract_index] for j in judged])
    rights = np.zeros(len(judged), dtype=np.float32)
    for fold in range(corpus.n_folds):
        seen = [j for j, f in zip(judged, folds, strict=True) if f != fold]
        held = np.flatnonzero(folds == fold)
        trees = fit_trees(*_training_rows(seen, seed), seed)
        rights[held] = trees.probability(np.stack([judged[i].evidence for i in held]))
    return rights


def _bars(
    judged: Sequence[Judged], rights: FloatArray, corpus: Corpus, heads: Sequence[str]
) -> tuple[float, float, dict[str, Any]]:
    """The bars of best official F1 out of fold: first for what is drafted, then for what is missing."""
    drafted = np.asarray([j.piece.score >= DRAFT_BAR for j in judged])
    missing = np.asarray([j.is_missing for j in judged])
    truth = np.asarray([j.right for j in judged])
    own = np.asarray([j.piece.score for j in judged], dtype=np.float32)

    def rated(kept: NDArray[np.bool_]) -> Scores:
        return scores(_tally(judged, kept, corpus, heads))

    steps = [round(0.1 + 0.02 * i, 2) for i in range(36)]
    redundant_bar = max(steps, key=lambda s: rated(drafted & (rights >= s)).f1_off)
    base = drafted & (rights >= redundant_bar)
    missing_bar = max([*steps, 0.99], key=lambda s: rated(base | (missing & (rights >= s))).f1_off)
    alone = rated(base)
    both = rated(base | (missing & (rights >= missing_bar)))
    figures = {
        "out_of_fold": {
            "redundant_only": {
                "f1_off": round(alone.f1_off, 4),
                "precision_off": round(alone.precision_off, 4),
            },
            "both_paths": {"f1_off": round(both.f1_off, 4), "precision_off": round(both.precision_off, 4)},
            "auroc_redundant": _auroc(rights[drafted], truth[drafted]),
            "auroc_missing": _auroc(rights[missing], truth[missing]),
            "auroc_generator_score": _auroc(own[drafted], truth[drafted]),
        }
    }
    return redundant_bar, missing_bar, figures


def _auroc(scored: FloatArray, truth: NDArray[np.bool_]) -> float | None:
    value = auroc(scored.tolist(), truth.tolist())
    return None if value is None else round(value, 4)


def _tally(judged: Sequence[Judged], kept: NDArray[np.bool_], corpus: Corpus, heads: Sequence[str]) -> Tally:
    quotes: list[dict[str, list[str]]] = [{} for _ in corpus.contracts]
    for i in np.flatnonzero(kept):
        j = judged[i]
        text = corpus.contracts[j.contract_index].text[j.piece.start : j.piece.end]
        quotes[j.contract_index].setdefault(heads[j.piece.head], []).append(text)
    return total([tally(c.quotes(), q) for c, q in zip(corpus.contracts, quotes, strict=True)])


def _habits(corpus: Corpus, windows: Sequence[Window], heads: Sequence[str]) -> dict[str, FieldHabits]:
    lengths: dict[str, list[float]] = {h: [] for h in heads}
    for contract in corpus.contracts:
        for span in contract.gold:
            lengths[span.field].append(float(np.log(max(1, len(span.text)))))
    rights: dict[str, list[bool]] = {h: [] for h in heads}
    for window in windows:
        for piece in window.pieces:
            if piece.score >= DRAFT_BAR:
                rights[heads[piece.head]].append(
                    piece_is_right(corpus.contracts[window.contract_index], piece, heads)
                )
    return {
        h: FieldHabits(
            float(np.mean(lengths[h])), float(np.std(lengths[h])), float(np.mean(rights[h] or [False]))
        )
        for h in heads
    }
