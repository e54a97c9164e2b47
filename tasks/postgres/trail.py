"""The trail of a run, proven row by row, and the way of one value through it. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tasks.core.display import value_key
from tasks.core.errors import StoreMissing
from tasks.core.records import RunId
from tasks.postgres.queries import query


@dataclass(frozen=True, slots=True)
class TrailProof:
    """What recomputing a run's chain gave."""

    run_id: RunId
    n_rows: int
    fault: str | None
    """None: the chain holds. Else which row is the first that does not, and why; never contract text."""

    @property
    def holds(self) -> bool:
        return self.fault is None


def verify_trail(connection: psycopg.Connection, run_id: RunId) -> TrailProof:
    """Recompute every hash of a run's trail.

    Raises:
        StoreMissing: there is no such run.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query("audit", "verify"), {"run_id": run_id}).fetchone()
    if found is None:
        raise StoreMissing(f"there is no run {run_id}")
    return TrailProof(run_id, found["n_rows"], _fault(found))


def run_ids(connection: psycopg.Connection) -> Iterator[RunId]:
    """All runs, oldest first, streamed."""
    with connection.cursor("run_ids") as cursor:
        for (run_id,) in cursor.execute(query("audit", "run_ids")):
            yield RunId(run_id)


def explain(connection: psycopg.Connection, extraction_id: int) -> dict[str, Any]:
    """Everything that led to an extraction, as `sql/queries/explain.sql` gives it.

    `also_found` in the place of `same_field`: where else the run found this value of this field.

    Raises:
        StoreMissing: there is no such extraction.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query("explain", "explain"), {"extraction_id": extraction_id}).fetchone()
    if found is None:
        raise StoreMissing(
            f"there is no extraction {extraction_id}: `countersign export` lists them with their numbers"
        )
    key = value_key(found["value"])
    found["also_found"] = [
        other for other in found.pop("same_field") or () if value_key(other.pop("value")) == key
    ]
    return found


def _fault(found: dict[str, Any]) -> str | None:
    if found["fault"] is not None:
        return (
            f"row {found['trail_position']} of the trail ({found['place']} {found['id']}): {found['fault']}"
        )
    if not found["end_holds"]:
        return (
            f"the trail had {found['trail_length']} rows and now has {found['n_rows']}: its end was changed"
        )
    return None
