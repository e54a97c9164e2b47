"""`countersign cost`: tokens, seconds and money of stored runs, from the trail and the current price table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from infra.cli.console import record_table, result_console
from infra.cli.options import AsJson, moment

if TYPE_CHECKING:
    from tasks.core.cost.costs import CostLine
    from tasks.core.cost.prices import Prices


class By(StrEnum):
    MODEL = "model"
    ROUND = "round"
    RUN = "run"
    DOCUMENT = "document"
    SCHEMA = "schema"
    DAY = "day"


def cost(
    run: Annotated[UUID | None, typer.Option(metavar="RUN", help="Only this run.")] = None,
    batch: Annotated[
        str | None, typer.Option(metavar="FLOW_RUN", help="Only the batch with this flow run id.")
    ] = None,
    since: Annotated[datetime | None, moment("Only runs started at or after this time")] = None,
    by: Annotated[By, typer.Option(help="What each row of the table stands for.")] = By.MODEL,
    prices: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            envvar="COUNTERSIGN_PRICES",
            help="Price table (docs/loop.md); without one, no money is shown.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what runs cost in tokens, model seconds and money, and what the critic and further rounds add to the first draft."""
    from infra.cli.database import open_store
    from tasks.core.cost.costs import Cost, cost_in_words, priced
    from tasks.core.cost.prices import load_prices
    from tasks.core.records import RunId
    from tasks.postgres.reports import CostQuery

    table = None if prices is None else load_prices(prices)  # before any part is started
    runs = CostQuery(None if run is None else RunId(str(run)), batch, since)
    with open_store() as store:
        lines = store.reports.cost_lines(runs, by)
    whole, rows = priced([line for _, line in lines], table), _rows(lines, by, table)
    if as_json:
        report = {"total": (whole + Cost()).as_json(), "by": by.value, "rows": rows}
        print(json.dumps(report, ensure_ascii=False, indent=2))
        return
    if rows:
        result_console().print(record_table(rows))
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
