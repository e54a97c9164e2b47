"""Submit: run a batch on the work pool, as a run of the `extract` deployment, and wait for its end.

Requires:
    The Prefect server with the deployment `extract/extract`, and a worker on its pool.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from pydantic import TypeAdapter

from tasks.core.errors import ConfigurationError
from tasks.documents import DocumentRequest, RunOptions
from tasks.runtime.work_queues import WorkQueue

EXTRACT_DEPLOYMENT = "extract/extract"
_POLL_S = 1.0


@dataclass(frozen=True, slots=True)
class EndedBatch:
    flow_run_id: str
    message: str
    """The final state's name and message."""
    is_completed: bool
    is_crashed: bool = False
    """Its process died: what it had not finished waits."""


@task(task_run_name="batch of {n_documents}", cache_policy=NO_CACHE)
def submit(
    documents: Sequence[DocumentRequest],
    options: RunOptions,
    n_documents: int,
    queue: WorkQueue = WorkQueue.NIGHTLY,
) -> EndedBatch:
    """Run one batch on the work pool and wait for it.

    Args:
        n_documents: Their number, for the run's name.
        queue: Where it waits. The deployment's own queue is for runs that a user starts.

    Raises:
        ConfigurationError: the Prefect server does not have the deployment.
    """
    parameters = {
        "documents": TypeAdapter(list[DocumentRequest]).dump_python(list(documents), mode="json"),
        "options": options.model_dump(mode="json"),
    }
    try:
        flow_run = run_deployment(
            EXTRACT_DEPLOYMENT, parameters=parameters, poll_interval=_POLL_S, work_queue_name=queue
        )
    except ObjectNotFound as error:
        raise ConfigurationError(
            f"The Prefect server has no deployment {EXTRACT_DEPLOYMENT}. "
            "Run `countersign up` or `python -m infra.deploy.registration`."
        ) from error
    ended = cast(FlowRun, flow_run)
    message = f"{ended.state.name}: {ended.state.message or ''}" if ended.state else "the run has no state"
    is_completed, is_crashed = (
        (ended.state.is_completed(), ended.state.is_crashed()) if ended.state else (False, False)
    )
    return EndedBatch(str(ended.id), message, is_completed, is_crashed)
