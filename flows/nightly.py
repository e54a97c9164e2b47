"""Nightly: process documents that are new, changed or unfinished under the prefixes.

    discover -> submit (one `extract` run a batch, two at once; what a large batch that died left, in small ones) -> deliver_results, if `COUNTERSIGN_RESULTS` says where to
    -> report (table, summary, event) -> sign the trail

Requires:
    S3, PostgreSQL, the Prefect server with the `extract` deployment and a worker. One of the first two
    that is down is waited for (`COUNTERSIGN_OUTAGE_S`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.futures import wait
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field, TypeAdapter

from tasks.audit.heads import sign_trail
from tasks.core.batch_sizes import ORDINARY, batches_of
from tasks.core.text.display import counted
from tasks.delivery import deliver_results
from tasks.documents import DocumentRequest, RunOptions, Source
from tasks.nightly.discover import Discovery, discover, with_registered_schemas
from tasks.nightly.report import night_of, report_night
from tasks.runtime.failed_state import log_returned_failure_once
from tasks.runtime.run_names import run_name
from tasks.settings import settings
from tasks.submit import EndedBatch, submit
from tasks.verify.parts import through_outages

MAX_BATCHES_IN_FLIGHT = 2
log_returned_failure_once()


def _run_name() -> str:
    parameter = flow_run.get_parameters().get("sources") or []
    prefixes = (s.prefix for s in TypeAdapter(list[Source]).validate_python(parameter))
    return run_name(f"nightly of {', '.join(prefixes)}")


@flow(
    flow_run_name=_run_name,
    validate_parameters=True,
    task_runner=ThreadPoolTaskRunner(max_workers=MAX_BATCHES_IN_FLIGHT),  # type: ignore[arg-type]
)
def nightly(
    sources: Annotated[list[Source], Field(min_length=1)],
    batch_size: Annotated[int | None, Field(ge=1, le=1000)] = None,
    options: RunOptions = RunOptions(),  # noqa: B008
    bucket: str | None = None,
    refresh: bool = False,
) -> State[list[str]]:
    """Bring every prefix up to date.

    Failed: a batch did not complete or a prefix could not be listed; the rest is done all the same.

    Args:
        sources: Prefixes, each with its schema.
        batch_size: Documents in one run. Default: 50, more of small files, up to 500.
        options: Rounds, critic, force.
        bucket: Default: the bucket of the settings.
        refresh: Also documents without a run under the current schema, generator, critic and promise.
    """
    began_at = datetime.now(UTC)
    sources = with_registered_schemas(sources)

    def due() -> Discovery:
        return through_outages(lambda: discover(sources, bucket, options.force, refresh, options.use_critic))

    discovery = due()
    if not (discovery.requests or discovery.not_listed or discovery.empty or discovery.archived):
        # What persons decided since, and keys that are gone.
        told = ["nothing new", *discovery.left_out.values(), _delivered(), _signed()]
        return Completed(message="; ".join(filter(None, told)))
    batches = _batches(discovery, batch_size, options.force)
    results = _submitted(batches, options)
    if not options.force and (dead := _large_and_dead(batches, results)):
        left = [request for request in due().requests if request in dead]
        results += _submitted(_cut(left, ORDINARY), options)
    ended = [r for r in results if isinstance(r, EndedBatch)]
    flow_run_ids = [batch.flow_run_id for batch in ended]
    broken = [batch.flow_run_id for batch in ended if not batch.is_completed]
    delivered = _delivered()
    about = sources, bucket, discovery, began_at, flow_run_ids, broken
    message = through_outages(lambda: report_night(night_of(*about)))
    n_failed = len(results) - sum(batch.is_completed for batch in ended)
    if results:
        message += f"; {counted(len(results), 'batch', 'batches')}, {n_failed} not completed"
    message = "; ".join(filter(None, [message, delivered, _signed()]))
    failed = n_failed or discovery.not_listed
    return (Failed if failed else Completed)(message=message, data=[str(r) for r in results])


def _batches(discovery: Discovery, batch_size: int | None, force: bool) -> list[list[DocumentRequest]]:
    requests = discovery.requests
    # What a dead batch had done of a forced night cannot be told from what it had not: none is large.
    if size := batch_size or (ORDINARY if force else None):
        return _cut(requests, size)
    return [
        [requests[at] for at in places] for places in batches_of(discovery.sizes_bytes, MAX_BATCHES_IN_FLIGHT)
    ]


def _cut(requests: Sequence[DocumentRequest], size: int) -> list[list[DocumentRequest]]:
    return [list(requests[at : at + size]) for at in range(0, len(requests), size)]


def _submitted(batches: Sequence[Sequence[DocumentRequest]], options: RunOptions) -> list[object]:
    """How each ended; an exception: it could not be submitted."""
    futures = [submit.submit(batch, options, len(batch)) for batch in batches]
    wait(futures)
    return [future.result(raise_on_failure=False) for future in futures]


def _large_and_dead(
    batches: Sequence[Sequence[DocumentRequest]], results: Sequence[object]
) -> set[DocumentRequest]:
    """The documents of large batches whose process died, so that one document that kills it costs no more than
    in a batch of ordinary size."""
    dead = [
        batch
        for batch, ended in zip(batches, results, strict=True)
        if isinstance(ended, EndedBatch) and ended.is_crashed and len(batch) > ORDINARY
    ]
    return set(chain.from_iterable(dead))


def _delivered() -> str:
    """What was delivered, in one line; empty: the settings name no place for results."""
    return through_outages(deliver_results) if settings().results else ""


def _signed() -> str:
    """The head that was signed, in one line; empty: the settings name no place and key for it."""
    config = settings()
    return through_outages(sign_trail) if config.audit and config.audit_key else ""
