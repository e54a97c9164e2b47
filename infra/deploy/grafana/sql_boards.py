"""A Grafana dashboard for each board of `tasks/postgres/boards.py`.

The SQL is that of `sql/queries/dashboard.sql`, with a Grafana variable in place of each parameter.
Charts wrap the query, because Grafana wants a column `time`; tables take it as it is.

Requires:
    `grafana-foundation-sdk` (extra `dev`). Nothing here talks to a Grafana server.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Self

from grafana_foundation_sdk.builders import barchart, common, dashboard, stat, table, timeseries
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models

from tasks.postgres.boards import BOARDS
from tasks.postgres.panels import COLUMNS, Board, BoardLink, BoardParameter, ColumnUnit
from tasks.postgres.panels import Panel as BoardPanel
from tasks.postgres.queries import query

POSTGRES = "grafana-postgresql-datasource"
"""Id of Grafana's PostgreSQL plugin. Source: Grafana 11, where `postgres` is its alias."""
SOURCE = models.DataSourceRef(type_val=POSTGRES, uid="${datasource}")
WEB_URL = "http://127.0.0.1:8710"
FULL_WIDTH, HALF_WIDTH, HEIGHT = 24, 12, 9
_CHOICES = {"hours": (1, 6, 12, 24, 48, 168), "days": (1, 7, 30, 90, 366), "weeks": (4, 12, 26, 52)}
_PARAMETER = re.compile(r"%\((\w+)\)s(::\w+)?")
_TIME_SUFFIX = {"hours": "h", "days": "d", "weeks": "w"}
_UNITS: dict[ColumnUnit, str] = {
    "text": "string",
    "flag": "bool_yes_no",
    "count": "locale",
    "number": "short",
    "seconds": "s",
    "share": "percentunit",
    "score": "none",
    "money": "none",
    "tokens": "locale",
    "day": "time:YYYY-MM-DD",
    "time": "time:YYYY-MM-DD HH:mm",
}
"""Source: `models/units.py` of the SDK; `time:` takes a format of Moment.js."""
_DECIMALS: dict[ColumnUnit, int] = {"share": 1, "score": 2, "money": 4, "number": 2}


class SqlQuery(variants.Dataquery):
    """A query of Grafana's PostgreSQL plugin, for which the SDK 11.6 has no type."""

    def __init__(self, sql: str, is_series: bool) -> None:
        self.sql, self.is_series = sql, is_series

    def build(self) -> Self:
        return self

    def to_json(self) -> dict[str, object]:
        return {
            "refId": "A",
            "datasource": SOURCE,
            "editorMode": "code",
            "format": "time_series" if self.is_series else "table",
            "rawQuery": True,
            "rawSql": self.sql,
        }


def sql_dashboards() -> dict[str, models.Dashboard]:
    """The dashboards by the name of their board."""
    return {board.name: sql_dashboard(board) for board in BOARDS}


def sql_dashboard(board: Board) -> models.Dashboard:
    made = dashboard.Dashboard(f"Countersign: {board.title}").uid(uid_of(board.name))
    made.description(board.description).tags(["countersign"]).readonly()
    made.timezone("utc").time("now-30d", "now").refresh("1m")  # days are days of UTC
    made.link(
        dashboard.DashboardLink("Boards").type(models.DashboardLinkType.DASHBOARDS).tags(["countersign"])
    )
    made.with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type(POSTGRES))
    if any(panel.kind == "table" and _asks_for(panel, "run_id") for panel in board.panels):
        address = dashboard.TextBoxVariable("web_url").label("Address of `countersign boards`")
        made.with_variable(address.default_value(WEB_URL))
    for parameter in parameters_of(board):
        made.with_variable(_variable(parameter))
    for number, (panel, place) in enumerate(zip(board.panels, _places(board.panels), strict=True), 1):
        made.with_panel(_panel(panel).id(number).grid_pos(place))
    return made.build()


def _places(panels: Sequence[BoardPanel]) -> Iterator[models.GridPos]:
    """Two charts beside each other, a table below. The SDK 11.6 places a panel that no longer fits
    beyond the right edge, so the places are counted here."""
    x = y = 0
    for panel in panels:
        width = FULL_WIDTH if panel.kind in ("table", "stat") else HALF_WIDTH
        if x + width > FULL_WIDTH:
            x, y = 0, y + HEIGHT
        yield models.GridPos(x=x, y=y, w=width, h=HEIGHT)
        x += width


def uid_of(board_name: str) -> str:
    return f"countersign-{board_name}"


def parameters_of(board: Board) -> list[BoardParameter]:
    """Each parameter once. Panels may differ in its default: the most frequent one is taken, of
    equally frequent ones the largest."""
    found = Counter(parameter for panel in board.panels for parameter in panel.parameters)
    names = dict.fromkeys(parameter.name for parameter in found)
    return [
        max((p for p in found if p.name == name), key=lambda p: (found[p], str(p.default).zfill(9)))
        for name in names
    ]


def grafana_sql(panel: BoardPanel) -> str:
    """The panel's query with Grafana's variables. Each is quoted, so that no choice is read as SQL."""
    kinds = {parameter.name: parameter.kind for parameter in panel.parameters}

    def variable(match: re.Match[str]) -> str:
        quoted = f"${{{match[1]}:sqlstring}}"
        cast = match[2] or ("::integer" if kinds[match[1]] == "number" else "")
        return quoted + cast

    text = _PARAMETER.sub(variable, query("dashboard", panel.query).decode()).replace("%%", "%")
    return _shaped(panel, text)


def _shaped(panel: BoardPanel, sql: str) -> str:
    if not panel.x:
        return sql
    values = [f'{name} AS "{COLUMNS[name].title}"' for name in panel.values]
    x = COLUMNS[panel.x]
    if is_over_time(panel):
        time = f"{x.name}::timestamp AT TIME ZONE 'UTC'" if x.unit == "day" else x.name
        columns = [f'{time} AS "time"', *([f"{panel.series} AS metric"] if panel.series else []), *values]
    else:  # an axis of names: a number would become a scale
        columns = [f'{x.name}::text AS "{x.title}"', *([panel.series] if panel.series else []), *values]
    order = "1, 2" if panel.series else "1"
    sorting = f"\nORDER BY {order}" if is_over_time(panel) else ""
    return f"SELECT {', '.join(columns)}\nFROM (\n{sql}\n) board{sorting}"


def is_over_time(panel: BoardPanel) -> bool:
    return bool(panel.x) and COLUMNS[panel.x].unit in ("day", "time")


def _variable(parameter: BoardParameter) -> Any:
    if parameter.kind != "number":
        described = dashboard.TextBoxVariable(parameter.name).label(parameter.title)
        return described.description("empty: all, or the newest").default_value(str(parameter.default))
    usual = [n for n in _CHOICES.get(parameter.name, ()) if n <= parameter.at_most]
    choices = sorted({*usual, int(parameter.default)})
    chosen = models.VariableOption(selected=True, text=str(parameter.default), value=str(parameter.default))
    options = [
        models.VariableOption(selected=n == parameter.default, text=str(n), value=str(n)) for n in choices
    ]
    made = dashboard.CustomVariable(parameter.name).label(parameter.title).options(options)
    return made.values(",".join(map(str, choices))).current(chosen).allow_custom_value(False)


def _panel(panel: BoardPanel) -> Any:
    made = _drawn(panel).title(panel.title).description(panel.description).datasource(SOURCE)
    made.with_target(SqlQuery(grafana_sql(panel), is_over_time(panel)))
    if is_over_time(panel):
        # The panel shows as far back as the query asks, whatever the range of the dashboard.
        name = next(p.name for p in panel.parameters if p.name in _TIME_SUFFIX)
        made.time_from(f"${{{name}}}{_TIME_SUFFIX[name]}").hide_time_override(True)
    return made


def _drawn(panel: BoardPanel) -> Any:
    if panel.kind == "table":
        made: Any = table.Panel()
        for column in COLUMNS.values():
            if _asks_for(panel, column.name):
                made.with_override(_named(column.name), _shown_as(column.name, panel.links))
        return made
    if panel.kind == "stat":
        made = stat.Panel().reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields("/.*/"))
        for name in panel.values:
            made.with_override(_named(name), _shown_as(name, ()))
        return made.graph_mode(common_models.BigValueGraphMode.NONE)
    made = _time_chart(panel) if is_over_time(panel) else _bar_chart(panel)
    made.unit(_UNITS[panel.unit]).min(0)
    if panel.unit in _DECIMALS:
        made.decimals(_DECIMALS[panel.unit])
    return made.max(1) if panel.unit in ("share", "score") else made


def _time_chart(panel: BoardPanel) -> Any:
    made = timeseries.Panel()
    if panel.kind == "lines":
        return made.draw_style(common_models.GraphDrawStyle.LINE).show_points(
            common_models.VisibilityMode.AUTO
        )
    made.draw_style(common_models.GraphDrawStyle.BARS).fill_opacity(80)
    return made.stacking(_stacked()) if panel.kind == "stacked" else made


def _stacked() -> common.StackingConfig:
    return common.StackingConfig().mode(common_models.StackingMode.NORMAL).group("A")


def _bar_chart(panel: BoardPanel) -> Any:
    made = barchart.Panel().orientation(common_models.VizOrientation.HORIZONTAL)
    if panel.kind == "stacked":
        made.stacking(common_models.StackingMode.NORMAL)
    if not panel.series:
        return made.x_field(COLUMNS[panel.x].title)
    matrix = {
        "columnField": panel.series,
        "rowField": COLUMNS[panel.x].title,
        "valueField": COLUMNS[panel.values[0]].title,
    }
    return made.with_transformation(models.DataTransformerConfig(id_val="groupingToMatrix", options=matrix))


def _asks_for(panel: BoardPanel, column: str) -> bool:
    """Whether a name stands in the text of the query: an override for a column that it does not
    give does nothing."""
    return bool(re.search(rf"\b{column}\b", query("dashboard", panel.query).decode()))


def _named(column: str) -> models.MatcherConfig:
    return models.MatcherConfig(id_val="byName", options=column)


def _shown_as(name: str, links: Sequence[BoardLink]) -> list[models.DynamicConfigValue]:
    column = COLUMNS[name]
    shown: dict[str, object] = {"displayName": column.title, "unit": _UNITS[column.unit]}
    if column.unit in _DECIMALS:
        shown["decimals"] = _DECIMALS[column.unit]
    targets = list(_links(name, links))
    if targets:
        shown["links"] = targets
    return [models.DynamicConfigValue(id_val=key, value=value) for key, value in shown.items()]


def _links(name: str, links: Sequence[BoardLink]) -> Iterator[dict[str, object]]:
    """To the pages of `countersign boards` and to other boards; `percentencode` keeps a key one value."""
    value = "${__value.raw:percentencode}"
    if name == "run_id":
        yield {"title": "Run and its evidence", "url": f"${{web_url}}/runs/{value}", "targetBlank": True}
    for link in links:
        if link.column == name:
            address = f"/d/{uid_of(link.board)}?var-{link.parameter}={value}"
            yield {"title": f"Board: {link.board}", "url": address, "targetBlank": False}
