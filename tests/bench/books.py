"""The error books of both native generators over CUAD's train split, for studies in this folder.

Training the generator's out-of-fold weights takes minutes. They are kept in the system's temporary
folder, by held-out fields and seed; delete the folder after a change of the generator's code.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from tasks.core.native.generator.generator import Generator
from tasks.learning.training.corpus import Corpus, Progress, load_corpus
from tasks.learning.training.recipe import native_books
from tasks.learning.training.train_critic import TrainingBooks
from tasks.learning.training.train_generator import train_generator, write_folds


def load_books(data: Path, seed: int, progress: Progress, without: Collection[str] = ()) -> TrainingBooks:
    """Both books over the train split.

    Args:
        without: Fields without annotations: neither gold nor a draft of them is in any book.
    """
    corpus = held_out(load_corpus(data), without)
    return native_books(corpus, _fold_generators(corpus, seed, progress, without))


def held_out(corpus: Corpus, fields: Collection[str]) -> Corpus:
    """The corpus without the annotations of these fields."""
    contracts = tuple(
        replace(c, gold=tuple(g for g in c.gold if g.field not in fields)) for c in corpus.contracts
    )
    return replace(corpus, contracts=contracts)


def _fold_generators(
    corpus: Corpus, seed: int, progress: Progress, without: Collection[str]
) -> list[Generator]:
    mark = hashlib.sha256(json.dumps([sorted(without), seed]).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"countersign-folds-{mark}"
    if not (folder / "folds.json").exists():
        write_folds(train_generator(corpus, seed, progress), folder, seed)
    progress(f"out-of-fold generators: {folder.name}")
    return [Generator.load(folder / f"fold-{number}") for number in range(corpus.n_folds)]
