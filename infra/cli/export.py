"""`countersign export`: stored extractions as JSON lines or CSV, streamed to standard output or a file."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO
from uuid import UUID

import typer

from infra.cli.console import open_output, print_plain, progress_console, require_folder, spinner
from infra.cli.options import moment
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from tasks.postgres.store import Store

_JSON_COLUMNS = ("spans", "pages", "parts", "places", "review")
_NEGATIVE = re.compile(r"-\d[\d.,]{0,14}")
"""A number that every spreadsheet shows as it is, and computes with; more digits than 15 it would lose."""


class Format(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"
    SPREADSHEET = "spreadsheet"


def export(
    document: Annotated[
        str | None, typer.Option(metavar="K", help="Only this document: its key, file name or SHA-256.")
    ] = None,
    run: Annotated[
        UUID | None, typer.Option(metavar="R", help="Only this run, even if there is a newer one.")
    ] = None,
    since: Annotated[datetime | None, moment("Only runs finished at or after this time")] = None,
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            help="jsonl: one JSON object a line; csv: with a header row, every text as it is; spreadsheet: CSV for Excel and "
            "LibreOffice, with a byte order mark, and an apostrophe before what would be run as a formula.",
        ),
    ] = Format.JSONL,
    all_versions: Annotated[
        bool,
        typer.Option(
            "--all-versions",
            help="Also of contents that were replaced or deleted since; the columns `state` and `since` say so.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write to this file, whole or not at all, instead of to standard output."
        ),
    ] = None,
) -> None:
    """Write stored extractions, by default what each key of the bucket holds now: the newest finished run of its content for each schema."""
    require_folder(out)
    from infra.cli.database import open_store
    from tasks.core.records import RunId

    with open_store() as store:
        run_id = None if run is None else RunId(str(run))
        rows = store.reports.export(document, run_id, since, all_versions=all_versions)
        if out is None:
            n_rows = _WRITERS[form](_with_progress(rows), sys.stdout)
        else:
            with open_output(out) as file, spinner(progress_console(), "exporting"):
                n_rows = _WRITERS[form](rows, file)
            print_plain(progress_console(), f"{counted(n_rows, 'extraction')} written to {out}")
        why = None if n_rows else _why_nothing(store, document, since)
    if why:
        print(why, file=sys.stderr)


def _why_nothing(store: Store, document: str | None, since: datetime | None) -> str:
    older = next(store.reports.export(document, None, since, all_versions=True), None)
    if older is None:
        return "No extraction matches; a document whose words were erased has none. `countersign export` without options writes all that are current."
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

    # Before 3.11.9 Python quotes only the end of a line that it writes itself: with "\n", a lone "\r" in a text would end a
    # row (github.com/python/cpython/issues/67044).
    line = io.StringIO()
    lines = csv.writer(line, lineterminator="\r\n")

    def write(cells: Iterable[object]) -> None:
        lines.writerow(cells)
        to.write(line.getvalue().removesuffix("\r\n") + "\n")
        line.seek(0)
        line.truncate()

    write(EXPORT_COLUMNS)
    n_rows = 0
    for n_rows, row in enumerate(rows, start=1):  # noqa: B007
        write(_cell(row, column) for column in EXPORT_COLUMNS)
    return n_rows


def write_spreadsheet(rows: Iterable[Mapping[str, Any]], to: TextIO) -> int:
    """Write the same as `write_csv` in the form in which a sheet of the review is written; returns the number of rows.

    With a byte order mark, without which Excel takes UTF-8 for another encoding. Texts of contracts are a stranger's: an
    apostrophe stands before one that would be run as a formula. A negative number stays one.
    """
    from infra.cli.review.sheet import cut, harmless
    from tasks.postgres.reports import EXPORT_COLUMNS

    to.write("\ufeff")
    lines = csv.writer(to, lineterminator="\r\n")
    lines.writerow(EXPORT_COLUMNS)
    n_rows = 0
    for n_rows, row in enumerate(rows, start=1):  # noqa: B007
        cells = (_cell(row, column) for column in EXPORT_COLUMNS)
        lines.writerow([c if _NEGATIVE.fullmatch(c) else harmless(cut(c)) for c in cells])
    return n_rows


def _cell(row: Mapping[str, Any], column: str) -> str:
    if column in _JSON_COLUMNS:
        return json.dumps(row[column], ensure_ascii=False)
    return "" if row[column] is None else str(row[column])


_WRITERS = {Format.JSONL: write_jsonl, Format.CSV: write_csv, Format.SPREADSHEET: write_spreadsheet}


def _with_progress(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows; shows their number at a terminal, unless the rows themselves are printed there."""
    console = progress_console()
    if sys.stdout.isatty() or not console.is_terminal:
        yield from rows
        return
    with spinner(console, "exporting") as tell:
        for n_rows, row in enumerate(rows, start=1):
            if n_rows % 1000 == 0:
                tell(f"exporting: {counted(n_rows, 'extraction')}")
            yield row
