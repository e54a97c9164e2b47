"""How long the queries of boards and metrics, and those of every document, take at a million runs, warm.

usage: python -m tests.bench.store_dashboards [--runs N] [--times N]

Makes a PostgreSQL of its own (`tests.bench.own_postgres`) and fills it (`tests.bench.store_filled`): about twelve gigabytes and ten minutes
at a million. Every board query is asked with its defaults, and again with the longest time or the document that a user may choose. Time is from the
sending of a query to its last row, over a local socket, as a board would wait. Prints the median and the worst, and the tables' sizes.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from tasks.postgres.backfill_plans import MAX_MEASURED_RUNS
from tasks.postgres.boards import BOARDS, parameters_of
from tasks.postgres.metrics import METRICS
from tasks.postgres.queries import query
from tests.bench import store_write
from tests.bench.own_postgres import own_database
from tests.bench.store_filled import fill

OF_A_RUN = ("key", "run_id")
"""Parameters that are asked for one document: those of a run of the newest week, beside the default."""
LONGEST = {"days": 366, "hours": 168, "weeks": 52}
"""What a user may choose at most."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=25)
    options = parser.parse_args()
    with own_database() as url:
        fill(url, options.runs)
        tell(url, options.times)
        print("\none more run of 60 chunks, 41 fields and 3 rounds is written there")
        store_write.tell(url)


def tell(database_url: str, n_times: int) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        _tell_sizes(connection)
        newest = _newest(connection)
        print(f"\n{'query':34} {'rows':>6} {'median':>10} {'worst':>10}")
        for board in BOARDS:
            for name in dict.fromkeys(panel.query for panel in board.panels):
                for known in _choices(name, newest):
                    _tell(connection, "dashboard", name, known, n_times)
        for metric in METRICS:
            _tell(connection, "metrics", metric.query, {}, n_times)
        for file, name, known in _of_each_document(newest):
            _tell(connection, file, name, known, n_times)


def _choices(name: str, newest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The defaults; then the longest time, or one document, where a user may choose that."""
    defaults = {parameter.name: parameter.default for parameter in parameters_of(name)}
    other = {p: newest[p] if p in OF_A_RUN else LONGEST.get(p, value) for p, value in defaults.items()}
    return [defaults] if other == defaults else [defaults, other]


def _of_each_document(newest: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any]]]:
    """What the flows ask for every document, listing page or night."""
    run, reading = {"run_id": newest["run_id"]}, {"reading_id": newest["reading_id"]}
    document = {"document_id": newest["document_id"], "reader_version": "r2"}
    listed = {
        "bucket": "contracts",
        "prefix": "deals/",
        "last_key": newest["key"],
        "last_id": 0,
        "page_rows": 5000,
    }
    versions = {"schema_name": "cuad", "schema_digest": newest["schema_version_id"], "generator_name": "generator",
                "generator_version": "2", "critic_name": "critic", "critic_version": "2", "promise": 0.95}  # fmt: skip
    night = {
        "bucket": "contracts",
        "since": datetime.now(UTC) - timedelta(hours=12),
        "flow_run_ids": newest["flow_run_ids"],
    }
    return [
        ("run", "attempts", {"run_key": newest["run_key"]}),
        ("run", "hold", run),
        ("reading", "stored_reading", document),
        ("reading", "chunks", reading),
        ("round", "generations", run),
        ("round", "findings", run),
        ("source", "known_objects", listed | dict.fromkeys(versions)),
        ("source", "known_objects", listed | versions),
        ("report", "batch_runs", {"run_ids": newest["run_ids"]}),
        ("report", "night_runs", night | {"prefixes": ["deals/"], "schema_names": ["cuad"]}),
        (
            "report",
            "night_refused",
            {"bucket": "contracts", "keys": [newest["key"]] * 50, "numbers": [1] * 50, "flow_run_ids": ["f"]},
        ),
        ("export", "documents_called", {"name": newest["key"]}),
        ("maintenance", "long_running", {"older_than_s": 3600.0}),
        (
            "backfill",
            "measured",
            {"schema_name": "cuad", "generator": "generator", "max_runs": MAX_MEASURED_RUNS},
        ),
    ]


def _newest(connection: psycopg.Connection) -> dict[str, Any]:
    """A run of the newest week, and the batches and runs of the newest night."""
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        found = cursor.execute(
            "SELECT run_id, run_key, reading_id, document_id, schema_version_id, key FROM run JOIN source USING (document_id) "
            "WHERE state = 'done' AND finished_at >= now() - interval '1 day' ORDER BY finished_at LIMIT 1"
        ).fetchone()
        night = cursor.execute(
            "SELECT array_agg(DISTINCT flow_run_id) AS flow_run_ids, (array_agg(run_id))[:50] AS run_ids FROM run "
            "WHERE finished_at >= now() - interval '12 hours'"
        ).fetchone()
    assert found is not None and night is not None
    return found | night


def _tell(
    connection: psycopg.Connection, file: str, name: str, values: Mapping[str, Any], n_times: int
) -> None:
    spent: list[float] = []
    n_rows = 0
    for _ in range(n_times + 1):
        started = time.perf_counter()
        # Boards are never prepared (`tasks.postgres.boards`); what the flows ask all the time is, as in life.
        is_prepared = None if file not in ("dashboard", "metrics") else False
        n_rows = len(connection.execute(query(file, name), values, prepare=is_prepared).fetchall())
        spent.append((time.perf_counter() - started) * 1000)
    warm = spent[1:]
    print(
        f"{file}.{name:{33 - len(file)}} {n_rows:6} {statistics.median(warm):7.1f} ms {max(warm):7.1f} ms",
        flush=True,
    )


def _tell_sizes(connection: psycopg.Connection) -> None:
    rows = connection.execute(
        "SELECT relname, reltuples::bigint, pg_total_relation_size(oid) / 1e9 FROM pg_class "
        "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 3 DESC LIMIT 10"
    ).fetchall()
    print(f"\n{'table':34} {'rows':>12} {'GB':>6}")
    for name, n_rows, gigabytes in rows:
        print(f"{name:34} {n_rows:12,} {gigabytes:6.2f}")


if __name__ == "__main__":
    main()
