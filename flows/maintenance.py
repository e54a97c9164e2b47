"""Maintenance: what is left behind is cleared, and drift is told. Dry by default: it says what it would do.

    orphaned runs -> drift against the weeks before -> old rows of the Prefect server -> one table

Requires:
    PostgreSQL and the Prefect server. Neither S3 nor Triton.
"""

from __future__ import annotations

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from tasks.maintenance import delete_old_flow_runs, drift, give_up_orphans, report_maintenance


@flow(validate_parameters=True)
def maintenance(
    dry_run: bool = True,
    keep_flow_runs_days: Annotated[int, Field(ge=1)] = 90,
    orphan_after_hours: Annotated[float, Field(ge=1)] = 24,
    drift_weeks: Annotated[int, Field(ge=1, le=52)] = 8,
) -> State[list[str]]:
    """Give up runs whose worker is gone, tell drift, and let the Prefect server forget old flow runs of ours.

    Args:
        dry_run: Write and delete nothing, and say what would be.
        keep_flow_runs_days: Flow runs that ended before are deleted with their artifacts and logs; the store keeps all it has.
        orphan_after_hours: Unfinished runs that began before are looked at; one that is worked on is left alone, however old.
        drift_weeks: How many weeks the newest one is compared with.

    Returns:
        Completed with what changed beyond chance, in words.
    """
    orphans = give_up_orphans(orphan_after_hours, dry_run)
    changes = drift(drift_weeks)
    forgotten = delete_old_flow_runs(keep_flow_runs_days, dry_run)
    said = report_maintenance(orphans, forgotten, dry_run)
    return Completed(message=f"{said}; {len(changes)} changes beyond chance", data=changes)
