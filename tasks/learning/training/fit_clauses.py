"""Fits the clause heads, the join of neighbouring lines, and the span score."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from tasks.core.native.generator.clause_heads import ClauseHeads, LineRows, n_features
from tasks.core.native.generator.clause_spans import Logistic, Stretch, join_rows, positive_pairs
from tasks.core.native.text.lines import TextLine, lay_out_document
from tasks.core.native.text.words import FloatArray, SparseRows, Vocabulary, learn_vocabulary, words_of
from tasks.learning.training.corpus import Contract

CHUNK_CHARS = 6000
N_TERMS = 16000
N_CONTEXT_WORDS = 3000
SVM_C = 0.5
_EMPTY_UNIT_SHARE = 0.35
"""Share of the lines without a clause that heads learn from: more adds time and no F1."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A training contract in lines.

    Shapes:
        gold_of: [lines, heads]; index of the gold span that the line belongs to, -1 for none.
    """

    contract: Contract
    lines: tuple[TextLine, ...]
    gold_of: NDArray[np.int32]

    @property
    def labels(self) -> NDArray[np.bool_]:
        return self.gold_of >= 0


def lay_out_contract(contract: Contract, names: Sequence[str]) -> Sheet:
    """Lines and labels: a line belongs to a gold span if they share half of the shorter one."""
    lines = lay_out_document(contract.text, CHUNK_CHARS)
    starts = np.asarray([line.unit.start for line in lines])
    ends = np.asarray([line.unit.end for line in lines])
    gold_of = np.full((len(lines), len(names)), -1, dtype=np.int32)
    column = {n: i for i, n in enumerate(names)}
    for number, span in enumerate(contract.gold):
        head = column.get(span.field)
        if head is None:
            continue
        begin = span.starts[0]
        overlap = np.minimum(ends, begin + len(span.text)) - np.maximum(starts, begin)
        shorter = np.minimum(ends - starts, len(span.text))
        gold_of[overlap >= 0.5 * shorter, head] = number
    return Sheet(contract, lines, gold_of)


def fit_heads(sheets: Sequence[Sheet], names: Sequence[str], seed: int) -> ClauseHeads:
    """One LinearSVC for each name, over all lines with a clause and a share of those without."""
    lines = [line for s in sheets for line in s.lines]
    labels = np.concatenate([s.labels for s in sheets])
    vocabulary = _vocabulary(lines, labels)
    draw = np.random.default_rng(seed)
    kept = np.flatnonzero(labels.any(axis=1) | (draw.random(len(lines)) < _EMPTY_UNIT_SHARE))
    rows = LineRows([lines[i] for i in kept], vocabulary).joined()
    matrix = sparse(rows, n_features(vocabulary))
    return ClauseHeads(tuple(names), vocabulary, *fit_svms(matrix, labels[kept], SVM_C, seed))


def fit_svms(
    matrix: csr_matrix, labels: NDArray[np.bool_], c: float, seed: int
) -> tuple[FloatArray, FloatArray]:
    """One linear SVM for each column of labels: weights [features, heads] and biases [heads]."""
    fitted = [_fit_svm(matrix, column, c, seed) for column in labels.T]
    weights = np.stack([w for w, _ in fitted], axis=1)
    return weights, np.asarray([b for _, b in fitted], dtype=np.float32)


def _fit_svm(matrix: csr_matrix, labels: NDArray[np.bool_], c: float, seed: int) -> tuple[FloatArray, float]:
    """Weights and bias; constant if the label is the same in every row."""
    if labels.all() or not labels.any():
        n_columns = int(np.asarray(matrix.get_shape())[1])
        return np.zeros(n_columns, dtype=np.float32), 1.0 if labels.all() else -1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what has not converged is still deterministic
        svm = LinearSVC(C=c, random_state=seed, max_iter=300).fit(matrix, labels)
    return np.ravel(svm.coef_).astype(np.float32), float(np.ravel(svm.intercept_)[0])


def _vocabulary(lines: Sequence[TextLine], labels: NDArray[np.bool_]) -> Vocabulary:
    weights = np.where(labels.any(axis=1), 8.0, 1.0)
    return learn_vocabulary(
        [words_of(line.text) for line in lines], weights.tolist(), N_TERMS, N_CONTEXT_WORDS
    )


def sparse(rows: SparseRows, n_columns: int) -> csr_matrix:
    return csr_matrix((rows.values, rows.ids, rows.starts), shape=(rows.n_rows, n_columns))


def fit_join(sheets: Sequence[Sheet], margins: Sequence[FloatArray], bar: float) -> Logistic:
    """The chance that two neighbouring lines above the bar are of the same gold span."""
    rows: list[FloatArray] = []
    labels: list[bool] = []
    for sheet, sheet_margins in zip(sheets, margins, strict=True):
        pairs = positive_pairs(sheet.lines, sheet_margins, bar)
        rows.append(join_rows(sheet.lines, sheet_margins, pairs))
        labels.extend(
            bool(sheet.gold_of[i, h] >= 0 and sheet.gold_of[i, h] == sheet.gold_of[i + 1, h])
            for i, h in pairs
        )
    return fit_logistic(np.concatenate(rows), np.asarray(labels))


def fit_logistic(rows: FloatArray, labels: NDArray[np.bool_]) -> Logistic:
    if labels.all() or not labels.any():  # true without rows, too
        certain = 4.0 if len(labels) and labels.all() else -4.0
        return Logistic(np.zeros(rows.shape[1], dtype=np.float32), certain)
    model = LogisticRegression(C=1.0, max_iter=2000).fit(rows, labels)
    return Logistic(np.ravel(model.coef_).astype(np.float32), float(np.ravel(model.intercept_)[0]))


def stretch_text(sheet: Sheet, stretch: Stretch) -> str:
    return sheet.contract.text[sheet.lines[stretch.first].unit.start : sheet.lines[stretch.last].unit.end]
