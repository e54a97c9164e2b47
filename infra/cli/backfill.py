"""`countersign backfill`: plan, run, watch, pause, resume, cancel, compare. The flows call the same functions."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from infra.cli.console import progress_console, quiet_prefect, result_console
from infra.stack.service import StackPart
from tasks.core.schema import load_schema

if TYPE_CHECKING:
    from tasks.postgres.backfills import Backfill

EXIT_FAILED = 1
_POLL_S = 1.0
_MAX_SHOWN = 20
_OVER = ("done", "cancelled", "paused")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The plan's name.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def register(app: typer.Typer) -> None:
    backfill = typer.Typer(
        help="Do again what is there already, or at last: planned, at low priority, stopped and resumed at will.",
        no_args_is_help=True,
    )
    for command in (plan, run, show, pause, resume, cancel, diff):
        backfill.command(command.__name__)(command)
    app.add_typer(backfill, name="backfill")


def plan(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and hyphens.")],
    schema: Annotated[str, typer.Option(help="Name of a built-in schema or path of a YAML file.")],
    prefix: Annotated[str, typer.Option(help="Only keys that begin so.")] = "",
    bucket: Annotated[str | None, typer.Option(help="Default: COUNTERSIGN_BUCKET.")] = None,
    keys: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Only these keys, one a line; - for standard input.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="T", help="Only objects put there then or later: 2026-11-01.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="T", help="Only objects put there before: 2026-12-01.")
    ] = None,
    older_than: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT[=VERSION]",
            help="Only documents whose newest run has an older schema, generator, critic or reader than today's, or than "
            "the VERSION (schema: digest) given. Several: any of them.",
        ),
    ] = None,
    unsettled: Annotated[
        bool, typer.Option("--unsettled", help="Only documents whose newest run left something unsettled.")
    ] = False,
    error_code: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Only documents that ended with this code.")
    ] = None,
    rounds: Annotated[int | None, typer.Option(min=1, max=10, help="Most rounds for a chunk.")] = None,
    no_critic: Annotated[bool, typer.Option("--no-critic", help="Draft only: nothing is verified.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Do again, too, what was done with today's versions.")
    ] = False,
    batch_size: Annotated[int, typer.Option(min=1, max=500, help="Documents in one batch.")] = 50,
    in_flight: Annotated[int, typer.Option(min=1, max=100, help="Batches submitted at once.")] = 2,
    as_json: AsJson = False,
) -> None:
    """Choose documents, say what they will cost, and store both. Nothing is begun. All conditions that are given must hold."""
    from infra.cli.export import moment_of
    from tasks.backfill.plan import Selection, check
    from tasks.documents import RunOptions

    selection = Selection(
        schema_name=schema,
        bucket=bucket,
        prefix=prefix,
        keys=_keys(keys),
        since=moment_of(since),
        until=moment_of(until),
        older=older_than or [],
        unsettled=unsettled,
        error_codes=error_code or [],
        options=RunOptions(max_rounds=rounds, use_critic=not no_critic, force=force),
        batch_size=batch_size,
        batches_in_flight=in_flight,
    )
    check(name, selection)  # told before anything is started
    load_schema(schema)
    _up(StackPart.POSTGRES, StackPart.S3, StackPart.TRITON)
    from tasks.backfill.plan import plan as make_plan
    from tasks.backfill.report import forecast_basis, plan_rows

    with progress_console().status("listing and choosing"):
        planned = make_plan(name, selection)
    if as_json:
        said = {"name": planned.name, "over_budget": planned.over_budget, **planned.expected.as_json()}
        print(json.dumps(said, ensure_ascii=False))
        return
    result_console().print(_table(f"backfill {name}", plan_rows(planned.expected)))
    print(forecast_basis(planned.expected))
    for passed in planned.over_budget:
        print(f"over the budget: {passed}")
    confirm = " --confirm" if planned.over_budget else ""
    print(f"stored. To begin: countersign backfill run {name}{confirm}")


def run(
    name: Name,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Though it may cost more than the budget.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Stay and show how far it is.")] = False,
) -> None:
    """Run a plan, or go on with one: what failed is taken up again. Batches of `extract` go to the queue `bulk`."""
    _up()
    from tasks.backfill.control import start
    from tasks.store import store

    found = start(name, confirm or _confirmed(store().backfills.by_name(name)))
    _begun(found, wait)


def resume(name: Name, wait: Annotated[bool, typer.Option("--wait", help="Stay and show.")] = False) -> None:
    """Go on with a paused backfill."""
    _up()
    from tasks.backfill.control import resume as go_on

    _begun(go_on(name), wait)


def pause(name: Name) -> None:
    """Begin nothing new; documents that are being worked on end."""
    _up(StackPart.POSTGRES)
    from tasks.backfill import control as steer

    print(f"backfill {steer.pause(name).name} is paused: documents that are being worked on end")


def cancel(name: Name) -> None:
    """As pause, for good. What was done stays."""
    _up(StackPart.POSTGRES)
    from tasks.backfill import control as steer

    print(f"backfill {steer.cancel(name).name} is cancelled: documents that are being worked on end")


def show(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Without: all, newest first.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show how far a backfill is, what failed in it and why."""
    _up(StackPart.POSTGRES)
    from tasks.store import store

    backfills = store().backfills
    found = [backfills.by_name(name)] if name else backfills.newest(_MAX_SHOWN)
    if as_json:
        print(json.dumps([_facts(b) for b in found] if name is None else _facts(found[0]), default=str))
        return
    if not found:
        print("no backfill was planned yet: see `countersign backfill plan --help`")
        return
    rows = [{key: "" if value is None else value for key, value in _facts(b).items()} for b in found]
    shown = (
        "name",
        "state",
        "schema",
        "documents",
        "left",
        "done",
        "unchanged",
        "refused",
        "failed",
        "reason",
    )
    result_console().print(_table("backfills", [{key: row[key] for key in shown} for row in rows]))
    if name:
        failures = backfills.failures(found[0].backfill_id, _MAX_SHOWN)
        for key, state, reason in failures:
            print(f"{state}: {key}: {reason or ''}")


def diff(
    name: Name,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object with the counts by cause and field.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Every change, one JSON line each: document, field, cause, value."),
    ] = None,
) -> None:
    """Compare with the runs before: what changed per document and field, by cause."""
    _up(StackPart.POSTGRES)
    from tasks.backfill.diff import ChangeCounts, document_changes
    from tasks.store import store

    found = store().backfills.by_name(name)
    counts = ChangeCounts()
    with (
        (out or Path(os.devnull)).open("w", encoding="utf-8") as lines,
        progress_console().status("comparing"),
    ):
        for one in document_changes(found.backfill_id):
            counts.add(one)
            lines.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in one.lines())
    whole = {"backfill": name, "documents": counts.n_documents, "changed": counts.n_changed}
    if as_json:
        print(json.dumps(whole | {"by_cause": counts.by_cause(), "by_field": counts.by_field()}))
        return
    console = result_console()
    console.print(
        _table(f"{name}: {counts.n_changed:,} of {counts.n_documents:,} changed", counts.by_cause())
    )
    by_field = counts.by_field()
    if by_field:
        console.print(_table("by field, most changes first", by_field[:_MAX_SHOWN]))
    if out is None and counts.n_changed:
        print("every change with its document and value: --out FILE.jsonl")


def _up(*parts: StackPart) -> None:
    """The stack, or only the parts that are named, and only then Prefect."""
    from infra import stack

    stack.ensure_up(set(parts) or None)
    stack.export()
    quiet_prefect()


def _keys(path: Path | None) -> list[str]:
    if path is None:
        return []
    if str(path) != "-" and not path.is_file():
        raise typer.BadParameter(f"there is no file {path}", param_hint="--keys")
    text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    found = [line.strip() for line in text.splitlines() if line.strip()]
    if not found:
        raise typer.BadParameter("the list holds no key", param_hint="--keys")
    return found


def _confirmed(found: Backfill) -> bool:
    """Ask whoever sits at the terminal; a script must say --confirm."""
    from tasks.backfill.plan import budget
    from tasks.core.backfill.progress import BackfillState, expected_from_json, over_budget

    if found.state is not BackfillState.PLANNED or not sys.stdin.isatty():
        return False
    passed = over_budget(expected_from_json(found.forecast), budget())
    return bool(passed) and typer.confirm(f"It may cost {'; '.join(passed)}. Run it?", abort=True)


def _begun(found: Backfill, wait: bool) -> None:
    if not wait:
        print(
            f"backfill {found.name} runs. Watch it: countersign backfill show {found.name}, or Prefect's page"
        )
        return
    _watch(found)


def _watch(found: Backfill) -> None:
    """A bar until it is over or stopped; exit code 1 if documents failed or it was paused for a reason."""
    from tasks.backfill.run import progress_line
    from tasks.core.backfill.progress import Pace
    from tasks.store import store

    backfills, pace, console = store().backfills, Pace(), progress_console()
    columns = (BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=1.0)
        while True:
            standing = backfills.standing(found.backfill_id)
            pace.look(standing, time.monotonic())
            bar.update(task, completed=standing.share, description=progress_line(standing, pace))
            found = backfills.by_name(found.name)
            if found.state in _OVER:
                break
            time.sleep(_POLL_S)
    facts = _facts(found)
    why = f" ({found.reason})" if found.reason else ""
    print(f"backfill {found.name} is {found.state}{why}: {standing.in_words()}")
    if facts["failed"] or found.state != "done":
        raise typer.Exit(EXIT_FAILED)


def _facts(found: Backfill) -> dict[str, Any]:
    from tasks.core.backfill.progress import DocumentState
    from tasks.store import store

    standing = store().backfills.standing(found.backfill_id)
    counts = {state.value: standing.n(state) for state in DocumentState}
    return {
        "name": found.name,
        "state": found.state.value,
        "reason": found.reason,
        "schema": found.selection["schema_name"],
        "documents": found.n_documents,
        "left": standing.n_open,
        **counts,
        "planned_at": found.created_at,
        "started_at": found.started_at,
        "finished_at": found.finished_at,
        "selection": found.selection,
        "forecast": found.forecast,
    }


def _table(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title=title)
    for name in rows[0] if rows else ("nothing",):
        is_number = bool(rows) and all(isinstance(row[name], int | float) for row in rows)
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row.values()))
    return table
