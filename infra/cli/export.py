"""`countersign export`: stored extractions as JSON lines or CSV, streamed to standard output."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TextIO
from uuid import UUID

import typer

from infra.cli.console import progress_console
from infra.cli.options import moment
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from tasks.postgres.store import Store

_JSON_COLUMNS = ("spans", "pages", "parts", "places", "review")


class Format(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"


def export(
    document: Annotated[
        str | None, typer.Option(metavar="K", help="Only this document: its key, file name or SHA-256.")
    ] = None,
    run: Annotated[
        UUID | None, typer.Option(metavar="R", help="Only this run, even if there is a newer one.")
    ] = None,
    since: Annotated[datetime | None, moment("Only runs finished at or after this time")] = None,
    form: Annotated[
        Format, typer.Option("--format", help="jsonl: one JSON object a line; csv: with a header row.")
    ] = Format.JSONL,
    all_versions: Annotated[
        bool,
        typer.Option(
            "--all-versions",
            help="Also of contents that were replaced or deleted since; the columns `state` and `since` say so.",
        ),
    ] = False,
) -> None:
    """Write stored extractions to standard output, by default what each key of the bucket holds now: the newest finished run of its
    content for each schema."""
    from infra.cli.database import open_store
    from tasks.core.records import RunId

    with open_store() as store:
        run_id = None if run is None else RunId(str(run))
        rows = store.reports.export(document, run_id, since, all_versions=all_versions)
        write = write_csv if form is Format.CSV else write_jsonl
        n_rows = write(_with_progress(rows), sys.stdout)
        why = None if n_rows else _why_nothing(store, document, since)
    if why:
        print(why, file=sys.stderr)


def _why_nothing(store: Store, document: str | None, since: datetime | None) -> str:
    older = next(store.reports.export(document, None, since, all_versions=True), None)
    if older is None:
        return "No extraction matches. `countersign export` without options writes all that are current."
    if document is None:
        return "No key of the bucket holds a document with extractions now. `--all-versions` writes the older ones."
    return (
        f"{older['document']} has no current extraction: what it held was {older['state']} on {older['since'][:10]}. "
        "`--all-versions` writes that; `countersign extract` processes what it holds now."
    )


def write_jsonl(rows: Iterable[Mapping[str, Any]], to: TextIO) -> int:
    """Write one JSON object a line; returns the number of rows."""
    n_rows = 0
    for n_rows, row in enumerate(rows, start=1):  # noqa: B007
        to.write(json.dumps(row, ensure_ascii=False) + "\n")
    return n_rows


def write_csv(rows: Iterable[Mapping[str, Any]], to: TextIO) -> int:
    """Write a header and the rows, with spans, pages, parts and places as JSON; returns the number of rows."""
    from tasks.postgres.reports import EXPORT_COLUMNS

    lines: csv.DictWriter[str] = csv.DictWriter(to, EXPORT_COLUMNS, lineterminator="\n")
    lines.writeheader()
    n_rows = 0
    for n_rows, row in enumerate(rows, start=1):  # noqa: B007
        as_json = {key: json.dumps(row[key], ensure_ascii=False) for key in _JSON_COLUMNS}
        lines.writerow({**row, **as_json})
    return n_rows


def _with_progress(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows; shows their number at a terminal, unless the rows themselves are printed there."""
    console = progress_console()
    if sys.stdout.isatty() or not console.is_terminal:
        yield from rows
        return
    with console.status("exporting") as status:
        for n_rows, row in enumerate(rows, start=1):
            if n_rows % 1000 == 0:
                status.update(f"exporting: {counted(n_rows, 'extraction')}")
            yield row
