"""Dashboard queries give what the runs did, and the reader role is enough for them."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tasks.postgres.queries import query
from tasks.postgres.store import Store
from tests.db import samples

KEY = "deals/a.pdf"


@pytest.fixture
def board(store: Store, connection: psycopg.Connection) -> psycopg.Connection[dict[str, Any]]:
    """One run done, one at work, one that gave up, one object refused; asked as the reader."""
    samples.put_document(store, "a", KEY)
    samples.do_run(store, "a")
    for content in ("at work", "given up"):
        samples.put_document(store, content, f"deals/{content}.pdf")
        with store.runs.claim(samples.identity(content)) as claim:
            if content == "given up":
                store.runs.fail(claim.run_id, "model_unavailable")
    store.sources.quarantine(
        "contracts", "deals/x.pdf", "v1", "encrypted", "it has a password", reader_version="r"
    )
    connection.execute("SET ROLE countersign_reader")
    connection.row_factory = dict_row  # type: ignore[assignment]
    return connection  # type: ignore[return-value]


def ask(board: psycopg.Connection[dict[str, Any]], name: str, **values: Any) -> list[dict[str, Any]]:
    return board.execute(query("dashboard", name), values).fetchall()


def test_runs_are_told_by_what_became_of_them(board: psycopg.Connection[dict[str, Any]]) -> None:
    assert len(ask(board, "working")) == 1
    assert [(r["error_code"], r["n_runs"]) for r in ask(board, "given_up", days=1)] == [
        ("model_unavailable", 1)
    ]
    assert {(r["key"], r["state"]) for r in ask(board, "newest_runs")} == {
        (KEY, "done"),
        ("deals/given up.pdf", "failed"),
    }
    slowest = ask(board, "slowest_runs", hours=1)
    assert (slowest[0]["key"], slowest[0]["seconds"], slowest[0]["n_answers"]) == (KEY, 1.5, 8)


def test_days_and_refusals_are_counted(board: psycopg.Connection[dict[str, Any]]) -> None:
    day = ask(board, "days", days=7)
    assert [(r["schema_name"], r["n_done"], r["n_failed"], r["n_pages"]) for r in day] == [("small", 1, 1, 1)]
    assert [(r["code"], r["n_objects"]) for r in ask(board, "refused_by_code", days=1)] == [("encrypted", 1)]
    assert [r["key"] for r in ask(board, "newest_refused")] == ["deals/x.pdf"]


def test_quality_is_told_by_field(board: psycopg.Connection[dict[str, Any]]) -> None:
    found, rejected = ask(board, "fields", schema_name="small", days=7)
    assert (found["field"], found["n_verified"], found["n_unsettled_cells"]) == ("principal_at_risk", 1, 1)
    assert found["mean_score"] == pytest.approx(0.93)
    assert (rejected["field"], rejected["n_rejected"], rejected["mean_score"]) == ("yield", 1, None)
    assert len(ask(board, "field_by_day", schema_name="small", field="yield", days=7)) == 1
    waiting = ask(board, "open_cells", days=1)
    assert [(r["key"], r["chunk_index"], r["field"]) for r in waiting] == [(KEY, 0, "principal_at_risk")]


def test_document_and_cost_are_told(board: psycopg.Connection[dict[str, Any]]) -> None:
    (run,) = ask(board, "runs_of_document", key=KEY, run_id="")
    assert (run["n_verified"], run["generator"]) == (1, "generator/1")
    assert sum(line["n_answers"] for line in ask(board, "cost_of_run", run_id=run["run_id"], key="")) == 8
    assert ask(board, "cost_by_day", days=7) == []
    assert ask(board, "backfills") == []
