"""The audit trail: checks the hash chain of a run row by row, and explains one value.

Reads only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from tasks.core.errors import StoreMissing
from tasks.core.records import RunId
from tasks.core.text.display import value_key
from tasks.postgres.connection import Pool
from tasks.postgres.queries import query


@dataclass(frozen=True, slots=True)
class TrailProof:
    """What recomputing a run's chain gave."""

    run_id: RunId
    n_rows: int
    fault: str | None
    """None: the chain holds. Otherwise the first row that does not hold, and why; never contract
    text."""

    @property
    def holds(self) -> bool:
        return self.fault is None


class Trail:
    """Proof and provenance of what is stored. Every method is one transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def verify(self, run_id: RunId) -> TrailProof:
        """Recompute every hash of a run's trail.

        Raises:
            StoreMissing: there is no such run.
        """
        with self._pool.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(query("audit", "verify"), {"run_id": run_id}).fetchone()
        if row is None:
            raise StoreMissing(f"there is no run {run_id}")
        return TrailProof(run_id, row["n_rows"], _fault(row))

    def run_ids(self) -> Iterator[RunId]:
        """All runs, oldest first, streamed."""
        with self._pool.transaction() as connection, connection.cursor("run_ids") as cursor:
            for (run_id,) in cursor.execute(query("audit", "run_ids")):
                yield RunId(run_id)

    def explain(self, extraction_id: int) -> dict[str, Any]:
        """Everything that led to an extraction, with the columns of `sql/queries/explain.sql`.

        `also_found` replaces `same_field`: where else the run found this value of this field.

        Raises:
            StoreMissing: there is no such extraction.
        """
        with self._pool.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(query("explain", "explain"), {"extraction_id": extraction_id}).fetchone()
        if row is None:
            raise StoreMissing(
                f"there is no extraction {extraction_id}. `countersign export` lists extractions with their numbers."
            )
        key = value_key(row["value"])
        row["also_found"] = [
            other for other in row.pop("same_field") or () if value_key(other.pop("value")) == key
        ]
        return row


def _fault(row: dict[str, Any]) -> str | None:
    if row["fault"] is not None:
        return f"row {row['trail_position']} of the trail ({row['place']} {row['id']}): {row['fault']}"
    if not row["end_holds"]:
        return f"the trail had {row['trail_length']} rows and now has {row['n_rows']}: rows at its end were changed or removed"
    return None
