"""The error books of both native generators over CUAD's train split, for the studies beside this module.

The trained generator's out-of-fold weights take minutes: they are kept in the system's temporary folder, by held-out fields
and seed. They do not notice changed code: delete the folder after a change of the generator.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from tasks.core.native.generator.generator import Generator
from tasks.core.native.text.cues import FieldCues
from tasks.learning.training.corpus import Corpus, load_corpus
from tasks.learning.training.recipe import FEWSHOT_ADD_BAR, FEWSHOT_DRAFT_BAR, SCHEMA, asked, definitions
from tasks.learning.training.train_critic import Book, Progress
from tasks.learning.training.train_generator import ADD_BAR, DRAFT_BAR, train_generator, write_folds
from tasks.learning.training.training_examples import fewshot_windows, native_windows


@dataclass(frozen=True, slots=True)
class Library:
    corpus: Corpus
    fields: tuple[str, ...]
    cues: list[FieldCues]
    generator: Book
    fewshot: Book


def load_library(data: Path, seed: int, progress: Progress, without: Collection[str] = ()) -> Library:
    """Both books over the train split.

    Args:
        without: Fields that nobody annotated: neither gold nor draft of them is in any book.
    """
    corpus = held_out(load_corpus(data), without)
    fields = tuple(sorted({g.field for c in corpus.contracts for g in c.gold}))
    generators = _fold_generators(corpus, seed, progress, without)
    cues = definitions(SCHEMA, fields)
    windows = native_windows(corpus, generators, asked(cues), fields)
    return Library(
        corpus,
        fields,
        cues,
        Book("generator", windows, DRAFT_BAR, ADD_BAR),
        Book(
            "fewshot",
            fewshot_windows(windows, cues, FEWSHOT_DRAFT_BAR),
            FEWSHOT_DRAFT_BAR,
            FEWSHOT_ADD_BAR,
        ),
    )


def held_out(corpus: Corpus, fields: Collection[str]) -> Corpus:
    """The corpus as if nobody had annotated these fields."""
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
