"""A backfill's flow runs on the Prefect server: its driver, its batches, and the keeper's schedule.

The driver submits the batches of one backfill; the keeper starts another driver if one is lost.

Requires:
    The Prefect server with the deployments of `prefect.yaml`, and a worker on their pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import DeploymentFilter, FlowRunFilter
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.states import Cancelled, Crashed
from pydantic import TypeAdapter

from tasks.backfill.batches import BackfillBatch
from tasks.core.errors import ConfigurationError, StackError
from tasks.documents import DocumentRequest, RunOptions
from tasks.runtime.work_queues import WorkQueue
from tasks.submit import EXTRACT_DEPLOYMENT

DRIVER_DEPLOYMENT = "backfill/backfill"
KEEPER_DEPLOYMENT = "keep-backfills/backfill-keeper"
FREQUENT_SCHEDULE = "closely"
"""The keeper's schedule that is active only while a backfill runs."""
_NOT_BEGUN = [StateType.SCHEDULED, StateType.PENDING]
_PAGE = 200
"""The most that the server returns at once. Source: PREFECT_SERVER_API_DEFAULT_LIMIT, Prefect 3.9."""


@contextmanager
def prefect_client() -> Iterator[SyncPrefectClient]:
    """
    Raises:
        StackError: the server does not answer, or refuses the client.
    """
    with _answering(), get_client(sync_client=True) as client:
        yield client


@contextmanager
def _answering() -> Iterator[None]:
    """
    Raises:
        StackError: the server did not answer in the block, or refused the client.
    """
    try:
        yield
    except PrefectHTTPStatusError as error:
        raise StackError(
            f"the Prefect server answered {error.response.status_code}. "
            "Check PREFECT_API_URL, and PREFECT_API_KEY or PREFECT_API_AUTH_STRING."
        ) from error
    except httpx.RequestError as error:
        raise StackError(
            "the Prefect server does not answer. Check PREFECT_API_URL, and with `countersign status` that it runs. "
            "What is stored stays; `countersign backfill show` says how far a backfill is."
        ) from error


def check_deployed() -> None:
    """Call before a backfill's state is changed to running.

    Raises:
        ConfigurationError: the driver or the keeper is not deployed.
        StackError: the server does not answer.
    """
    with prefect_client() as client:
        for name in (DRIVER_DEPLOYMENT, KEEPER_DEPLOYMENT):
            with _deployed(name):
                client.read_deployment_by_name(name)


def start_driver(name: str) -> UUID:
    """Schedule a driver for a backfill; return its flow run's id."""
    parameters = {"name": name, "confirmed": True}
    return _start(
        DRIVER_DEPLOYMENT, parameters=parameters, flow_run_name=f"backfill {name}", as_subflow=False
    )


def submit_batch(
    name: str, batch: BackfillBatch, documents: Sequence[DocumentRequest], options: RunOptions
) -> UUID:
    """Schedule a batch; return its flow run's id.

    A batch that is submitted again is not run twice.
    """
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


def _start(deployment: str, **options: Any) -> UUID:
    with _answering(), _deployed(deployment):
        return cast(FlowRun, run_deployment(deployment, timeout=0, **options)).id


@contextmanager
def _deployed(name: str) -> Iterator[None]:
    """
    Raises:
        ConfigurationError: the block did not find the deployment.
    """
    try:
        yield
    except ObjectNotFound as error:
        raise ConfigurationError(
            f"the deployment {name} is not on the Prefect server. Run `countersign up` or `python -m infra.deploy.registration`."
        ) from error


def flow_runs(client: SyncPrefectClient, ids: Sequence[UUID]) -> dict[UUID, FlowRun]:
    """The flow runs with these ids, without those that the server has deleted."""
    if not ids:
        return {}
    with_ids = FlowRunFilter.model_validate({"id": {"any_": list(ids)}})
    runs = client.read_flow_runs(flow_run_filter=with_ids)
    return {run.id: run for run in runs}


def driver_runs(client: SyncPrefectClient, name: str, is_begun: bool) -> list[FlowRun]:
    """The flow runs that drive a backfill, or (not `is_begun`) are scheduled to."""
    types = [StateType.RUNNING] if is_begun else _NOT_BEGUN
    in_state = FlowRunFilter.model_validate({"state": {"type": {"any_": types}}})
    deployment_id = client.read_deployment_by_name(DRIVER_DEPLOYMENT).id
    of_drivers = DeploymentFilter.model_validate({"id": {"any_": [deployment_id]}})
    runs = client.read_flow_runs(flow_run_filter=in_state, deployment_filter=of_drivers, limit=_PAGE)
    return [run for run in runs if run.parameters.get("name") == name]


def newest_driver(client: SyncPrefectClient, name: str) -> FlowRun | None:
    """The flow run that drives a backfill, or did so last; None: the server knows none."""
    deployment_id = client.read_deployment_by_name(DRIVER_DEPLOYMENT).id
    of_drivers = DeploymentFilter.model_validate({"id": {"any_": [deployment_id]}})
    newest = FlowRunSort.EXPECTED_START_TIME_DESC
    runs = client.read_flow_runs(deployment_filter=of_drivers, sort=newest, limit=_PAGE)
    return next((run for run in runs if run.parameters.get("name") == name), None)


def mark_crashed(client: SyncPrefectClient, run: FlowRun) -> None:
    """Mark a flow run as crashed: its process has died and cannot report it."""
    client.set_flow_run_state(run.id, Crashed(message="its process is gone"), force=True)


def withdraw(client: SyncPrefectClient, run: FlowRun) -> None:
    """Cancel a flow run that no worker has begun."""
    client.set_flow_run_state(run.id, Cancelled(message="withdrawn"), force=True)


def is_begun(run: FlowRun) -> bool:
    return run.state is not None and run.state.type not in _NOT_BEGUN


def running_s(run: FlowRun) -> float:
    """Seconds since it was set running; 0: it is not running."""
    if run.state is None or not run.state.is_running():
        return 0.0
    return (datetime.now(UTC) - run.state.timestamp).total_seconds()


def switch_keeper(is_active: bool) -> None:
    """Let the keeper check every minute, or, if no backfill runs, only once an hour.

    Raises:
        ConfigurationError: the keeper is not deployed.
    """
    with prefect_client() as client, _deployed(KEEPER_DEPLOYMENT):
        deployment = client.read_deployment_by_name(KEEPER_DEPLOYMENT)
        for schedule in deployment.schedules:
            if schedule.slug == FREQUENT_SCHEDULE and schedule.active != is_active:
                client.update_deployment_schedule(deployment.id, schedule.id, active=is_active)
