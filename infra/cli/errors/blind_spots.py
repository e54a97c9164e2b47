"""`countersign errors blind-spots`: the critic's most confident disagreements with gold, for a lawyer to decide."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.cli.console import (
    open_output,
    print_plain,
    progress_console,
    require_folder,
    result_console,
    spinner,
    text_table,
)
from infra.cli.database import open_store
from infra.cli.options import AnySplit, AsJsonLines, GoldFile, GoldSchema
from tasks.core.error_book.blind_spots import BlindSpot
from tasks.core.errors import ConfigurationError, StoreEmpty
from tasks.core.schema import Schema, load_schema
from tasks.core.text.display import counted, one_line


def blind_spots(
    gold: GoldFile,
    limit: Annotated[int, typer.Option(min=1, help="List at most this many, the most certain first.")] = 50,
    out: Annotated[
        Path | None,
        typer.Option(metavar="PAGE.html", help="Write a page on which a lawyer can tick who is right."),
    ] = None,
    as_json: AsJsonLines = False,
    split: AnySplit = None,
    schema: GoldSchema = "cuad",
) -> None:
    """List where the critic is certain and the gold disagrees, in the newest runs of the labelled contracts."""
    require_folder(out)
    loaded, console = load_schema(schema), progress_console()
    spots, made_by, n_contracts = _most_certain(gold, split, loaded, limit, console)
    if out is not None:
        from infra.cli.pages.blind_spots import page

        _write(out, [page(spots, loaded, made_by, n_contracts)], len(spots), n_contracts)
    if as_json:
        print("".join(map(_json_line, spots)), end="")
    elif out is None:
        result_console().print(_table(spots))


def export_blind_spots(gold: Path | None, out: Path, schema_name: str) -> None:
    """Write every blind spot as a JSON line.

    Raises:
        ConfigurationError: there is no gold, or the file cannot be written.
    """
    if gold is None:
        raise ConfigurationError("`--format blind-spots` compares stored runs with gold: give --gold GOLD")
    spots, _, n_contracts = _most_certain(gold, None, load_schema(schema_name), None, progress_console())
    _write(out, map(_json_line, spots), len(spots), n_contracts)


def _json_line(spot: BlindSpot) -> str:
    row = asdict(replace(spot, clause=()))
    row["spans"] = [[span.start, span.end] for span in spot.spans]
    row["clause"] = "".join(text for text, _, _ in spot.clause)
    return json.dumps(row, ensure_ascii=False) + "\n"


def _most_certain(
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
                f"none of the {len(golds)} contracts has a finished run with a critic for the schema `{schema.name}`. Run "
                "`countersign evaluate --gold GOLD --documents DIR` first"
            )
        if len(contracts) < len(golds):
            missing = len(golds) - len(contracts)
            console.print(
                f"{missing} of {len(golds)} contracts {'has' if missing == 1 else 'have'} no finished run"
            )
        with spinner(console, "comparing"):
            for contract in contracts:
                spots.extend(disagreements(store, contract, fields))
    spots.sort(key=lambda s: (-s.confidence, s.document, s.field, s.spans))
    made_by = ", ".join(sorted({f"{c.critic} over {c.generator}" for c in contracts}))
    return spots[:limit], made_by, len(contracts)


def _write(path: Path, texts: Iterable[str], n_spots: int, n_contracts: int) -> None:
    with open_output(path) as file:
        file.writelines(texts)
    summary = f"{counted(n_spots, 'blind spot')} in {counted(n_contracts, 'contract')} written to {path}"
    print_plain(progress_console(), summary)


def _table(spots: Sequence[BlindSpot]) -> Table:
    rows = [
        (
            spot.critic_says.value,
            f"{spot.confidence:.3f}",
            spot.field,
            one_line(spot.document, 40),
            ", ".join(map(str, spot.pages)),
            one_line(spot.quote, 70),
            spot.gold_says.value + (f": {one_line(spot.gold_quote, 40)}" if spot.gold_quote else ""),
        )
        for spot in spots
    ]
    return text_table(("critic says", "certainty", "field", "document", "page", "quote", "gold says"), rows)
