"""Results for users and flows: exports, tables of batches and nights, costs, weekly tallies.

Reads only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tasks.core.cost.costs import CostLine
from tasks.core.errors import StoreMissing
from tasks.core.records import ExtractionStatus, RunId, Stage
from tasks.core.review.one_value import StandingValue, content_of, doubts
from tasks.core.statistics.drift import DriftMeasure, WeekTally
from tasks.core.statistics.refusal_rate import RefusalCount
from tasks.core.text.display import shown_quote
from tasks.core.values.forms import day_type
from tasks.postgres.connection import Pool
from tasks.postgres.queries import query

EXPORT_COLUMNS = (
    "document", "run", "field", "status", "value", "normal", "day_type", "quote", "display",
    "spans", "pages", "footnote", "round", "score", "generator", "critic", "extraction", "parts",
    "agreement", "places", "reason", "promise", "review", "bucket", "version", "state", "since",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CostQuery:
    """Which runs' cost: all conditions that are given must hold; without any, every run counts."""

    run_id: RunId | None = None
    batch: str | None = None
    """The flow run that processed them."""
    since: datetime | None = None
    """Runs that began then or later."""


class Reports:
    """What is stored, summed up. Every method is one transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def export(
        self,
        document: str | None = None,
        run: RunId | None = None,
        since: datetime | None = None,
        *,
        all_versions: bool = False,
        as_found: bool = False,
    ) -> Iterator[dict[str, Any]]:
        """Extractions with the keys of `EXPORT_COLUMNS`, streamed; `display` is the quote on one
        line, `day_type` says which days a length counts, `state` and `since` what the key holds now.

        Each key that holds a document has its own rows.

        Of a field that has one value, at most one is `verified` or `accepted`: see
        `tasks.core.review.one_value`.

        Args:
            as_found: Without that comparison: each value as the run and people left it.
            document: A key, a file name or a SHA-256; None: all.
            run: One run, whatever its state, even if no key holds its document any more; None: the
                newest done run of each document and schema.
            since: Only runs that were finished then or later.
            all_versions: Also of contents that were replaced or deleted.

        Raises:
            StoreMissing: no such document.
        """
        with self._pool.transaction() as connection:
            document_ids = None
            if document is not None:
                rows = connection.execute(query("export", "documents_called"), {"name": document}).fetchall()
                document_ids = [row[0] for row in rows]
                if not rows:
                    raise StoreMissing(
                        f"no document is called `{document}`. Give a key, a file name or a SHA-256."
                    )
            values = {**_EVERY_KEY, "name": document, "document_ids": document_ids, "run_id": run}
            values |= {"since": since, "all_versions": all_versions}
            yield from _export(connection, values, as_found)

    def values_of(
        self, run: RunId, bucket: str | None = None, key: str | None = None, as_found: bool = False
    ) -> Iterator[dict[str, Any]]:
        """The extractions of one run once, as `export` gives them, however many keys hold its document.

        Args:
            bucket: Of `key`; None: any.
            as_found: As of `export`.
            key: By which the document is called; None: the first that holds it, or else that held it.
        """
        values = {
            **_EVERY_KEY,
            "run_id": run,
            "all_versions": True,
            "bucket": bucket,
            "key": key,
            "n_keys": 1,
        }
        with self._pool.transaction() as connection:
            yield from _export(connection, values, as_found)

    def batch_table(
        self, run_ids: Sequence[RunId], quarantine_ids: Sequence[int] = ()
    ) -> list[dict[str, Any]]:
        """One row for each run, then one for each refused object."""
        with self._pool.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            runs = cursor.execute(query("report", "batch_runs"), {"run_ids": list(run_ids)}).fetchall()
            objects = {"quarantine_ids": list(quarantine_ids)}
            refused = cursor.execute(query("report", "batch_quarantine"), objects).fetchall()
        return [_batch_row(row) for row in [*runs, *refused]]

    def night_runs(
        self,
        bucket: str,
        since: datetime,
        flow_run_ids: Sequence[str],
        prefixes: Sequence[str],
        schema_names: Sequence[str],
    ) -> dict[int, dict[str, Any]]:
        """Results of the batches for each pair of prefix and schema, keyed by the pair's position
        from 1.

        Args:
            since: Runs that ended earlier do not count.
            flow_run_ids: Flow runs of the batches.
        """
        batches = {"bucket": bucket, "since": since, "flow_run_ids": list(flow_run_ids)}
        sources = {"prefixes": list(prefixes), "schema_names": list(schema_names)}
        rows = self._rows("report", "night_runs", batches | sources)
        return {row["number"]: row for row in rows}

    def night_refused(
        self, bucket: str, keys: Mapping[int, Sequence[str]], flow_run_ids: Sequence[str]
    ) -> dict[int, int]:
        """How many of the objects under each key of `keys` the reader refused."""
        numbered = [(key, number) for number, several in keys.items() for key in several]
        values = {
            "bucket": bucket,
            "flow_run_ids": list(flow_run_ids),
            "keys": [key for key, _ in numbered],
            "numbers": [number for _, number in numbered],
        }
        with self._pool.transaction() as connection:
            return dict(connection.execute(query("report", "night_refused"), values).fetchall())

    def arrivals(self, bucket: str, until: datetime, n_days: int) -> tuple[RefusalCount, list[RefusalCount]]:
        """New object versions since a moment, and on each of the days before it, with how many were
        refused."""
        values = {"bucket": bucket, "until": until, "since": until - timedelta(days=n_days)}
        with self._pool.transaction() as connection:
            rows = connection.execute(query("report", "arrivals"), values).fetchall()
        counts = {days_ago: RefusalCount(n, n_refused) for days_ago, n, n_refused in rows}
        return counts.pop(-1, RefusalCount(0, 0)), list(counts.values())

    def cost_lines(self, runs: CostQuery, by: str) -> list[tuple[str, CostLine]]:
        """(label, line) for each label, model, stage and round; without money, which the database
        does not know.

        Args:
            by: What the label is: `run`, `document`, `schema` or `day`; anything else: no label.
        """
        values = {"run_id": runs.run_id, "flow_run_id": runs.batch, "since": runs.since, "by": by}
        return [(row["label"], _cost_line(row)) for row in self._rows("cost", "lines", values)]

    def tallies(self, since: datetime) -> list[WeekTally]:
        """Tallies of the runs that finished since then, by week, schema, models and measure."""
        rows = self._rows("maintenance", "tallies", {"since": since})
        return [WeekTally(**{**row, "measure": DriftMeasure(row["measure"])}) for row in rows]

    def _rows(self, file: str, name: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        with self._pool.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query(file, name), values).fetchall()


_EVERY_KEY: dict[str, Any] = {
    "name": None,
    "document_ids": None,
    "since": None,
    "bucket": None,
    "key": None,
    "n_keys": None,
}


def _export(
    connection: psycopg.Connection, values: Mapping[str, Any], as_found: bool
) -> Iterator[dict[str, Any]]:
    with connection.cursor("export", row_factory=dict_row) as cursor:
        cursor.itersize = 1000
        rows = cursor.execute(query("export", "export"), values)
        for _, of_run in groupby(rows, key=lambda row: (row["bucket"], row["document"], row["run"])):
            found = list(of_run)
            yield from map(_exported, found if as_found else _with_one_value(found))


def _with_one_value(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a run; of a field that has one value, all but one are in doubt."""
    told = doubts(
        [
            StandingValue(
                number,
                row["field"],
                row["agreement_number"],
                row["single_type"],
                content_of(row["single_type"], row["value"], row["normal"]),
                row["pages"][0] if row["pages"] else 0,
                (row["decided_at"], row["trail_position"]) if row["status"] == "accepted" else None,
            )
            for number, row in enumerate(rows)
            if row["single_type"] and row["status"] in ("verified", "accepted")
        ]
    )
    in_doubt = {"status": ExtractionStatus.UNSETTLED.value}
    return [
        row | in_doubt | {"reason": told[number]} if number in told else row
        for number, row in enumerate(rows)
    ]


def _exported(row: dict[str, Any]) -> dict[str, Any]:
    display = shown_quote(row["quote"], row["spans"] or (), len(row["pages"] or ()))
    made = {"display": display, "day_type": day_type(row["value"], row["normal"])}
    made["parts"] = [_part(part) for part in row["parts"]]
    return {name: made[name] if name in made else row[name] for name in EXPORT_COLUMNS}


def _part(part: dict[str, Any]) -> dict[str, Any]:
    counted = day_type(part["value"], part["normal"])
    return part if counted is None else {**part, "day_type": counted}


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


def _cost_line(row: Mapping[str, Any]) -> CostLine:
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
