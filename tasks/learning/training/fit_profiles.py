"""Fits what the critic knows of fields: second view, memory, habits; and makes fields it pretends not to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD

from tasks.core.native.critic.field_profiles import (
    UNKNOWN_HABITS,
    FieldHabits,
    FieldProfile,
    profile_by_schema,
    trained_profile,
)
from tasks.core.native.critic.neighbours import N_DIMS, Memory, build_memory, unit_rows
from tasks.core.native.critic.ngrams import (
    N_FEATURES,
    N_HASHED,
    CharNgrams,
    Snippet,
    WordNgrams,
    char_ngram_rows,
    word_ngram_rows,
)
from tasks.core.native.text.cues import FieldCues, shingles
from tasks.core.native.text.words import FloatArray, Vocabulary, learn_vocabulary, words_of
from tasks.learning.training.fit_clauses import fit_svm, sparse
from tasks.learning.training.training_examples import Window

SVM_C = 0.3
N_WORDS = 12000
N_KEPT = 400
"""Texts of one field that the memory keeps at most; texts without a label, ten times as many."""
EXAMPLE_COUNTS = (0, 3, 10, 30)
"""How many examples a field that is played unknown has."""


@dataclass(frozen=True, slots=True)
class Space:
    """The memory's space, without anything labelled in it."""

    vocabulary: Vocabulary
    projection: FloatArray


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts with a label for each field, and the fold of the document each comes from."""

    snippets: Sequence[Snippet]
    labels: NDArray[np.bool_]
    folds: NDArray[np.int64]

    def outside(self, fold: int) -> Examples:
        kept = np.flatnonzero(self.folds != fold)
        return Examples([self.snippets[i] for i in kept], self.labels[kept], self.folds[kept])


def fit_space(texts: Sequence[str], seed: int) -> Space:
    """Words and a truncated SVD of their TF-IDF; no label is used."""
    words = [words_of(t) for t in texts]
    vocabulary = learn_vocabulary(words, [1.0] * len(words), N_WORDS, N_WORDS)
    rows = sparse(vocabulary.word_rows(words), len(vocabulary))
    n_dims = min(N_DIMS, len(vocabulary) - 1, len(texts) - 1)
    found = TruncatedSVD(n_dims, n_iter=4, random_state=seed).fit(rows)
    projection = np.zeros((len(vocabulary), N_DIMS), dtype=np.float32)
    projection[:, :n_dims] = np.asarray(found.components_).T
    return Space(vocabulary, projection)


def fit_memory(space: Space, examples: Examples, seed: int) -> Memory:
    """Some labelled texts of every field, and some without a label, as points of the space."""
    kept = _remembered(examples.labels, np.random.default_rng(seed))
    rows = space.vocabulary.word_rows([words_of(examples.snippets[i].text) for i in kept])
    return build_memory(
        space.vocabulary, space.projection, unit_rows(rows.times(space.projection)), examples.labels[kept]
    )


def _remembered(labels: NDArray[np.bool_], draw: np.random.Generator) -> NDArray[np.int64]:
    kept: set[int] = set(draw.permutation(np.flatnonzero(~labels.any(axis=1)))[: 10 * N_KEPT].tolist())
    for column in range(labels.shape[1]):
        kept.update(draw.permutation(np.flatnonzero(labels[:, column]))[:N_KEPT].tolist())
    return np.asarray(sorted(kept), dtype=np.int64)


def fit_view(fields: Sequence[str], examples: Examples, seed: int) -> CharNgrams:
    matrix = sparse(char_ngram_rows(examples.snippets), N_FEATURES)
    fitted = [fit_svm(matrix, examples.labels[:, head], SVM_C, seed) for head in range(len(fields))]
    weights = np.stack([w for w, _ in fitted], axis=1)
    return CharNgrams(tuple(fields), weights, np.asarray([b for _, b in fitted], dtype=np.float32))


def fit_phrases(examples: Examples, seed: int) -> WordNgrams:
    matrix = sparse(word_ngram_rows([s.text for s in examples.snippets]), N_HASHED)
    fitted = [fit_svm(matrix, labels, SVM_C, seed) for labels in examples.labels.T]
    weights = np.stack([w for w, _ in fitted], axis=1)
    return WordNgrams(weights, np.asarray([b for _, b in fitted], dtype=np.float32))


def habits_of(windows: Sequence[Window], fields: Sequence[str], draft_bar: float) -> dict[str, FieldHabits]:
    """Lengths of the gold, and the share of drafts that were right, by field."""
    lengths: dict[str, list[float]] = {f: [] for f in fields}
    for document in {w.document.document_id: w.document for w in windows}.values():
        for field, text in document.gold:
            if field in lengths:
                lengths[field].append(float(np.log(max(1, len(text)))))
    rights: dict[str, list[bool]] = {f: [] for f in fields}
    for window in windows:
        for piece in window.pieces:
            if piece.score >= draft_bar:
                text = window.passages[piece.passage_index][piece.start : piece.end]
                rights[fields[piece.field]].append(window.document.is_right(fields[piece.field], text))
    return {
        f: FieldHabits(
            float(np.mean(lengths[f])), float(np.std(lengths[f])), float(np.mean(rights[f] or [False]))
        )
        if lengths[f]
        else UNKNOWN_HABITS
        for f in fields
    }


def as_trained(
    cues: Sequence[FieldCues], habits: Mapping[str, FieldHabits], fields: Sequence[str], memory: Memory
) -> list[FieldProfile]:
    return [trained_profile(i, cues[i], habits[f], memory) for i, f in enumerate(fields)]


def as_unknown(
    cues: Sequence[FieldCues],
    gold_texts: Sequence[Sequence[str]],
    memory: Memory,
    seed: int,
    counts: Sequence[int] = EXAMPLE_COUNTS,
) -> list[FieldProfile]:
    """Every field as if it had no annotations but some examples in its schema entry.

    Args:
        gold_texts: By field, texts that examples are drawn from.
        counts: How many examples a field may have; one is drawn for each.
    """
    draw = np.random.default_rng(seed)
    return [
        _unknown(cues[i], texts, memory, i, int(draw.choice(counts)), draw)
        for i, texts in enumerate(gold_texts)
    ]


def _unknown(
    cues: FieldCues,
    texts: Sequence[str],
    memory: Memory,
    column: int,
    count: int,
    draw: np.random.Generator,
) -> FieldProfile:
    chosen = [texts[int(i)] for i in draw.permutation(len(texts))[:count]]
    only_this = memory.labels[:, column] & (memory.labels.sum(axis=1) == 1)
    own = replace(cues, examples=tuple(shingles(e) for e in chosen))
    return profile_by_schema(own, chosen, memory, np.flatnonzero(only_this))
