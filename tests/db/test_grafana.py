"""The SQL of the Grafana dashboards runs, with each variable replaced as Grafana would."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from infra.deploy.grafana.__main__ import FOLDER
from tasks.postgres.boards import BOARDS


def targets() -> Iterator[tuple[str, dict[str, Any], str]]:
    for board in BOARDS:
        dashboard = json.loads((FOLDER / f"{board.name}.json").read_text(encoding="utf-8"))
        defaults = {
            v["name"]: v.get("current", {}).get("value", v.get("query", ""))
            for v in dashboard["templating"]["list"]
        }
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                yield f"{board.name}/{panel['title']}", defaults, target["rawSql"]


def as_grafana(sql: str, values: dict[str, Any]) -> str:
    """Grafana's format `sqlstring`: quoted, quotes doubled."""

    def quoted(match: re.Match[str]) -> str:
        return "'" + str(values[match[1]]).replace("'", "''") + "'"

    return re.sub(r"\$\{(\w+):sqlstring\}", quoted, sql)


def test_every_panel_answers_on_an_empty_database(connection: psycopg.Connection) -> None:
    connection.execute("SET ROLE countersign_reader")
    for title, defaults, sql in targets():
        cursor = connection.execute(as_grafana(sql, defaults).encode())
        names = [column.name for column in cursor.description or ()]
        assert len(names) == len(set(names)), title


@pytest.mark.parametrize("hostile", ["x'; DROP TABLE run; --", "\\' OR true --"])
def test_choice_of_a_user_is_never_read_as_sql(connection: psycopg.Connection, hostile: str) -> None:
    connection.execute("SET ROLE countersign_reader")
    for _, defaults, sql in targets():
        texts = {
            name: hostile if name in ("schema_name", "field", "key") else v for name, v in defaults.items()
        }
        connection.execute(as_grafana(sql, texts).encode())
    assert connection.execute("SELECT count(*) FROM run").fetchone() == (0,)
