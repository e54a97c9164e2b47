"""`countersign extract`: one file, a folder or an S3 prefix, through the `extract` flow."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from infra.cli.results import progress_console, quiet_prefect, result_console
from tasks.core.errors import ModelMissing, SourceMissing
from tasks.core.schema import load_schema

if TYPE_CHECKING:
    from tasks.outcome import Outcome

EXIT_FAILED = 1
EXIT_REFUSED = 3


def register(app: typer.Typer) -> None:
    app.command("extract")(extract)


def extract(
    source: Annotated[
        str,
        typer.Argument(
            metavar="PATH|s3://BUCKET/PREFIX", help="A PDF or text file, a folder of them, or objects in S3."
        ),
    ],
    schema: Annotated[str, typer.Option(help="Name of a built-in schema or path of a YAML file.")],
    rounds: Annotated[int | None, typer.Option(min=1, max=10, help="Most rounds for a chunk.")] = None,
    no_critic: Annotated[bool, typer.Option("--no-critic", help="Draft only: nothing is verified.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Do again what is stored already.")] = False,
    generator: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Triton model that drafts; default: COUNTERSIGN_GENERATOR, else `generator`."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write one JSON line for each extraction to this file.")
    ] = None,
) -> None:
    """Extract a schema's fields; every verified value is countersigned by the critic and stands on its page."""
    load_schema(schema)
    if not source.startswith("s3://") and not Path(source).exists():
        raise SourceMissing(f"there is no file or folder {source}")  # told before anything is started
    from infra import stack

    stack.ensure_up()
    stack.export()
    if generator is not None:
        _choose(generator)
    quiet_prefect()
    from infra.cli.batches import requests_for, run_batches
    from tasks.core.settlement import UNABLE
    from tasks.outcome import RunOptions

    console = progress_console()
    requests = requests_for(source, schema)
    options = RunOptions(max_rounds=rounds, use_critic=not no_critic, force=force)
    outcomes = run_batches(requests, options, console)
    if out is not None:
        console.print(f"{write_lines(outcomes, out)} extractions written to {out}")
    result_console().print(_table(outcomes))
    for name in dict.fromkeys(name for o in outcomes for name in o.not_looked_for):
        console.print(f"[yellow]{name} was not looked for: {UNABLE}[/yellow]")
    raise typer.Exit(_exit_code(outcomes))


def _choose(generator: str) -> None:
    """Of this process only: the embedded worker's setting stays.

    Raises:
        ModelMissing: the server does not serve it.
    """
    from tasks.triton_control import ready_models

    served = ready_models(os.environ["TRITON_URL"])
    if generator not in served:
        raise ModelMissing(f"no model {generator} is served; there are {', '.join(served)}")
    os.environ["COUNTERSIGN_GENERATOR"] = generator


def write_lines(outcomes: Sequence[Outcome], out: Path, names: Mapping[str, str] | None = None) -> int:
    """Write the extractions of these runs as JSON lines; returns how many. The file appears whole or not at all.

    Args:
        names: What a document is called by its key, where it is not its key.
    """
    from tasks.core.records import RunId
    from tasks.store import store

    n_lines = 0
    partial = out.with_name(f"{out.name}.partial")
    with partial.open("w", encoding="utf-8") as lines:
        for outcome in outcomes:
            if outcome.run_id is None:
                continue
            for row in store().reports.export(run=RunId(outcome.run_id)):
                row["document"] = (names or {}).get(row["document"], row["document"])
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")
                n_lines += 1
    partial.replace(out)
    return n_lines


def _table(outcomes: Sequence[Outcome]) -> Table:
    table = Table(
        "document", "status", "pages", "rounds", "verified", "unsettled", "rejected", "run or reason"
    )
    for o in outcomes:
        counts = (o.n_pages, o.n_rounds, o.n_verified, o.n_unsettled, o.n_rejected)
        table.add_row(o.key.rsplit("/", 1)[-1], o.status.value, *map(str, counts), o.run_id or o.reason)
    return table


def _exit_code(outcomes: Sequence[Outcome]) -> int:
    from tasks.outcome import OutcomeStatus

    statuses = {o.status for o in outcomes}
    if statuses & {OutcomeStatus.FAILED, OutcomeStatus.POSTPONED}:
        return EXIT_FAILED
    unread = {OutcomeStatus.QUARANTINED, OutcomeStatus.UNSETTLED}
    return EXIT_REFUSED if statuses and statuses <= unread else 0
