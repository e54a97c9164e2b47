"""`countersign cost`: tokens, seconds and money of stored runs, by the trail and today's price table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer
from rich.table import Table

from infra.cli.console import result_console

if TYPE_CHECKING:
    from tasks.core.cost.costs import Cost, CostLine
    from tasks.core.cost.prices import Prices


class By(StrEnum):
    MODEL = "model"
    ROUND = "round"
    RUN = "run"
    DOCUMENT = "document"
    SCHEMA = "schema"
    DAY = "day"


def register(app: typer.Typer) -> None:
    app.command("cost")(cost)


def cost(
    run: Annotated[UUID | None, typer.Option(metavar="RUN", help="One run.")] = None,
    batch: Annotated[
        str | None, typer.Option(metavar="FLOW_RUN", help="The documents of one batch, by its flow run's id.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="T", help="Runs begun then or later: 2026-11-01 or 2026-11-01T08:00+01:00."),
    ] = None,
    by: Annotated[By, typer.Option(help="What a row is.")] = By.MODEL,
    prices: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", envvar="COUNTERSIGN_PRICES", help="Price table; without one there is no money."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show what runs cost: tokens, seconds of the models and money, and what critique and further rounds add to the draft."""
    from infra.cli.database import open_store
    from infra.cli.export import moment_of
    from tasks.core.cost.costs import priced
    from tasks.core.cost.prices import load_prices
    from tasks.core.records import RunId
    from tasks.postgres.reports import CostQuery

    table = None if prices is None else load_prices(prices)  # told before anything is started
    runs = CostQuery(None if run is None else RunId(str(run)), batch, moment_of(since))
    with open_store() as store:
        lines = store.reports.cost_lines(runs, by)
    whole = priced([line for _, line in lines], table)
    _show(lines, whole, by, table, as_json)


def _show(
    lines: Sequence[tuple[str, CostLine]], whole: Cost, by: By, prices: Prices | None, as_json: bool
) -> None:
    from tasks.core.cost.costs import Cost, cost_in_words

    rows = _rows(lines, by, prices)
    if as_json:
        print(
            json.dumps(
                {"total": (whole + Cost()).as_json(), "by": by.value, "rows": rows},
                ensure_ascii=False,
                indent=2,
            )
        )
        return
    if rows:
        table = Table(*rows[0])
        for row in rows:
            table.add_row(*(f"{x:,}" if isinstance(x, int | float) else x for x in row.values()))
        result_console().print(table)
    print(cost_in_words(whole))


def _rows(
    lines: Sequence[tuple[str, CostLine]], by: By, prices: Prices | None
) -> list[dict[str, str | int | float]]:
    from tasks.core.cost.costs import cost_amounts, cost_row, grouped, priced

    if by is By.MODEL:
        return [cost_row(line) for line in priced([line for _, line in lines], prices).lines]
    labelled: dict[str, list[CostLine]] = {}
    for label, line in lines:
        labelled.setdefault(f"{line.round_number}" if by is By.ROUND else label, []).append(line)
    sums = ((label, grouped(priced(of, prices).lines, lambda _: 0)[0]) for label, of in labelled.items())
    return [{by.value: label, **cost_amounts(line)} for label, line in sorted(sums)]
