"""Plays training contracts through models that have not seen them: what a reviewer would be shown.

The models of a fold are trained on the other folds only, so that scores, faint lines and mistakes
are those of a contract that comes in new.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tasks.core.chunking.chunks import chunk_document
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.native.critic.critic import Critic
from tasks.core.native.generator.generator import Generator
from tasks.core.native.serving.in_process import play
from tasks.core.reading.limits import Limits
from tasks.core.reading.plain_text import take_text
from tasks.core.schema import Schema, load_schema
from tasks.learning.evaluation.effort import ReviewCase
from tasks.learning.evaluation.replayed_run import replay
from tasks.learning.labelled import TRAIN, GoldContract
from tasks.learning.training.corpus import Contract, Corpus, Progress
from tasks.learning.training.judgements import find_bars
from tasks.learning.training.recipe import SCHEMA, native_books
from tasks.learning.training.train_critic import (
    TrainedCritic,
    held_out_critic,
    judge_books,
    lay_out_task,
    out_of_fold,
    write_critic,
)
from tasks.learning.training.train_generator import TrainedGenerator, fold_generators

MAX_ROUNDS = 3


def held_out_cases(
    trained: TrainedGenerator, seed: int, progress: Progress, n_processes: int = 1
) -> list[ReviewCase]:
    """A case for each training contract, in the order of the folds."""
    generators = fold_generators(trained)
    progress("review: error books")
    task = lay_out_task(native_books(trained.corpus, generators, n_processes), seed)
    judged = judge_books(task, progress, n_processes)
    bars = find_bars(judged, out_of_fold(judged, seed))
    cases: list[ReviewCase] = []
    for fold, generator in enumerate(generators):
        progress(f"review: contracts of fold {fold + 1} of {len(generators)}")
        critic = _loaded(held_out_critic(task, judged, bars, fold), seed)
        cases.extend(_cases(trained.corpus, fold, generator, critic))
    return cases


def _loaded(trained: TrainedCritic, seed: int) -> Critic:
    """The critic with weights rounded as in the files."""
    with tempfile.TemporaryDirectory(prefix="countersign-fold-") as folder:
        write_critic(trained, Path(folder), seed)
        return Critic.load(Path(folder))


def _cases(corpus: Corpus, fold: int, generator: Generator, critic: Critic) -> Iterator[ReviewCase]:
    schema = load_schema(SCHEMA)
    for index in corpus.fold(fold):
        yield _case(corpus.contracts[index], schema, generator, critic)


def _case(contract: Contract, schema: Schema, generator: Generator, critic: Critic) -> ReviewCase:
    reading = take_text(contract.text.encode(), Limits())
    run_input = RunInput(reading, chunk_document(reading), schema)
    _, records = play(run_input, generator, critic, MAX_ROUNDS)
    quotes = contract.quotes()
    pages = {name: [frozenset[int]()] * len(texts) for name, texts in quotes.items()}
    gold = GoldContract(contract.doc_id, TRAIN, quotes, pages)
    review = replay(run_input, records, MAX_ROUNDS, gold, with_review=True).review
    assert review is not None
    return review
