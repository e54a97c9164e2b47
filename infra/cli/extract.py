"""`countersign extract`: files, folders and S3 prefixes, through the `extract` flow."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra.cli import EXIT_FAILED, EXIT_REFUSED
from infra.cli.console import (
    open_output,
    print_plain,
    progress_console,
    require_folder,
    result_console,
    text_table,
)
from infra.cli.options import Force, Generator, NoCritic, Rounds, RunSchema
from tasks.core.errors import ModelMissing, SourceMissing
from tasks.core.reading.version import SUFFIXES
from tasks.core.schema import load_schema
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from tasks.documents import Outcome

_MAX_VALUE_TABLES = 5
"""More tables scroll out of sight; the values of many documents are for `--out` and `export`."""
_MAX_NAMES = 5
_HEADS = ("document", "status", "pages", "rounds", "verified", "unsettled", "rejected", "run or reason")


def extract(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH|s3://BUCKET/PREFIX...",
            help="PDF or text files, folders of them, or S3 prefixes. A document that is given twice is processed once.",
        ),
    ],
    schema: RunSchema,
    rounds: Rounds = None,
    no_critic: NoCritic = False,
    force: Force = False,
    generator: Generator = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the extractions as JSON lines to this file.")
    ] = None,
) -> None:
    """Extract a schema's fields. A value is verified if the critic confirms it and its quote is found on the page.

    Exits 1 if a document failed, 3 if none could be read.
    """
    load_schema(schema)
    require_folder(out)
    urls = [source for source in sources if source.startswith("s3://")]
    paths = local_files([Path(source) for source in sources if source not in urls])
    from infra.cli.database import start_parts

    start_parts()
    if generator is not None:
        _choose(generator)
    from infra.cli.batches import names_of, requests_for, run_batches
    from tasks.documents import RunOptions

    console = progress_console()
    requests = requests_for(urls, paths, schema)
    options = RunOptions(max_rounds=rounds, use_critic=not no_critic, force=force)
    outcomes = run_batches(list(requests), options, console)
    if out is not None:
        print_plain(console, f"{counted(write_lines(outcomes, out), 'extraction')} written to {out}")
    _show(outcomes, names_of(requests), result_console(), out)
    print_plain(console, *flag_lines(outcomes, names_of(requests)))
    for field, why in {field: why for o in outcomes for field, why in o.not_looked_for.items()}.items():
        print_plain(console, f"{field} was not looked for: {why}")
    raise typer.Exit(_exit_code(outcomes))


def local_files(paths: Sequence[Path]) -> list[Path]:
    """The files that these paths name, each once: a folder stands for the PDF and text files in it.

    Raises:
        SourceMissing: a path does not exist, or a folder holds no such file.
    """
    if missing := [str(path) for path in paths if not path.exists()]:
        raise SourceMissing(f"no such file or folder: {', '.join(missing)}. Nothing was started.")
    files: dict[Path, Path] = {}
    for path in paths:
        documents = [path] if path.is_file() else sorted(p for p in path.rglob("*") if _is_document(p))
        if not documents:
            raise SourceMissing(f"the folder {path} holds no PDF or text files. Nothing was started.")
        for document in documents:
            files.setdefault(document.resolve(), document)
    return list(files.values())


def _is_document(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _choose(generator: str) -> None:
    """Use this generator in this process only: the embedded worker keeps its own.

    Raises:
        ModelMissing: the server does not serve it.
    """
    from tasks.triton.model_control import ready_models

    served = ready_models(os.environ["TRITON_URL"])
    if generator not in served:
        raise ModelMissing(f"the server serves no model {generator}; it serves: {', '.join(served)}")
    os.environ["COUNTERSIGN_GENERATOR"] = generator


def write_lines(outcomes: Sequence[Outcome], out: Path, names: Mapping[str, str] | None = None) -> int:
    """Write the extractions of these runs as JSON lines; returns their number. The file appears whole or not at all.

    Args:
        names: The name of a document by its key, where it differs from the key.
    """
    from tasks.core.records import RunId
    from tasks.store import store

    n_lines = 0
    partial = out.with_name(f"{out.name}.partial")
    with open_output(partial) as lines:
        for outcome in outcomes:
            if outcome.run_id is None:
                continue
            for row in store().reports.export(run=RunId(outcome.run_id)):
                row["document"] = (names or {}).get(row["document"], row["document"])
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")
                n_lines += 1
    partial.replace(out)
    return n_lines


def _show(outcomes: Sequence[Outcome], names: Mapping[str, str], console: Console, out: Path | None) -> None:
    """Print the counts of every document; of a few documents the values too, else how to see them."""
    rows = []
    for o in outcomes:
        counts = (o.n_pages, o.n_rounds, o.n_verified, o.n_unsettled, o.n_rejected)
        rows.append((names[o.key], o.status.value, *map(str, counts), o.run_id or o.reason))
    console.print(text_table(_HEADS, rows))
    done = [o for o in outcomes if o.run_id is not None]
    if len(outcomes) <= _MAX_VALUE_TABLES:
        _show_values(done, names, console)
    elif done:
        print_plain(
            console,
            "To see the values of one document: countersign export --run RUN, with the run from this table."
            + ("" if out else " Of all documents: the same command again with --out FILE.jsonl."),
        )


def flag_lines(outcomes: Iterable[Outcome], names: Mapping[str, str]) -> Iterator[str]:
    """What a user should know of the files before trusting their values, a line for each flag."""
    from tasks.core.reading.legend import flag_meaning, warnings

    documents: dict[str, list[str]] = {}
    for outcome in outcomes:
        for flag in warnings(outcome.flags):
            documents.setdefault(flag, []).append(names[outcome.key])
    for flag, called in documents.items():
        more = f" and {len(called) - _MAX_NAMES} more" if len(called) > _MAX_NAMES else ""
        yield f"{flag}: {flag_meaning(flag)} ({', '.join(called[:_MAX_NAMES])}{more})"


def _show_values(done: Sequence[Outcome], names: Mapping[str, str], console: Console) -> None:
    from infra.cli.values_table import print_values
    from tasks.core.records import RunId
    from tasks.store import store

    numbers: list[int] = []
    for outcome in done:
        rows = list(store().reports.export(run=RunId(str(outcome.run_id))))
        print_values(console, names[outcome.key], outcome.key, rows)
        numbers += [row["extraction"] for row in rows if row["status"] != "rejected"]
    if numbers:
        print_plain(console, f"To see how a value came about: countersign explain {numbers[0]}")


def _exit_code(outcomes: Sequence[Outcome]) -> int:
    from tasks.documents import OutcomeStatus

    statuses = {o.status for o in outcomes}
    if statuses & {OutcomeStatus.FAILED, OutcomeStatus.POSTPONED}:
        return EXIT_FAILED
    unread = {OutcomeStatus.QUARANTINED, OutcomeStatus.UNSETTLED}
    return EXIT_REFUSED if statuses and statuses <= unread else 0
