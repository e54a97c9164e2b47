"""The metrics that the database can tell: names, and the queries of `sql/queries/metrics.sql`.

Counters are sums over the tables of days, so they never fall and need no process that lives on:
a short job adds to them by its rows. How they are written out is not said here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Metric:
    """One family of samples."""

    name: str
    """Without the suffix `_total`, which the exposition adds to counters."""
    documentation: str
    kind: Literal["counter", "gauge"]
    query: str
    labels: tuple[str, ...] = ()
    """Columns of the query; the other one is `value`."""


METRICS: tuple[Metric, ...] = (
    Metric(
        "countersign_runs",
        "Ends of runs; one that gave up and was resumed counts for both.",
        "counter",
        "runs",
        ("schema_name", "state"),
    ),
    Metric("countersign_pages", "Pages of runs done.", "counter", "pages", ("schema_name",)),
    Metric("countersign_rounds", "Rounds of runs done.", "counter", "rounds", ("schema_name",)),
    Metric(
        "countersign_values",
        "Values of runs done, by status.",
        "counter",
        "values",
        ("schema_name", "status"),
    ),
    Metric(
        "countersign_findings",
        "Findings of runs done, by kind.",
        "counter",
        "findings",
        ("schema_name", "kind"),
    ),
    Metric("countersign_reviews", "Decisions of people.", "counter", "reviews", ("schema_name", "decision")),
    Metric(
        "countersign_tokens",
        "Tokens to and from models, of runs done.",
        "counter",
        "tokens",
        ("schema_name", "direction"),
    ),
    Metric(
        "countersign_call_seconds",
        "Seconds of model calls, each for itself, of runs done.",
        "counter",
        "call_seconds",
        ("schema_name",),
    ),
    Metric(
        "countersign_money",
        "Money for runs done, at the prices of their time.",
        "counter",
        "money",
        ("schema_name", "currency"),
    ),
    Metric(
        "countersign_refused_objects",
        "Object versions that the reader refused, by reason.",
        "counter",
        "refused",
        ("code",),
    ),
    Metric(
        "countersign_call_errors",
        "Requests to models that a server refused (code busy: its queue was full) or left without an answer.",
        "counter",
        "call_errors",
        ("model", "code"),
    ),
    Metric("countersign_running", "Runs in state running, up to 10,000.", "gauge", "running"),
    Metric("countersign_oldest_running_seconds", "Age of the oldest running run.", "gauge", "oldest_running"),
    Metric(
        "countersign_newest_end_age_seconds",
        "Time since a run ended, whether done or not.",
        "gauge",
        "newest_end",
    ),
    Metric(
        "countersign_open_cells",
        "Cells that runs of the last 7 days left open and that have no review.",
        "gauge",
        "open_cells",
        ("schema_name",),
    ),
    Metric(
        "countersign_backfill_waiting",
        "Documents of running and paused backfills that wait, up to 50,000.",
        "gauge",
        "backfill_waiting",
    ),
)
