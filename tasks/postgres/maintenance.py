"""What the maintenance flow asks of the store: runs whose worker is gone, and how each week fared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row, dict_row

from tasks.core.drift import DriftMeasure, WeekTally
from tasks.core.records import RunId, RunKey
from tasks.postgres.queries import query


@dataclass(frozen=True, slots=True)
class LongRunning:
    """A run in state running that began long ago. Worked on or not: `try_orphan` tells."""

    run_id: RunId
    run_key: RunKey


def long_running(connection: psycopg.Connection, older_than_s: float) -> Sequence[LongRunning]:
    """Oldest first."""
    with connection.cursor(row_factory=class_row(LongRunning)) as cursor:
        return cursor.execute(query("maintenance", "long_running"), {"older_than_s": older_than_s}).fetchall()


def try_orphan(connection: psycopg.Connection, run: LongRunning, code: str | None) -> bool:
    """Whether nobody holds the run and it is still unfinished; if so, and `code` is given, it is set failed with that code.

    Holds the claim's own lock until the transaction ends, so that no worker begins in between: one run a transaction.
    """
    row = connection.execute(query("maintenance", "try_lock"), {"run_key": run.run_key}).fetchone()
    assert row is not None
    if not row[0]:
        return False
    if code is None:
        return connection.execute(query("maintenance", "is_running"), {"run_id": run.run_id}).rowcount == 1
    return connection.execute(query("run", "fail"), {"run_id": run.run_id, "code": code}).rowcount == 1


def tallies(connection: psycopg.Connection, since: datetime) -> list[WeekTally]:
    """Of all runs that were finished since, by week, schema, models and measure."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query("maintenance", "tallies"), {"since": since}).fetchall()
    return [WeekTally(**{**row, "measure": DriftMeasure(row["measure"])}) for row in rows]
