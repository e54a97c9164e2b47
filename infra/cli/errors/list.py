"""`countersign errors list`: shows the entries of the error book."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from infra.cli.console import print_plain, progress_console, result_console, text_table
from infra.cli.database import open_store
from infra.cli.options import AsJsonLines, BookGenerator
from tasks.core.error_book.entries import EntryKind
from tasks.core.text.display import one_line

_MAX_CHARS = 60


def show_list(
    kind: Annotated[EntryKind | None, typer.Option(help="Only entries of this kind.")] = None,
    field: Annotated[str | None, typer.Option(help="Only entries of this field.")] = None,
    document: Annotated[
        str | None,
        typer.Option(
            metavar="K", help="Only this document: its name in the gold, key, file name or SHA-256."
        ),
    ] = None,
    generator: BookGenerator = None,
    limit: Annotated[int, typer.Option(min=1, help="List at most this many, the newest first.")] = 40,
    as_json: AsJsonLines = False,
) -> None:
    """List right and wrong drafts: what was drafted, where, and what the gold or a reviewer says instead."""
    from tasks.postgres.error_book import Filters

    with open_store() as store:
        rows = list(store.error_book.list_entries(Filters(kind, field, document, generator), limit))
    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False, default=str))
    elif rows:
        result_console().print(entry_table(rows))
    if not rows:
        advice = (
            "`countersign errors list` without options lists all; `countersign errors build` adds entries."
        )
        print_plain(progress_console(), f"No entry matches. {advice}")


def entry_table(rows: list[dict[str, Any]]) -> Table:
    """The entries as a table, long texts cut."""
    cells = [
        (
            f"{row['kind']} (overruled)" if row["overruled"] else row["kind"],
            row["field"],
            one_line(row["document"] or row["document_id"], 40),
            ", ".join(map(str, row["pages"])),
            one_line(row["quote"], _MAX_CHARS),
            one_line(row["gold"] or "", _MAX_CHARS),
            "" if row["score"] is None else f"{row['score']:.2f}",
            row["generator"] if row["source"] == "gold" else f"{row['generator']}, reviewed",
        )
        for row in rows
    ]
    return text_table(("kind", "field", "document", "page", "quote", "gold", "score", "drafted by"), cells)
