"""What leaves the house is what the bucket holds now: rows of the report R23 (a key put twice, put back, deleted) and R24 (two keys, the
same bytes)."""

from __future__ import annotations

import io
import json
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from rich.console import Console

from infra.cli.explain import show
from infra.cli.export import export
from infra.cli.extract import write_lines
from tasks.documents import Outcome, OutcomeStatus
from tasks.postgres.objects import ListedStretch
from tasks.postgres.store import Store
from tests.db import samples

KEY, OTHER = "deals/a.pdf", "deals/copy.pdf"


def put(store: Store, content: str, key: str = KEY) -> None:
    samples.put_document(store, content, key)


def rows(store: Store, **query: Any) -> set[tuple[str, str, str]]:
    """Key, run and state of the exported lines; each has two values."""
    lines = list(store.reports.export(**query))
    found = [(line["document"], line["run"], line["state"]) for line in lines]
    assert all(found.count(one) == 2 for one in found), found
    return set(found)


def put_back(store: Store, content: str = "a") -> None:
    """What a listing sees."""
    store.objects.passed(ListedStretch("contracts", "", "", None, [KEY], [f"etag-{content}"]))


def test_key_that_was_replaced_and_put_back_has_one_current_value_each_time(store: Store) -> None:
    """R23."""
    put(store, "a")
    first = samples.do_run(store, "a")
    assert rows(store) == rows(store, document=KEY) == {(KEY, first, "current")}
    put(store, "b")
    assert rows(store) == set(), "the old values are not those of the new content, which has none yet"
    second = samples.do_run(store, "b")
    assert (
        rows(store)
        == rows(store, document=KEY)
        == rows(store, document="a.pdf")
        == {(KEY, second, "current")}
    )
    both = {(KEY, second, "current"), (KEY, first, "replaced")}
    assert rows(store, all_versions=True) == rows(store, document=KEY, all_versions=True) == both
    assert rows(store, run=first) == {(KEY, first, "replaced")}
    put_back(store)
    assert rows(store) == {(KEY, first, "current")}
    assert rows(store, all_versions=True) == {(KEY, first, "current"), (KEY, second, "replaced")}
    (board,) = {(r["content"], r["run_id"]) for r in document_board(store) if r["content"] == "current"}
    assert board == ("current", first)
    assert store.evidence.runs_called(KEY)[0].run_id == first
    assert field_documents(store) == {1}


def test_key_that_was_deleted_says_since_when_and_nothing_is_erased(
    store: Store, connection: psycopg.Connection
) -> None:
    """R23."""
    put(store, "a")
    run_id = samples.do_run(store, "a")
    number = next(store.reports.export())["extraction"]
    store.objects.missing("contracts", KEY)
    assert rows(store) == rows(store, document=KEY) == set()
    assert rows(store, all_versions=True) == rows(store, run=run_id) == {(KEY, run_id, "deleted")}
    (since,) = {line["since"] for line in store.reports.export(run=run_id)}
    (gone,) = connection.execute(
        "SELECT to_char(gone_since AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM object"
    ).fetchone()  # type: ignore[misc]
    assert since == gone
    assert explained(store, number).count(f"deleted since {gone[:10]} {gone[11:16]} UTC") == 1
    assert store.boards.rows("open_cells", {"days": 7}) == []
    assert field_documents(store) == {None}
    put(store, "a")
    assert rows(store) == {(KEY, run_id, "current")}
    assert "deleted" not in explained(store, number)
    assert {r["key"] for r in store.boards.rows("open_cells", {"days": 7})} == {KEY}


def test_two_keys_with_the_same_bytes_are_two_rows_under_their_own_names_for_ever(store: Store) -> None:
    """R24."""
    put(store, "a")
    run_id = samples.do_run(store, "a")
    first = list(store.reports.export())
    put(store, "a", OTHER)
    both = {(KEY, run_id, "current"), (OTHER, run_id, "current")}
    assert rows(store) == rows(store, run=run_id) == rows(store, document=samples.document_id("a")) == both
    assert [line for line in store.reports.export() if line["document"] == KEY] == first, (
        "the later one renames nothing"
    )
    for key in (KEY, OTHER):
        assert rows(store, document=key) == {(key, run_id, "current")}
        assert {line["document"] for line in store.reports.values_of(run_id, "contracts", key)} == {key}
        assert [(label.key, label.run_id) for label in store.evidence.runs_called(key)] == [(key, run_id)]
    assert {line["document"] for line in store.reports.values_of(run_id)} == {KEY}
    parameters = {
        "newest_runs": {},
        "slowest_runs": {"hours": 24},
        "runs_of_document": {"key": "", "run_id": run_id},
    }
    for name, values in parameters.items():
        assert sorted(r["key"] for r in store.boards.rows(name, values)) == [KEY, OTHER], name
    assert {r["key"] for r in store.boards.rows("open_cells", {"days": 7})} == {KEY, OTHER}
    store.objects.missing("contracts", KEY)
    assert rows(store) == {(OTHER, run_id, "current")}
    assert rows(store, all_versions=True) == {(KEY, run_id, "deleted"), (OTHER, run_id, "current")}
    assert {line["document"] for line in store.reports.values_of(run_id)} == {OTHER}


def test_extract_writes_each_of_two_files_with_the_same_bytes_under_its_own_name(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R24. One key is in two buckets, too."""
    monkeypatch.setattr("tasks.store.store", lambda: store)
    put(store, "a")
    put(store, "a", OTHER)
    store.sources.record("archive", KEY, None, "etag-a", 1000, samples.document_id("a"))
    run_id = samples.do_run(store, "a")
    places = [("contracts", KEY), ("contracts", OTHER), ("archive", KEY)]
    outcomes = [
        Outcome(key=key, bucket=bucket, schema_name="small", status=OutcomeStatus.DONE, run_id=run_id)
        for bucket, key in places
    ]
    out = tmp_path / "out.jsonl"
    assert write_lines(outcomes, out, {KEY: "first.pdf"}) == 6
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    named = [(line["document"], line["bucket"]) for line in lines]
    assert named[::2] == [("first.pdf", "contracts"), (OTHER, "contracts"), ("first.pdf", "archive")]


def test_export_says_why_it_has_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("infra.cli.database.open_store", lambda: nullcontext(store))

    def said(**options: Any) -> str:
        export(**options)
        return capsys.readouterr().err

    assert "No extraction matches;" in said()
    put(store, "a")
    samples.do_run(store, "a")
    assert said() == ""
    store.objects.missing("contracts", KEY)
    assert said().startswith("No key of the bucket holds a document with extractions now. `--all-versions`")
    assert said(document="a.pdf").startswith(
        f"{KEY} has no current extraction: what it held was deleted on 20"
    )
    assert said(document="a.pdf", all_versions=True) == ""


def test_run_that_was_superseded_is_marked_when_it_is_asked_for(store: Store) -> None:
    put(store, "a")
    old, new = samples.do_run(store, "a"), samples.do_run(store, "a", "2")
    assert rows(store, run=old) == {(KEY, old, "superseded")}
    assert rows(store, run=new) == rows(store) == {(KEY, new, "current")}


def test_document_under_two_prefixes_counts_in_the_night_of_both(store: Store) -> None:
    """R24."""
    put(store, "a")
    put(store, "a", "leases/z.pdf")
    samples.do_run(store, "a", flow_run_id="f")
    since = datetime.now(UTC) - timedelta(hours=1)
    found = store.reports.night_runs("contracts", since, ["f"], ["deals/", "leases/", "x/"], ["small"] * 3)
    assert {n: (row["n_done"], row["slowest"]) for n, row in found.items()} == {
        1: (1, KEY),
        2: (1, "leases/z.pdf"),
    }


@pytest.mark.parametrize("key", [KEY, "mail.eml!/deed.pdf"])
def test_object_that_waits_no_more_is_not_in_the_queue(store: Store, key: str) -> None:
    def n_new() -> int:
        return next(r["n"] for r in store.boards.rows("queue", {"days": 7}) if r["what"] == "new objects")

    store.sources.record("contracts", key, None, "etag-x", 1)
    assert n_new() == 1
    store.objects.missing("contracts", key)
    assert n_new() == 0


def document_board(store: Store) -> list[dict[str, Any]]:
    return store.boards.rows("runs_of_document", {"key": KEY, "run_id": ""})


def field_documents(store: Store) -> set[int | None]:
    """How many documents the view `field_overview` counts."""
    with psycopg.connect(store.boards._pool.database_url) as connection:
        rows = connection.execute("SELECT DISTINCT n_documents FROM field_overview").fetchall()
    return {row[0] for row in rows} or {None}


def explained(store: Store, number: int) -> str:
    page = io.StringIO()
    show(store.trail.explain(number), Console(file=page, width=200))
    return page.getvalue()
