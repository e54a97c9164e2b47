"""`countersign backfill` over a real database: what it says, and its exit status, whatever happened to objects and flow runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.cli.backfill import app
from tasks.backfill import report
from tasks.core.backfill.progress import BackfillState, DocumentState
from tasks.core.errors import BackfillMissing
from tasks.core.review.records import ItemKind, ReviewDecision
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.test_backfill_plans import ALL, do, listed
from tests.db.test_backfills import running
from tests.db.test_decisions import RISK, ask, decide, question

REPLACED = "1 document had another content in the run before, because the object was replaced"


@pytest.fixture(autouse=True)
def opened(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.cli.database.start_parts", lambda *parts: None)
    for module in ("tasks.store", "tasks.backfill.diff", "tasks.backfill.report", "tasks.backfill.control"):
        monkeypatch.setattr(f"{module}.store", lambda: store)


@pytest.fixture
def backfill_id(store: Store) -> int:
    """A backfill of two keys that is done. The object of the first was replaced after the plan; a person had decided over it."""
    ask(store)
    decide(store, question(store, ItemKind.VALUE, RISK), ReviewDecision.ACCEPTED)
    do(store, "b", version="0")
    backfill_id = _planned(store)
    store.backfills.set_state(backfill_id, BackfillState.RUNNING, [BackfillState.PLANNED])
    store.backfills.take_batch(backfill_id, 2)
    samples.put_document(store, "z", "deals/a.pdf")
    for key, content in ("deals/a.pdf", "z"), ("deals/b.pdf", "b"):
        run_id = samples.do_run(store, content)
        store.backfills.end_document(backfill_id, key, DocumentState.DONE, run_id, 1, None)
    store.backfills.set_state(backfill_id, BackfillState.DONE, [BackfillState.RUNNING])
    return backfill_id


def _planned(store: Store) -> int:
    with store.backfills.planning() as planning:
        planning.copy(listed("a", "b"))
        planning.choose(ALL)
        return planning.store("it", {"schema_name": "small"}, 2, {})


def backfill(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_a_replaced_object_is_compared_by_value_and_told(backfill_id: int, tmp_path: Path) -> None:
    said = backfill("diff", "it")
    assert said.exit_code == 0, said.exception
    assert REPLACED in said.output
    assert "what people said of 1 value of the earlier content cannot be compared" in said.output
    out = tmp_path / "changes.jsonl"
    told = json.loads(backfill("diff", "it", "--json", "--out", str(out)).stdout)
    causes = {row["cause"]: row["documents"] for row in told["by_cause"]}
    assert causes == {"another content": 1, "generator+critic": 1}
    assert (told["other_content"], told["reviewed_not_compared"], told["against_reviewers"]) == (1, 1, [])
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert {(line["document"], line["cause"]) for line in lines} == {("deals/a.pdf", "another content")}


def test_the_tables_the_summary_and_the_event_of_a_replaced_object_are_made(
    store: Store, backfill_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: dict[str, Any] = {}

    def make(**artifact: Any) -> None:
        made[artifact["key"]] = artifact

    monkeypatch.setattr(report, "create_table_artifact", make)
    monkeypatch.setattr(report, "create_markdown_artifact", make)
    monkeypatch.setattr(report, "emit_event", lambda name, resource, payload: made.update({name: payload}))
    assert report.report_end(store.backfills.by_name("it")).startswith("2 of 2 documents")
    assert REPLACED in made["backfill-it-diff"]["description"]
    assert {row["cause"] for row in made["backfill-it-diff"]["table"]} == {
        "another content",
        "generator+critic",
    }
    assert "had another content" in made["backfill-it-summary"]["markdown"]
    assert made[report.FINISHED_EVENT]["other_content"] == 1


@pytest.mark.parametrize(
    ("state", "failure", "exit_code", "words"),
    [
        (BackfillState.DONE, None, 0, "is done"),
        (BackfillState.DONE, "the flow run r ended Failed: why", 1, "backfill diff it"),
        (BackfillState.RUNNING, "the flow run r ended Failed: why", 1, "within a minute"),
        (BackfillState.PAUSED, None, 1, "is paused"),
        (BackfillState.CANCELLED, None, 1, "is cancelled"),
    ],
)
def test_the_exit_status_of_a_run_says_what_happened(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    state: BackfillState,
    failure: str | None,
    exit_code: int,
    words: str,
) -> None:
    backfill_id = running(store, "a")
    number = store.backfills.take_batch(backfill_id, 1)
    assert number == 1
    store.backfills.end_document(backfill_id, "deals/a.pdf", DocumentState.REFUSED, None, None, "encrypted")
    if state is not BackfillState.RUNNING:
        store.backfills.set_state(backfill_id, state, [BackfillState.RUNNING])
    monkeypatch.setattr("infra.cli.backfill._DRIVER_POLL_S", 0.0)
    monkeypatch.setattr("infra.cli.backfill._POLL_S", 0.01)
    monkeypatch.setattr("tasks.backfill.control.start", lambda name, confirmed: store.backfills.by_name(name))
    monkeypatch.setattr("tasks.backfill.control.driver_failure", lambda name, is_over: failure)
    done = backfill("run", "it", "--wait")
    assert (done.exit_code, words in done.output) == (exit_code, True), done.output
    assert (failure or "") in done.output


def test_a_name_or_key_list_that_is_no_text_is_told(store: Store, tmp_path: Path) -> None:
    assert isinstance(backfill("show", "\udcff").exception, BackfillMissing)
    keys = tmp_path / "keys.txt"
    keys.write_bytes("Ünder/a.pdf".encode("utf-16"))
    done = backfill("plan", "new", "--schema", "cv", "--keys", str(keys))
    assert done.exit_code == 2
    assert "not UTF-8 text" in done.output
