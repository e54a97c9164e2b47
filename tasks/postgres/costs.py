"""What runs cost, added up by the database. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tasks.core.cost import CostLine
from tasks.core.records import RunId, Stage
from tasks.postgres.queries import query


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose cost: all that is given must hold, and nothing given means every run."""

    run_id: RunId | None = None
    batch: str | None = None
    """The flow run that worked on them."""
    since: datetime | None = None
    """Runs that were begun then or later."""


def cost_lines(connection: psycopg.Connection, asked: Asked, by: str) -> list[tuple[str, CostLine]]:
    """(label, line) by label, model, stage and round; without money, which is of no database.

    Args:
        by: What the label is: `run`, `document`, `schema` or `day`; anything else: no label.
    """
    values = {"run_id": asked.run_id, "flow_run_id": asked.batch, "since": asked.since, "by": by}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query("cost", "lines"), values).fetchall()
    return [(row["label"], _line(row)) for row in rows]


def _line(row: Mapping[str, Any]) -> CostLine:
    return CostLine(
        row["model"],
        Stage(row["stage"]),
        row["round_number"],
        row["n_answers"],
        row["seconds"],
        row["tokens_in"],
        row["tokens_out"],
        row["n_estimated"],
    )
