"""Maintenance: fails orphaned runs, frees stuck slots, reports drift, and deletes old flow runs from
the Prefect server.

Requires:
    PostgreSQL and the Prefect server. Not through a connection pooler in transaction mode: a run is
    orphaned if no database session holds its lock.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import ArtifactFilter, FlowRunFilter, LogFilter
from prefect.client.schemas.objects import TERMINAL_STATES
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from ruamel.yaml import YAML

from tasks.core.records import RunId
from tasks.core.statistics.drift import DriftMeasure, WeekDifference, WeekTally, differences
from tasks.core.text.display import counted
from tasks.core.text.markdown import literal, table_cells
from tasks.runtime.retries import RETRIED
from tasks.runtime.slots import StuckSlots, free, in_words, stuck_slots
from tasks.store import store

ORPHANED = "worker_gone"
"""The error code of a run whose worker is gone."""

_SHARES = {DriftMeasure.UNSETTLED_CELLS, DriftMeasure.FAILED_CELLS, DriftMeasure.REJECTED_VALUES}

logger = logging.getLogger("countersign.maintenance")


@task(task_run_name="give up orphaned runs", **RETRIED)
def give_up_orphans(older_than_hours: float, dry_run: bool) -> list[RunId]:
    """Set old runs that no worker holds failed; the next claim resumes them at their last round.

    Args:
        older_than_hours: Only runs that began before. A run that a worker holds is left alone.
        dry_run: Change nothing; only give the runs.
    """
    code, runs = None if dry_run else ORPHANED, store().runs
    orphans = [run.run_id for run in runs.long_running(older_than_hours * 3600) if runs.try_orphan(run, code)]
    for run_id in orphans:
        logger.warning("run %s: its worker is gone%s", run_id, "" if dry_run else "; set failed")
    return orphans


@task(task_run_name="free stuck slots", cache_policy=NO_CACHE)
def free_stuck_slots(dry_run: bool) -> StuckSlots:
    """Free slots of our deployments that dead runs hold; dry: only find them.

    Takes two and a half minutes if something looks stuck, else no time.
    """
    with get_client(sync_client=True) as client:
        stuck = stuck_slots(client, our_deployments(client), but=flow_run.get_id())
        if not dry_run:
            free(client, stuck)
    for line in in_words(stuck):
        logger.warning("%s%s", line, "" if dry_run else "; it was freed")
    return stuck


@task(task_run_name="drift", **RETRIED)
def drift(n_weeks: int) -> list[str]:
    """Compare the newest week with the weeks before, in the table `drift`.

    Returns:
        One line for each change beyond chance.
    """
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=today.weekday(), weeks=n_weeks)
    tallies = store().reports.tallies(since)
    compared = differences(tallies)
    changes = [change_message(d) for d in compared if d.is_change]
    message = "; ".join(changes) or ("no change beyond chance" if tallies else "no run was finished")
    rows = table_cells(drift_rows(tallies, compared))  # names of schemas and models come from outside
    create_table_artifact(key="drift", table=rows, description=literal(message))
    return changes


@task(task_run_name="report", cache_policy=NO_CACHE)
def report_maintenance(
    orphans: Sequence[RunId], deleted: DeletedRows, stuck: StuckSlots, dry_run: bool
) -> str:
    """Create the table `maintenance`, and give its counts in one line."""
    counts = (
        (len(orphans), "orphaned run", "set failed"),
        (deleted.n_flow_runs, "flow run", "deleted"),
        (deleted.n_artifacts, "artifact", "deleted"),
        (deleted.n_logs, "log", "deleted"),
        (stuck.n_slots, "stuck slot", "freed"),
    )
    prefix = "dry run, would be: " if dry_run else "done: "
    message = prefix + ", ".join(f"{counted(n, noun)} {verb}" for n, noun, verb in counts)
    done = "no: dry run" if dry_run else "yes"
    rows = [{"what": f"{noun}s {verb}", "count": n, "done": done} for n, noun, verb in counts]
    create_table_artifact(key="maintenance", table=rows, description=message)
    return message


def change_message(difference: WeekDifference) -> str:
    """Schema, measure, both values, and the interval of the difference."""
    now, before, interval = difference.now, difference.before, difference.interval
    assert before is not None and interval is not None
    low, high = (_figure(now.measure, bound) for bound in interval)
    models = f"{now.generator} and {now.critic}" if now.critic else now.generator
    new = ", new here" if difference.is_new_model else ""
    return (
        f"{now.schema_name}: {now.measure.replace('_', ' ')} {_figure(now.measure, before.value)} -> "
        f"{_figure(now.measure, now.value)} (difference {low} to {high}; {models}{new})"
    )


def drift_rows(tallies: Sequence[WeekTally], compared: Sequence[WeekDifference]) -> list[dict[str, Any]]:
    """One row for each week, schema and pair of models, newest week first, with the measures that
    changed."""
    changed: dict[tuple[Any, ...], list[str]] = {}
    for difference in compared:
        if difference.is_change:
            changed.setdefault(_row_key(difference.now), []).append(difference.now.measure.replace("_", " "))
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for tally in tallies:
        row = rows.setdefault(_row_key(tally), _empty_row(tally))
        row["runs"] = max(row["runs"], tally.n_runs)
        row[tally.measure.replace("_", " ")] = _figure(tally.measure, tally.value)
    for key, row in rows.items():
        row["changed"] = ", ".join(changed.get(key, ()))
    return [row for _, row in sorted(rows.items(), key=lambda item: item[0][0], reverse=True)]


def _row_key(tally: WeekTally) -> tuple[Any, ...]:
    return tally.week, tally.schema_name, tally.generator, tally.critic


def _empty_row(tally: WeekTally) -> dict[str, Any]:
    week = {"week of": tally.week.isoformat(), "schema": tally.schema_name}
    models = {"generator": tally.generator, "critic": tally.critic, "runs": 0}
    return {**week, **models, **{measure.replace("_", " "): "" for measure in DriftMeasure}}


def _figure(measure: DriftMeasure, value: float) -> str:
    return f"{value:.1%}" if measure in _SHARES else f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


DEPLOYMENTS_FILE = Path(__file__).parents[1] / "prefect.yaml"
_RUNS_A_PAGE = 50
_ROWS_A_PAGE = 200
"""The most that the server returns at once. Source: PREFECT_SERVER_API_DEFAULT_LIMIT, Prefect 3.9."""


@dataclass(frozen=True, slots=True)
class DeletedRows:
    """How many rows were deleted, or would be.

    Task runs and states go with their flow run, uncounted.
    """

    n_flow_runs: int = 0
    n_artifacts: int = 0
    n_logs: int = 0


@task(task_run_name="delete flow runs older than {keep_days} days", cache_policy=NO_CACHE)
def delete_old_flow_runs(keep_days: int, dry_run: bool) -> DeletedRows:
    """Delete our flow runs that ended before so many days, with their artifacts and logs; dry: only
    count."""
    with get_client(sync_client=True) as client:
        return delete_ended_before(client, datetime.now(UTC) - timedelta(days=keep_days), dry_run)


def delete_ended_before(client: SyncPrefectClient, ended_before: datetime, dry_run: bool) -> DeletedRows:
    """As `delete_old_flow_runs`. If it is interrupted, the next call finishes the work."""
    deployment_ids = our_deployments(client)
    n_flow_runs = n_artifacts = n_logs = 0
    if not deployment_ids:  # an empty filter would match every flow run of the server
        return DeletedRows()
    conditions = {
        "deployment_id": {"any_": deployment_ids},
        "state": {"type": {"any_": sorted(TERMINAL_STATES)}},
        "end_time": {"before_": ended_before},
    }
    for run_ids in _run_pages(client, FlowRunFilter.model_validate(conditions), dry_run):
        artifact_ids = _artifacts(client, run_ids)
        n_flow_runs, n_artifacts = n_flow_runs + len(run_ids), n_artifacts + len(artifact_ids)
        n_logs += _count_logs(client, run_ids)
        if not dry_run:
            _delete(client, run_ids, artifact_ids)
    return DeletedRows(n_flow_runs, n_artifacts, n_logs)


def our_deployments(client: SyncPrefectClient) -> list[UUID]:
    """Ids of those deployments of `prefect.yaml` that the server has."""
    ids: list[UUID] = []
    for name in deployment_names():
        with suppress(ObjectNotFound):
            ids.append(client.read_deployment_by_name(name).id)
    return ids


def deployment_names() -> Sequence[str]:
    """FLOW/DEPLOYMENT for each entry of `prefect.yaml`; Prefect names a flow by its function, with
    hyphens."""
    entries = cast(Any, YAML(typ="safe", pure=True)).load(DEPLOYMENTS_FILE)["deployments"]
    return [f"{e['entrypoint'].partition(':')[2].replace('_', '-')}/{e['name']}" for e in entries]


def _run_pages(client: SyncPrefectClient, ended_runs: FlowRunFilter, dry_run: bool) -> Iterator[list[UUID]]:
    offset = 0
    while page := client.read_flow_runs(flow_run_filter=ended_runs, limit=_RUNS_A_PAGE, offset=offset):
        yield [run.id for run in page]
        offset += len(page) if dry_run else 0  # the caller has deleted the page: the next one is the first


def _artifacts(client: SyncPrefectClient, run_ids: list[UUID]) -> list[UUID]:
    of_runs = ArtifactFilter.model_validate({"flow_run_id": {"any_": run_ids}})
    ids: list[UUID] = []
    while page := client.read_artifacts(artifact_filter=of_runs, limit=_ROWS_A_PAGE, offset=len(ids)):
        ids += [artifact.id for artifact in page if artifact.id is not None]
    return ids


def _count_logs(client: SyncPrefectClient, run_ids: list[UUID]) -> int:
    of_runs = LogFilter.model_validate({"flow_run_id": {"any_": run_ids}})
    n_logs = 0
    while page := client.read_logs(of_runs, limit=_ROWS_A_PAGE, offset=n_logs):
        n_logs += len(page)
    return n_logs


def _delete(client: SyncPrefectClient, run_ids: list[UUID], artifact_ids: list[UUID]) -> None:
    # The server deletes task runs, states and, a moment later, logs with a flow run, but no artifacts. They
    # go first, so that an interrupted deletion leaves the flow run by which the next call finds them.
    for artifact_id in artifact_ids:
        with suppress(ObjectNotFound):
            client.delete_artifact(artifact_id)
    for run_id in run_ids:
        with suppress(ObjectNotFound):
            client.delete_flow_run(run_id)
