"""Boards fit their queries, on an empty and on a filled database, and the reader role is enough for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from tasks.core.errors import StoreUnavailable
from tasks.core.records import ExtractionStatus
from tasks.postgres.boards import BOARDS, parameters_of
from tasks.postgres.metrics import METRICS
from tasks.postgres.panels import COLUMNS
from tasks.postgres.queries import QUERIES_DIR, query
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.test_cost import run as costly_run
from tests.db.test_days import review

PANELS = [panel for board in BOARDS for panel in board.panels]
KEY = "deals/a.pdf"


def names(file: str) -> list[str]:
    return re.findall(r"^-- name: (\w+)$", (QUERIES_DIR / f"{file}.sql").read_text(), re.MULTILINE)


def parameters(file: str, name: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", query(file, name).decode()))


# ---------------------------------------------------------------- the list


def test_every_query_is_on_exactly_one_board() -> None:
    for name in names("dashboard"):
        homes = [board.name for board in BOARDS if any(panel.query == name for panel in board.panels)]
        assert len(homes) == 1, (name, homes)
    assert {panel.query for panel in PANELS} <= set(names("dashboard"))


def test_every_parameter_of_a_query_has_a_default_that_may_be_asked() -> None:
    for panel in PANELS:
        assert {p.name for p in panel.parameters} == parameters("dashboard", panel.query), panel.name
        assert panel.parameters == parameters_of(panel.query), panel.name
        assert all(p.read(p.default) == p.default for p in panel.parameters), panel.name


def test_names_are_given_once() -> None:
    assert len({board.name for board in BOARDS}) == len(BOARDS)
    for board in BOARDS:
        assert len({panel.name for panel in board.panels}) == len(board.panels), board.name


def test_link_leads_to_a_parameter_of_its_board() -> None:
    offered = {
        (board.name, parameter.name)
        for board in BOARDS
        for panel in board.panels
        for parameter in panel.parameters
    }
    assert {(link.board, link.parameter) for panel in PANELS for link in panel.links} <= offered


def test_metrics_have_names_that_openmetrics_takes_and_use_every_query() -> None:
    assert [m.query for m in METRICS if not re.fullmatch(r"countersign_[a-z][a-z_]*", m.name)] == []
    assert [m.name for m in METRICS if m.name.endswith(("_total", "_created", "_info"))] == []
    assert sorted(m.query for m in METRICS) == sorted(names("metrics"))
    assert [name for name in names("metrics") if parameters("metrics", name)] == []


# ---------------------------------------------------------------- empty and filled


@pytest.fixture(scope="module")
def empty(
    template: str, make_database: Callable[[str], str], dropped: Callable[[str], None]
) -> Iterator[Store]:
    url = make_database(template)
    with Store(url) as opened:
        yield opened
    dropped(url)


@pytest.fixture(scope="module")
def filled(
    template: str, make_database: Callable[[str], str], dropped: Callable[[str], None]
) -> Iterator[Store]:
    """Runs done, at work and given up; reviews, a refusal and a backfill."""
    url = make_database(template)
    with Store(url) as opened, psycopg.connect(url, autocommit=True) as connection:
        fill(opened, connection)
        yield opened
    dropped(url)


def fill(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store, "a", KEY)
    found, invented = samples.extractions()
    doubted = replace(found, status=ExtractionStatus.UNSETTLED, reason="doubted", value="lost")
    first = samples.do_run(store, values=(found, doubted, invented))
    second = samples.do_run(store, version="2")
    costly_run(store, "b")
    review(connection, first)
    review(connection, second, "yield", decision="accepted")
    connection.execute(
        "INSERT INTO review_item (run_id, document_id, schema_name, schema_version_id, chunk_id, field, kind, worth, reason) "
        "SELECT run_id, document_id, schema_name, schema_version_id, chunk_id, field, 'passage', 1, 'overlooked' "
        "FROM coverage JOIN run USING (run_id)"
    )
    for content in ("at work", "given up"):
        samples.put_document(store, content, f"deals/{content}.pdf")
        with store.runs.claim(samples.identity(content)) as claim:
            if content == "given up":
                store.runs.fail(claim.run_id, "model_unavailable")
    store.sources.record("contracts", "deals/new.pdf", "v1", None, 1)
    store.sources.quarantine("contracts", "deals/x.pdf", "v1", "encrypted", "a password", reader_version="r")
    store.runs.count_call_errors({("generator", "busy"): 3})
    connection.execute(
        "INSERT INTO backfill (name, state, selection, n_documents) VALUES ('again', 'running', '{}', 2);"
        "INSERT INTO backfill_document (backfill_id, position, key, is_current, state, reason, ended_at) "
        "SELECT backfill_id, 1, 'a', false, 'waiting'::backfill_document_state, NULL, NULL::timestamptz FROM backfill UNION ALL "
        "SELECT backfill_id, 2, 'b', false, 'failed', 'model_unavailable', now() FROM backfill"
    )


def described(store: Store, file: str, name: str) -> list[str]:
    """Columns of a query, asked as the reader."""
    values = {p.name: p.default for p in parameters_of(name)} if file == "dashboard" else {}
    with psycopg.connect(store.boards._pool.database_url) as connection:
        connection.execute("SET ROLE countersign_reader")
        description = connection.execute(query(file, name), values).description
    assert description is not None
    return [column.name for column in description]


@pytest.mark.parametrize("name", ["empty", "filled"])
def test_panel_draws_columns_of_its_query(name: str, request: pytest.FixtureRequest) -> None:
    store: Store = request.getfixturevalue(name)
    columns = {query_name: described(store, "dashboard", query_name) for query_name in names("dashboard")}
    assert {c for several in columns.values() for c in several} == set(COLUMNS)
    for panel in PANELS:
        drawn = {
            *panel.values,
            *filter(None, (panel.x, panel.series)),
            *(link.column for link in panel.links),
        }
        assert drawn <= set(columns[panel.query]), panel.name
        assert bool(panel.values) == (panel.kind != "table"), panel.name
        assert bool(panel.x) == (panel.kind not in ("table", "stat")), panel.name


@pytest.mark.parametrize("name", ["empty", "filled"])
def test_metric_has_its_labels_and_one_value(name: str, request: pytest.FixtureRequest) -> None:
    store: Store = request.getfixturevalue(name)
    for metric in METRICS:
        assert described(store, "metrics", metric.query) == [*metric.labels, "value"]


def test_empty_database_gives_rows_without_a_hole_or_none(empty: Store) -> None:
    shown = {panel.query: empty.boards.rows(panel.query) for panel in PANELS}
    assert {name for name, rows in shown.items() if rows} == {"queue", "throughput", "night"}
    assert [row["n"] for row in shown["queue"]] == [0, 0, 0, 0]
    assert len(shown["throughput"]) == 48
    assert {row["n_pages"] for row in shown["throughput"]} == {0}
    assert shown["night"] == [
        {"n_done": 0, "n_failed": 0, "n_pages": 0, "n_refused": 0, "n_running": 0, "newest": None}
    ]
    samples_of = {metric.name: rows for metric, rows in empty.boards.samples() if rows}
    assert samples_of == {
        "countersign_running": [{"value": 0}],
        "countersign_backfill_waiting": [{"value": 0}],
    }


def test_every_panel_has_rows_once_there_is_something(filled: Store) -> None:
    without = [panel.name for panel in PANELS if not filled.boards.rows(panel.query)]
    assert without == []
    assert [metric.name for metric, rows in filled.boards.samples() if not rows] == []


def test_every_value_of_a_chart_is_there(filled: Store) -> None:
    """A number each, but for what nothing was measured of."""
    for panel in PANELS:
        rows = filled.boards.rows(panel.query)
        for column in panel.values:
            assert any(row[column] is not None for row in rows), (panel.name, column)


# ---------------------------------------------------------------- what they say


def one(store: Store, panel: str, **chosen: int | str) -> dict[str, Any]:
    (row,) = store.boards.rows(panel, chosen)
    return row


def test_queue_tells_what_waits(filled: Store) -> None:
    waiting = {row["what"]: row["n"] for row in filled.boards.rows("queue")}
    assert waiting == {
        "running": 1,
        "gave up, to be resumed": 1,
        "new objects": 1,
        "documents of backfills": 1,
    }


def test_night_and_hours_tell_what_ended(filled: Store) -> None:
    night = one(filled, "night")
    counts = {"n_done": 3, "n_failed": 1, "n_pages": 3, "n_refused": 1, "n_running": 1}
    assert {name: night[name] for name in counts} == counts
    by_hour = filled.boards.rows("throughput", {"hours": "2"})
    assert len(by_hour) == 2
    assert sum(row["n_pages"] for row in by_hour) == 3


def test_shares_are_of_what_stands(filled: Store) -> None:
    day = one(filled, "unsettled_by_day")
    assert (day["n_verified"], day["n_unsettled"], day["unsettled_share"]) == (3, 1, 0.25)
    cells = one(filled, "reviewed_by_day")
    assert (cells["n_open_cells"], cells["n_reviewed"], cells["reviewed_share"]) == (
        3,
        1,
        pytest.approx(1 / 3),
    )
    decided = {row["decision"]: row["n_reviews"] for row in filled.boards.rows("reviews_by_day")}
    assert decided == {"accepted": 1, "rejected": 1}


def test_flags_are_told_by_kind_and_field(filled: Store) -> None:
    assert {r["kind"]: r["n_findings"] for r in filled.boards.rows("flags_by_kind")} == {
        "missing": 4,
        "malformed": 4,
    }
    by_field = {row["field"]: row["n_findings"] for row in filled.boards.rows("flags_by_field")}
    assert by_field == {"": 4, "principal_at_risk": 4}
    assert filled.boards.rows("flags_by_field", {"schema_name": "another"}) == []


def test_versions_stand_beside_the_week_before(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store)
    samples.do_run(store)
    connection.execute("UPDATE version_day SET day = day - 7, score = 0.5")
    samples.do_run(store, version="2")
    newer, older = store.boards.rows("drift")
    assert newer["version"] == "generator/2, critic/2, reader-1"
    assert (newer["mean_score"], newer["mean_score_before"], newer["empty_share"]) == (0.93, 0.5, 0.5)
    assert (older["mean_score"], older["mean_score_before"]) == (0.5, None)


def test_document_board_without_a_choice_shows_what_was_done_last(filled: Store) -> None:
    assert {row["key"] for row in filled.boards.rows("runs_of_document")} == {"deals/b.pdf"}
    chosen = filled.boards.rows("runs_of_document", {"key": KEY})
    assert [row["generator"] for row in chosen] == ["generator/2", "generator/1"]
    assert (
        sum(r["n_answers"] for r in filled.boards.rows("cost_of_run", {"run_id": chosen[0]["run_id"]})) == 8
    )


def test_document_board_never_mixes_two_documents(filled: Store) -> None:
    newest = filled.boards.rows("runs_of_document", {"key": KEY})[0]["run_id"]
    assert {row["run_id"] for row in filled.boards.rows("cost_of_run", {"key": KEY})} == {newest}
    assert {row["key"] for row in filled.boards.rows("runs_of_document", {"run_id": newest})} == {KEY}
    nobody = {"run_id": "00000000-0000-0000-0000-000000000000"}
    for chosen in (nobody, {"key": "no/such.pdf"}):
        assert filled.boards.rows("runs_of_document", chosen) == []
        assert filled.boards.rows("cost_of_run", chosen) == []


def test_totals_never_fall_when_a_run_is_superseded(store: Store) -> None:
    samples.put_document(store)
    samples.do_run(store)
    before = totals(store)
    samples.do_run(store, force=True)
    after = totals(store)
    assert before["countersign_runs", ("small", "done")] == 1
    assert all(after[name] >= value for name, value in before.items())
    assert after["countersign_runs", ("small", "superseded")] == 1


def totals(store: Store) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (metric.name, tuple(row[label] for label in metric.labels)): row["value"]
        for metric, rows in store.boards.samples()
        if metric.kind == "counter"
        for row in rows
    }


# ---------------------------------------------------------------- what is asked for


@pytest.mark.parametrize("days", ["0", "-1", "", "x", "367", "1.5", "²", "1; DROP TABLE run"])
def test_number_out_of_range_raises_value_error(filled: Store, days: str) -> None:
    with pytest.raises(ValueError, match="from 1 to 366"):
        filled.boards.rows("days", {"days": days})


def test_run_that_is_no_id_raises_value_error(filled: Store) -> None:
    with pytest.raises(ValueError, match="id of a run"):
        filled.boards.rows("cost_of_run", {"run_id": "7"})


def test_text_is_only_ever_compared(filled: Store) -> None:
    for text in ("'; DROP TABLE run; --", "%(days)s", "\x00", "字段"):
        assert filled.boards.rows("fields", {"schema_name": text}) == []
        assert filled.boards.rows("runs_of_document", {"key": text}) == []


def test_query_of_no_board_raises_key_error(filled: Store) -> None:
    with pytest.raises(KeyError):
        filled.boards.rows("export")


def test_query_that_takes_too_long_is_given_up(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.postgres.boards.TIMEOUT_S", 0.001)
    monkeypatch.setattr("tasks.postgres.boards.query", lambda *_: b"SELECT pg_sleep(5)")
    with pytest.raises(StoreUnavailable):
        filled.boards.rows("working")


def test_refusals_of_a_full_queue_are_on_a_board_and_in_a_metric(store: Store) -> None:
    store.runs.count_call_errors({("generator", "busy"): 3, ("critic", "timed_out"): 1})
    store.runs.count_call_errors({("generator", "busy"): 4})
    rows = store.boards.rows("call_errors_by_day")
    assert [(row["failed_call"], row["n_calls"]) for row in rows] == [
        ("critic timed_out", 1),
        ("generator busy", 7),
    ]
    samples = {metric.name: rows for metric, rows in store.boards.samples()}["countersign_call_errors"]
    assert [(row["model"], row["code"], row["value"]) for row in samples] == [
        ("critic", "timed_out", 1),
        ("generator", "busy", 7),
    ]
