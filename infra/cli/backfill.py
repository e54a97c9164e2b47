"""`countersign backfill`: plan, run, watch, pause, resume, cancel, compare. The flows call the same functions."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeElapsedColumn

from infra.cli import EXIT_FAILED
from infra.cli.console import (
    open_output,
    plain_column,
    print_plain,
    progress_console,
    record_table,
    result_console,
    spinner,
)
from infra.cli.options import AsJson, Force, NoCritic, Rounds, RunSchema, moment
from infra.stack.service import StackPart
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from tasks.postgres.backfills import Backfill

_POLL_S = 1.0
_DRIVER_POLL_S = 10.0
"""How often a waiting command asks the Prefect server whether the flow run has failed."""
_MAX_SHOWN = 20
_ENDED = ("done", "cancelled", "paused")
_SHOWN = ("name", "state", "schema", "documents", "left", "done", "unchanged", "refused", "failed", "reason")

app = typer.Typer(
    help="Re-process documents in bulk, or process an archive for the first time. A backfill is planned with its cost, runs at "
    "low priority, and can be paused, resumed, cancelled and compared.",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the plan.")]
Wait = Annotated[bool, typer.Option("--wait", help="Show the progress until the backfill ends.")]


@app.command()
def plan(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A new name of small letters, digits and hyphens.")
    ],
    schema: RunSchema,
    prefix: Annotated[str, typer.Option(help="Only keys that begin with this.")] = "",
    bucket: Annotated[str | None, typer.Option(help="Bucket; default: COUNTERSIGN_BUCKET.")] = None,
    keys: Annotated[
        typer.FileText | None,
        typer.Option(
            metavar="FILE",
            encoding="utf-8-sig",
            help="Only the keys in this file, one a line; - reads stdin.",
        ),
    ] = None,
    since: Annotated[datetime | None, moment("Only objects stored at or after this time")] = None,
    until: Annotated[datetime | None, moment("Only objects stored before this time")] = None,
    older_than: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT[=VERSION]",
            help="Only documents whose newest run used an older schema, generator, critic or reader than the current one, or than "
            "VERSION (of a schema: its digest). Repeat it to accept any of several.",
        ),
    ] = None,
    unsettled: Annotated[
        bool, typer.Option("--unsettled", help="Only documents whose newest run left unsettled values.")
    ] = False,
    error_code: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Only documents that ended with this error code.")
    ] = None,
    rounds: Rounds = None,
    no_critic: NoCritic = False,
    force: Force = False,
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1, max=500, help="Documents in each batch. Default: 50, more of short ones, up to 500."
        ),
    ] = None,
    in_flight: Annotated[int, typer.Option(min=1, max=100, help="Batches submitted at the same time.")] = 2,
    as_json: AsJson = False,
) -> None:
    """Choose documents, estimate what they will cost, and store both as a plan. Nothing is processed yet.

    A document is chosen if it meets all conditions that are given.
    """
    from tasks.backfill.plan import Selection, check
    from tasks.documents import RunOptions
    from tasks.schemas import check_schema

    check_schema(schema)
    selection = Selection(
        schema_name=schema,
        bucket=bucket,
        prefix=prefix,
        keys=_read_keys(keys),
        since=since,
        until=until,
        older=older_than or [],
        unsettled=unsettled,
        error_codes=error_code or [],
        options=RunOptions(max_rounds=rounds, use_critic=not no_critic, force=force),
        batch_size=batch_size,
        batches_in_flight=in_flight,
    )
    check(name, selection)  # before any part is started
    _start_parts(StackPart.POSTGRES, StackPart.S3, StackPart.TRITON)
    from tasks.backfill.plan import plan as make_plan
    from tasks.backfill.report import forecast_basis, plan_rows

    with spinner(progress_console(), "listing and choosing documents"):
        planned = make_plan(name, selection)
    if as_json:
        forecast = {"name": planned.name, "over_budget": planned.over_budget, **planned.expected.as_json()}
        print(json.dumps(forecast, ensure_ascii=False))
        return
    result_console().print(record_table(plan_rows(planned.expected), f"backfill {name}"))
    print(forecast_basis(planned.expected))
    for excess in planned.over_budget:
        print(f"over the budget: {excess}")
    confirm = " --confirm" if planned.over_budget else ""
    print(f"The plan is stored. Run it with: countersign backfill run {name}{confirm}")


@app.command()
def run(
    name: Name,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Run it although it may cost more than the budget.")
    ] = False,
    wait: Wait = False,
) -> None:
    """Run a plan, or continue it: failed documents are tried again. The batches of `extract` go to the queue `bulk`."""
    _start_parts()
    from tasks.backfill.control import start
    from tasks.store import store

    _follow(start(name, confirm or _is_confirmed(store().backfills.by_name(name))), wait)


@app.command()
def resume(name: Name, wait: Wait = False) -> None:
    """Continue a paused backfill."""
    _start_parts()
    from tasks.backfill import control

    _follow(control.resume(name), wait)


@app.command()
def pause(name: Name) -> None:
    """Start no more documents; those in progress are finished."""
    _start_parts(StackPart.POSTGRES)
    from tasks.backfill import control

    print(f"Backfill {control.pause(name).name} is paused. Documents in progress are finished.")


@app.command()
def cancel(name: Name) -> None:
    """Stop a backfill for good. Documents in progress are finished, and results stay."""
    _start_parts(StackPart.POSTGRES)
    from tasks.backfill import control

    print(f"Backfill {control.cancel(name).name} is cancelled. Documents in progress are finished.")


@app.command()
def show(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Without a name: every backfill, newest first.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the progress of a backfill, and which documents failed and why."""
    _start_parts(StackPart.POSTGRES)
    from tasks.store import store

    backfills = store().backfills
    chosen = [backfills.by_name(name)] if name else backfills.newest(_MAX_SHOWN)
    rows = [_facts(backfill) for backfill in chosen]
    if as_json:
        print(json.dumps(rows if name is None else rows[0], default=str))
        return
    if not rows:
        print("There is no backfill yet. Plan one: see `countersign backfill plan --help`.")
        return
    cells = [{key: "" if row[key] is None else row[key] for key in _SHOWN} for row in rows]
    result_console().print(record_table(cells, "backfills"))
    if name:
        _tell_schema_changed(chosen[0])
        for key, state, reason in backfills.failures(chosen[0].backfill_id, _MAX_SHOWN):
            print(f"{state}: {key}: {reason or ''}")


@app.command()
def diff(
    name: Name,
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write every change to this file, one JSON object a line: document, field, cause, value.",
        ),
    ] = None,
) -> None:
    """Compare the results with those of the runs before: what changed in which document and field, and why."""
    _start_parts(StackPart.POSTGRES)
    from tasks.backfill.diff import ChangeCounts, document_changes
    from tasks.store import store

    backfill, counts = store().backfills.by_name(name), ChangeCounts()
    with open_output(out or Path(os.devnull)) as lines, spinner(progress_console(), "comparing"):
        for change in document_changes(backfill.backfill_id):
            counts.add(change)
            lines.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in change.lines())
    by_cause, by_field = counts.by_cause(), counts.by_field()
    if as_json:
        totals = {"backfill": name, "documents": counts.n_documents, "changed": counts.n_changed}
        totals |= {"other_content": counts.n_other_content, "reviewed_not_compared": counts.n_reviewed_left}
        tables = {"by_cause": by_cause, "by_field": by_field, "against_reviewers": counts.by_reviewed_field()}
        print(json.dumps(totals | tables))
        return
    console = result_console()
    if not counts.n_documents:
        print_plain(
            console,
            f"{name} has processed no document, so there is nothing to compare. Its progress: countersign backfill show {name}",
        )
        return
    title = f"{name}: {counts.n_changed:,} of {counted(counts.n_documents, 'document')} changed"
    console.print(record_table(by_cause, title))
    if by_field:
        console.print(record_table(by_field[:_MAX_SHOWN], "by field, most changes first"))
    if counts.n_against:
        title = f"against a reviewer: {counted(counts.n_against, 'value')}; the reviewer's word holds in the exports"
        console.print(record_table(counts.by_reviewed_field()[:_MAX_SHOWN], title))
    if left := counts.not_compared():
        print_plain(console, left)
    if out is None and (counts.n_changed or counts.n_against):
        print("To list every change with its document and value: --out FILE.jsonl")


def _start_parts(*parts: StackPart) -> None:
    from infra.cli.database import start_parts

    start_parts(*parts)


def _read_keys(lines: typer.FileText | None) -> list[str]:
    if lines is None:
        return []
    try:
        keys = [line.strip() for line in lines if line.strip()]
    except UnicodeDecodeError as error:
        problem = f"the file is not UTF-8 text (byte {error.start}). Save it as UTF-8, with one key a line"
        raise typer.BadParameter(problem, param_hint="--keys") from error
    if not keys:
        raise typer.BadParameter("the file holds no key", param_hint="--keys")
    return keys


def _is_confirmed(backfill: Backfill) -> bool:
    """Ask the user at a terminal whether the backfill may exceed the budget; a script must pass --confirm."""
    from tasks.backfill.plan import budget
    from tasks.core.backfill.progress import BackfillState, expected_from_json, over_budget

    if backfill.state is not BackfillState.PLANNED or not sys.stdin.isatty():
        return False
    excesses = over_budget(expected_from_json(backfill.forecast), budget())
    return bool(excesses) and typer.confirm(f"It may cost {'; '.join(excesses)}. Run it?", abort=True)


def _follow(backfill: Backfill, wait: bool) -> None:
    """Show the progress until the backfill ends, if the user waits. First, whether the schema has changed since the plan.

    Exits 1 unless it is done, no document failed, and the flow run that drove it did not fail.
    """
    _tell_schema_changed(backfill)
    if not wait:
        watch = f"countersign backfill show {backfill.name}"
        print(f"Backfill {backfill.name} is running. Watch it with `{watch}`, or on Prefect's page.")
        return
    from tasks.backfill.control import driver_failure
    from tasks.backfill.run import progress_line
    from tasks.core.backfill.progress import DocumentState, Pace
    from tasks.store import store

    backfills, pace, console, failure = store().backfills, Pace(), progress_console(), None
    looked_s = time.monotonic()
    columns = (BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), plain_column())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=1.0)
        while True:
            progress = backfills.progress(backfill.backfill_id)
            pace.add(progress, time.monotonic())
            bar.update(task, completed=progress.share, description=progress_line(progress, pace))
            backfill = backfills.by_name(backfill.name)
            if backfill.state in _ENDED:
                break
            if time.monotonic() - looked_s > _DRIVER_POLL_S:
                if failure := driver_failure(backfill.name, is_over=False):
                    break
                looked_s = time.monotonic()
            time.sleep(_POLL_S)
    failure = failure or driver_failure(backfill.name, is_over=backfill.state == "done")
    reason = f" ({backfill.reason})" if backfill.reason else ""
    print(f"Backfill {backfill.name} is {backfill.state}{reason}: {progress.in_words()}")
    if failure:
        _tell_driver_failed(backfill, failure)
    if failure or progress.n(DocumentState.FAILED) or backfill.state != "done":
        raise typer.Exit(EXIT_FAILED)


def _tell_schema_changed(backfill: Backfill) -> None:
    from tasks.schemas import changed_since

    if note := changed_since(backfill.selection):
        print_plain(progress_console(), f"{note}: countersign backfill plan ...")


def _tell_driver_failed(backfill: Backfill, failure: str) -> None:
    """What a failed flow run means for the backfill: its documents are stored one by one."""
    to_do = f"The results are stored. What is missing on Prefect's page: countersign backfill diff {backfill.name}"
    if backfill.state == "running":
        to_do = (
            "What was done is stored, and another flow run takes it up within a minute. "
            f"Watch it: countersign backfill show {backfill.name}"
        )
    print_plain(progress_console(), f"{failure}. {to_do}")


def _facts(backfill: Backfill) -> Mapping[str, Any]:
    from tasks.core.backfill.progress import DocumentState
    from tasks.store import store

    progress = store().backfills.progress(backfill.backfill_id)
    return {
        "name": backfill.name,
        "state": backfill.state.value,
        "reason": backfill.reason,
        "schema": backfill.selection["schema_name"],
        "documents": backfill.n_documents,
        "left": progress.n_open,
        **{state.value: progress.n(state) for state in DocumentState},
        "planned_at": backfill.created_at,
        "started_at": backfill.started_at,
        "finished_at": backfill.finished_at,
        "selection": backfill.selection,
        "forecast": backfill.forecast,
    }
