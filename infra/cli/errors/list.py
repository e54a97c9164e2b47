"""`countersign errors list`: the error book for a person."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from infra.cli.console import progress_console, result_console
from infra.cli.database import open_store
from tasks.core.error_book.entries import EntryKind
from tasks.core.text.display import one_line

_SHOWN_CHARS = 60


def show_list(
    kind: Annotated[EntryKind | None, typer.Option(help="Only entries of this kind.")] = None,
    field: Annotated[str | None, typer.Option(help="Only this field.")] = None,
    document: Annotated[
        str | None,
        typer.Option(
            metavar="K", help="Only this document: its name in the gold, key, file name or SHA-256."
        ),
    ] = None,
    generator: Annotated[
        str | None, typer.Option(help="Only this generator: NAME, or NAME/VERSION for an older version too.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 40,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, nothing shortened.")
    ] = False,
) -> None:
    """List right and wrong drafts: what was drafted, where, and what gold or a reviewer says instead."""
    from tasks.postgres.error_book import Filters

    with open_store() as store:
        rows = list(store.error_book.list_entries(Filters(kind, field, document, generator), limit))
    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False, default=str))
    elif rows:
        result_console().print(entry_table(rows))
    if not rows:
        progress_console().print(
            "No entry matches. `countersign errors list` without options shows all; `countersign errors build` fills the book."
        )


def entry_table(rows: list[dict[str, Any]]) -> Table:
    table = Table("kind", "field", "document", "page", "quote", "gold", "score", "by")
    for row in rows:
        pages = ", ".join(map(str, row["pages"]))
        score = "" if row["score"] is None else f"{row['score']:.2f}"
        kind = f"{row['kind']} (overruled)" if row["overruled"] else row["kind"]
        quotes = (one_line(row["quote"], _SHOWN_CHARS), one_line(row["gold"] or "", _SHOWN_CHARS))
        by = row["generator"] if row["source"] == "gold" else f"{row['generator']}, reviewed"
        names = (kind, row["field"], one_line(row["document"] or row["document_id"], 40), pages)
        table.add_row(*map(Text, (*names, *quotes, score, by)))  # a contract's brackets are no markup
    return table
