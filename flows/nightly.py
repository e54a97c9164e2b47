"""Nightly: what is new, changed or unfinished under the prefixes goes to the work pool in batches.

    list S3, compare with our rows -> batches -> one `extract` deployment run each, a few in flight -> one table, one event

Requires:
    S3, PostgreSQL, the Prefect server with the `extract` deployment and a worker.
"""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.futures import wait
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import TypeAdapter

from tasks.core.text.display import counted
from tasks.documents import RunOptions, Source
from tasks.nightly.discover import discover
from tasks.nightly.report import night_of, report_night
from tasks.submit import EndedBatch, submit

MAX_BATCHES_IN_FLIGHT = 2


def _run_name() -> str:
    given = flow_run.get_parameters().get("sources") or []
    return f"nightly of {', '.join(s.prefix for s in TypeAdapter(list[Source]).validate_python(given))}"


@flow(
    flow_run_name=_run_name,
    task_runner=ThreadPoolTaskRunner(max_workers=MAX_BATCHES_IN_FLIGHT),  # type: ignore[arg-type]
)
def nightly(
    sources: list[Source],
    batch_size: int = 50,
    options: RunOptions = RunOptions(),  # noqa: B008
    bucket: str | None = None,
    refresh: bool = False,
) -> State[list[str]]:
    """Bring every prefix up to date. Failed: a batch was not completed, or a prefix could not be listed; the rest was done all the same.

    Args:
        sources: Prefixes, each with its schema.
        batch_size: Documents in one run; starting a run costs about ten seconds, so not too few.
        options: Rounds, critic, force.
        bucket: Default: the bucket of the settings.
        refresh: Documents, too, that were never done with the schema, generator and critic of today.
    """
    began_at = datetime.now(UTC)
    found = discover(sources, bucket, options.force, refresh, options.use_critic)
    if not (found.requests or found.not_listed or found.empty):
        return Completed(message="nothing new")
    batches = [found.requests[at : at + batch_size] for at in range(0, len(found.requests), batch_size)]
    futures = [submit.submit(batch, options, len(batch)) for batch in batches]
    wait(futures)
    ends = [f.result(raise_on_failure=False) for f in futures]
    ended = [e for e in ends if isinstance(e, EndedBatch)]
    told = report_night(night_of(sources, bucket, found, began_at, [b.flow_run_id for b in ended]))
    n_failed = len(ends) - sum(b.is_completed for b in ended)
    if batches:
        told += f"; {counted(len(batches), 'batch', 'batches')}, {n_failed} not completed"
    is_failed = n_failed or found.not_listed
    return (Failed if is_failed else Completed)(message=told, data=[str(e) for e in ends])
