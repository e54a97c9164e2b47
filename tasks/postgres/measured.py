"""What runs have cost for their pages, added up by the database. Reads only."""

from __future__ import annotations

import psycopg

from tasks.core.backfill import Quantity
from tasks.core.forecast import Measured
from tasks.postgres.queries import query

MAX_RUNS = 1_000
"""The newest runs say most of what the next will cost, and more of them would only be read for longer."""


def measured(connection: psycopg.Connection, schema_name: str, generator: str) -> dict[Quantity, Measured]:
    """Sums over the newest runs done of a schema and a generator's name; empty where there are none."""
    values = {"schema_name": schema_name, "generator": generator, "max_runs": MAX_RUNS}
    rows = connection.execute(query("backfill", "measured"), values).fetchall()
    return {Quantity(name): Measured(*sums) for name, *sums in rows}
