"""Plug and play: a critic trained on one generator's error book, applied to another's drafts.

    python -m tests.bench.plug_and_play --data CUAD [--out REPORT.json] [--critics FOLDER]

Out of fold on the training contracts, where everything of a critic comes from one book and judges
both; and on the contracts of `tests.bench.native_f1`, through all rounds. For each native generator:
alone at its own best threshold, with the critic of its own book, and with the critic of the other's.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tasks.core.chunking.chunks import chunk_document
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.native.critic.critic import Bars, Critic
from tasks.core.native.generator.fewshot import Fewshot
from tasks.core.native.generator.generator import Generator
from tasks.core.native.serving.in_process import play
from tasks.core.native.text.words import FloatArray
from tasks.core.reading import close_workers
from tasks.core.schema import load_schema
from tasks.learning.evaluation.ablations import CONTROL, VERIFIED, systems_of
from tasks.learning.evaluation.matching import tally
from tasks.learning.evaluation.ranking import ranking
from tasks.learning.evaluation.replayed_run import ReplayedContract, replay
from tasks.learning.evaluation.scores import f1_interval, gain_interval, scores, total
from tasks.learning.labelled import GoldContract
from tasks.learning.training.corpus import Progress
from tasks.learning.training.judgements import (
    JudgedBook,
    area,
    best_alone,
    find_bars,
    redundant_scores,
    verified_scores,
)
from tasks.learning.training.train_critic import (
    TrainingBooks,
    judge_books,
    lay_out_task,
    out_of_fold,
    train_critic,
    write_critic,
)
from tests.bench.books import load_books
from tests.bench.native_f1 import MODELS, readings

ROUNDS = 3
Labelled = tuple[GoldContract, RunInput]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--critics", type=Path, help="where the two critics are kept between runs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, default=10_000)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    started = time.monotonic()

    def progress(line: str) -> None:
        print(f"{time.monotonic() - started:7.1f} s  {line}", flush=True)

    books = load_books(options.data, options.seed, progress)
    folder = options.critics or Path(tempfile.mkdtemp(prefix="countersign-plug-and-play-"))
    report = {
        "out_of_fold": [
            row
            for ordered in (books, replace(books, books=books.books[::-1]))
            for row in judged_rows(ordered, options.seed, progress)
        ],
        "test": played_rows(
            critics_of(books, folder, options.seed, progress), _labelled(options.data, options.limit)
        ),
    }
    print_report(report)
    if options.out:
        options.out.write_text(json.dumps(report, indent=1), encoding="utf-8")


def judged_rows(books: TrainingBooks, seed: int, progress: Progress) -> list[dict[str, Any]]:
    """Out-of-fold figures of both books with a critic of the first one, at its bars."""
    critic_of = books.books[0].generator
    progress(f"critic of {critic_of}'s book, out of fold")
    judged = judge_books(lay_out_task(books, seed), progress)
    rights = out_of_fold(judged, seed)
    bars = find_bars(judged[:1], rights[:1])
    return [
        _judged_row(critic_of, book, known, bars) for book, (known, _) in zip(judged, rights, strict=True)
    ]


def _judged_row(critic_of: str, book: JudgedBook, rights: FloatArray, bars: Bars) -> dict[str, Any]:
    alone = best_alone(book)
    both = verified_scores(book, rights, bars.redundant_bar, bars.missing_bar)
    return {
        "generator": book.generator,
        "critic_of": critic_of,
        "alone": alone.f1,
        "redundant_only": redundant_scores(book, rights, bars.redundant_bar).f1,
        "f1_off": both.f1,
        "precision": both.precision,
        "recall": both.recall,
        "gain": both.f1 - alone.f1,
        "auroc_score": area(book.scores[book.drafted], book.truth[book.drafted]),
        "auroc_redundant": area(rights[book.drafted], book.truth[book.drafted]),
    }


def critics_of(books: TrainingBooks, folder: Path, seed: int, progress: Progress) -> dict[str, Critic]:
    """A critic of each book alone, as `countersign train critic` makes it."""
    for book in books.books:
        if not (folder / book.generator / "critic.npz").exists():
            trained = train_critic(replace(books, books=[book]), seed, progress)
            write_critic(trained, folder / book.generator, seed)
    return {b.generator: Critic.load(folder / b.generator) for b in books.books}


def _labelled(data: Path, limit: int) -> list[Labelled]:
    schema = load_schema("cuad")
    labelled: list[Labelled] = []
    for name, quotes, reading in readings(data, "test_visible", limit):
        pages = {f: [frozenset[int]()] * len(q) for f, q in quotes.items()}
        gold = GoldContract(name, "test", quotes, pages)
        labelled.append((gold, RunInput(reading, chunk_document(reading), schema)))
    close_workers()
    return labelled


def played_rows(critics: dict[str, Critic], labelled: Sequence[Labelled]) -> list[dict[str, Any]]:
    generators = {
        "generator": Generator.load(MODELS / "generator/1"),
        "fewshot": Fewshot.load(MODELS / "fewshot/1"),
    }
    return [
        _played_row(name, generator, critic_of, critic, labelled)
        for name, generator in generators.items()
        for critic_of, critic in critics.items()
    ]


def _played_row(
    name: str, generator: Generator | Fewshot, critic_of: str, critic: Critic, labelled: Sequence[Labelled]
) -> dict[str, Any]:
    contracts = [
        replay(run_input, play(run_input, generator, critic, ROUNDS)[1], ROUNDS, gold)
        for gold, run_input in labelled
    ]
    systems = {
        system: [tally(c.gold.quotes, quotes) for c, quotes in zip(contracts, rows, strict=True)]
        for system, rows in systems_of(contracts, generator.thresholds["alone_threshold"]).items()
    }
    verified = scores(total(systems[VERIFIED]))
    return {
        "generator": name,
        "critic_of": critic_of,
        "alone": scores(total(systems[CONTROL])).f1_off,
        "f1_off": verified.f1_off,
        "precision": verified.precision_off,
        "recall": verified.recall_off,
        "interval": asdict(f1_interval(systems[VERIFIED])),
        "gain": asdict(gain_interval(systems[VERIFIED], systems[CONTROL])),
        "auroc_redundant": _auroc(contracts),
    }


def _auroc(contracts: Sequence[ReplayedContract]) -> dict[str, float] | None:
    """Of the first draft's values, by the critic's probability."""
    area_of = ranking([c.verdicts() for c in contracts]).auroc
    return None if area_of is None else asdict(area_of)


def print_report(report: dict[str, list[dict[str, Any]]]) -> None:
    print("training contracts, out of fold")
    for row in report["out_of_fold"]:
        print(
            f"  {row['generator']:10s} critic of {row['critic_of']:10s} alone {row['alone']:.3f}  F1_off {row['f1_off']:.3f} "
            f"(redundant path {row['redundant_only']:.3f})  P {row['precision']:.3f} R {row['recall']:.3f}  gain {row['gain']:+.3f}  "
            f"AUROC redundant {row['auroc_redundant']:.3f} (score {row['auroc_score']:.3f})"
        )
    print("test contracts, all rounds")
    for row in report["test"]:
        gain, auroc = row["gain"], row["auroc_redundant"]
        print(
            f"  {row['generator']:10s} critic of {row['critic_of']:10s} alone {row['alone']:.3f}  F1_off {row['f1_off']:.3f} "
            f"P {row['precision']:.3f} R {row['recall']:.3f}  gain {gain['value']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]  "
            f"AUROC redundant {auroc['value']:.3f} [{auroc['low']:.3f}, {auroc['high']:.3f}]"
        )


if __name__ == "__main__":
    main()
