"""Trains the generator: heads and CRF out of fold for every threshold, then once on everything for the weights.

Five folds by contract and near-duplicate group. What the critic learns from later (the error book) is the same out-of-fold draft.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tasks.core.native.generator.clause_heads import ClauseHeads, unpacked_heads
from tasks.core.native.generator.clause_spans import Logistic, Stretch, span_rows, stretches
from tasks.core.native.generator.generator import NAME_FIELDS, Generator, Thresholds
from tasks.core.native.generator.name_tagger import Mention, NameTagger, find_mentions
from tasks.core.native.text.words import FloatArray
from tasks.core.native.weights import write_arrays, write_json
from tasks.core.records import Candidate, FieldName
from tasks.learning.evaluation.baselines import best_threshold
from tasks.learning.evaluation.matching import matches, word_set
from tasks.learning.evaluation.scores import Scores, scores, total
from tasks.learning.training.corpus import ATTRIBUTION, Corpus
from tasks.learning.training.fit_clauses import (
    Sheet,
    fit_heads,
    fit_join,
    fit_logistic,
    lay_out_contract,
    stretch_text,
)
from tasks.learning.training.fit_names import FRONT_CHARS, fit_names
from tasks.learning.training.folds import map_folds

UNIT_BAR = -0.6
DRAFT_BAR = 0.12
NAMES_BAR = 0.15
ADD_BAR = 0.06
_STEPS = tuple(round(0.1 + 0.01 * i, 2) for i in range(60))

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FoldDraft:
    """What a generator that never saw a contract drafts for it."""

    sheet: Sheet
    margins: FloatArray
    found: tuple[Stretch, ...]
    found_scores: FloatArray
    mentions: tuple[Mention, ...]

    def candidates(self, names: Sequence[str]) -> list[Candidate]:
        """All values with their scores, none left out."""
        text = self.sheet.contract.text
        clauses = [
            _candidate(names[s.head], stretch_text(self.sheet, s), float(score))
            for s, score in zip(self.found, self.found_scores, strict=True)
        ]
        return clauses + [_candidate(m.field, text[m.start : m.end], m.score) for m in self.mentions]


@dataclass(frozen=True, slots=True)
class TrainedGenerator:
    heads: ClauseHeads
    join: Logistic
    scorer: Logistic
    names_model: bytes
    thresholds: Thresholds
    drafts: tuple[FoldDraft, ...]
    """Out of fold, one for each contract of the corpus."""
    figures: dict[str, Any]
    corpus: Corpus
    folds: tuple[FoldWeights, ...]
    """For each fold, weights that have not seen it."""


@dataclass(frozen=True, slots=True)
class FoldWeights:
    heads: ClauseHeads
    names_model: bytes


@dataclass(frozen=True, slots=True)
class _Task:
    corpus: Corpus
    sheets: list[Sheet]
    names: tuple[str, ...]
    seed: int


@dataclass(frozen=True, slots=True)
class _Fit:
    """Weights of one fold, and what they make of the contracts they have not seen."""

    heads: ClauseHeads
    names_model: bytes
    margins: list[FloatArray]
    mentions: list[tuple[Mention, ...]]


def train_generator(corpus: Corpus, seed: int, progress: Progress, n_processes: int = 1) -> TrainedGenerator:
    """Fit everything; the same corpus and seed give the same weights, whatever the number of processes."""
    names = clause_names(corpus)
    sheets = [lay_out_contract(c, names) for c in corpus.contracts]
    margins: list[FloatArray] = [np.zeros((0, 0), dtype=np.float32)] * len(sheets)
    mentions: list[tuple[Mention, ...]] = [()] * len(sheets)
    progress(f"generator: {corpus.n_folds} folds and all contracts, {n_processes} at a time")
    fits = map_folds(_fit, _Task(corpus, sheets, names, seed), [*range(corpus.n_folds), -1], n_processes)
    for fold, fitted in enumerate(fits[:-1]):
        for i, own, found in zip(corpus.fold(fold), fitted.margins, fitted.mentions, strict=True):
            margins[i], mentions[i] = own, found
    progress("generator: join and scores")
    join = fit_join(sheets, margins, UNIT_BAR)
    drafts, scorer = _drafts(sheets, margins, mentions, join, names)
    golds = [c.quotes() for c in corpus.contracts]
    alone, _ = best_threshold(golds, [d.candidates(names) for d in drafts], _STEPS)
    thresholds = Thresholds(UNIT_BAR, DRAFT_BAR, NAMES_BAR, ADD_BAR, alone)
    figures = {
        "out_of_fold": {
            "alone": _figures(drafts, names, golds, alone),
            "draft": _figures(drafts, names, golds, DRAFT_BAR),
        }
    }
    folds = tuple(FoldWeights(f.heads, f.names_model) for f in fits[:-1])
    return TrainedGenerator(
        fits[-1].heads, join, scorer, fits[-1].names_model, thresholds, drafts, figures, corpus, folds
    )


def write_generator(trained: TrainedGenerator, folder: Path, seed: int) -> None:
    """Write the weight files of a version folder: clauses.npz, names.crfsuite, meta.json, card.json."""
    everything = FoldWeights(trained.heads, trained.names_model)
    _write(trained, everything, [c.doc_id for c in trained.corpus.contracts], folder, seed)


def fold_generators(trained: TrainedGenerator) -> list[Generator]:
    """For each fold the generator that has not seen it, its weights as exact as they are written."""
    return [
        Generator(
            unpacked_heads(weights.heads.packed()),
            trained.join,
            trained.scorer,
            NameTagger(weights.names_model),
            trained.thresholds,
            "",
        )
        for weights in trained.folds
    ]


def write_folds(trained: TrainedGenerator, folder: Path, seed: int) -> None:
    """Write `folds.json` (document to fold) and in `fold-K` a version folder that has not seen the documents of fold K."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = [c.doc_id for c in trained.corpus.contracts]
    folds = dict(zip(ids, trained.corpus.folds, strict=True))
    for number, weights in enumerate(trained.folds):
        seen = [i for i in ids if folds[i] != number]
        _write(trained, weights, seen, folder / f"fold-{number}", seed)
    write_json(folder / "folds.json", folds)


def _write(
    trained: TrainedGenerator, weights: FoldWeights, seen: Sequence[str], folder: Path, seed: int
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {**weights.heads.packed(), "join": trained.join.weights, "scorer": trained.scorer.weights}
    write_arrays(folder / "clauses.npz", arrays)
    (folder / "names.crfsuite").write_bytes(weights.names_model)
    biases = {"join_bias": trained.join.bias, "scorer_bias": trained.scorer.bias}
    write_json(folder / "meta.json", {**asdict(trained.thresholds), **biases})
    write_json(
        folder / "card.json",
        {
            "model": "generator",
            "trained_on": ATTRIBUTION,
            "split": f"train, {len(seen)} contracts",
            "learned_from": list(seen),
            "seed": seed,
            "n_clause_heads": len(weights.heads.names),
            **trained.figures,
        },
    )


def _fit(task: _Task, fold: int) -> _Fit:
    """Fit without one fold; -1 leaves nothing out."""
    contracts, sheets = task.corpus.contracts, task.sheets
    seen = [i for i, f in enumerate(task.corpus.folds) if f != fold]
    heads = fit_heads([sheets[i] for i in seen], task.names, task.seed)
    names_model = fit_names([contracts[i] for i in seen])
    tagger = NameTagger(names_model)
    held = task.corpus.fold(fold)
    return _Fit(
        heads,
        names_model,
        [heads.margins(sheets[i].lines) for i in held],
        [tuple(find_mentions(contracts[i].text[:FRONT_CHARS], tagger, NAMES_BAR)) for i in held],
    )


def clause_names(corpus: Corpus) -> tuple[str, ...]:
    """The fields that get a clause head: every field with gold but the short ones."""
    return tuple(sorted({s.field for c in corpus.contracts for s in c.gold} - NAME_FIELDS))


def is_right(sheet: Sheet, field: str, quote: str) -> bool:
    """Whether some gold span of the contract matches, by CUAD's rule."""
    words = word_set(quote)
    return any(matches(field, word_set(g.text), words) for g in sheet.contract.gold if g.field == field)


def _drafts(
    sheets: Sequence[Sheet],
    margins: Sequence[FloatArray],
    mentions: Sequence[tuple[Mention, ...]],
    join: Logistic,
    names: Sequence[str],
) -> tuple[tuple[FoldDraft, ...], Logistic]:
    found = [tuple(stretches(s.lines, m, UNIT_BAR, join)) for s, m in zip(sheets, margins, strict=True)]
    rows = [span_rows(s.lines, m, f) for s, m, f in zip(sheets, margins, found, strict=True)]
    labels = [
        is_right(sheet, names[x.head], stretch_text(sheet, x))
        for sheet, fs in zip(sheets, found, strict=True)
        for x in fs
    ]
    scorer = fit_logistic(np.concatenate(rows), np.asarray(labels))
    drafts = tuple(
        FoldDraft(s, m, f, scorer(r), n)
        for s, m, f, r, n in zip(sheets, margins, found, rows, mentions, strict=True)
    )
    return drafts, scorer


def _candidate(field: str, quote: str, score: float) -> Candidate:
    return Candidate(FieldName(field), quote, quote, score, None)


def _figures(
    drafts: Sequence[FoldDraft], names: Sequence[str], golds: Sequence[dict[str, list[str]]], bar: float
) -> dict[str, float]:
    from tasks.learning.evaluation.baselines import control_tally

    counted: Scores = scores(
        total([control_tally(g, d.candidates(names), bar) for g, d in zip(golds, drafts, strict=True)])
    )
    return {k: round(v, 4) for k, v in asdict(counted).items()} | {"threshold": bar}
