"""A backfill's flow runs on the Prefect server: its driver, its batches, and the keeper's schedule.

Requires:
    The Prefect server with the deployments of `prefect.yaml`, and a worker on their pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Crashed
from pydantic import TypeAdapter

from tasks.backfill.batches import BackfillBatch
from tasks.core.errors import ConfigurationError
from tasks.documents import DocumentRequest, RunOptions
from tasks.runtime.work_queues import WorkQueue
from tasks.submit import EXTRACT_DEPLOYMENT

DRIVER_DEPLOYMENT = "backfill/backfill"
KEEPER_DEPLOYMENT = "keep-backfills/backfill-keeper"
CLOSELY = "closely"
"""The schedule of the keeper that is switched."""
_NOT_BEGUN = [StateType.SCHEDULED, StateType.PENDING]
_PAGE = 200
"""The server gives no more at once. Source: PREFECT_SERVER_API_DEFAULT_LIMIT, Prefect 3.9."""


@contextmanager
def prefect_client() -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as client:
        yield client


def start_driver(name: str) -> UUID:
    """Let the work pool take the backfill up; gives the flow run's id."""
    parameters = {"name": name, "confirmed": True}
    return _start(
        DRIVER_DEPLOYMENT, parameters=parameters, flow_run_name=f"backfill {name}", as_subflow=False
    )


def submit_batch(
    name: str, batch: BackfillBatch, documents: Sequence[DocumentRequest], options: RunOptions
) -> UUID:
    """Hand a batch to the work pool; a batch that was handed over before is found, not begun again. Gives the flow run's id."""
    parameters = {
        "documents": TypeAdapter(list[DocumentRequest]).dump_python(list(documents), mode="json"),
        "options": options.model_dump(mode="json"),
        "backfill": batch.model_dump(mode="json"),
    }
    return _start(
        EXTRACT_DEPLOYMENT,
        parameters=parameters,
        flow_run_name=f"backfill {name}, batch {batch.number}",
        idempotency_key=f"backfill-{batch.backfill_id}-{batch.number}",
        work_queue_name=WorkQueue.BULK,
    )


def _start(deployment: str, **how: Any) -> UUID:
    try:
        started = run_deployment(deployment, timeout=0, **how)
    except ObjectNotFound as error:
        raise ConfigurationError(
            f"the deployment {deployment} is not on the Prefect server: run `prefect deploy --all` or `countersign up`"
        ) from error
    return cast(FlowRun, started).id


def flow_runs(client: SyncPrefectClient, ids: Sequence[UUID]) -> dict[UUID, FlowRun]:
    """Those of the flow runs that the server still knows."""
    if not ids:
        return {}
    found = client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=list(ids))))
    return {run.id: run for run in found}


def driver_runs(client: SyncPrefectClient, name: str, is_begun: bool) -> list[FlowRun]:
    """Flow runs that drive this backfill, or will."""
    types = [StateType.RUNNING] if is_begun else _NOT_BEGUN
    wanted = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=types)))
    deployment = client.read_deployment_by_name(DRIVER_DEPLOYMENT)
    ours = DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id]))
    found = client.read_flow_runs(flow_run_filter=wanted, deployment_filter=ours, limit=_PAGE)
    return [run for run in found if run.parameters.get("name") == name]


def mark_crashed(client: SyncPrefectClient, run: FlowRun) -> None:
    """Say of a flow run what its process cannot any more."""
    client.set_flow_run_state(run.id, Crashed(message="its process is gone"), force=True)


def withdraw(client: SyncPrefectClient, run: FlowRun) -> None:
    """Take back what no worker has begun."""
    client.set_flow_run_state(run.id, Cancelled(message="withdrawn"), force=True)


def is_begun(run: FlowRun) -> bool:
    return run.state is not None and run.state.type not in _NOT_BEGUN


def running_s(run: FlowRun) -> float:
    """Seconds since its process began; 0: it does not run."""
    if run.state is None or not run.state.is_running():
        return 0.0
    return (datetime.now(UTC) - run.state.timestamp).total_seconds()


def switch_keeper(is_active: bool) -> None:
    """Let the keeper look every minute, or only once an hour: it has work only while a backfill runs.

    Raises:
        ConfigurationError: its deployment is not there.
    """
    with prefect_client() as client:
        try:
            deployment = client.read_deployment_by_name(KEEPER_DEPLOYMENT)
        except ObjectNotFound as error:
            raise ConfigurationError(
                f"the deployment {KEEPER_DEPLOYMENT} is not on the Prefect server: run `prefect deploy --all` or `countersign up`"
            ) from error
        for schedule in deployment.schedules:
            if schedule.slug == CLOSELY and schedule.active != is_active:
                client.update_deployment_schedule(deployment.id, schedule.id, active=is_active)
