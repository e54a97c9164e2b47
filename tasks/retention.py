"""Retention: how long the Prefect server keeps what our deployments left there. Flow runs that ended long ago go, with all that hangs on them.

Only runs of the deployments of `prefect.yaml`: a server may have other tenants. Contracts, values and trails are in the store, which
this module does not know.

Requires:
    The Prefect server. A user who may delete flow runs there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterEndTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.client.schemas.objects import TERMINAL_STATES
from prefect.exceptions import ObjectNotFound
from ruamel.yaml import YAML

DEPLOYMENTS_FILE = Path(__file__).parents[1] / "prefect.yaml"
_RUNS_A_PAGE = 50
_ROWS_A_PAGE = 200
"""The server gives no more at once. Source: PREFECT_SERVER_API_DEFAULT_LIMIT, Prefect 3.9."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows went, or would go. Task runs and states go with their flow run and are not counted."""

    n_flow_runs: int = 0
    n_artifacts: int = 0
    n_logs: int = 0


@task(task_run_name="forget flow runs older than {keep_days} days", cache_policy=NO_CACHE)
def forget(keep_days: int, dry_run: bool) -> Forgotten:
    """Delete flow runs of our deployments that ended more than so many days ago, with their artifacts and logs; dry: count them."""
    with get_client(sync_client=True) as client:
        return forget_before(client, datetime.now(UTC) - timedelta(days=keep_days), dry_run)


def forget_before(client: SyncPrefectClient, ended_before: datetime, dry_run: bool) -> Forgotten:
    """As `forget`. Whatever it is interrupted at, the next time goes on there: a flow run goes after its artifacts."""
    ours = our_deployments(client)
    gone = Forgotten()
    if not ours:  # an empty filter would match the runs of everybody
        return gone
    wanted = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=ours),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=sorted(TERMINAL_STATES))),
        end_time=FlowRunFilterEndTime(before_=cast(Any, ended_before)),
    )
    for run_ids in _run_pages(client, wanted, dry_run):
        artifact_ids = _artifacts(client, run_ids)
        n_logs = _count_logs(client, run_ids)
        if not dry_run:
            _delete(client, run_ids, artifact_ids)
        gone = replace(
            gone,
            n_flow_runs=gone.n_flow_runs + len(run_ids),
            n_artifacts=gone.n_artifacts + len(artifact_ids),
            n_logs=gone.n_logs + n_logs,
        )
    return gone


def our_deployments(client: SyncPrefectClient) -> list[UUID]:
    """Ids of those deployments of `prefect.yaml` that the server has."""
    found = []
    for name in deployment_names():
        with suppress(ObjectNotFound):
            found.append(client.read_deployment_by_name(name).id)
    return found


def deployment_names() -> Sequence[str]:
    """FLOW/DEPLOYMENT for each entry of `prefect.yaml`; Prefect calls a flow by its function, with hyphens."""
    entries = cast(Any, YAML(typ="safe", pure=True)).load(DEPLOYMENTS_FILE)["deployments"]
    return [f"{e['entrypoint'].partition(':')[2].replace('_', '-')}/{e['name']}" for e in entries]


def _run_pages(client: SyncPrefectClient, wanted: FlowRunFilter, dry_run: bool) -> Iterator[list[UUID]]:
    """Dry, page after page; else always the first page, for what was on it is gone by the next look."""
    offset = 0
    while page := client.read_flow_runs(flow_run_filter=wanted, limit=_RUNS_A_PAGE, offset=offset):
        yield [run.id for run in page]
        offset += len(page) if dry_run else 0


def _artifacts(client: SyncPrefectClient, run_ids: list[UUID]) -> list[UUID]:
    wanted = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=run_ids))
    found: list[UUID] = []
    while page := client.read_artifacts(artifact_filter=wanted, limit=_ROWS_A_PAGE, offset=len(found)):
        found += [artifact.id for artifact in page if artifact.id is not None]
    return found


def _count_logs(client: SyncPrefectClient, run_ids: list[UUID]) -> int:
    wanted = LogFilter(flow_run_id=LogFilterFlowRunId(any_=run_ids))
    n_logs = 0
    while page := client.read_logs(wanted, limit=_ROWS_A_PAGE, offset=n_logs):
        n_logs += len(page)
    return n_logs


def _delete(client: SyncPrefectClient, run_ids: list[UUID], artifact_ids: list[UUID]) -> None:
    """The server takes task runs, states and, a moment later, logs along with a flow run; artifacts it would leave behind."""
    for artifact_id in artifact_ids:
        with suppress(ObjectNotFound):
            client.delete_artifact(artifact_id)
    for run_id in run_ids:
        with suppress(ObjectNotFound):
            client.delete_flow_run(run_id)
