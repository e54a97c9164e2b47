"""Fits what the critic knows of fields: n-gram models, neighbours, and profiles."""

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
from tasks.learning.training.corpus import texts_by_field
from tasks.learning.training.fit_clauses import fit_svms, sparse
from tasks.learning.training.training_examples import Window

SVM_C = 0.3
N_WORDS = 12000
N_KEPT = 400
"""Limit of neighbours of one field; texts without a label have ten times this limit."""
EXAMPLE_COUNTS = (0, 3, 10, 30)
"""Examples of a field that is treated as untrained; one count is drawn."""


@dataclass(frozen=True, slots=True)
class Space:
    """The space of the neighbours, fitted without labels."""

    vocabulary: Vocabulary
    projection: FloatArray


@dataclass(frozen=True, slots=True)
class FieldModels:
    """What labelled texts teach of the fields, apart from the trees."""

    view: CharNgrams
    phrases: WordNgrams
    memory: Memory


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts with their labels [texts, fields], and the fold of each text's document."""

    snippets: Sequence[Snippet]
    labels: NDArray[np.bool_]
    folds: NDArray[np.int64]

    def outside(self, fold: int) -> Examples:
        kept = np.flatnonzero(self.folds != fold)
        return Examples([self.snippets[i] for i in kept], self.labels[kept], self.folds[kept])


def fit_space(texts: Sequence[str], seed: int) -> Space:
    """Words, and a truncated SVD of their TF-IDF."""
    words = [words_of(t) for t in texts]
    vocabulary = learn_vocabulary(words, [1.0] * len(words), N_WORDS, N_WORDS)
    rows = sparse(vocabulary.word_rows(words), len(vocabulary))
    n_dims = min(N_DIMS, len(vocabulary) - 1, len(texts) - 1)
    svd = TruncatedSVD(n_dims, n_iter=4, random_state=seed).fit(rows)
    projection = np.zeros((len(vocabulary), N_DIMS), dtype=np.float32)
    projection[:, :n_dims] = np.asarray(svd.components_).T
    return Space(vocabulary, projection)


def fit_field_models(fields: Sequence[str], examples: Examples, space: Space, seed: int) -> FieldModels:
    texts = [s.text for s in examples.snippets]
    view = fit_svms(sparse(char_ngram_rows(examples.snippets), N_FEATURES), examples.labels, SVM_C, seed)
    phrases = fit_svms(sparse(word_ngram_rows(texts), N_HASHED), examples.labels, SVM_C, seed)
    memory = _fit_memory(space, examples, seed)
    return FieldModels(CharNgrams(tuple(fields), *view), WordNgrams(*phrases), memory)


def _fit_memory(space: Space, examples: Examples, seed: int) -> Memory:
    """Some labelled texts of every field, and some without a label, as points of the space."""
    kept = _kept_texts(examples.labels, np.random.default_rng(seed))
    rows = space.vocabulary.word_rows([words_of(examples.snippets[i].text) for i in kept])
    return build_memory(
        space.vocabulary, space.projection, unit_rows(rows.times(space.projection)), examples.labels[kept]
    )


def _kept_texts(labels: NDArray[np.bool_], draw: np.random.Generator) -> NDArray[np.int64]:
    kept: set[int] = set(draw.permutation(np.flatnonzero(~labels.any(axis=1)))[: 10 * N_KEPT].tolist())
    for column in range(labels.shape[1]):
        kept.update(draw.permutation(np.flatnonzero(labels[:, column]))[:N_KEPT].tolist())
    return np.asarray(sorted(kept), dtype=np.int64)


def habits_of(windows: Sequence[Window], fields: Sequence[str], draft_bar: float) -> dict[str, FieldHabits]:
    """For each field the lengths of its gold, and the share of its drafts that is right."""
    lengths = {
        field: [float(np.log(max(1, len(text)))) for text in texts]
        for field, texts in gold_texts(windows).items()
    }
    rights: dict[str, list[bool]] = {f: [] for f in fields}
    for window in windows:
        for piece in window.pieces:
            if piece.score >= draft_bar:
                name = fields[piece.field]
                rights[name].append(bool(window.matched(piece, name)))
    return {
        f: FieldHabits(
            float(np.mean(lengths[f])), float(np.std(lengths[f])), float(np.mean(rights[f] or [False]))
        )
        if f in lengths
        else UNKNOWN_HABITS
        for f in fields
    }


def gold_texts(windows: Sequence[Window]) -> dict[str, list[str]]:
    """Every gold text of the windows' documents, by field."""
    documents = {w.document.document_id: w.document for w in windows}.values()
    return texts_by_field(span for document in documents for span in document.gold)


def trained_profiles(
    cues: Sequence[FieldCues], habits: Mapping[str, FieldHabits], fields: Sequence[str], memory: Memory
) -> list[FieldProfile]:
    return [trained_profile(i, cues[i], habits[f], memory) for i, f in enumerate(fields)]


def untrained_profiles(
    cues: Sequence[FieldCues], texts: Sequence[Sequence[str]], memory: Memory, seed: int
) -> list[FieldProfile]:
    """Every field as if it had no annotations, only a few examples in its schema entry.

    Args:
        texts: For each field the texts that examples are drawn from.
    """
    draw = np.random.default_rng(seed)
    profiles: list[FieldProfile] = []
    for column, (field_cues, field_texts) in enumerate(zip(cues, texts, strict=True)):
        n_examples = int(draw.choice(EXAMPLE_COUNTS))
        examples = [field_texts[int(i)] for i in draw.permutation(len(field_texts))[:n_examples]]
        only_this = memory.labels[:, column] & (memory.labels.sum(axis=1) == 1)
        shown = replace(field_cues, examples=tuple(shingles(e) for e in examples))
        profiles.append(profile_by_schema(shown, examples, memory, np.flatnonzero(only_this)))
    return profiles
