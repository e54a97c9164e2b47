"""A panel of a board as its page shows it: a picture, its numbers as a table, and links from rows.

Everything that comes from the database is text; templates escape it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from infra.web.charts import (
    N_STYLES,
    ChartData,
    ChartPicture,
    ChartSeries,
    Place,
    bar_picture,
    line_picture,
    place_text,
    value_text,
)
from infra.web.data import Row
from infra.web.parameters import SHORT
from infra.web.words import WordList
from tasks.postgres.panels import COLUMNS, BoardColumn, Panel

MAX_CHARS = 400
"""Of a text in a table; the rest is on the evidence page."""
MAX_SERIES = N_STYLES
"""Further ones are in the table only: a reader tells no seventh line from the first."""
STYLES = {
    "verified": 2, "done": 2, "accepted": 2, "reviewed": 2, "unsettled": 1, "open": 1, "missing": 1, "waiting": 4,
    "corrected": 4, "submitted": 0, "rejected": 3, "failed": 3, "refused": 5,
}  # fmt: skip
"""What is good or bad looks the same on every board."""
RUN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
IN_LEGENDS = "label"
"""The column that names a series; tables have what it is put together from."""
SHORT_CHARS = 24
"""A shorter text stays on one line."""
NONE = "–"
"""Stands for NULL: there is none."""

Link = Callable[..., str]
"""The address of a route by its name, with parameters."""


@dataclass(frozen=True, slots=True)
class PanelCell:
    text: str
    link: str = ""
    cost_link: str = ""
    """Of a run: what it cost."""
    is_number: bool = False
    moment: str = ""
    """For `<time datetime>`."""

    @property
    def style(self) -> str:
        """The name of its class in the style sheet."""
        return "number" if self.is_number else "short" if len(self.text) <= SHORT_CHARS else "long"


@dataclass(frozen=True, slots=True)
class PanelView:
    """One panel, ready for its template."""

    name: str
    title: str
    description: str
    kind: str
    span: str = ""
    """The time that it covers, in words."""
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[PanelCell, ...], ...] = ()
    picture: ChartPicture | None = None
    series: tuple[ChartSeries, ...] = ()
    n_left_out: int = 0
    problem: str = ""
    """Why there are no rows: a name in the table `panel` of the words; empty: there are rows."""


def panel_view(
    panel: Panel, rows: Sequence[Row] | None, chosen: Mapping[str, int | str], words: WordList, link: Link
) -> PanelView:
    """What the page of a board shows of a panel.

    Args:
        rows: None: the database gave none, by an error.
        chosen: The parameters of the board; a missing one has its default.
    """
    title = words.either(panel.title, panel.title_zh)
    description = words.named("panel_description", panel.name, panel.description)
    bare = PanelView(panel.name, title, description, panel.kind, _span(panel, chosen, words))
    if not rows:
        return replace(bare, problem="failed" if rows is None else "nothing")
    columns = panel.values if panel.kind == "stat" else tuple(name for name in rows[0] if name != IN_LEGENDS)
    data, n_left_out = chart_data(panel, rows, title, words)
    return replace(
        bare,
        heads=tuple(heading(column, words) for column in columns),
        rows=tuple(tuple(cell(panel, row, column, chosen, link) for column in columns) for row in rows),
        picture=None if data.is_empty else _picture(panel, data),
        series=data.series,
        n_left_out=n_left_out,
    )


def _picture(panel: Panel, data: ChartData) -> ChartPicture | None:
    if panel.kind == "lines":
        return line_picture(data)
    return bar_picture(data, panel.kind == "stacked") if panel.kind in ("bars", "stacked") else None


def _span(panel: Panel, chosen: Mapping[str, int | str], words: WordList) -> str:
    """As `last 30 days`; empty if the panel covers no certain time."""
    times = [p for p in panel.parameters if p.name in ("days", "hours", "weeks")]
    return " ".join(words(f"span.{p.name}", n=chosen.get(p.name, p.default)) for p in times)


def heading(column: str, words: WordList) -> str:
    """The title of a column."""
    known = COLUMNS.get(column) or BoardColumn(column, column.replace("_", " "), column)
    return words.either(known.title, known.title_zh)


def chart_data(panel: Panel, rows: Sequence[Row], title: str, words: WordList) -> tuple[ChartData, int]:
    """The numbers of a picture, and how many series it leaves out."""
    by_name: dict[str, dict[Place, float]] = {}
    places: dict[Place, None] = {}
    for row in rows if panel.x else ():
        places[place := _place(row.get(panel.x))] = None
        for column in panel.values:
            name = _text(row.get(panel.series)) if panel.series else column
            numbers = by_name.setdefault(name, {})
            if (value := _number(row.get(column))) is not None:  # None stays a gap
                numbers[place] = numbers.get(place, 0.0) + value
    ordered = list(places) if any(isinstance(place, str) for place in places) else sorted(places, key=_order)
    largest = sorted(by_name, key=lambda name: -sum(by_name[name].values()))[:MAX_SERIES]
    shown = [name for name in by_name if name in largest]
    series = tuple(
        ChartSeries(
            name if panel.series else heading(name, words),
            tuple(by_name[name].get(place) for place in ordered),
            style,
        )
        for name, style in zip(shown, _styles(shown), strict=True)
    )
    return ChartData(title, tuple(ordered), series, panel.unit), len(by_name) - len(shown)


def _number(value: object) -> float | None:
    if isinstance(value, timedelta):
        return value.total_seconds()
    return float(value) if isinstance(value, int | float | Decimal) else None


def _place(value: object) -> Place:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, date | int | float) else _text(value)


def _text(value: object) -> str:
    return NONE if value is None or value == "" else str(value)


def _order(place: Place) -> Any:
    return place


def _styles(names: Sequence[str]) -> list[int]:
    """A style for each name, none twice while there are enough."""
    wanted = [STYLES.get(name.removeprefix("n_").removesuffix("_cells")) for name in names]
    free = [style for style in range(N_STYLES) if style not in wanted]
    styles: list[int] = []
    for style in wanted:
        if style is None or style in styles:
            style = free.pop(0) if free else len(styles) % N_STYLES
        styles.append(style)
    return styles


def cell(panel: Panel, row: Row, column: str, chosen: Mapping[str, int | str], link: Link) -> PanelCell:
    """One cell of a table, with a link where its content has a page."""
    value = row.get(column)
    if isinstance(value, datetime | date):
        text = place_text(_place(value))
        return PanelCell(f"{text} UTC" if ":" in text else text, moment=value.isoformat())
    if (number := _number(value)) is not None and not isinstance(value, bool):
        unit = (
            "seconds"
            if isinstance(value, timedelta)
            else COLUMNS[column].unit
            if column in COLUMNS
            else "number"
        )
        return PanelCell(value_text(number, unit), is_number=True)
    text = {True: "✓", False: NONE}[value] if isinstance(value, bool) else _text(value)
    shown = text if len(text) <= MAX_CHARS else f"{text[: MAX_CHARS - 1]}…"
    is_number = value is None and column in COLUMNS and COLUMNS[column].unit not in ("text", "time", "day")
    return PanelCell(shown, *_links(panel, row, column, chosen, link), is_number=is_number)


def _links(
    panel: Panel, row: Row, column: str, chosen: Mapping[str, int | str], link: Link
) -> tuple[str, str]:
    """Where a cell leads: a run to its evidence page, and to its cost; others to the board that its panel names."""
    value = row.get(column)
    if column == "run_id" and RUN_ID.fullmatch(str(value)):
        cost = link("board", board_name="document", run=value) if "run_id" not in chosen else ""
        return link("run", run_id=value), cost
    here = next((one for one in panel.links if one.column == column and one.parameter != "run_id"), None)
    if here is None or value in (None, ""):
        return "", ""
    beside = [one for one in panel.links if one.board == here.board and row.get(one.column) not in (None, "")]
    known = {one.parameter: row[one.column] for one in beside if one.parameter in ("schema_name", "field")}
    carried = (
        {"schema_name": chosen["schema_name"]}
        if here.parameter == "field" and "schema_name" in chosen
        else {}
    )
    query = carried | (known if here.parameter == "field" else {}) | {here.parameter: value}
    return link("board", board_name=here.board, **{SHORT.get(n, n): v for n, v in query.items()}), ""
