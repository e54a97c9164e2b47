"""The committed Grafana dashboards are those of the code, over the boards and metrics that we have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.models.dashboard import Dashboard
from ruamel.yaml import YAML

from infra.deploy.grafana.__main__ import FOLDER, as_json, dashboards
from infra.deploy.grafana.sql_boards import POSTGRES, grafana_sql
from tasks.postgres.boards import BOARDS
from tasks.postgres.metrics import METRICS
from tasks.postgres.queries import QUERIES_DIR

ROOT = Path(__file__).parents[4]
NAMES = sorted([*(board.name for board in BOARDS), "metrics"])
PANELS = [panel for board in BOARDS for panel in board.panels]
GRID_WIDTH = 24


def committed(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def charts(name: str) -> list[dict[str, Any]]:
    return [panel for panel in committed(name)["panels"] if panel["type"] != "row"]


def test_committed_files_are_what_the_code_builds():
    made = {f"{name}.json": as_json(dashboard) for name, dashboard in dashboards().items()}
    found = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert found == made, "run `python -m infra.deploy.grafana`"


@pytest.mark.parametrize("name", NAMES)
def test_types_of_the_sdk_read_a_file_and_write_the_same(name: str):
    read = Dashboard.from_json(committed(name))
    assert as_json(read) == (FOLDER / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_panels_fit_into_the_grid_and_none_covers_another(name: str):
    taken: set[tuple[int, int]] = set()
    for panel in committed(name)["panels"]:
        place = panel["gridPos"]
        assert place.get("x", 0) + place["w"] <= GRID_WIDTH, panel["title"]
        xs, ys = (
            range(place.get("x", 0), place.get("x", 0) + place["w"]),
            range(place["y"], place["y"] + place["h"]),
        )
        cells = {(x, y) for x in xs for y in ys}
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_is_one_of_the_dashboard(name: str):
    dashboard = committed(name)
    declared = {variable["name"] for variable in dashboard["templating"]["list"]}
    used = {used for text in strings(dashboard) for used in re.findall(r"\$\{(\w+)", text)}
    assert used - {"__value"} <= declared
    assert declared <= used, "a variable that changes nothing"


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_each_panel_of_a_board_is_on_its_dashboard(board: Any):
    assert [chart["title"] for chart in charts(board.name)] == [panel.title for panel in board.panels]
    assert all(
        chart["description"] and chart["datasource"]["type"] == POSTGRES for chart in charts(board.name)
    )


def test_every_query_of_the_file_is_on_a_dashboard():
    names = re.findall(r"^-- name: (\w+)$", (QUERIES_DIR / "dashboard.sql").read_text(), re.MULTILINE)
    assert set(names) == {panel.query for panel in PANELS}


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.name)
def test_choice_of_a_user_is_quoted_in_the_sql(panel: Any):
    sql = grafana_sql(panel)
    variables = re.findall(r"\$\{(\w+)([^}]*)\}(::\w+)?", sql)
    assert {name for name, _, _ in variables} == {parameter.name for parameter in panel.parameters}
    assert {form for _, form, _ in variables} <= {":sqlstring"}
    assert "%(" not in sql and "%%" not in sql


def test_every_metric_of_ours_is_on_the_board_and_no_other():
    shown = set(re.findall(r"countersign_\w+", " ".join(strings(charts("metrics")))))
    assert shown == exposed()


def test_alert_rules_ask_for_metrics_that_exist():
    rules = (ROOT / "infra/deploy/grafana/prometheus/countersign.rules.yml").read_text()
    assert set(re.findall(r"\bcountersign_\w+", rules)) <= exposed()


def exposed() -> set[str]:
    return {f"{metric.name}_total" if metric.kind == "counter" else metric.name for metric in METRICS}


def test_provisioned_sources_are_of_the_types_that_the_dashboards_ask_for():
    folder = ROOT / "infra/deploy/grafana/provisioning"
    sources = YAML(typ="safe").load((folder / "datasources/countersign.yaml").read_text())["datasources"]
    wanted = {
        variable["query"]
        for name in NAMES
        for variable in committed(name)["templating"]["list"]
        if variable["type"] == "datasource"
    }
    assert {source["type"] for source in sources} == wanted
    assert all(
        value.startswith("${") for source in sources for value in source.get("secureJsonData", {}).values()
    )
