"""A backfill's plan, progress and end, for the terminal and for Prefect's pages.

Counts, never contract text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.events import emit_event
from prefect.runtime import flow_run

from tasks.backfill.diff import ChangeCounts, count_changes
from tasks.backfill.plan import StoredPlan
from tasks.core.backfill.progress import MIN_RUNS, BackfillProgress, DocumentState, Expected, Quantity
from tasks.core.text.display import counted
from tasks.core.text.markdown import bar_chart, code, literal, table_cells
from tasks.postgres.backfills import Backfill
from tasks.schemas import changed_since
from tasks.store import store

MAX_FAILURES = 20
"""Documents that the summary names."""
_CHART = (
    DocumentState.FAILED,
    DocumentState.REFUSED,
    DocumentState.SUBMITTED,
    DocumentState.WAITING,
    DocumentState.DONE,
    DocumentState.UNCHANGED,
)
FINISHED_EVENT = "countersign.backfill.finished"
_UNITS = {
    Quantity.CALLS: "calls of the models",
    Quantity.SECONDS: "seconds of the models",
    Quantity.TOKENS_IN: "tokens in",
    Quantity.TOKENS_OUT: "tokens out",
    Quantity.MONEY: "money",
    Quantity.CLOCK_S: "wall-clock time",
}


def plan_rows(expected: Expected) -> list[dict[str, Any]]:
    """One row for each figure: `what`, `expected`, and its 95 % interval."""
    n_guessed = expected.n_guessed
    guessed = f" (guessed for {counted(n_guessed, 'unread document')})" if n_guessed else ""
    rows = [
        _row("documents", f"{expected.n_documents:,}"),
        _row("of these done with the deployed versions", f"{expected.n_current:,}"),
        _row("of these never done", f"{expected.n_new:,}"),
        _row(f"pages to process{guessed}", f"{expected.n_pages:,.0f}"),
    ]
    for quantity, amount in expected.quantities.items():
        if not amount.expected and not amount.high:
            continue
        figures = [_figure(quantity, bound) for bound in (amount.expected, amount.low, amount.high)]
        label = (expected.currency if quantity is Quantity.MONEY else None) or _UNITS[quantity]
        rows.append(_row(label, figures[0], f"{figures[1]} to {figures[2]}"))
    return rows


def forecast_basis(expected: Expected) -> str:
    """What the forecast rests on, in one line."""
    if expected.quantities:
        runs = counted(expected.n_measured, "measured run")
        return f"Forecast from {runs} of this schema and generator; intervals are 95 %."
    return (
        f"No forecast: it needs {MIN_RUNS} measured runs of this schema and generator and has {expected.n_measured}. "
        "Process a few documents first, with a prefix or a key list."
    )


def plan_summary(expected: Expected) -> str:
    """Documents, pages and time in one line."""
    n_due, pages = expected.n_documents - expected.n_current, counted(round(expected.n_pages), "page")
    counts = f"{counted(expected.n_documents, 'document')}, {n_due:,} to process, {pages}"
    clock = expected.quantities.get(Quantity.CLOCK_S)
    if clock is None:
        return counts
    return f"{counts}, about {duration(clock.expected)} ({duration(clock.low)} to {duration(clock.high)})"


def duration(seconds: float) -> str:
    """Two units at most: `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days, rest = divmod(hours, 24)
    return f"{days} d {rest} h" if rest else f"{days} d"


def _figure(quantity: Quantity, amount: float) -> str:
    if quantity is Quantity.CLOCK_S:
        return duration(amount)
    return f"{amount:,.2f}" if quantity is Quantity.MONEY or amount < 10 else f"{amount:,.0f}"


def _row(what: str, expected: str, interval: str = "") -> dict[str, Any]:
    return {"what": what, "expected": expected, "interval": interval}


def report_plan(plan: StoredPlan) -> str:
    """Create the table `plan-NAME`, and give one line."""
    summary, exceeded = plan_summary(plan.expected), "; ".join(plan.over_budget)
    create_table_artifact(
        key=f"plan-{plan.name}",
        table=plan_rows(plan.expected),
        description=f"{summary}. {forecast_basis(plan.expected)}"
        + (f" It must be confirmed, because it exceeds the budget: {exceeded}." if exceeded else ""),
    )
    return summary + (f"; must be confirmed: {exceeded}" if exceeded else "")


def report_end(backfill: Backfill) -> str:
    """Create the tables `backfill-NAME-end` and `backfill-NAME-diff` and the summary
    `backfill-NAME-summary`, emit the event, and give one line."""
    name = backfill.name
    progress = store().backfills.progress(backfill.backfill_id)
    counts = {state.value: progress.n(state) for state in DocumentState}
    note = changed_since(backfill.selection)
    in_words = f"{progress.in_words()}. {note[:1].upper()}{note[1:]}." if note else progress.in_words()
    create_table_artifact(key=f"backfill-{name}-end", table=[counts], description=literal(in_words))
    changed = count_changes(backfill.backfill_id)
    create_table_artifact(
        key=f"backfill-{name}-diff",
        table=table_cells(changed.by_cause()),
        description=f"{changed.n_changed:,} of {counted(changed.n_documents, 'document')} changed. "
        f"By field and document: `countersign backfill diff {name}`"
        + (f". {left}" if (left := changed.not_compared()) else ""),
    )
    failures = store().backfills.failures(backfill.backfill_id, MAX_FAILURES)
    markdown = end_markdown(name, progress, changed, failures)
    create_markdown_artifact(
        key=f"backfill-{name}-summary", markdown=markdown, description=progress.in_words()
    )
    resource = {
        "prefect.resource.id": f"prefect.flow-run.{flow_run.get_id()}",
        "prefect.resource.role": "flow-run",
    }
    payload = counts | {"name": name, "other_content": changed.n_other_content}
    emit_event(FINISHED_EVENT, resource=resource, payload=payload)
    return progress.in_words()


def end_markdown(
    name: str, progress: BackfillProgress, changed: ChangeCounts, failures: Sequence[tuple[str, str, str]]
) -> str:
    """What a backfill did, which documents need a look, and what to do.

    Args:
        failures: Key, state and reason of the first documents that failed or were refused.
    """
    counts = {state: progress.n(state) for state in _CHART}
    looked = [f"- {code(key)}: {state}, {literal(reason or 'no reason')}" for key, state, reason in failures]
    n_more = counts[DocumentState.FAILED] + counts[DocumentState.REFUSED] - len(looked)
    if n_more > 0:
        looked.append(f"- and {n_more:,} more: `countersign backfill show {name}`")
    to_do = [f"See what changed, by field and document: `countersign backfill diff {name}`."]
    if changed.n_against:
        values = counted(changed.n_against, "value")
        to_do.append(
            f"Look at {values} of which a reviewer said otherwise: `countersign backfill diff {name}`."
        )
    if counts[DocumentState.FAILED]:
        to_do.append(f"Failed: `countersign backfill run {name}` takes them up again.")
    if counts[DocumentState.REFUSED]:
        to_do.append("Refused: these files cannot be read. Send better copies under the same keys.")
    parts = [
        f"**{literal(progress.in_words())}**",
        bar_chart("documents", {state.value: count for state, count in counts.items()}),
        f"{changed.n_changed:,} of {counted(changed.n_documents, 'document')} have other values than before.",
        literal(changed.not_compared()),
        "### What needs a look" if looked else "No document failed or was refused.",
        "\n".join(looked),
        "### What to do",
        "\n".join(f"- {words}" for words in to_do),
    ]
    return "\n\n".join(filter(None, parts))
