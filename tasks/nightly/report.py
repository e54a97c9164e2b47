"""The end of a night: one table and one event of what its batches did, from the store and not from messages.

Requires:
    PostgreSQL, and a flow run of the Prefect server. Keys, counts and seconds; never contract text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event
from prefect.runtime import flow_run

from tasks.core.schema import load_schema
from tasks.core.statistics.refusal_rate import RefusalRise, find_rise
from tasks.core.text.display import counted
from tasks.documents import Source
from tasks.nightly.discover import Found
from tasks.settings import settings
from tasks.store import store

EVENT = "countersign.nightly.finished"
RISING = "countersign.quarantine.rising"
COMPARED_DAYS = 28
"""How many days before the night say what share of refusals is usual."""
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
    not_listed: Mapping[str, str] = field(default_factory=dict)
    """Prefixes that could not be listed, and why."""
    empty: tuple[str, ...] = ()
    """Prefixes without any document."""


def night_of(
    sources: Sequence[Source],
    bucket: str | None,
    found: Found,
    began_at: datetime,
    flow_run_ids: Sequence[str],
) -> Night:
    """A night from what was found to do."""
    asked = tuple(
        tuple(r.key for r in found.requests if r.schema_name == s.schema_name and r.key.startswith(s.prefix))
        for s in sources
    )
    name = bucket or settings().countersign_bucket
    return Night(
        tuple(sources), name, began_at, asked, tuple(flow_run_ids), found.not_listed, tuple(found.empty)
    )


@task(task_run_name="report the night", cache_policy=NO_CACHE)
def report_night(night: Night) -> str:
    """The table `nightly`, a row a source and one for all, and the event `countersign.nightly.finished` with the sums.

    When more of the new documents were refused than the weeks before let expect: the event `countersign.quarantine.rising`, too.

    Returns:
        The sums as one line, with what else must be told.
    """
    rows = night_rows(night)
    risen = find_rise(*store().reports.arrivals(night.bucket, night.began_at, COMPARED_DAYS))
    said = [in_words(rows[-1]), *night.not_listed.values(), *_empty_in_words(night)]
    said += [rise_in_words(risen)] if risen else []
    told = "; ".join(said)
    create_table_artifact(key="nightly", table=rows, description=told)
    _emit(EVENT, {name: rows[-1][name] for name in _COUNTS} | {"not_listed": len(night.not_listed)})
    if risen:
        _emit(
            RISING,
            {
                "told": rise_in_words(risen),
                "documents": risen.tonight.n,
                "quarantined": risen.tonight.n_refused,
            },
        )
    return told


def rise_in_words(risen: RefusalRise) -> str:
    tonight, before = risen.tonight, risen.before
    return (
        f"{tonight.n_refused} of {counted(tonight.n, 'new document')} were refused ({tonight.share:.1%}), "
        f"{before.share:.1%} in the {COMPARED_DAYS} days before"
    )


def _emit(event: str, payload: dict[str, Any]) -> None:
    resource = {
        "prefect.resource.id": f"prefect.flow-run.{flow_run.get_id()}",
        "prefect.resource.role": "flow-run",
    }
    emit_event(event, resource=resource, payload=payload)


def night_rows(night: Night) -> list[dict[str, Any]]:
    """A row a source, then one for all; `left` is what no run and no refusal accounts for: postponed, held, or its batch died."""
    names = [load_schema(source.schema_name).name for source in night.sources]
    prefixes = [source.prefix for source in night.sources]
    runs = store().reports.night_runs(night.began_at, night.flow_run_ids, prefixes, names)
    refused = store().reports.night_refused(night.bucket, dict(enumerate(night.keys, 1)), night.flow_run_ids)
    rows = [
        _row(source, len(keys), runs.get(number, {}), refused.get(number, 0))
        | {
            "not listed": night.not_listed.get(source.prefix, ""),
            "empty": "yes" if source.prefix in night.empty else "",
        }
        for number, (source, keys) in enumerate(zip(night.sources, night.keys, strict=True), 1)
    ]
    return [*rows, _total(rows)]


def in_words(total: Mapping[str, Any]) -> str:
    """One line a person reads first."""
    if not total["documents"]:
        return "nothing new"
    counts = [f"{total[name]} {name}" for name in _COUNTS[1:4] + _COUNTS[6:] if total[name]]
    values = f"{counted(total['verified'], 'value')} verified, {total['unsettled']} unsettled"
    return f"{counted(total['documents'], 'document')}: {', '.join([*counts, values])}"


def _empty_in_words(night: Night) -> list[str]:
    places = ", ".join(f"s3://{night.bucket}/{prefix}" for prefix in night.empty)
    return [f"no documents under {places} yet"] if places else []


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
    blank = {"prefix": "all", "schema": "", "money": "", "slowest": "", "not listed": "", "empty": ""}
    return {name: sums.get(name, blank.get(name)) for name in rows[0]} if rows else {**blank, **sums}
