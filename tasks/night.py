"""The end of a night: one table and one event of what its batches did, from the store and not from messages.

Requires:
    PostgreSQL, and a flow run of the Prefect server. Keys, counts and seconds; never contract text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event
from prefect.runtime import flow_run

from tasks.core.schema import load_schema
from tasks.outcome import DocumentRequest, Source
from tasks.settings import settings
from tasks.store import store

EVENT = "countersign.nightly.finished"
_COUNTS = ("documents", "done", "failed", "quarantined", "verified", "unsettled", "left")


@dataclass(frozen=True, slots=True)
class Night:
    """What was to be done, and which batches did it."""

    sources: tuple[Source, ...]
    bucket: str
    began_at: datetime
    keys: tuple[tuple[str, ...], ...]
    """The documents that each source asked for."""
    flow_run_ids: tuple[str, ...]
    """Of the batches."""


def night_of(
    sources: Sequence[Source],
    bucket: str | None,
    requests: Sequence[DocumentRequest],
    began_at: datetime,
    flow_run_ids: Sequence[str],
) -> Night:
    """A night from what was asked of it."""
    asked = tuple(
        tuple(r.key for r in requests if r.schema_name == s.schema_name and r.key.startswith(s.prefix))
        for s in sources
    )
    name = bucket or settings().countersign_bucket
    return Night(tuple(sources), name, began_at, asked, tuple(flow_run_ids))


@task(task_run_name="report the night", cache_policy=NO_CACHE)
def report_night(night: Night) -> str:
    """The table `nightly`, a row a source and one for all, and the event `countersign.nightly.finished` with the sums.

    Returns:
        The sums as one line.
    """
    rows = night_rows(night)
    told = in_words(rows[-1])
    create_table_artifact(key="nightly", table=rows, description=told)
    totals = {name: rows[-1][name] for name in _COUNTS}
    resource = {
        "prefect.resource.id": f"prefect.flow-run.{flow_run.get_id()}",
        "prefect.resource.role": "flow-run",
    }
    emit_event(EVENT, resource=resource, payload=totals)
    return told


def night_rows(night: Night) -> list[dict[str, Any]]:
    """A row a source, then one for all; `left` is what no run and no refusal accounts for: postponed, held, or its batch died."""
    names = [load_schema(source.schema_name).name for source in night.sources]
    prefixes = [source.prefix for source in night.sources]
    runs = store().night_runs(night.began_at, night.flow_run_ids, prefixes, names)
    refused = store().night_refused(night.bucket, dict(enumerate(night.keys, 1)), night.flow_run_ids)
    rows = [
        _row(source, len(keys), runs.get(number, {}), refused.get(number, 0))
        for number, (source, keys) in enumerate(zip(night.sources, night.keys, strict=True), 1)
    ]
    return [*rows, _total(rows)]


def in_words(total: Mapping[str, Any]) -> str:
    """One line a person reads first."""
    counts = [f"{total[name]} {name}" for name in _COUNTS[1:4] + _COUNTS[6:] if total[name]]
    values = f"{total['verified']} values verified, {total['unsettled']} unsettled"
    return f"{total['documents']} documents: {', '.join([*counts, values])}"


def _row(source: Source, n_requested: int, said: Mapping[str, Any], n_refused: int) -> dict[str, Any]:
    done, failed = said.get("n_done") or 0, said.get("n_failed") or 0
    money = said.get("money")
    slowest = f"{said['slowest']} ({said['slowest_s']:.1f} s)" if said.get("slowest") else ""
    return {
        "prefix": source.prefix,
        "schema": source.schema_name,
        "documents": n_requested,
        "done": done,
        "failed": failed,
        "quarantined": n_refused,
        "left": max(0, n_requested - done - failed - n_refused),
        "verified": said.get("n_verified") or 0,
        "unsettled": said.get("n_unsettled") or 0,
        "seconds": round(said.get("seconds") or 0.0, 1),
        "money": "" if money is None else f"{money:.4f} {said['currency']}",
        "slowest": slowest,
    }


def _total(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    sums = {name: sum(row[name] for row in rows) for name in (*_COUNTS, "seconds")}
    blank = {"prefix": "all", "schema": "", "money": "", "slowest": ""}
    return {name: sums.get(name, blank.get(name)) for name in rows[0]} if rows else {**blank, **sums}
