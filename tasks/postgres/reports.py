"""Results as people take them away: export lines and the table of a batch. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tasks.core.display import one_line
from tasks.core.errors import StoreMissing
from tasks.core.records import RunId
from tasks.core.rise import Count
from tasks.postgres.queries import query

EXPORT_COLUMNS = (
    "document",
    "run",
    "field",
    "status",
    "value",
    "normal",
    "quote",
    "display",
    "spans",
    "pages",
    "footnote",
    "round",
    "score",
    "generator",
    "critic",
    "extraction",
    "parts",
)


def export(
    connection: psycopg.Connection, document: str | None, run_id: RunId | None, since: datetime | None
) -> Iterator[dict[str, Any]]:
    """Extractions with the keys of `EXPORT_COLUMNS`, streamed; `display` is the quote on one line.

    Args:
        document: A key, a file name or a SHA-256; None: all.
        run_id: One run, whatever its state; None: the newest done run of each document and schema.
        since: Only runs that were finished then or later.

    Raises:
        StoreMissing: no such document.
    """
    document_ids = None
    if document is not None:
        rows = connection.execute(query("export", "documents_called"), {"name": document}).fetchall()
        document_ids = [row[0] for row in rows]
        if not rows:
            raise StoreMissing(f"no document is called `{document}`: give a key, a file name or a SHA-256")
    values = {"name": document, "document_ids": document_ids, "run_id": run_id, "since": since}
    with connection.cursor("export", row_factory=dict_row) as cursor:
        cursor.itersize = 1000
        for row in cursor.execute(query("export", "export"), values):
            yield {
                name: one_line(row["quote"]) if name == "display" else row[name] for name in EXPORT_COLUMNS
            }


def batch_table(
    connection: psycopg.Connection, run_ids: Sequence[RunId], quarantine_ids: Sequence[int]
) -> list[dict[str, Any]]:
    """One row for each run, then one for each refused object."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query("report", "batch_runs"), {"run_ids": list(run_ids)}).fetchall()
        refused = cursor.execute(
            query("report", "batch_quarantine"), {"quarantine_ids": list(quarantine_ids)}
        ).fetchall()
    return [_batch_row(row) for row in [*rows, *refused]]


def night_runs(
    connection: psycopg.Connection,
    since: datetime,
    flow_run_ids: Sequence[str],
    prefixes: Sequence[str],
    schema_names: Sequence[str],
) -> dict[int, dict[str, Any]]:
    """What batches made of the documents under each prefix, for the schema beside it, by its number from 1.

    Args:
        since: No run that ended before.
        flow_run_ids: Of the batches.
    """
    values = {"since": since, "flow_run_ids": list(flow_run_ids)}
    asked = {"prefixes": list(prefixes), "schema_names": list(schema_names)}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query("report", "night_runs"), values | asked).fetchall()
    return {row["number"]: row for row in rows}


def night_refused(
    connection: psycopg.Connection,
    bucket: str,
    keys: Mapping[int, Sequence[str]],
    flow_run_ids: Sequence[str],
) -> dict[int, int]:
    """How many of the objects asked for are refused by the reader, under the numbers that the keys stand under."""
    numbered = [(key, number) for number, several in keys.items() for key in several]
    values = {"bucket": bucket, "flow_run_ids": list(flow_run_ids)}
    asked = {"keys": [key for key, _ in numbered], "numbers": [number for _, number in numbered]}
    return dict(connection.execute(query("report", "night_refused"), values | asked).fetchall())


def arrivals(
    connection: psycopg.Connection, bucket: str, until: datetime, n_days: int
) -> tuple[Count, list[Count]]:
    """Object versions met for the first time since a moment, and on each of the days before it; with how many were refused."""
    values = {"bucket": bucket, "until": until, "since": until - timedelta(days=n_days)}
    rows = connection.execute(query("report", "arrivals"), values).fetchall()
    counts = {days_ago: Count(n, n_refused) for days_ago, n, n_refused in rows}
    return counts.pop(-1, Count(0, 0)), list(counts.values())


def _batch_row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "document": row["document"],
        "run": row.get("run_id"),
        "schema": row.get("schema_name"),
        "state": row.get("state", "quarantined"),
        "verified": row.get("n_verified", 0),
        "unsettled": row.get("n_unsettled", 0),
        "rejected": row.get("n_rejected", 0),
        "rounds": row.get("n_rounds", 0),
        "seconds": row.get("seconds"),
        "reason": f"{row['code']}: {row['message']}" if "code" in row else row.get("error_code"),
    }
