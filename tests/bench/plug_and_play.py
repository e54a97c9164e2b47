"""Plug and play: a critic trained on one native generator's error book, applied to the other's drafts.

    python -m tests.bench.plug_and_play --data CUAD [--out REPORT.json] [--critics FOLDER]

Out of fold on the training contracts, where view, memory, trees and bars of a critic come from one book alone and judge both; and on the
contracts of `tests.bench.native_f1`, through all rounds. Beside each generator: alone at its own best threshold, with the critic of its
own book, with the critic of the other's.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tasks.core.chunking.chunks import chunk_document
from tasks.core.loop.state import RunInput
from tasks.core.native.critic.critic import Bars, Critic
from tasks.core.native.generator.fewshot import Fewshot
from tasks.core.native.generator.generator import Generator
from tasks.core.native.serving.in_process import play
from tasks.core.native.text.words import FloatArray
from tasks.core.reading import close_workers
from tasks.core.schema import load_schema
from tasks.learning.evaluation.ablations import CONTROL, VERIFIED, systems_of
from tasks.learning.evaluation.matching import tally, truth_of
from tasks.learning.evaluation.ranking import ranking
from tasks.learning.evaluation.replayed_run import Worked, replay
from tasks.learning.evaluation.scores import f1_interval, gain_interval, scores, total
from tasks.learning.labelled import GoldContract
from tasks.learning.training.judgements import JudgedBook, area, best_alone, find_bars, rate
from tasks.learning.training.train_critic import (
    Book,
    Progress,
    judge_books,
    lay_out_task,
    out_of_fold,
    train_critic,
    write_critic,
)
from tests.bench.books import Library, load_library
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

    library = load_library(options.data, options.seed, progress)
    folder = options.critics or Path(tempfile.mkdtemp(prefix="countersign-plug-and-play-"))
    report = {
        "out_of_fold": [
            row
            for own, other in _both_ways(library)
            for row in judged_rows(library, own, other, options.seed, progress)
        ],
        "test": played_rows(
            critics_of(library, folder, options.seed, progress), _labelled(options.data, options.limit)
        ),
    }
    print_report(report)
    if options.out:
        options.out.write_text(json.dumps(report, indent=1), encoding="utf-8")


def _both_ways(library: Library) -> list[tuple[Book, Book]]:
    return [(library.generator, library.fewshot), (library.fewshot, library.generator)]


def judged_rows(
    library: Library, own: Book, other: Book, seed: int, progress: Progress
) -> list[dict[str, Any]]:
    """What a critic of one book makes of both, out of fold; its bars are those of its own book."""
    progress(f"critic of {own.generator}'s book, out of fold")
    judged = judge_books(lay_out_task([own, other], library.fields, library.cues, seed), progress)
    rights = out_of_fold(judged, seed)
    bars = find_bars(judged[:1], rights[:1])
    return [_judged_row(own, book, known, bars) for book, (known, _) in zip(judged, rights, strict=True)]


def _judged_row(own: Book, book: JudgedBook, rights: FloatArray, bars: Bars) -> dict[str, Any]:
    alone = best_alone(book)
    kept = book.drafted & (rights >= bars.redundant_bar)
    both = rate(book, kept | (book.missing & (rights >= bars.missing_bar)))
    return {
        "generator": book.generator,
        "critic_of": own.generator,
        "alone": alone.f1,
        "redundant_only": rate(book, kept).f1,
        "f1_off": both.f1,
        "precision": both.precision,
        "recall": both.recall,
        "gain": both.f1 - alone.f1,
        "auroc_score": area(book.scores[book.drafted], book.truth[book.drafted]),
        "auroc_redundant": area(rights[book.drafted], book.truth[book.drafted]),
    }


def critics_of(library: Library, folder: Path, seed: int, progress: Progress) -> dict[str, Critic]:
    """A critic of each book alone, as `countersign train critic` makes it."""
    for book in (library.generator, library.fewshot):
        if not (folder / book.generator / "critic.npz").exists():
            trained = train_critic([book], library.fields, library.cues, seed, progress)
            write_critic(trained, folder / book.generator, seed)
    return {b.generator: Critic.load(folder / b.generator) for b in (library.generator, library.fewshot)}


def _labelled(data: Path, limit: int) -> list[Labelled]:
    schema = load_schema("cuad")
    made: list[Labelled] = []
    for name, quotes, reading in readings(data, "test_visible", limit):
        pages = {f: [frozenset[int]()] * len(q) for f, q in quotes.items()}
        gold = GoldContract(name, "test", quotes, pages)
        made.append((gold, RunInput(reading, chunk_document(reading), schema)))
    close_workers()
    return made


def played_rows(critics: dict[str, Critic], labelled: Sequence[Labelled]) -> list[dict[str, Any]]:
    generators = {
        "generator": Generator.load(MODELS / "generator/1"),
        "fewshot": Fewshot.load(MODELS / "fewshot/1"),
    }
    return [
        _played_row(name, generator, of, critic, labelled)
        for name, generator in generators.items()
        for of, critic in critics.items()
    ]


def _played_row(
    name: str, generator: Generator | Fewshot, of: str, critic: Critic, labelled: Sequence[Labelled]
) -> dict[str, Any]:
    worked = [
        replay(run_input, play(run_input, generator, critic, ROUNDS)[1], ROUNDS, gold)
        for gold, run_input in labelled
    ]
    golds = [gold for gold, _ in labelled]
    systems = {
        system: [tally(g.quotes, q) for g, q in zip(golds, rows, strict=True)]
        for system, rows in systems_of(worked, generator.thresholds["alone_threshold"]).items()
    }
    verified = scores(total(systems[VERIFIED]))
    return {
        "generator": name,
        "critic_of": of,
        "alone": scores(total(systems[CONTROL])).f1_off,
        "f1_off": verified.f1_off,
        "precision": verified.precision_off,
        "recall": verified.recall_off,
        "interval": asdict(f1_interval(systems[VERIFIED])),
        "gain": asdict(gain_interval(systems[VERIFIED], systems[CONTROL])),
        "auroc_redundant": _auroc(golds, worked),
    }


def _auroc(golds: Sequence[GoldContract], worked: Sequence[Worked]) -> dict[str, float] | None:
    """Of the first draft's values, by what the critic says of them."""
    said: list[float] = []
    truth: list[bool] = []
    contracts: list[int] = []
    for number, (gold, work) in enumerate(zip(golds, worked, strict=True)):
        told = truth_of(gold, [(v.field, v.quote) for v in work.draft])
        for value, right in zip(work.draft, told.right, strict=True):
            if value.right is not None:
                said.append(value.right)
                truth.append(right)
                contracts.append(number)
    area_of = ranking(said, truth, contracts, len(golds)).auroc
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
