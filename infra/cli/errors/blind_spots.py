"""`countersign errors blind-spots`: the critic's most confident disagreements with gold, for a lawyer to decide."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.cli.console import progress_console, result_console
from infra.cli.database import open_store
from infra.cli.options import GoldFile, GoldSchema
from tasks.core.error_book.blind_spots import BlindSpot
from tasks.core.errors import ConfigurationError, StoreEmpty
from tasks.core.schema import Schema, load_schema
from tasks.core.text.display import counted, one_line


def blind_spots(
    gold: GoldFile,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the most certain first.")] = 50,
    out: Annotated[
        Path | None,
        typer.Option(metavar="PAGE.html", help="Write them as a page on which a lawyer ticks who is right."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    split: Annotated[str | None, typer.Option(help="Only contracts of this split.")] = None,
    schema: GoldSchema = "cuad",
) -> None:
    """List where the critic is certain and the gold says otherwise, in the newest runs of the labelled contracts."""
    asked, console = load_schema(schema), progress_console()
    spots, made_by, n_contracts = _surest(gold, split, asked, limit, console)
    if out is not None:
        from infra.cli.pages.blind_spots import page

        _write(out, page(spots, asked, made_by, n_contracts))
        console.print(
            f"{counted(len(spots), 'blind spot')} of {counted(n_contracts, 'contract')}: {out}",
            highlight=False,
        )
    if as_json:
        for spot in spots:
            print(json.dumps(as_row(spot), ensure_ascii=False))
    elif out is None:
        result_console().print(_table(spots))


def export_blind_spots(gold: Path | None, out: Path, schema_name: str) -> None:
    """All of them as JSON lines.

    Raises:
        ConfigurationError: no gold was given.
    """
    if gold is None:
        raise ConfigurationError("`--format blind-spots` compares stored runs with gold: give --gold GOLD")
    console = progress_console()
    spots, _, n_contracts = _surest(gold, None, load_schema(schema_name), None, console)
    _write(out, "".join(json.dumps(as_row(s), ensure_ascii=False) + "\n" for s in spots))
    console.print(
        f"{counted(len(spots), 'blind spot')} of {counted(n_contracts, 'contract')}: {out}", highlight=False
    )


def as_row(spot: BlindSpot) -> dict[str, Any]:
    """A blind spot as JSON; its surroundings as one text."""
    row = asdict(replace(spot, clause=()))
    spans = [[span.start, span.end] for span in spot.spans]
    return row | {"spans": spans, "clause": "".join(text for text, _, _ in spot.clause)}


def _surest(
    gold: Path, split: str | None, schema: Schema, limit: int | None, console: Console
) -> tuple[list[BlindSpot], str, int]:
    """The blind spots, the models that made them, and the number of contracts.

    Raises:
        StoreEmpty: no contract of the gold has a run with a critic.
    """
    from tasks.learning.blind_spots import disagreements, judged_contracts
    from tasks.learning.labelled import compared_fields, read_split

    golds, fields = read_split(gold, split), compared_fields(gold, schema, console.print)
    spots: list[BlindSpot] = []
    with open_store() as store:
        contracts = judged_contracts(store, golds, schema.name)
        if not contracts:
            raise StoreEmpty(
                f"no critic has judged any of the {len(golds)} contracts for the schema `{schema.name}`. Run "
                "`countersign evaluate --gold GOLD --documents DIR` first"
            )
        if len(contracts) < len(golds):
            console.print(f"{len(golds) - len(contracts)} of {len(golds)} contracts have no finished run")
        with console.status("comparing"):
            for contract in contracts:
                spots.extend(disagreements(store, contract, fields))
    spots.sort(key=lambda s: (-s.confidence, s.document, s.field, s.spans))
    made_by = ", ".join(sorted({f"{c.critic} over {c.generator}" for c in contracts}))
    return spots[:limit], made_by, len(contracts)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({error.strerror})") from error


def _table(spots: Sequence[BlindSpot]) -> Table:
    table = Table("critic", "sure", "field", "document", "page", "quote", "gold")
    for spot in spots:
        pages = ", ".join(map(str, spot.pages))
        gold = spot.gold_says.value + (f": {one_line(spot.gold_quote, 40)}" if spot.gold_quote else "")
        cells = (one_line(spot.document, 40), pages, one_line(spot.quote, 70), gold)
        table.add_row(spot.critic_says.value, f"{spot.confidence:.3f}", spot.field, *map(Text, cells))
    return table
