"""Each stage of the pipeline alone, over what a finished batch fetched, read, asked, decided and stored.

Alone means: with the whole machine for itself, as many documents or requests at once as the batch has, and nothing else to do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import TypeVar

from tasks.core.chunking.chunks import chunk_document
from tasks.core.loop.document_facts import facts_of
from tasks.core.loop.replay import StoredRun
from tasks.core.loop.results import results_of
from tasks.core.loop.state import RunState
from tasks.core.records import DocumentId, ModelIdentity, RunId, RunIdentity
from tasks.core.wire.native_format import critique_request, generate_request
from tasks.fetch import Fetched
from tasks.read import see
from tasks.runtime.concurrency import gather_or_raise, map_in_threads
from tasks.s3 import fetch_object
from tasks.settings import settings
from tasks.store import store
from tasks.triton import TritonClient
from tasks.verify.batch import Batch

MODELS = ModelIdentity("generator", "bench"), ModelIdentity("critic", "bench")
_again = count()

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Work:
    """One document of the batch, with its run."""

    key: str
    document_id: DocumentId
    run: StoredRun


def load(documents: Sequence[tuple[str, str, str]]) -> list[Work]:
    return [
        Work(key, DocumentId(document_id), store().runs.load(RunId(run_id)))
        for key, document_id, run_id in documents
    ]


def stages(works: Sequence[Work]) -> dict[str, Callable[[], object]]:
    """What to time, by the stage's name."""
    limits = settings()
    bucket, most = limits.bucket, limits.read_max_bytes
    found = [fetch_object(bucket, work.key, most) for work in works]
    fetched = [Fetched(f.source, w.document_id, f.data) for f, w in zip(found, works, strict=True)]
    requests = [request for work in works for request in requests_of(work.run)]
    return {
        "fetch": lambda: _each(lambda work: fetch_object(bucket, work.key, most), works),
        "read": lambda: _each(see, fetched),
        "models": lambda: _ask_all(requests),
        "decide": lambda: _each(_decide, works),
        "store": lambda: _each(partial(_write, f"bench-{time.time_ns()}-{next(_again)}"), works),
    }


def _each(function: Callable[[Item], object], items: Sequence[Item]) -> None:
    for _ in map_in_threads(function, items, settings().document_threads):
        pass


def requests_of(run: StoredRun) -> Iterator[tuple[str, str]]:
    """Every request of a run, with the model that was asked, made again from the trail."""
    limits, state, run_input = settings(), RunState(run.run_input), run.run_input
    reading, schema = run_input.reading, run_input.schema
    for record in run.records:
        for said in record.generations:
            chunk, accepted = run_input.chunks[said.chunk_index], state.accepted(said.chunk_index)
            number, again = record.round_number, ((), ())
            if accepted is not None:
                again = accepted.candidates, accepted.findings
            yield (
                limits.generator,
                generate_request(schema, chunk, reading.footnotes, number, *again),
            )
            answer = run_input.ground(said)
            yield (
                limits.critic,
                critique_request(schema, chunk, reading.footnotes, number, answer.placed()),
            )
        state.apply(record)


def _ask_all(requests: Sequence[tuple[str, str]]) -> None:
    async def ask(client: TritonClient) -> None:
        await gather_or_raise(client.infer(model, request) for model, request in requests)

    with Batch(settings()) as batch:
        batch.ask(ask)


def _decide(work: Work) -> None:
    """Cut, ground, assess, make the results: all that the flow's own process computes."""
    reading = work.run.run_input.reading
    chunk_document(reading, settings().chunk_chars)
    state = RunState(work.run.run_input)
    for record in work.run.records:
        state.apply(record)
    results_of(state.by_chunk, work.run.run_input.schema, facts_of(reading))


def _write(reader_version: str, work: Work) -> None:
    run, run_input = work.run, work.run.run_input
    reading = replace(run_input.reading, reader_version=reader_version)
    store().readings.save(work.document_id, reading, run_input.chunks, {})
    identity = RunIdentity(work.document_id, run_input.schema.digest, *MODELS, reader_version, run.max_rounds)
    with store().runs.claim(identity) as claim:
        for record in run.records:
            store().runs.save_round(claim.run_id, record)
        store().runs.finish(claim.run_id, run.extractions, run.coverage, {})
