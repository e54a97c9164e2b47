"""Reports a nightly run: one table, one summary and one event about what its batches did, counted
from the store.

Requires:
    PostgreSQL, and a flow run of the Prefect server. Keys, counts and seconds; never contract text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event
from prefect.runtime import flow_run
from prefect.utilities.urls import url_for

from tasks.attachments import recorded_parts
from tasks.core.left_out import LeftOut
from tasks.core.reading import FileKind, kind_of
from tasks.core.schema import load_schema
from tasks.core.statistics.refusal_rate import RefusalRise, find_rise
from tasks.core.text.display import counted
from tasks.core.text.markdown import bar_chart, code, link, literal, table_cells
from tasks.documents import Source
from tasks.nightly.discover import Discovery
from tasks.postgres.objects import WithheldReason
from tasks.settings import settings
from tasks.store import store

FINISHED_EVENT = "countersign.nightly.finished"
RISING_EVENT = "countersign.quarantine.rising"
COMPARED_DAYS = 28
"""The usual share of refused documents is that of so many days before the night."""
_MAX_LISTED = 20
_WHAT_TO_DO = {
    "failed": "Failed: open the batch, read the reasons in its summary. The next nightly takes these documents again.",
    "quarantined": "Quarantined: these files cannot be read. Send a better copy under the same key.",
    "withheld": "Withheld: the object store does not give these objects. Restore those that are archived; allow or enable the key "
    "of the others (key_denied). The next nightly takes them then.",
    "left": "Left: postponed, held by another worker, or in a batch that died. The next nightly takes them.",
    "unsettled": "Unsettled values: the summary of each batch links to the evidence pages, most unsettled first.",
}
_COUNTS = ("documents", "done", "failed", "quarantined", "verified", "unsettled", "left", "withheld")


@dataclass(frozen=True, slots=True)
class Night:
    """What one nightly run was to process, and the batches that did it."""

    sources: tuple[Source, ...]
    bucket: str
    began_at: datetime
    keys: tuple[tuple[str, ...], ...]
    """The keys of the documents to be processed, by source."""
    flow_run_ids: tuple[str, ...]
    """The flow runs of the batches."""
    not_listed: Mapping[str, str] = field(default_factory=dict)
    """See `Discovery`."""
    empty: tuple[str, ...] = ()
    """Prefixes without any document."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """See `Discovery`."""
    archived: Mapping[str, LeftOut] = field(default_factory=dict)
    """See `Discovery`."""
    not_completed: tuple[str, ...] = ()
    """Those of `flow_run_ids` whose batch did not complete."""


def night_of(
    sources: Sequence[Source],
    bucket: str | None,
    discovery: Discovery,
    began_at: datetime,
    flow_run_ids: Sequence[str],
    not_completed: Sequence[str] = (),
) -> Night:
    name = bucket or settings().bucket
    keys = tuple(tuple(_keys_of(name, source, discovery)) for source in sources)
    what = discovery.not_listed, tuple(discovery.empty), discovery.left_out, discovery.archived
    return Night(tuple(sources), name, began_at, keys, tuple(flow_run_ids), *what, tuple(not_completed))


def _keys_of(bucket: str, source: Source, discovery: Discovery) -> Iterator[str]:
    """The requested documents of a source, with the attachments that their mails have by now."""
    for request in discovery.requests:
        if request.schema_name == source.schema_name and request.key.startswith(source.prefix):
            yield request.key
            if kind_of(request.key) is FileKind.MAIL:
                rows = list(recorded_parts(bucket, request.key))
                newest = rows[-1].etag if rows else None
                yield from (row.key for row in rows if row.etag == newest)


@task(task_run_name="report the night", cache_policy=NO_CACHE)
def report_night(night: Night) -> str:
    """Create the table `nightly` and the summary `nightly-summary`, and emit the event `countersign.nightly.finished` with the totals.

    If more new documents were refused than in the weeks before, beyond chance, it also emits
    `countersign.quarantine.rising`.

    Returns:
        One line: the totals, and the prefixes that could not be listed or are empty.
    """
    rows = night_rows(night)
    risen = find_rise(*store().reports.arrivals(night.bucket, night.began_at, COMPARED_DAYS))
    parts = [night_summary(rows[-1]), *night.not_listed.values()]
    if night.empty:
        prefixes = ", ".join(f"s3://{night.bucket}/{prefix}" for prefix in night.empty)
        parts.append(f"no documents under {prefixes} yet")
    parts += [f"{words} under {prefix or 'the bucket'}" for prefix, words in night.left_out.items()]
    parts += [row["not given"] for row in rows[:-1] if row["not given"]]
    if risen:
        parts.append(rise_message(risen))
    message = "; ".join(parts)
    create_table_artifact(key="nightly", table=table_cells(by_need(rows)), description=literal(message))
    markdown = night_markdown(rows, night, rise_message(risen) if risen else "")
    create_markdown_artifact(key="nightly-summary", markdown=markdown, description=night_summary(rows[-1]))
    _emit(FINISHED_EVENT, {name: rows[-1][name] for name in _COUNTS} | {"not_listed": len(night.not_listed)})
    if risen:
        counts = {"documents": risen.tonight.n, "quarantined": risen.tonight.n_refused}
        _emit(RISING_EVENT, {"told": rise_message(risen), **counts})
    return message


def by_need(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Sources that could not be listed first, then those with most failed, quarantined, left documents;
    the totals last."""
    names = ("failed", "quarantined", "withheld", "left", "unsettled")
    return [*sorted(rows[:-1], key=lambda r: (not r["not listed"], *(-r[n] for n in names))), *rows[-1:]]


def night_markdown(rows: Sequence[Mapping[str, Any]], night: Night, rise: str = "") -> str:
    """What happened, what needs a look with links to the batches, and what to do.

    Args:
        rows: As `night_rows` gives them.
        night: For its batches.
        rise: What to say if more documents than usual were refused.
    """
    total = rows[-1]
    documents = {name: total[name] for name in ("failed", "quarantined", "withheld", "left", "done")}
    values = {name: total[name] for name in ("verified", "unsettled")}
    looked = [item for item in map(_source_item, by_need(rows)[:-1]) if item]
    to_do = [f"- {words}" for name, words in _WHAT_TO_DO.items() if total[name]]
    parts = [f"**{literal(night_summary(total))}**", literal(rise)]
    parts += [bar_chart("documents", documents), bar_chart("values", values)]
    parts += ["### What needs a look", "\n".join(looked)] if looked else ["Nothing needs a look."]
    parts += ["### What to do", "\n".join(to_do)] if to_do else []
    parts += ["### Batches", "\n".join(_batch_items(night))] if night.flow_run_ids else []
    return "\n\n".join(filter(None, parts))


def _source_item(row: Mapping[str, Any]) -> str:
    """One line about a source that needs a look, else nothing."""
    words = [f"{row[name]:,} {name}" for name in ("failed", "quarantined", "left") if row[name]]
    words += [f"{counted(row['unsettled'], 'unsettled value')}"] if row["unsettled"] else []
    words += ["no documents yet"] if row["empty"] else []
    words += [literal(row[name]) for name in ("not listed", "left out", "not given") if row[name]]
    where = code(row["prefix"]) or "the whole bucket"
    return f"- {where} ({literal(row['schema'])}): {', '.join(words)}" if words else ""


def _batch_items(night: Night) -> Iterator[str]:
    """The batches with links to their pages; first those that did not complete."""
    completed = [run for run in night.flow_run_ids if run not in night.not_completed]
    ordered = [*night.not_completed, *completed]
    for number, run in enumerate(ordered[:_MAX_LISTED], 1):
        ended = "**did not complete**" if run in night.not_completed else "completed"
        page = url_for("flow-run", obj_id=run)
        yield f"- {link(f'batch {number}', page) if page else code(run)}: {ended}"
    if len(ordered) > _MAX_LISTED:
        yield f"- and {len(ordered) - _MAX_LISTED:,} more, under the subflow runs of this run"


def rise_message(risen: RefusalRise) -> str:
    tonight, before = risen.tonight, risen.before
    return (
        f"{tonight.n_refused} of {counted(tonight.n, 'new document')} were refused ({tonight.share:.1%}); "
        f"{before.share:.1%} in the {COMPARED_DAYS} days before"
    )


def _emit(event: str, payload: dict[str, Any]) -> None:
    resource = {
        "prefect.resource.id": f"prefect.flow-run.{flow_run.get_id()}",
        "prefect.resource.role": "flow-run",
    }
    emit_event(event, resource=resource, payload=payload)


def night_rows(night: Night) -> list[dict[str, Any]]:
    """One row for each source, then the totals.

    `left` counts the documents without a run or a refusal: postponed, held, or in a batch that
    died. `withheld` counts those that the object store did not give, and those that are no
    documents of the night because they are archived.
    """
    names = [load_schema(source.schema_name).name for source in night.sources]
    prefixes = [source.prefix for source in night.sources]
    runs = store().reports.night_runs(night.bucket, night.began_at, night.flow_run_ids, prefixes, names)
    refused = store().reports.night_refused(night.bucket, dict(enumerate(night.keys, 1)), night.flow_run_ids)
    rows: list[dict[str, Any]] = []
    for number, (source, keys) in enumerate(zip(night.sources, night.keys, strict=True), 1):
        denied = store().objects.withheld_of(night.bucket, keys)
        row = _row(source, len(keys), runs.get(number, {}), refused.get(number, 0), len(denied))
        not_given = _not_given(night.archived.get(source.prefix), denied)
        row["withheld"], row["not given"] = not_given.n_files, not_given.in_words("withheld object")
        row["not listed"] = night.not_listed.get(source.prefix, "")
        row["left out"] = night.left_out.get(source.prefix, "")
        row["empty"] = "yes" if source.prefix in night.empty else ""
        rows.append(row)
    return [*rows, _total(rows)]


def night_summary(total: Mapping[str, Any]) -> str:
    """The totals in one line."""
    if not total["documents"]:
        return (
            f"nothing new, {counted(total['withheld'], 'object')} withheld"
            if total["withheld"]
            else "nothing new"
        )
    counts = [f"{total[name]} {name}" for name in _COUNTS[1:4] + _COUNTS[6:] if total[name]]
    values = f"{counted(total['verified'], 'value')} verified, {total['unsettled']} unsettled"
    return f"{counted(total['documents'], 'document')}: {', '.join([*counts, values])}"


def _not_given(archived: LeftOut | None, denied: Mapping[str, WithheldReason]) -> LeftOut:
    """The objects that the store does not give: those that were passed over, then those that were asked for."""
    named = LeftOut(list(archived.names), archived.n_files) if archived else LeftOut()
    for key, reason in denied.items():
        named.add(key, reason.value)
    return named


def _row(
    source: Source, n_requested: int, runs: Mapping[str, Any], n_refused: int, n_denied: int
) -> dict[str, Any]:
    done, failed, money = runs.get("n_done") or 0, runs.get("n_failed") or 0, runs.get("money")
    return {
        "prefix": source.prefix,
        "schema": source.schema_name,
        "documents": n_requested,
        "done": done,
        "failed": failed,
        "quarantined": n_refused,
        "left": max(0, n_requested - done - failed - n_refused - n_denied),
        "verified": runs.get("n_verified") or 0,
        "unsettled": runs.get("n_unsettled") or 0,
        "seconds": round(runs.get("seconds") or 0.0, 1),
        "money": "" if money is None else f"{money:.4f} {runs['currency']}",
        "slowest": f"{runs['slowest']} ({runs['slowest_s']:.1f} s)" if runs.get("slowest") else "",
    }


def _total(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    sums = {name: sum(row[name] for row in rows) for name in (*_COUNTS, "seconds")}
    blank = {
        "prefix": "all",
        "schema": "",
        "money": "",
        "slowest": "",
        "not listed": "",
        "left out": "",
        "empty": "",
        "not given": "",
    }
    return {name: sums.get(name, blank.get(name)) for name in rows[0]} if rows else {**blank, **sums}
