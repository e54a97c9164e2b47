"""`countersign extract`: files, folders and S3 prefixes, through the `extract` flow."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.cli.console import progress_console, quiet_prefect, result_console
from tasks.core.errors import ModelMissing, SourceMissing
from tasks.core.reading.version import SUFFIXES
from tasks.core.schema import load_schema
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from tasks.documents import Outcome

EXIT_FAILED = 1
EXIT_REFUSED = 3
_DOCUMENTS_WITH_VALUES = 5
"""More tables than these scroll out of sight before anybody reads them; many documents are for `--out` and `export`."""


def register(app: typer.Typer) -> None:
    app.command("extract")(extract)


def extract(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH|s3://BUCKET/PREFIX...",
            help="PDF or text files, folders of them, or objects in S3; a document that is given twice is done once.",
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
    urls = [source for source in sources if source.startswith("s3://")]
    paths = local_files([Path(source) for source in sources if source not in urls])
    from infra import stack

    stack.ensure_up()
    stack.export()
    if generator is not None:
        _choose(generator)
    quiet_prefect()
    from infra.cli.batches import names_of, requests_for, run_batches
    from tasks.core.loop.results import UNABLE
    from tasks.documents import RunOptions

    console = progress_console()
    requests = requests_for(urls, paths, schema)
    options = RunOptions(max_rounds=rounds, use_critic=not no_critic, force=force)
    outcomes = run_batches(list(requests), options, console)
    if out is not None:
        console.print(f"{counted(write_lines(outcomes, out), 'extraction')} written to {out}", markup=False)
    _show(outcomes, names_of(requests))
    for name in dict.fromkeys(name for o in outcomes for name in o.not_looked_for):
        console.print(f"[yellow]{name} was not looked for: {UNABLE}[/yellow]")
    raise typer.Exit(_exit_code(outcomes))


def local_files(paths: Sequence[Path]) -> list[Path]:
    """The files that are meant, each once: a folder stands for the PDF and text files in it.

    Raises:
        SourceMissing: a path does not exist, or a folder holds no such file.
    """
    if missing := [str(path) for path in paths if not path.exists()]:
        raise SourceMissing(f"no such file or folder: {', '.join(missing)}. Nothing was started.")
    found: dict[Path, Path] = {}
    for path in paths:
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if _is_document(p))
        if not files:
            raise SourceMissing(f"the folder {path} holds no PDF or text files. Nothing was started.")
        for file in files:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def _is_document(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _choose(generator: str) -> None:
    """Of this process only: the embedded worker's setting stays.

    Raises:
        ModelMissing: the server does not serve it.
    """
    from tasks.triton.model_control import ready_models

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


def _show(outcomes: Sequence[Outcome], names: Mapping[str, str]) -> None:
    """The counts of every document; of a few documents the values, too, else how to see them."""
    console = result_console()
    console.print(_table(outcomes, names))
    done = [o for o in outcomes if o.run_id is not None]
    if len(outcomes) <= _DOCUMENTS_WITH_VALUES:
        _show_values(done, names, console)
    elif done:
        one = "Values of one document: countersign export --run RUN, with its run from the table."
        console.print(f"{one} Of all: the same command once more with --out FILE.jsonl.", soft_wrap=True)


def _show_values(done: Sequence[Outcome], names: Mapping[str, str], console: Console) -> None:
    from infra.cli.values_table import values_table
    from tasks.core.records import RunId
    from tasks.store import store

    numbers: list[int] = []
    for outcome in done:
        rows = list(store().reports.export(run=RunId(str(outcome.run_id))))
        console.print(values_table(names[outcome.key], outcome.key, rows))
        numbers += [row["extraction"] for row in rows if row["status"] != "rejected"]
    if numbers:
        console.print(f"How a value came about: countersign explain {numbers[0]}", soft_wrap=True)


def _table(outcomes: Sequence[Outcome], names: Mapping[str, str]) -> Table:
    table = Table(
        "document", "status", "pages", "rounds", "verified", "unsettled", "rejected", "run or reason"
    )
    for o in outcomes:
        counts = (o.n_pages, o.n_rounds, o.n_verified, o.n_unsettled, o.n_rejected)
        cells = (names[o.key], o.status.value, *map(str, counts), o.run_id or o.reason)
        table.add_row(*map(Text, cells))  # a file name's brackets are no markup
    return table


def _exit_code(outcomes: Sequence[Outcome]) -> int:
    from tasks.documents import OutcomeStatus

    statuses = {o.status for o in outcomes}
    if statuses & {OutcomeStatus.FAILED, OutcomeStatus.POSTPONED}:
        return EXIT_FAILED
    unread = {OutcomeStatus.QUARANTINED, OutcomeStatus.UNSETTLED}
    return EXIT_REFUSED if statuses and statuses <= unread else 0
