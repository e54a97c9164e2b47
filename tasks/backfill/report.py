"""What a backfill tells: its plan, its progress and its end, for the terminal and for Prefect's page. Counts, never contract text."""

from __future__ import annotations

from typing import Any

from prefect.artifacts import create_table_artifact
from prefect.events import emit_event
from prefect.runtime import flow_run

from tasks.backfill.diff import count_changes
from tasks.backfill.plan import StoredPlan
from tasks.core.backfill.progress import MIN_RUNS, DocumentState, Expected, Quantity
from tasks.core.text.display import counted
from tasks.postgres.backfills import Backfill
from tasks.store import store

_UNITS = {
    Quantity.CALLS: "calls of the models",
    Quantity.SECONDS: "seconds of the models",
    Quantity.TOKENS_IN: "tokens in",
    Quantity.TOKENS_OUT: "tokens out",
    Quantity.MONEY: "money",
    Quantity.CLOCK_S: "on the clock",
}


def plan_rows(expected: Expected) -> list[dict[str, Any]]:
    """One row a figure: what, expected, and the interval it lies in (95 %)."""
    guessed = (
        f", those of {counted(expected.n_guessed, 'unread document')} guessed" if expected.n_guessed else ""
    )
    rows = [
        _row("documents", f"{expected.n_documents:,}"),
        _row("of these done with today's versions", f"{expected.n_current:,}"),
        _row("of these never done", f"{expected.n_new:,}"),
        _row(f"pages to be done{guessed}", f"{expected.n_pages:,.0f}"),
    ]
    for of, found in expected.quantities.items():
        if not found.expected and not found.high:
            continue
        figures = [_figure(of, amount) for amount in (found.expected, found.low, found.high)]
        label = expected.currency or _UNITS[of] if of is Quantity.MONEY else _UNITS[of]
        rows.append(_row(label, figures[0], f"{figures[1]} to {figures[2]}"))
    return rows


def forecast_basis(expected: Expected) -> str:
    """What the forecast rests on, in one line."""
    if expected.quantities:
        return f"By {counted(expected.n_measured, 'measured run')} of this schema and generator; intervals are 95 %."
    return (
        f"No forecast: it needs {MIN_RUNS} measured runs of this schema and generator and has {expected.n_measured}. "
        "Do a few documents first, for one prefix or key list."
    )


def plan_summary(expected: Expected) -> str:
    """One line a person reads first."""
    due = expected.n_documents - expected.n_current
    pages = counted(round(expected.n_pages), "page")
    said = f"{counted(expected.n_documents, 'document')}, {due:,} to be done, {pages}"
    clock = expected.quantities.get(Quantity.CLOCK_S)
    return (
        f"{said}, about {duration(clock.expected)} ({duration(clock.low)} to {duration(clock.high)})"
        if clock
        else said
    )


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


def _figure(of: Quantity, amount: float) -> str:
    if of is Quantity.CLOCK_S:
        return duration(amount)
    return f"{amount:,.2f}" if of is Quantity.MONEY or amount < 10 else f"{amount:,.0f}"


def _row(what: str, expected: str, interval: str = "") -> dict[str, Any]:
    return {"what": what, "expected": expected, "interval": interval}


EVENT = "countersign.backfill.finished"


def report_plan(planned: StoredPlan) -> str:
    """The table `plan-NAME`; gives one line."""
    said = plan_summary(planned.expected)
    passed = f" Needs to be confirmed: {'; '.join(planned.over_budget)}." if planned.over_budget else ""
    create_table_artifact(
        key=f"plan-{planned.name}",
        table=plan_rows(planned.expected),
        description=f"{said}. {forecast_basis(planned.expected)}{passed}",
    )
    return said + (
        f"; needs to be confirmed: {'; '.join(planned.over_budget)}" if planned.over_budget else ""
    )


def report_end(backfill: Backfill) -> str:
    """The tables `backfill-NAME-end` and `backfill-NAME-diff`, and the event with the counts; gives one line."""
    standing = store().backfills.standing(backfill.backfill_id)
    said = standing.in_words()
    counts = {state.value: standing.n(state) for state in DocumentState}
    create_table_artifact(key=f"backfill-{backfill.name}-end", table=[counts], description=said)
    changed = count_changes(backfill.backfill_id)
    create_table_artifact(
        key=f"backfill-{backfill.name}-diff",
        table=changed.by_cause(),
        description=f"{changed.n_changed:,} of {counted(changed.n_documents, 'document')} changed. "
        f"Per field and document: `countersign backfill diff {backfill.name}`",
    )
    resource = {
        "prefect.resource.id": f"prefect.flow-run.{flow_run.get_id()}",
        "prefect.resource.role": "flow-run",
    }
    emit_event(EVENT, resource=resource, payload=counts | {"name": backfill.name})
    return said
