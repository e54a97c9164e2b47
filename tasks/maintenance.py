"""Maintenance: runs whose worker is gone are given up, and drift is told. What Prefect's server forgets: `tasks.maintenance`.

Requires:
    PostgreSQL. Never behind a pooler in transaction mode: whether a worker lives is told by its session's lock.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from prefect import task
from prefect.artifacts import create_table_artifact
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

from tasks.core.records import RunId
from tasks.core.statistics.drift import DriftMeasure, WeekDifference, WeekTally, differences
from tasks.core.text.display import counted
from tasks.runtime.retries import RETRIES, RETRY_DELAYS_S, is_retryable
from tasks.store import store

ORPHANED = "worker_gone"
"""The error code of a run that was found without its worker."""

_SHARES = {DriftMeasure.UNSETTLED_CELLS, DriftMeasure.FAILED_CELLS, DriftMeasure.REJECTED_VALUES}

logger = logging.getLogger("countersign.maintenance")


@task(
    task_run_name="give up orphaned runs",
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=is_retryable,
)
def give_up_orphans(older_than_hours: float, dry_run: bool) -> list[RunId]:
    """Set runs failed that began more than so many hours ago and that nobody holds; the next claim resumes them at their last round.

    A held run is never touched, however old it is. Dry: only says which.
    """
    code = None if dry_run else ORPHANED
    found = [
        run.run_id
        for run in store().runs.long_running(older_than_hours * 3600)
        if store().runs.try_orphan(run, code)
    ]
    for run_id in found:
        logger.warning("run %s: its worker is gone%s", run_id, "" if dry_run else "; set failed")
    return found


@task(
    task_run_name="drift",
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=is_retryable,
)
def drift(n_weeks: int) -> list[str]:
    """Set the newest week beside the weeks before, as the table artifact `drift`; gives what changed beyond chance, in words."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=today.weekday(), weeks=n_weeks)
    tallies = store().reports.tallies(since)
    found = differences(tallies)
    changes = [change_message(d) for d in found if d.is_change]
    told = "; ".join(changes) or ("no change beyond chance" if tallies else "no run was finished")
    create_table_artifact(key="drift", table=drift_rows(tallies, found), description=told)
    return changes


@task(task_run_name="report", cache_policy=NO_CACHE)
def report_maintenance(orphans: Sequence[RunId], forgotten: DeletedRows, dry_run: bool) -> str:
    """What was done, or would be, as the table artifact `maintenance` and in one line."""
    counts = {
        ("orphaned run", "set failed"): len(orphans),
        ("flow run", "deleted"): forgotten.n_flow_runs,
        ("artifact", "deleted"): forgotten.n_artifacts,
        ("log", "deleted"): forgotten.n_logs,
    }
    said = f"{'dry run, would be' if dry_run else 'done'}: " + ", ".join(
        f"{counted(n, of)} {done}" for (of, done), n in counts.items()
    )
    rows = [
        {"what": f"{of}s {done}", "count": n, "done": "no: dry run" if dry_run else "yes"}
        for (of, done), n in counts.items()
    ]
    create_table_artifact(key="maintenance", table=rows, description=said)
    return said


def change_message(difference: WeekDifference) -> str:
    """One change: what, where, from what to what, and in which interval the difference lies."""
    now, before, interval = difference.now, difference.before, difference.interval
    assert before is not None and interval is not None
    low, high = (_figure(now.measure, bound) for bound in interval)
    models = f"{now.generator} and {now.critic}" if now.critic else now.generator
    new = ", new here" if difference.is_new_model else ""
    return (
        f"{now.schema_name}: {now.measure.replace('_', ' ')} {_figure(now.measure, before.value)} -> "
        f"{_figure(now.measure, now.value)} (difference {low} to {high}; {models}{new})"
    )


def drift_rows(tallies: Sequence[WeekTally], found: Sequence[WeekDifference]) -> list[dict[str, Any]]:
    """One row for each week, schema and pair of models, newest week first; what changed is named in its row."""
    changed: dict[tuple[Any, ...], list[str]] = {}
    for difference in found:
        if difference.is_change:
            changed.setdefault(_line(difference.now), []).append(difference.now.measure.replace("_", " "))
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for tally in tallies:
        row = rows.setdefault(_line(tally), _empty_row(tally))
        row["runs"] = max(row["runs"], tally.n_runs)
        row[tally.measure.replace("_", " ")] = _figure(tally.measure, tally.value)
    for line, row in rows.items():
        row["changed"] = ", ".join(changed.get(line, ()))
    return [row for _, row in sorted(rows.items(), key=lambda item: item[0][0], reverse=True)]


def _line(tally: WeekTally) -> tuple[Any, ...]:
    return tally.week, tally.schema_name, tally.generator, tally.critic


def _empty_row(tally: WeekTally) -> dict[str, Any]:
    told = {measure.replace("_", " "): "" for measure in DriftMeasure}
    where = {"week of": tally.week.isoformat(), "schema": tally.schema_name}
    return {**where, "generator": tally.generator, "critic": tally.critic, "runs": 0, **told}


def _figure(measure: DriftMeasure, value: float) -> str:
    return f"{value:.1%}" if measure in _SHARES else f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


DEPLOYMENTS_FILE = Path(__file__).parents[1] / "prefect.yaml"
_RUNS_A_PAGE = 50
_ROWS_A_PAGE = 200
"""The server gives no more at once. Source: PREFECT_SERVER_API_DEFAULT_LIMIT, Prefect 3.9."""


@dataclass(frozen=True, slots=True)
class DeletedRows:
    """How many rows went, or would go. Task runs and states go with their flow run and are not counted."""

    n_flow_runs: int = 0
    n_artifacts: int = 0
    n_logs: int = 0


@task(task_run_name="forget flow runs older than {keep_days} days", cache_policy=NO_CACHE)
def delete_old_flow_runs(keep_days: int, dry_run: bool) -> DeletedRows:
    """Delete flow runs of our deployments that ended more than so many days ago, with their artifacts and logs; dry: count them."""
    with get_client(sync_client=True) as client:
        return delete_ended_before(client, datetime.now(UTC) - timedelta(days=keep_days), dry_run)


def delete_ended_before(client: SyncPrefectClient, ended_before: datetime, dry_run: bool) -> DeletedRows:
    """As `forget`. Whatever it is interrupted at, the next time goes on there: a flow run goes after its artifacts."""
    ours = our_deployments(client)
    gone = DeletedRows()
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
