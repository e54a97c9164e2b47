"""Trains the generator: heads and CRF out of fold for the thresholds, then once on all contracts.

The critic learns later from the same out-of-fold drafts (the error book).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tasks.core.native.generator.clause_heads import ClauseHeads, unpacked_heads
from tasks.core.native.generator.clause_spans import Logistic, Stretch, span_rows, stretches
from tasks.core.native.generator.generator import NAME_FIELDS, Generator, Thresholds
from tasks.core.native.generator.name_tagger import Mention, NameTagger, find_mentions
from tasks.core.native.own.reader import NO_OWN_FIELDS, NOTHING, WEIGHTS
from tasks.core.native.text.words import FloatArray
from tasks.core.native.weights import write_arrays, write_json
from tasks.core.records import Candidate, FieldName
from tasks.learning.evaluation.baselines import best_threshold, control_tally
from tasks.learning.evaluation.matching import texts_match
from tasks.learning.evaluation.scores import scores, total
from tasks.learning.training.corpus import ATTRIBUTION, Corpus, Progress
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


@dataclass(frozen=True, slots=True)
class GeneratorWeights:
    """Weights that are fitted on some of the contracts; all others are fitted once, out of fold."""

    heads: ClauseHeads
    names_model: bytes


@dataclass(frozen=True, slots=True)
class TrainedGenerator:
    weights: GeneratorWeights
    join: Logistic
    scorer: Logistic
    thresholds: Thresholds
    figures: dict[str, Any]
    corpus: Corpus
    folds: tuple[GeneratorWeights, ...]
    """For each fold, weights that have not seen it."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """The draft of one contract by weights that have not seen it."""

    sheet: Sheet
    stretches: tuple[Stretch, ...]
    scores: FloatArray
    """Of the stretches."""
    mentions: tuple[Mention, ...]

    def candidates(self, names: Sequence[str]) -> list[Candidate]:
        """All values, whatever their score."""
        text = self.sheet.contract.text
        clauses = [
            _candidate(names[s.head], stretch_text(self.sheet, s), float(score))
            for s, score in zip(self.stretches, self.scores, strict=True)
        ]
        return clauses + [_candidate(m.field, text[m.start : m.end], m.score) for m in self.mentions]


@dataclass(frozen=True, slots=True)
class _Task:
    corpus: Corpus
    sheets: list[Sheet]
    names: tuple[str, ...]
    seed: int


_HeldOut = tuple[FloatArray, tuple[Mention, ...]]
"""Margins and mentions of a contract, by weights that have not seen it."""


def train_generator(corpus: Corpus, seed: int, progress: Progress, n_processes: int = 1) -> TrainedGenerator:
    """Fit everything. Weights follow from corpus and seed, not from the number of processes."""
    names = tuple(sorted(set(corpus.fields) - NAME_FIELDS))
    sheets = [lay_out_contract(c, names) for c in corpus.contracts]
    progress(f"generator: {corpus.n_folds} folds and all contracts, {n_processes} at a time")
    job = _Task(corpus, sheets, names, seed)
    *folds, (weights, _) = map_folds(_fit, job, [*range(corpus.n_folds), -1], n_processes)
    held_out = {i: values for _, by_contract in folds for i, values in by_contract.items()}
    margins, mentions = zip(*(held_out[i] for i in range(len(sheets))), strict=True)
    progress("generator: join and scores")
    join = fit_join(sheets, margins, UNIT_BAR)
    drafts, scorer = _drafts(sheets, margins, mentions, join, names)
    golds = [c.quotes() for c in corpus.contracts]
    candidates = [d.candidates(names) for d in drafts]
    alone, _ = best_threshold(golds, candidates, _STEPS)
    figures = {
        "out_of_fold": {
            "alone": _figures(candidates, golds, alone),
            "draft": _figures(candidates, golds, DRAFT_BAR),
        }
    }
    thresholds = Thresholds(UNIT_BAR, DRAFT_BAR, NAMES_BAR, ADD_BAR, alone)
    return TrainedGenerator(weights, join, scorer, thresholds, figures, corpus, tuple(w for w, _ in folds))


def write_generator(trained: TrainedGenerator, folder: Path, seed: int) -> None:
    """Write a version folder: clauses.npz, names.crfsuite, meta.json, card.json."""
    _write(trained, trained.weights, [c.doc_id for c in trained.corpus.contracts], folder, seed)


def fold_generators(trained: TrainedGenerator) -> list[Generator]:
    """For each fold the generator that has not seen it; weights are rounded as in the files."""
    return [
        Generator(
            unpacked_heads(weights.heads.packed()),
            trained.join,
            trained.scorer,
            NameTagger(weights.names_model),
            NO_OWN_FIELDS,
            trained.thresholds,
            "",
        )
        for weights in trained.folds
    ]


def write_folds(trained: TrainedGenerator, folder: Path, seed: int) -> None:
    """Write `folds.json` (document -> fold), and each fold's version folder `fold-K`."""
    folder.mkdir(parents=True, exist_ok=True)
    folds = {c.doc_id: f for c, f in zip(trained.corpus.contracts, trained.corpus.folds, strict=True)}
    for number, weights in enumerate(trained.folds):
        seen = [doc_id for doc_id, fold in folds.items() if fold != number]
        _write(trained, weights, seen, folder / f"fold-{number}", seed)
    write_json(folder / "folds.json", folds)


def _write(
    trained: TrainedGenerator, weights: GeneratorWeights, seen: list[str], folder: Path, seed: int
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {**weights.heads.packed(), "join": trained.join.weights, "scorer": trained.scorer.weights}
    write_arrays(folder / "clauses.npz", arrays)
    (folder / "names.crfsuite").write_bytes(weights.names_model)
    biases = {"join_bias": trained.join.bias, "scorer_bias": trained.scorer.bias}
    write_json(folder / "meta.json", {**asdict(trained.thresholds), **biases})
    if not (folder / WEIGHTS).exists():  # of fields without a head: `countersign train own` writes them
        write_json(folder / WEIGHTS, {**NOTHING.packed(), "draft_bar": 1.0})
    card = {
        "model": "generator",
        "trained_on": ATTRIBUTION,
        "split": f"train, {len(seen)} contracts",
        "learned_from": seen,
        "seed": seed,
        "n_clause_heads": len(weights.heads.names),
    }
    write_json(folder / "card.json", {**card, **trained.figures})


def _fit(task: _Task, fold: int) -> tuple[GeneratorWeights, dict[int, _HeldOut]]:
    """Fit on all contracts but those of the fold; no contract is of fold -1."""
    contracts, sheets = task.corpus.contracts, task.sheets
    seen = [i for i, f in enumerate(task.corpus.folds) if f != fold]
    heads = fit_heads([sheets[i] for i in seen], task.names, task.seed)
    names_model = fit_names([contracts[i] for i in seen])
    tagger = NameTagger(names_model)
    held_out = {
        i: (
            heads.margins(sheets[i].lines),
            tuple(find_mentions(contracts[i].text[:FRONT_CHARS], tagger, NAMES_BAR)),
        )
        for i in task.corpus.fold(fold)
    }
    return GeneratorWeights(heads, names_model), held_out


def _drafts(
    sheets: Sequence[Sheet],
    margins: Sequence[FloatArray],
    mentions: Sequence[tuple[Mention, ...]],
    join: Logistic,
    names: Sequence[str],
) -> tuple[list[_Draft], Logistic]:
    """Every contract's draft, and the span score that is fitted on them."""
    spans = [tuple(stretches(s.lines, m, UNIT_BAR, join)) for s, m in zip(sheets, margins, strict=True)]
    rows = [span_rows(s.lines, m, x) for s, m, x in zip(sheets, margins, spans, strict=True)]
    labels = [
        _is_right(sheet, names[x.head], stretch_text(sheet, x))
        for sheet, own_spans in zip(sheets, spans, strict=True)
        for x in own_spans
    ]
    scorer = fit_logistic(np.concatenate(rows), np.asarray(labels))
    return [
        _Draft(s, x, scorer(r), m) for s, x, r, m in zip(sheets, spans, rows, mentions, strict=True)
    ], scorer


def _is_right(sheet: Sheet, field: str, quote: str) -> bool:
    """Whether any gold span of the field matches."""
    return any(texts_match(field, g.text, quote) for g in sheet.contract.gold if g.field == field)


def _candidate(field: str, quote: str, score: float) -> Candidate:
    return Candidate(FieldName(field), quote, quote, score, None)


def _figures(
    drafts: Sequence[Sequence[Candidate]], golds: Sequence[dict[str, list[str]]], bar: float
) -> dict[str, float]:
    tallies = [control_tally(gold, draft, bar) for gold, draft in zip(golds, drafts, strict=True)]
    return {k: round(v, 4) for k, v in asdict(scores(total(tallies))).items()} | {"threshold": bar}
