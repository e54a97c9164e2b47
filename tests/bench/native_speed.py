"""Pages a second of the native models: generator and critic over the requests of a real loop, as Triton gives them.

    python -m tests.bench.native_speed --data DIR [--check] [--requests FILE]
    python -m tests.bench.native_speed --data DIR [--repeats N] --beside CHECKOUT

The loop over the 51 visible contracts is played once and its requests, in order, are kept with their answers in `--requests`. Then only
`answer_batch` is timed, in batches of 64: every measurement in a process of its own that has answered nothing before, one process
alone and then two with half of the documents each. `--check` compares the answers with those kept, so that a file recorded by an
earlier version of the code says whether a quicker one still answers the same.

With `--beside`, here and in another checkout in turns (`tests.bench.beside`): each plays the loop of its own with its own models
once, and is then timed over its own requests, generator and critic one after the other in one fresh process each.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from tasks.core.chunking.chunks import chunk_document
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.native.request import Request
from tasks.core.native.serving.answer import NativeModel, answer_batch
from tasks.core.native.serving.in_process import BATCH, play
from tasks.core.native.serving.model_kinds import load_native
from tasks.core.schema import load_schema
from tests.bench import beside
from tests.bench.native_f1 import MODELS, readings

REPEATS = 3
REQUESTS_BESIDE = """
import argparse, tempfile
from pathlib import Path
from tests.bench import native_speed as bench
for name in bench.ONE_THREAD:
    os.environ[name] = "1"
with tempfile.TemporaryDirectory(prefix="countersign-bench-") as folder:
    requests = Path(folder) / "requests.jsonl"
    bench.record(
        argparse.Namespace(
            data=Path(given["data"]), models=bench.MODELS, generator=given["generator"], rounds=given["rounds"],
            limit=given["limit"], requests=requests,
        )
    )
    rows = [json.loads(line) for line in requests.open(encoding="utf-8")]
    n_pages = sum({row["document"]: row["n_pages"] for row in rows}.values())
    folders = {"generate": bench.MODELS / given["generator"] / "1", "critique": bench.MODELS / "critic/1"}
    for number in each_line():
        seconds = sum(bench._run(requests, task, path, 1)[0] for task, path in folders.items())
        answer({"n_pages": n_pages, "seconds": seconds})
"""
TOLERANCE = 1.001e-4
"""Answers are rounded to four digits."""
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--generator", default="generator", help="folder below --models")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int, default=10_000)
    parser.add_argument(
        "--requests", type=Path, default=Path(tempfile.gettempdir()) / "countersign-native-requests.jsonl"
    )
    parser.add_argument("--record", action="store_true", help="play the loop even if --requests is there")
    parser.add_argument("--check", action="store_true", help="compare the answers, time nothing")
    parser.add_argument("--repeats", type=int, default=beside.REPEATS, help="pairs of runs with --beside")
    beside.add_arguments(parser)
    options = parser.parse_args()
    if options.beside:
        given = {name: getattr(options, name) for name in ("generator", "rounds", "limit")}
        given["data"] = str(options.data.absolute())
        beside.compare("native_speed", REQUESTS_BESIDE, given, options.beside, options.repeats)
        return
    for name in ONE_THREAD:
        os.environ[name] = "1"
    if options.record or not options.requests.exists():
        record(options)
    folders = {"generate": options.models / options.generator / "1", "critique": options.models / "critic/1"}
    if options.check:
        sys.exit(check(options.requests, folders))
    measure(options.requests, folders)


class Recorder:
    """A native model whose requests and answers are written down."""

    def __init__(self, model: NativeModel) -> None:
        self.model = model
        self.name, self.task = model.name, model.task
        self.weights_sha256, self.trained_fields = model.weights_sha256, model.trained_fields
        self.heard: list[tuple[str, dict[str, Any], dict[str, Any]]] = []

    @property
    def thresholds(self) -> dict[str, float]:
        return self.model.thresholds

    def answer_all(self, requests: Sequence[Request]) -> list[dict[str, Any]]:
        answers = self.model.answer_all(requests)
        self.heard.extend((self.task, r.body, a) for r, a in zip(requests, answers, strict=True))
        return answers


def record(options: argparse.Namespace) -> None:
    """Play the loop over every contract and keep what was asked and answered, one line each."""
    schema = load_schema("cuad")
    models = [Recorder(load_native(options.models / name / "1")) for name in (options.generator, "critic")]
    with options.requests.open("w", encoding="utf-8") as stream:
        for doc_id, _, reading in readings(options.data, "test_visible", options.limit):
            run_input = RunInput(reading, chunk_document(reading), schema)
            play(run_input, models[0], models[1], options.rounds)
            for model in models:
                for task, request, answer in model.heard:
                    row = {"document": doc_id, "n_pages": reading.n_pages, "task": task}
                    stream.write(_dump({**row, "request": _dump(request), "answer": answer}) + "\n")
                model.heard.clear()


def check(path: Path, folders: dict[str, Path]) -> int:
    """How many answers differ from those kept."""
    n_asked = n_other = 0
    for task, folder in folders.items():
        model = load_native(folder)
        for batch in _batches(r for r in _rows(path) if r["task"] == task):
            made = answer_batch(model, [r["request"] for r in batch])
            n_asked += len(batch)
            n_other += sum(not same(json.loads(a), r["answer"]) for a, r in zip(made, batch, strict=True))
    print(f"{n_asked} answers, {n_other} differ")
    return int(n_other > 0)


def same(one: Any, other: Any) -> bool:
    """Equal but for the last digit of a rounded number."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(v, other[k]) for k, v in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float | int):
        return abs(one - other) <= TOLERANCE
    return one == other


@dataclass(frozen=True, slots=True)
class Share:
    """What one process answers: the requests of one model, of every `n_shares`-th document."""

    requests: Path
    task: str
    folder: Path
    number: int
    n_shares: int


def measure(path: Path, folders: dict[str, Path]) -> None:
    n_pages = sum({row["document"]: row["n_pages"] for row in _rows(path)}.values())
    for n_shares in (1, 2):
        runs = [{t: _run(path, t, f, n_shares) for t, f in folders.items()} for _ in range(REPEATS)]
        for number, clock in enumerate(("wall", "CPU ")):
            took = {t: median(run[t][number] for run in runs) for t in folders}
            both = median(sum(s[number] for s in run.values()) for run in runs)
            said = "  ".join(f"{task} {n_pages / s:6.0f}" for task, s in took.items())
            print(
                f"{n_shares} process(es), {clock}: {said}  both {n_pages / both:6.0f} pages/s ({both:.2f} s)"
            )


def _run(path: Path, task: str, folder: Path, n_shares: int) -> tuple[float, float]:
    """Seconds of the slowest of some fresh processes that work at once: on the wall, and of its processor."""
    shares = [Share(path, task, folder, n, n_shares) for n in range(n_shares)]
    with ProcessPoolExecutor(n_shares, mp_context=get_context("spawn")) as pool:
        timed = list(pool.map(time_share, shares))
    return max(wall for wall, _ in timed), max(cpu for _, cpu in timed)


def time_share(share: Share) -> tuple[float, float]:
    """The seconds a model needs for its share, from bytes to bytes; weights are loaded before the clock starts."""
    documents: dict[str, int] = {}
    asked: list[str] = []
    for row in _rows(share.requests):
        number = documents.setdefault(row["document"], len(documents))
        if row["task"] == share.task and number % share.n_shares == share.number:
            asked.append(row["request"])
    model = load_native(share.folder)
    begun, cpu_begun = time.perf_counter(), time.process_time()
    for start in range(0, len(asked), BATCH):
        answer_batch(model, asked[start : start + BATCH])
    return time.perf_counter() - begun, time.process_time() - cpu_begun


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
