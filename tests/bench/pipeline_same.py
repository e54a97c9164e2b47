"""Every row of some contracts in this checkout and in another, and the processor seconds of each stage alone.

    python -m tests.bench.pipeline_same --data PDFS [--split splits.json] [--limit N] [--beside CHECKOUT] [--repeats N]

One process reads each PDF, cuts it, plays up to three rounds with the native models and makes the results; no server. The rows are
readings, raw answers, findings, extractions and coverage; of each document and kind a digest is kept. With `--beside`, this same
file runs in the other checkout, too, in turns. It names every document with other rows and then ends with exit code 1. Seconds
are those of the process, the least of the repeats: they are the same on a busy machine, nearly.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from tasks.core.chunking.chunks import chunk_document
from tasks.core.loop.assessment import assess_chunk
from tasks.core.loop.document_facts import facts_of
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.loop.state import PlayedChunk, RunState, record_round
from tasks.core.native.serving.answer import NativeModel, answer_batch
from tasks.core.native.serving.model_kinds import load_native
from tasks.core.reading.json_form import reading_to_json
from tasks.core.reading.limits import DEFAULT_LIMITS
from tasks.core.reading.reader import take_reading
from tasks.core.records import ModelAnswer, RoundRecord, Stage
from tasks.core.schema import Schema, load_schema
from tasks.core.wire.native_format import critique_request, generate_request

MODELS = Path("infra/deploy/triton/models")
CHUNK_CHARS, MAX_ROUNDS, TOGETHER = 6000, 3, 16
GC_OBJECTS = 50_000


class Stages:
    """Processor seconds by stage, and digests by document and kind of row."""

    def __init__(self) -> None:
        self.cpu_s: dict[str, float] = defaultdict(float)
        self.digests: dict[str, str] = {}

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        started = time.process_time()
        try:
            yield
        finally:
            self.cpu_s[stage] += time.process_time() - started

    def keep(self, kind: str, document: str, rows: object) -> None:
        self.digests[f"{kind} of {document}"] = sha256(repr(rows).encode()).hexdigest()


class PlayedContract:
    def __init__(self, name: str, run_input: RunInput) -> None:
        self.name, self.run_input, self.state = name, run_input, RunState(run_input)
        self.records: list[RoundRecord] = []


def measure(paths: Sequence[Path]) -> Stages:
    stages, schema = Stages(), load_schema("cuad")
    models = [load_native(MODELS / name / "1") for name in ("generator", "critic")]
    gc.freeze()
    gc.set_threshold(GC_OBJECTS, 10, 10)
    documents = [_read(stages, path, schema) for path in paths]
    for number in range(1, MAX_ROUNDS + 1):
        _play(stages, documents, schema, models[0], models[1], number)
    for document in documents:
        with stages.of("results"):
            results = results_of(document.state.by_chunk, schema, facts_of(document.run_input.reading))
        stages.keep("extraction", document.name, results.extractions)
        stages.keep("coverage", document.name, results.coverage)
        stages.keep("finding", document.name, [record.findings for record in document.records])
        answers = [[a.raw for a in record.answers] for record in document.records]
        stages.keep("generation", document.name, answers)
    return stages


def _read(stages: Stages, path: Path, schema: Schema) -> PlayedContract:
    data = path.read_bytes()
    with stages.of("read"):
        reading = take_reading(data, replace(DEFAULT_LIMITS, ocr=False))
    stages.keep("reading", path.stem, reading_to_json(reading))
    with stages.of("cut"):
        chunks = chunk_document(reading, CHUNK_CHARS)
    stages.keep("chunk", path.stem, chunks)
    return PlayedContract(path.stem, RunInput(reading, chunks, schema))


def _play(
    stages: Stages,
    documents: Sequence[PlayedContract],
    schema: Schema,
    generator: NativeModel,
    critic: NativeModel,
    number: int,
) -> None:
    """One round of all documents, as many requests together as Triton gathers in a batch."""
    turns = [(d, chunk) for d in documents for chunk in d.state.open_chunks(MAX_ROUNDS)]
    requests: list[str] = []
    for document, chunk in turns:
        accepted, notes = document.state.accepted(chunk.chunk_index), document.run_input.reading.footnotes
        before = ((), ()) if accepted is None else (accepted.candidates, accepted.findings)
        with stages.of("requests"):
            requests.append(generate_request(schema, chunk, notes, number, *before))
    raws = _ask(stages, generator, requests)
    drafts = [
        ModelAnswer(c.chunk_index, number, Stage.GENERATE, raw, "g", 0.0)
        for (_, c), raw in zip(turns, raws, strict=True)
    ]
    with stages.of("ground"):
        grounded = [d.run_input.ground(draft) for (d, _), draft in zip(turns, drafts, strict=True)]
    with stages.of("requests"):
        requests = [
            critique_request(schema, c, d.run_input.reading.footnotes, number, answer.placed())
            for (d, c), answer in zip(turns, grounded, strict=True)
        ]
    played: dict[int, list[PlayedChunk]] = defaultdict(list)
    for (d, c), draft, answer, raw in zip(
        turns, drafts, grounded, _ask(stages, critic, requests), strict=True
    ):
        critique = ModelAnswer(c.chunk_index, number, Stage.CRITIQUE, raw, "c", 0.0)
        with stages.of("assess"):
            assessment = assess_chunk(d.run_input, draft, critique, answer)
        played[id(d)].append(PlayedChunk(draft, critique, assessment))
    for document in documents:
        if of_document := played.get(id(document)):
            document.state.add({p.generation.chunk_index: p.assessment for p in of_document})
            document.records.append(record_round(number, of_document))


def _ask(stages: Stages, model: NativeModel, requests: Sequence[str]) -> list[str]:
    answers: list[str] = []
    for start in range(0, len(requests), TOGETHER):
        with stages.of(model.name):
            answers += answer_batch(model, requests[start : start + TOGETHER])
    return answers


# ---------------------------------------------------------------- two checkouts


def run_in(checkout: Path, python: Path, paths: Sequence[Path]) -> dict[str, Any]:
    """What this file tells when it runs over the code of a checkout."""
    command = [str(python), __file__, "--told", *map(str, paths)]
    surroundings = os.environ | {"PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
    return json.loads(subprocess.check_output(command, cwd=checkout, env=surroundings, text=True))


def main() -> int:
    from tests.bench import beside
    from tests.bench.pipeline_speed import chosen

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of PDFs")
    parser.add_argument("--split", type=Path, help="JSON of name: [stem...]; with --only, which of the PDFs")
    parser.add_argument("--only", default="test_visible")
    parser.add_argument("--limit", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=2)
    beside.add_arguments(parser)
    options = parser.parse_args()
    paths = [path.absolute() for path in chosen(options)]
    own: list[dict[str, Any]] = []
    other: list[dict[str, Any]] = []
    for _ in range(options.repeats):
        own.append(run_in(beside.ROOT, Path(sys.executable), paths))
        if options.beside:
            python = beside.python_of(options.beside, "pipeline_speed")
            other.append(run_in(options.beside.resolve(), python, paths))
    return tell(own, other)


def tell(own: Sequence[dict[str, Any]], other: Sequence[dict[str, Any]]) -> int:
    """Print the table and what differs; the exit code."""
    least = [
        {stage: min(run["cpu_s"][stage] for run in runs) for stage in runs[0]["cpu_s"]}
        for runs in (own, other)
        if runs
    ]
    for stage in [*least[0], "all"]:
        seconds = [sum(table.values()) if stage == "all" else table[stage] for table in least]
        ratio = f"  {seconds[0] / seconds[1]:.2f}" if len(seconds) > 1 and seconds[1] else ""
        print(f"{stage:12}" + "".join(f"{s:8.2f}" for s in seconds) + ratio)
    if not other:
        return 0
    here, there = own[0]["digests"], other[0]["digests"]
    differing = sorted(key for key in here.keys() | there.keys() if here.get(key) != there.get(key))
    print(f"{len(here)} sets of rows, {len(differing)} differ")
    print("\n".join(differing))
    return 1 if differing else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--told"]:
        done = measure([Path(path) for path in sys.argv[2:]])
        print(json.dumps({"cpu_s": done.cpu_s, "digests": done.digests}))
    else:
        sys.exit(main())
