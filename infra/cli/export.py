"""`countersign export`: stored extractions as JSON lines or CSV, streamed to standard output."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, TextIO
from uuid import UUID

import typer
from rich.console import Console

from tasks.core.text.display import counted

_JSON_COLUMNS = ("spans", "pages", "parts")


class Format(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"


def register(app: typer.Typer) -> None:
    app.command("export")(export)


def export(
    document: Annotated[
        str | None, typer.Option(metavar="K", help="Only this document: its key, file name or SHA-256.")
    ] = None,
    run: Annotated[
        UUID | None, typer.Option(metavar="R", help="Only this run, whatever became of it since.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="T", help="Only runs finished since then: 2026-11-01 or 2026-11-01T08:00+01:00."
        ),
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="One JSON object a line, or CSV with a header.")
    ] = Format.JSONL,
) -> None:
    """Write stored extractions to standard output: of the newest finished run of each document and schema."""
    moment = moment_of(since)
    from infra.cli.database import open_store
    from tasks.core.records import RunId

    with open_store() as store:
        rows = store.reports.export(document, None if run is None else RunId(str(run)), moment)
        write = write_csv if form is Format.CSV else write_jsonl
        n_rows = write(_counted(rows), sys.stdout)
    if not n_rows:
        print("no extraction matches: see `countersign export --help` for what is chosen", file=sys.stderr)


def write_jsonl(rows: Iterable[Mapping[str, Any]], to: TextIO) -> int:
    """One JSON object a line; gives how many."""
    n_rows = 0
    for n_rows, row in enumerate(rows, start=1):  # noqa: B007
        to.write(json.dumps(row, ensure_ascii=False) + "\n")
    return n_rows


def write_csv(rows: Iterable[Mapping[str, Any]], to: TextIO) -> int:
    """A header and one row each; spans, pages and parts stay JSON. Gives how many."""
    from tasks.postgres.reports import EXPORT_COLUMNS

    lines: csv.DictWriter[str] = csv.DictWriter(to, EXPORT_COLUMNS, lineterminator="\n")
    lines.writeheader()
    n_rows = 0
    for n_rows, row in enumerate(rows, start=1):  # noqa: B007
        as_json = {key: json.dumps(row[key], ensure_ascii=False) for key in _JSON_COLUMNS}
        lines.writerow({**row, **as_json})
    return n_rows


def moment_of(since: str | None) -> datetime | None:
    """A time without a zone is the time of this machine."""
    if since is None:
        return None
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        raise typer.BadParameter(
            "not a date or time: write 2026-11-01 or 2026-11-01T08:00+01:00", param_hint="--since"
        ) from None
    return moment if moment.tzinfo else moment.astimezone()


def _counted(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Shows how far it is, where nobody reads the rows themselves."""
    console = Console(stderr=True)
    if sys.stdout.isatty() or not console.is_terminal:
        yield from rows
        return
    with console.status("exporting") as status:
        for n_rows, row in enumerate(rows, start=1):
            if n_rows % 1000 == 0:
                status.update(f"exporting: {counted(n_rows, 'extraction')}")
            yield row
