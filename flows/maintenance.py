"""Maintenance: clear what dead workers left, report drift, delete old flow runs. Dry by default.

    orphaned runs -> stuck slots -> drift against the weeks before -> old flow runs of Prefect -> one table

Requires:
    PostgreSQL and the Prefect server. Neither S3 nor Triton.
"""

from __future__ import annotations

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from tasks.core.text.display import counted
from tasks.maintenance import (
    delete_old_flow_runs,
    drift,
    free_stuck_slots,
    give_up_orphans,
    report_maintenance,
)


@flow(validate_parameters=True)
def maintenance(
    dry_run: bool = True,
    keep_flow_runs_days: Annotated[int, Field(ge=1, le=3650)] = 90,
    orphan_after_hours: Annotated[float, Field(ge=1, le=8760)] = 24,
    drift_weeks: Annotated[int, Field(ge=1, le=52)] = 8,
) -> State[list[str]]:
    """Give up runs whose worker died, free slots of dead flow runs, report drift, and delete our old flow runs.

    Args:
        dry_run: Change nothing; only report what would change.
        keep_flow_runs_days: Delete flow runs that ended earlier, with artifacts and logs.
        orphan_after_hours: Check unfinished runs that began earlier; one with a live worker stays.
        drift_weeks: Compare the newest week with this many weeks before it.

    Returns:
        The changes beyond chance, in words.
    """
    orphans = give_up_orphans(orphan_after_hours, dry_run)
    stuck = free_stuck_slots(dry_run)
    changes = drift(drift_weeks)
    deleted = delete_old_flow_runs(keep_flow_runs_days, dry_run)
    message = report_maintenance(orphans, deleted, stuck, dry_run)
    return Completed(message=f"{message}; {counted(len(changes), 'change')} beyond chance", data=changes)
