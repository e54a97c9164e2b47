"""Pages a second from S3 to PostgreSQL: the product, a plain script, and each stage of the product alone.

    python -m tests.bench.pipeline_speed --data DIR [--limit N] [--repeats N] [--chart FILE.svg]
    python -m tests.bench.pipeline_speed --data DIR [--limit N] [--repeats N] --beside CHECKOUT

An embedded stack of its own in a temporary folder (or the one of COUNTERSIGN_HOME with --here), the PDFs of the folder in its bucket. Then,
over the same documents and in turns: `tests.bench.plain_script`, once storing results only and once all that the product stores, and one
batch of the flow `extract` in a process of its own, as a worker of Prefect's starts it, with the embedded Prefect server recording it. All are timed from the first document to the last; the start of the
flow's process is told apart. Each batch cuts chunks of another size by one character, so that nothing stored is taken. Medians.

With `--beside`, only the batches, here and in another checkout in turns, each on its own stack (`tests.bench.beside`); then the processor
seconds of each part, the peak memory (PSS) of the largest process of each kind, and the plain script once.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from infra import stack
from tests.bench import beside
from tests.bench.pipeline_chart import chart
from tests.bench.pipeline_parts import cpu_seconds, used

PREFIX = "bench/"
CHUNK_CHARS = 6000
N_CORES = os.cpu_count() or 1
REPEATS = 3
BATCHES_BESIDE = """
import threading
from pathlib import Path
from tests.bench import pipeline_speed as bench
from tests.bench.processes import MIB, by_kind
def peaks(over, largest):
    while not over.wait(1.0):
        for kind, process in by_kind(os.getpid()):
            try:
                largest[kind] = max(largest.get(kind, 0.0), process.memory_full_info().pss / MIB)
            except Exception:  # it has ended meanwhile
                pass
with bench.embedded(False):
    keys = bench.put([Path(path) for path in given["paths"]])
    for number in each_line():
        over, largest = threading.Event(), {}
        watch = threading.Thread(target=peaks, args=(over, largest))
        watch.start()
        batch = bench.run_batch(keys, given["chunk_chars"] - number)
        over.set(), watch.join()
        print(batch["message"], flush=True)
        told = {"n_pages": batch["n_pages"], "seconds": batch["seconds"], "cpu_s": batch["parts"], "mib": largest}
        if number == given["pairs"]:  # the last run
            plain = {stored: bench.run_plain(stored) for stored in ("results", "trail")}
            told["plain"] = {stored: run["n_pages"] / run["seconds"] for stored, run in plain.items()}
        answer(told)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of PDFs")
    parser.add_argument("--split", type=Path, help="JSON of name: [stem...]; with --only, which of the PDFs")
    parser.add_argument("--only", default="test_visible")
    parser.add_argument("--limit", type=int, default=50)
    parser.add_argument(
        "--repeats", type=int, help=f"default {REPEATS}; with --beside {beside.REPEATS} pairs"
    )
    parser.add_argument("--chart", type=Path)
    parser.add_argument(
        "--here", action="store_true", help="use the stack of COUNTERSIGN_HOME, leave it running"
    )
    beside.add_arguments(parser)
    options = parser.parse_args()
    if options.beside:
        pairs = options.repeats or beside.REPEATS
        paths = [str(path.absolute()) for path in chosen(options)]
        given = {"paths": paths, "chunk_chars": CHUNK_CHARS, "pairs": pairs}
        beside.compare("pipeline_speed", BATCHES_BESIDE, given, options.beside, pairs, tell_beside)
        return
    measure(options, options.repeats or REPEATS)


def measure(options: argparse.Namespace, repeats: int) -> None:
    with embedded(options.here):
        keys = put(chosen(options))
        plain: dict[str, list[dict[str, Any]]] = {"results": [], "trail": []}
        batches = []
        most = CHUNK_CHARS - (
            int(time.time()) % 500 if options.here else 0
        )  # what others left there is not to be met
        for number in range(repeats):
            for stored, runs in plain.items():
                runs.append(run_plain(stored))
            batches.append(run_batch(keys, most - number))
        tell_both(plain, batches)
        middle = sorted(batches, key=lambda batch: batch["seconds"])[len(batches) // 2]
        tell_parts(middle)
        tell_stages(middle, repeats)
    if options.chart:
        title = f"{middle['n_pages']} pages of {len(keys)} contracts in {middle['seconds']:.1f} s on {N_CORES} cores"
        options.chart.write_text(chart(middle["spans"], middle["seconds"], title), encoding="utf-8")


@contextmanager
def embedded(here: bool) -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="countersign-bench-") as home:
        if not here:
            os.environ["COUNTERSIGN_HOME"] = home
        stack.ensure_up()
        stack.export()
        try:
            yield
        finally:
            if not here:
                stack.down()


def chosen(options: argparse.Namespace) -> list[Path]:
    paths = sorted(options.data.glob("*.pdf"))
    if options.split:
        stems = set(json.loads(options.split.read_text(encoding="utf-8"))[options.only])
        paths = [path for path in paths if path.stem in stems]
    return paths[: options.limit]


def put(paths: Sequence[Path]) -> list[str]:
    from tasks.s3 import put_file
    from tasks.settings import settings

    return [put_file(settings().bucket, PREFIX + path.name, path).key for path in paths]


def run_plain(stored: str) -> dict[str, Any]:
    from tasks.settings import settings

    before = cpu_seconds()
    bucket = settings().bucket
    command = [sys.executable, "-m", "tests.bench.plain_script", bucket, PREFIX, stored]
    told = json.loads(subprocess.check_output(command, text=True))
    return told | {"parts": used(before)}


def run_batch(keys: Sequence[str], chunk_chars: int) -> dict[str, Any]:
    before = cpu_seconds()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "batch.json"
        command = [sys.executable, "-m", "tests.bench.pipeline_batch", str(out), *keys]
        surroundings = os.environ | {"COUNTERSIGN_CHUNK_CHARS": str(chunk_chars)}
        subprocess.run(command, env=surroundings, check=True, stderr=subprocess.DEVNULL)
        told = json.loads(out.read_text(encoding="utf-8"))
    parts = {"flow": told["flow_cpu_s"], "readers": told["readers_cpu_s"], **used(before)}
    return told | {"parts": parts, "chunk_chars": chunk_chars}


# ---------------------------------------------------------------- what is told


def tell_both(plain: Mapping[str, Sequence[dict[str, Any]]], batches: Sequence[dict[str, Any]]) -> None:
    print(f"{len(batches)} batches: {batches[0]['message']}")
    print(
        f"start of the flow's process {median(b['start_s'] for b in batches):.1f} s, not in the figures below"
    )
    scripts = {f"plain script, {stored}": runs for stored, runs in plain.items()}
    for name, runs in (scripts | {"extract": batches}).items():
        every = ", ".join(f"{run['seconds']:.1f}" for run in runs)
        ratio = speed(batches) / speed(runs)
        print(
            f"{name:22} {speed(runs):7.1f} pages/s   ({runs[0]['n_pages']} pages in {every} s), extract {ratio:.1f} times that"
        )


def tell_beside(here: Sequence[beside.Answer], there: Sequence[beside.Answer]) -> None:
    """Processor seconds part by part, the largest process of each kind, and the plain script."""
    for title, key in (("processor seconds of a batch", "cpu_s"), ("MiB of the largest process", "mib")):
        own, other = (_medians(runs, key) for runs in (here, there))
        if key == "cpu_s":
            own["all"], other["all"] = sum(own.values()), sum(other.values())
        print(f"\n{title:30}   here  there  ratio")
        for kind in sorted(own.keys() & other.keys(), key=lambda kind: -other[kind]):
            ratio = own[kind] / other[kind] if other[kind] else 1.0
            print(f"  {kind:28} {own[kind]:6.2f} {other[kind]:6.2f}  {ratio:5.2f}")
    for stored, pages_s in here[-1]["plain"].items():
        print(
            f"extract here {speed(here) / pages_s:.1f} times the plain script, {stored}: {pages_s:.1f} pages/s"
        )


def _medians(runs: Sequence[beside.Answer], key: str) -> dict[str, float]:
    kinds = set[str]().union(*(run[key] for run in runs))
    return {kind: median(run[key].get(kind, 0.0) for run in runs) for kind in kinds}


def speed(runs: Sequence[dict[str, Any]]) -> float:
    return median(run["n_pages"] / run["seconds"] for run in runs)


def tell_parts(batch: dict[str, Any]) -> None:
    """The bound: every second of every processor spent on the batch."""
    total = sum(batch["parts"].values())
    print("\nprocessor seconds of a batch")
    for part, seconds in sorted(batch["parts"].items(), key=lambda item: -item[1]):
        print(f"  {part:12} {seconds:6.2f}  {100 * seconds / total:3.0f} %")
    bound = batch["n_pages"] * N_CORES / total
    print(
        f"  {'all':12} {total:6.2f}: on {N_CORES} cores at most {bound:.1f} pages/s; the batch has {100 * speed([batch]) / bound:.0f} % of it"
    )


def tell_stages(batch: dict[str, Any], repeats: int) -> None:
    os.environ["COUNTERSIGN_CHUNK_CHARS"] = str(batch["chunk_chars"])
    from tests.bench.pipeline_stages import load, stages

    alone = {
        name: batch["n_pages"] / median(timed(stage) for _ in range(repeats))
        for name, stage in stages(load(batch["documents"])).items()
    }
    print("\neach stage alone, on the whole machine")
    for name, pages_s in alone.items():
        print(f"  {name:12} {pages_s:8.1f} pages/s")
    slowest = min(alone, key=alone.__getitem__)
    share = 100 * speed([batch]) / alone[slowest]
    together = 1 / sum(1 / pages_s for pages_s in alone.values())
    print(
        f"slowest alone: {slowest}; the batch has {share:.0f} % of it, and {100 * speed([batch]) / together:.0f} % of all stages one after the other"
    )


def timed(stage: Any) -> float:
    started = time.perf_counter()
    stage()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
