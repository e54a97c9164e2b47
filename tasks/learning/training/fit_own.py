"""Fits the models of fields without a head on documents of many schemas.

The generator's score and the critic's trees are fitted on the candidates of all documents. Bars are
set on judgements out of sight of the schema: its documents, and its fields' words, were never seen
by the trees that judge them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import lightgbm
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from tasks.core.native.critic.evidence_judge import GROUPS, group_of
from tasks.core.native.critic.evidence_judge import WEIGHTS as JUDGE_WEIGHTS
from tasks.core.native.critic.trees import Trees
from tasks.core.native.own.candidates import READ_BY_EVIDENCE, candidates_of, lists_values
from tasks.core.native.own.evidence.changes import INHERITED, SUPERSEDED
from tasks.core.native.own.reader import WEIGHTS as SCORE_WEIGHTS
from tasks.core.native.own.scorer import EvidenceScorer
from tasks.core.native.request import Request, read_request
from tasks.core.native.text.words import FloatArray
from tasks.core.native.weights import write_arrays, write_json
from tasks.core.schema import Schema
from tasks.core.schema.fields import Cardinality
from tasks.core.values.document_habit import habit_of
from tasks.core.values.forms import form_of_one
from tasks.learning.training.corpus import Progress
from tasks.learning.training.fit_trees import as_arrays
from tasks.learning.training.own_documents import OwnDocument
from tasks.learning.training.own_labels import Label, labels_of

N_FOLDS = 6
N_SEEDS = 2
"""Trees of several seeds are averaged: with so few documents one seed is a lottery."""
PROMISES = (0.6, 0.7, 0.75, 0.8, 0.85, 0.87, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99)
DRAFT_BAR = 0.02
_ROUNDS = 250
_SETTINGS: dict[str, Any] = {
    "objective": "binary",
    "num_leaves": 15,
    "learning_rate": 0.05,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "max_bin": 63,
    "verbosity": -1,
}
_EASY, _EASY_SHARE = 0.004, 0.2
"""Wrong candidates that score less are easy; this share of them is learned from, each for five."""
_LEAST, _MOST = 1e-4, 1 - 1e-4
_LEAST_N = 20
"""Fewer settled values above a bar prove nothing."""


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A candidate of a document with its evidence and label."""

    document: str
    is_hard: bool
    schema: str
    field: str
    is_one: bool
    sameness: str
    """Equal for two candidates of a field that are one value."""
    place: tuple[int, int, int, int]
    """Chunk, passage, start and end."""
    group: str
    """The trees that judge it."""
    replaced: str | None
    """Sameness of the value that it replaces by an amendment."""
    label: Label
    evidence: FloatArray


@dataclass(frozen=True, slots=True)
class OwnModels:
    scorer: EvidenceScorer
    trees: dict[str, Trees]
    """By group."""
    promise_bars: dict[float, float]
    figures: dict[str, Any]


def evidence_rows_of(document: OwnDocument) -> Iterator[EvidenceRow]:
    """The candidates of every field of a document."""
    habit = habit_of("\n".join(p["text"] for c in document.chunks for p in c["passages"]))
    for number, chunk in enumerate(document.chunks):
        request = _request(document.schema, chunk)
        names = [f.name for f in request.schema.fields if f.type in READ_BY_EVIDENCE and not lists_values(f)]
        for found in candidates_of(request, names).values():
            field = found.signs.field
            labels = labels_of(document, found, habit)
            for i, (span, row, label) in enumerate(zip(found.spans, found.rows, labels, strict=True)):
                form = span.form or form_of_one(field, span.value, habit)
                place = (number, span.passage_index, span.start, span.end)
                is_one = field.cardinality is Cardinality.ONE
                sameness = form or span.value.casefold()
                names_of = (
                    f"{document.writer}/{document.name}",
                    document.is_hard,
                    document.schema.name,
                    field.name,
                )
                yield EvidenceRow(
                    *names_of,
                    is_one,
                    sameness,
                    place,
                    group_of(field.type),
                    found.replaced.get(i),
                    label,
                    row,
                )


def _request(schema: Schema, chunk: dict[str, Any]) -> Request:
    body = {"schema": schema.model_dump(mode="json"), "chunk": chunk, "round": 1}
    return read_request({"task": "generate", "previous": [], "findings": [], **body})


def fit_own(rows: Sequence[EvidenceRow], seed: int, progress: Progress) -> OwnModels:
    """Fit both models, and set the bars out of sight."""
    evidence = np.stack([r.evidence for r in rows])
    labels = np.asarray([int(r.label) for r in rows])
    learned = labels != Label.ELSEWHERE
    scorer = _fit_scorer(evidence[learned], labels[learned] == Label.RIGHT, seed)
    weights = _weights(labels, scorer(evidence), seed)
    rights = _out_of_sight(rows, evidence, labels, weights, seed, progress)
    progress("own fields: all schemas")
    groups = np.asarray([r.group for r in rows])
    trees = {
        g: _fit_trees(evidence, labels == Label.RIGHT, np.where(groups == g, weights, 0.0), seed)
        for g in GROUPS
    }
    settled = settled_values([r for r in rows if not r.is_hard], rights[[not r.is_hard for r in rows]])
    figures = _figures(rows, rights, settled)
    return OwnModels(scorer, trees, promise_bars(settled), figures)


def _out_of_sight(
    rows: Sequence[EvidenceRow],
    evidence: FloatArray,
    labels: NDArray[np.int64],
    weights: NDArray[np.float64],
    seed: int,
    progress: Progress,
) -> NDArray[np.float64]:
    """P(right) of each row by trees that saw neither its schema nor, if it sets bars, its writer."""
    folds, groups = _folds(rows), np.asarray([r.group for r in rows])
    writers = np.asarray(["" if r.is_hard else r.document.partition("/")[0] for r in rows])
    rights = np.zeros(len(rows))
    for fold in range(N_FOLDS):
        progress(f"own fields: fold {fold + 1} of {N_FOLDS}")
        for writer in sorted(set(writers[folds == fold].tolist())):
            unseen = (folds == fold) | ((writers == writer) if writer else np.zeros(len(rows), dtype=bool))
            for group in GROUPS:
                judged = (folds == fold) & (writers == writer) & (groups == group)
                if judged.any():
                    seen = np.where(unseen | (groups != group), 0.0, weights)
                    trees = _fit_trees(evidence, labels == Label.RIGHT, seen, seed)
                    rights[judged] = trees.probability(evidence[judged])
    return rights


def _weights(labels: NDArray[np.int64], scores: FloatArray, seed: int) -> NDArray[np.float64]:
    """The weight of each row in training; 0: it is left out."""
    weights = np.where(labels == Label.ELSEWHERE, 0.0, 1.0)
    easy = (labels == Label.WRONG) & (scores < _EASY)
    kept = np.random.default_rng(seed).random(len(labels)) < _EASY_SHARE
    return np.where(easy, np.where(kept, 1.0 / _EASY_SHARE, 0.0), weights)


def _folds(rows: Sequence[EvidenceRow]) -> NDArray[np.int64]:
    """Schemas are dealt to folds in alphabetical order."""
    schemas = sorted({r.schema for r in rows})
    return np.asarray([schemas.index(r.schema) % N_FOLDS for r in rows])


def _fit_trees(
    evidence: FloatArray, is_right: NDArray[np.bool_], weights: NDArray[np.float64], seed: int
) -> Trees:
    """The trees of several seeds as one, each with its share of the sum."""
    roots: list[dict[str, Any]] = []
    kept = weights > 0
    for number in range(N_SEEDS):
        data = lightgbm.Dataset(evidence[kept], label=is_right[kept].astype(np.float32), weight=weights[kept])
        settings = {**_SETTINGS, "seed": seed * N_SEEDS + number}
        model = lightgbm.train(settings, data, num_boost_round=_ROUNDS).dump_model()
        roots += [cast("dict[str, Any]", t["tree_structure"]) for t in model["tree_info"]]
    trees = as_arrays(roots)
    return Trees(trees.feature, trees.threshold, trees.left, trees.right, trees.value / N_SEEDS, trees.depth)


def _fit_scorer(evidence: FloatArray, is_right: NDArray[np.bool_], seed: int) -> EvidenceScorer:
    scaler = StandardScaler().fit(evidence)
    model = LogisticRegression(C=0.05, max_iter=400, random_state=seed).fit(
        scaler.transform(evidence), is_right
    )
    spread = np.asarray(scaler.scale_, dtype=np.float64)
    scale = np.where(spread > 0, spread, 1.0)
    weights = model.coef_[0] / scale
    bias = float(model.intercept_[0] - (weights * scaler.mean_).sum())
    return EvidenceScorer(weights.astype(np.float32), bias)


@dataclass(frozen=True, slots=True)
class SettledValue:
    """A value of a document after its competition with the field's other values."""

    right: float
    is_right: bool


def settled_values(rows: Sequence[EvidenceRow], rights: NDArray[np.float64]) -> list[SettledValue]:
    """Each value of each field once, with its settled probability, as the product settles them."""
    by_field: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        by_field[row.document, row.field].append(i)
    return [value for indexes in by_field.values() for value in _settled(rows, rights, indexes)]


def _settled(
    rows: Sequence[EvidenceRow], rights: NDArray[np.float64], indexes: Sequence[int]
) -> Iterator[SettledValue]:
    changed = _changed(rows, rights, indexes)
    values: dict[str, tuple[float, bool]] = {}
    taken: list[tuple[int, int, int, int]] = []
    for i in sorted(indexes, key=lambda i: -changed[i]):
        row = rows[i]
        if any(_overlap(row.place, other) for other in taken):
            continue  # of candidates with other extents the best one counts
        taken.append(row.place)
        right, is_right = values.get(row.sameness, (0.0, False))
        values[row.sameness] = max(right, changed[i]), is_right or row.label is not Label.WRONG
    odds = [min(_MOST, max(_LEAST, right)) for right, _ in values.values()]
    total = 1 + sum(o / (1 - o) for o in odds)
    for o, (right, is_right) in zip(odds, values.values(), strict=True):
        yield SettledValue(o / (1 - o) / total if rows[indexes[0]].is_one else right, is_right)


def _changed(
    rows: Sequence[EvidenceRow], rights: NDArray[np.float64], indexes: Sequence[int]
) -> dict[int, float]:
    """P(right) after the amendments, as `with_changes` has it."""
    held: dict[str, float] = defaultdict(float)
    for i in indexes:
        held[rows[i].sameness] = max(held[rows[i].sameness], float(rights[i]))
    olds = {rows[i].replaced for i in indexes}
    changed: dict[int, float] = {}
    for i in indexes:
        old = rows[i].replaced
        inherited = INHERITED * held[old] if old is not None and old != rows[i].sameness else 0.0
        factor = SUPERSEDED if rows[i].sameness in olds else 1.0
        changed[i] = factor * max(float(rights[i]), inherited)
    return changed


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[:2] == other[:2] and one[2] < other[3] and other[2] < one[3]


def promise_bars(settled: Sequence[SettledValue]) -> dict[float, float]:
    """The least settled probability above which the promised share is right, by promise.

    A promise that no bar keeps has none.
    """
    ordered = sorted(settled, key=lambda v: -v.right)
    right = np.cumsum([v.is_right for v in ordered])
    shares = right / np.arange(1, len(ordered) + 1)
    bars: dict[float, float] = {}
    for promise in PROMISES:
        kept = [i for i in range(_LEAST_N - 1, len(ordered)) if shares[i] >= promise]
        if kept:
            bars[promise] = round(ordered[kept[-1]].right, 4)
    return bars


def _figures(
    rows: Sequence[EvidenceRow], rights: NDArray[np.float64], settled: Sequence[SettledValue]
) -> dict[str, Any]:
    labels = np.asarray([int(r.label) for r in rows])
    known = labels != Label.ELSEWHERE
    positive = sorted(rights[known & (labels == Label.RIGHT)])
    negative = sorted(rights[known & (labels == Label.WRONG)])
    ranks = np.searchsorted(negative, positive, side="left") + np.searchsorted(
        negative, positive, side="right"
    )
    auroc = float(ranks.mean() / 2 / len(negative)) if positive and negative else 0.0
    return {
        "own": {
            "n_schemas": len({r.schema for r in rows}),
            "n_documents": len({r.document for r in rows}),
            "n_candidates": len(rows),
            "auroc_unseen_schemas": round(auroc, 4),
            "n_right_values": sum(v.is_right for v in settled),
        }
    }


def train_own(documents: Iterable[OwnDocument], seed: int, progress: Progress) -> OwnModels:
    """Fit the models of fields without a head on documents with right answers."""
    rows = [row for document in documents for row in evidence_rows_of(document)]
    progress(f"own fields: {len(rows):,} candidates of {len({r.schema for r in rows})} schemas")
    return fit_own(rows, seed, progress)


def _packed(trees: Mapping[str, Trees]) -> dict[str, NDArray[np.generic]]:
    return {name: array for group, of in trees.items() for name, array in of.packed(group).items()}


def write_own(models: OwnModels, folder: Path) -> None:
    """Write the weights beside those of the models that use them.

    Args:
        folder: Holds NAME/1/ of each model; `generator` and `fewshot` get the score, `critic` the
            trees and bars.
    """
    score = {**models.scorer.packed(), "draft_bar": DRAFT_BAR}
    for name in ("generator", "fewshot"):
        target = folder / name / "1"
        target.mkdir(parents=True, exist_ok=True)
        write_json(target / SCORE_WEIGHTS, score)
    target = folder / "critic" / "1"
    target.mkdir(parents=True, exist_ok=True)
    write_arrays(target / f"{JUDGE_WEIGHTS}.npz", _packed(models.trees))
    bars = {str(promise): bar for promise, bar in models.promise_bars.items()}
    write_json(target / f"{JUDGE_WEIGHTS}.json", {"promise_bars": bars, **models.figures})
