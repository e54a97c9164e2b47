"""Boards and rows that need no database, and a client that needs no socket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
from fastapi import FastAPI

from infra.web.app import create_app
from tasks.core.errors import CountersignError, StoreMissing
from tasks.postgres.boards import BOARDS
from tasks.postgres.metrics import METRICS, Metric
from tasks.postgres.panels import Board, Panel

RUN = "487defd3-0a3c-4a73-9a8e-6f1df3a4b001"
EVIL = "\"/><script>alert(1)</script>'{{7*7}}&\u202e"
DAY = datetime(2026, 11, 28, tzinfo=UTC)
PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; script-src 'sha256-abc='\"><title>x</title></head><body>page</body></html>"
)


def _queries() -> dict[str, Panel]:
    """Each query with a panel that has the columns of all panels over it."""
    found: dict[str, Panel] = {}
    for panel in (panel for board in BOARDS for panel in board.panels):
        other = found.get(panel.query, panel)
        drawn = panel if other.kind == "table" else other
        values = tuple(dict.fromkeys((*other.values, *panel.values)))
        found[panel.query] = replace(drawn, values=values, series=panel.series or other.series)
    return found


QUERIES = _queries()
N_DAYS = 14


def run_row(text: str) -> dict[str, Any]:
    """A row as tables of runs have it; `text` stands wherever a contract, a schema or a user names something."""
    return {
        "run_id": RUN,
        "key": f"demo/investment/{text}.pdf",
        "schema_name": text,
        "field": text,
        "state": "done",
        "error_code": None,
        "message": text,
        "is_more": True,
        "n_verified": 41,
        "n_unsettled": 3,
        "wall_s": 200.4,
        "money": Decimal("12.3456"),
        "since": timedelta(minutes=12, seconds=4),
        "finished_at": DAY + timedelta(hours=3, minutes=7),
    }


def chart_rows(panel: Panel, text: str) -> list[dict[str, Any]]:
    """Rows for a chart or a stat: of days, hours, numbers or words, as its column of places is called."""
    if panel.kind == "stat":
        return [{name: DAY if name == "newest" else 1234 for name in panel.values}]
    places: dict[str, list[Any]] = {
        "day": [(DAY - timedelta(days=N_DAYS - i)).date() for i in range(N_DAYS)],
        "week": [(DAY - timedelta(weeks=N_DAYS - i)).date() for i in range(N_DAYS)],
        "hour": [DAY + timedelta(hours=i) for i in range(48)],
        "n_rounds": [1, 2, 3],
    }
    names = [text, "cuad"] if panel.series else [None]
    rows: list[dict[str, Any]] = []
    for index, place in enumerate(places.get(panel.x, [text, "needs_ocr", "encrypted"])):
        for other, name in enumerate(names):
            number = 100 + 17 * (index + other) % 60 + 40 * other
            row: dict[str, Any] = {panel.x: place} | ({panel.series: name} if panel.series else {})
            for order, value in enumerate(panel.values):
                is_part = value.endswith("_share") or value == "mean_score"
                row[value] = round(number / 250, 3) if is_part else number // (1 + 3 * order)
                if (index, other) == (4, 0):
                    row[value] = None
            rows.append(row)
    return rows


@dataclass
class StandIn:
    """A store whose every panel has rows; without `text`, an empty one."""

    text: str = ""
    error: CountersignError | None = None
    failing: dict[str, CountersignError] = field(default_factory=dict)
    """By query: what asking it raises."""
    asked: list[tuple[str, Mapping[str, int | str]]] = field(default_factory=list)
    page: str = PAGE

    def boards(self) -> Sequence[Board]:
        return BOARDS

    def rows(self, query: str, chosen: Mapping[str, int | str]) -> list[dict[str, Any]]:
        self.asked.append((query, dict(chosen)))
        self.check()
        if query in self.failing:
            raise self.failing[query]
        panel = QUERIES[query]
        if not self.text:
            return []
        return chart_rows(panel, self.text) if panel.kind != "table" else [run_row(self.text)] * 12

    def choices(self, parameter: str, schema_name: str) -> list[str]:
        self.check()
        return [self.text, "cuad"] if self.text else []

    def documents(self, name: str) -> list[str]:
        self.check()
        keys = [f"{self.text}.pdf", f"a/{self.text}.pdf", "only.pdf"] if self.text else []
        return [key for key in keys if name in (key, key.rsplit("/", 1)[-1])]

    def evidence(self, run_id: str) -> str:
        self.check()
        if run_id != RUN:
            raise StoreMissing("there is no run of that id")
        return self.page

    def samples(self) -> list[tuple[Metric, list[dict[str, Any]]]]:
        self.check()
        rows = [1.0, 0.0] if self.text else []
        return [
            (
                metric,
                [
                    dict.fromkeys(metric.labels, f"{self.text}{i}") | {"value": value}
                    for i, value in enumerate(rows)
                ],
            )
            for metric in METRICS
        ]

    def check(self) -> None:
        if self.error:
            raise self.error


@dataclass
class Client:
    """Sends a request to the application in this process."""

    app: FastAPI
    host: str = "127.0.0.1:8710"

    def get(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        return asyncio.run(self._send(method, path, {"host": self.host} | headers))

    async def _send(self, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8710") as client:
            return await client.request(method, path, headers=headers)


def client(data: StandIn, **settings: Any) -> Client:
    return Client(create_app(data, **settings))
