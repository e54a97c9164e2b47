"""Delivery over a real database: what is due, which files are written in which order, and what a crash leaves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

import tasks.delivery
from infra.cli.export import write_jsonl
from tasks.audit.erase import erase_document
from tasks.core.delivery import LEFT_OUT, document_digest, is_results_key
from tasks.core.errors import ConfigurationError, SourceMissing, SourceUnavailable
from tasks.core.records import DocumentId, RunId
from tasks.core.review.records import EVERYTHING, QueueFilter, ReviewDecision
from tasks.delivery import DELIVERED_EVENT, DeliveryCount, deliver, due
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.test_days import acting_as
from tests.db.test_decisions import VALUES, YIELD, ask, decide

NOTHING = DeliveryCount()
DOCUMENT = document_digest("contracts", "deals/a.pdf")


@dataclass
class Place:
    """A results prefix that is a dictionary."""

    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    written: list[str] = field(default_factory=list[str])
    """Every write, in order."""
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    refuses: str = ""
    """Keys that begin so are not written."""

    def put(self, bucket: str, key: str, data: bytes, _kind: str) -> None:
        assert bucket == "out" and is_results_key(key, "results/"), key
        name = key.removeprefix("results/")
        if self.refuses and name.startswith(self.refuses):
            raise SourceUnavailable("writing: the object store does not answer")
        self.files[name] = data
        self.written.append(name)

    def head(self, _bucket: str, key: str) -> None:
        if key.removeprefix("results/") not in self.files:
            raise SourceMissing("not found")

    def tell(self, event: str, **told: Any) -> None:
        assert event == DELIVERED_EVENT
        self.events.append(told)

    def pointer(self, document: str = DOCUMENT) -> dict[str, Any]:
        return json.loads(self.files[f"current/small/{document}.json"])

    def log(self, number: int) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.files[f"log/{number:012}.jsonl"].splitlines()]

    def values(self, document: str = DOCUMENT) -> list[dict[str, Any]]:
        return [
            json.loads(line) for line in self.files[self.pointer(document)["values"]["object"]].splitlines()
        ]


@pytest.fixture
def place(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    made = Place()
    config = SimpleNamespace(results="s3://out/results/", results_place=("out", "results/"))
    monkeypatch.setattr(tasks.delivery, "settings", lambda: config)
    monkeypatch.setattr(tasks.delivery, "store", lambda: store)
    monkeypatch.setattr(tasks.delivery, "put_bytes", made.put)
    monkeypatch.setattr(tasks.delivery, "head_object", made.head)
    monkeypatch.setattr(tasks.delivery, "emit_event", made.tell)
    prefect = SimpleNamespace(api=SimpleNamespace(url="http://prefect"))
    monkeypatch.setattr(tasks.delivery, "get_current_settings", lambda: prefect)
    yield made


def delivered(n: int = 0, withdrawn: int = 0, keys: int = 1, values: int | None = None) -> DeliveryCount:
    return DeliveryCount(keys, n, 2 * n if values is None else values, withdrawn)


def test_a_finished_run_is_delivered_once_with_pointer_log_and_event(store: Store, place: Place):
    run_id = ask(store)
    assert due() == DeliveryCount(1, 1, 0, 0)
    assert deliver() == delivered(1)
    pointer = place.pointer()
    name = pointer["values"]["object"]
    revision = pointer["values"]["revision"]
    assert name == f"values/small/{DOCUMENT}/{run_id}.{revision}.jsonl"
    assert place.written == [name, f"current/small/{DOCUMENT}.json", "log/000000000001.jsonl"]
    lines = [
        {k: v for k, v in row.items() if k not in LEFT_OUT} for row in store.reports.export(run=RunId(run_id))
    ]
    assert place.values() == json.loads(json.dumps(lines))
    assert pointer["values"]["sha256"] == hashlib.sha256(place.files[name]).hexdigest()
    assert (pointer["document"], pointer["state"], pointer["superseded"]) == ("deals/a.pdf", "current", [])
    (logged,) = place.log(1)
    assert logged["values"]["object"] == name and logged["supersedes"] is None
    (event,) = place.events
    assert event["payload"] == {
        "log": "s3://out/results/log/000000000001.jsonl",
        "number": 1, "delivered": 1, "withdrawn": 0, "values": 2, "runs": [run_id],
    }  # fmt: skip
    assert "Principal" not in json.dumps(event, default=str)
    assert deliver() == delivered(0)
    assert len(place.written) == 3, "it is delivered once"


def test_the_role_of_the_flows_may_deliver_and_change_no_delivery(
    store: Store,
    place: Place,
    connection: psycopg.Connection,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
):
    ask(store)
    with Store(make_conninfo(database_url, options="-c role=countersign_writer")) as writer:
        monkeypatch.setattr(tasks.delivery, "store", lambda: writer)
        assert deliver() == delivered(1)
        samples.do_run(store, "a", "2", values=VALUES)
        assert deliver() == delivered(1)
        with acting_as(connection, "countersign_writer"):
            for change in ("UPDATE delivery SET sha256 = ''", "DELETE FROM delivery"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(change.encode())


def test_the_file_of_values_is_what_the_export_writes(store: Store, place: Place):
    import io

    ask(store)
    deliver()
    out = io.StringIO()
    write_jsonl(({k: v for k, v in row.items() if k not in LEFT_OUT} for row in store.reports.export()), out)
    assert place.files[place.pointer()["values"]["object"]].decode() == out.getvalue()


def test_a_decision_a_newer_run_and_another_content_supersede_what_was_delivered(store: Store, place: Place):
    first = ask(store)
    deliver()
    names = [place.pointer()["values"]["object"]]
    (item,) = store.review_queue.page(QueueFilter(field=YIELD), EVERYTHING)
    decide(store, item, ReviewDecision.REJECTED)
    assert deliver() == delivered(1)
    names.append(place.pointer()["values"]["object"])
    assert {row["field"]: row["status"] for row in place.values()}[YIELD] == "rejected"
    second = samples.do_run(store, "a", "2", values=VALUES)
    assert deliver() == delivered(1)
    names.append(place.pointer()["values"]["object"])
    third = ask(store, "b")
    assert deliver() == delivered(1)
    pointer = place.pointer()
    assert [name.split("/")[-1].split(".")[0] for name in names] == [first, first, second]
    assert len(set(names)) == 3 and all(name in place.files for name in names), "nothing is written over"
    assert pointer["values"]["run"] == third
    assert [one["object"] for one in pointer["superseded"]] == names[::-1]
    assert [place.log(n)[0]["supersedes"] and place.log(n)[0]["supersedes"]["object"] for n in (1, 2, 3, 4)] == [
        None, *names,
    ]  # fmt: skip


def test_values_of_a_key_that_is_gone_or_replaced_are_withdrawn(store: Store, place: Place):
    run_id = ask(store)
    deliver()
    name = place.pointer()["values"]["object"]
    content = place.files[name]
    store.objects.missing("contracts", "deals/a.pdf")
    assert deliver() == delivered(0, withdrawn=1)
    pointer = place.pointer()
    assert (pointer["state"], pointer["values"]) == ("deleted", None)
    assert [one["run"] for one in pointer["superseded"]] == [run_id]
    assert place.log(2)[0]["state"] == "deleted" and place.log(2)[0]["values"]["object"] == name
    assert place.events[-1]["payload"]["withdrawn"] == 1
    assert deliver() == delivered(0)
    samples.put_document(store, "a")  # it is there again
    assert deliver() == delivered(1)
    assert place.pointer()["values"]["object"] == name and place.pointer()["superseded"] == []
    assert place.files[name] == content, "written again, it has the same bytes"
    samples.put_document(store, "b")  # another content, without a run
    assert deliver() == delivered(0, withdrawn=1)
    assert place.pointer()["state"] == "replaced"


def test_erased_values_are_deleted_withdrawn_and_never_delivered_again(
    store: Store, place: Place, monkeypatch: pytest.MonkeyPatch
):
    ask(store)
    deliver()
    kept = place.pointer()["values"]["object"]
    orphan = kept.replace(".jsonl", "0.jsonl")  # of a worker that died before it was recorded
    other = kept.replace(kept.rpartition("/")[2], f"{'0' * 8}-0000-0000-0000-{'0' * 12}.7.jsonl")
    gone: list[str] = []

    def delete(bucket: str, keys: list[str]) -> int:
        assert bucket == "out"
        gone.extend(key.removeprefix("results/") for key in keys)
        return len(keys)

    monkeypatch.setattr("tasks.audit.erase.delete_everywhere", delete)
    files = [(f"results/{name}", "1") for name in (kept, orphan, other)]
    monkeypatch.setattr(
        "tasks.audit.erase.list_versions", lambda _, below: [f for f in files if f[0].startswith(below)]
    )
    config = SimpleNamespace(evidence_place=("out", "results/pages/"), results_place=("out", "results/"))
    monkeypatch.setattr("tasks.audit.erase.settings", lambda: config)
    (run_id,) = store.trail.run_ids()
    erased = erase_document(store, DocumentId(samples.document_id("a")), "ada", "asked")
    assert set(gone) == {kept, orphan, f"pages/deals/a.pdf.{run_id}.html"}
    assert erased.n_objects == 3
    assert deliver() == delivered(withdrawn=1)
    assert (place.pointer()["state"], place.log(2)[0]["state"]) == ("deleted", "deleted")
    store.sources.record(
        "contracts", "deals/a.pdf", None, "etag-a", 1000, DocumentId(samples.document_id("a"))
    )
    assert deliver() == delivered()


def test_two_keys_with_the_same_bytes_are_two_files_under_their_own_names(store: Store, place: Place):
    ask(store)
    store.sources.record("contracts", "other/copy.pdf", None, "etag-a", 1000, samples.document_id("a"))
    assert deliver() == delivered(2, keys=2)
    assert {row["document"] for row in place.values()} == {"deals/a.pdf"}
    copy = document_digest("contracts", "other/copy.pdf")
    assert {row["document"] for row in place.values(copy)} == {"other/copy.pdf"}
    assert [row["document"] for row in place.log(1)] == ["deals/a.pdf", "other/copy.pdf"]


@pytest.mark.parametrize("refuses", ["values", "current", "log"])
def test_what_the_store_refuses_is_due_as_before_and_has_the_same_bytes(
    store: Store, place: Place, refuses: str
):
    ask(store)
    place.refuses = refuses
    with pytest.raises(SourceUnavailable):
        deliver()
    assert place.events == []
    message = tasks.delivery.deliver_results.fn()
    assert message.startswith("results wait for the next delivery: writing:")
    before = dict(place.files)
    place.refuses = ""
    deliver()
    assert len(place.events) == 1 and len(place.log(1)) == 1
    assert {name: place.files[name] for name in before} == before
    assert len(place.files) == 3
    assert deliver() == delivered(0)


def test_a_worker_that_died_after_the_log_writes_the_same_log_and_event_again(
    store: Store, place: Place, monkeypatch: pytest.MonkeyPatch
):
    ask(store)

    def die(*_: object) -> None:
        raise SourceUnavailable("gone")

    with monkeypatch.context() as broken:
        broken.setattr(store.deliveries, "announce", die)
        with pytest.raises(SourceUnavailable):
            deliver()
    log = place.files["log/000000000001.jsonl"]
    deliver()
    assert place.files["log/000000000001.jsonl"] == log
    assert place.events[0] == place.events[1], "one event for who counts ids"
    assert "log/000000000002.jsonl" not in place.files


def test_after_a_restored_backup_no_file_of_the_log_is_written_over(
    store: Store, place: Place, connection: psycopg.Connection
):
    ask(store)
    deliver()
    log = place.files["log/000000000001.jsonl"]
    connection.execute("DELETE FROM delivery")  # as a database that was restored from before
    deliver()
    assert place.files["log/000000000001.jsonl"] == log
    assert place.log(2)[0]["values"] == place.log(1)[0]["values"]


def test_another_place_is_delivered_to_anew(store: Store, place: Place, monkeypatch: pytest.MonkeyPatch):
    ask(store)
    deliver()
    monkeypatch.setattr(tasks.delivery, "_url", lambda _: "s3://out/elsewhere/")
    assert deliver() == delivered(1)


def test_a_batch_delivers_its_own_documents(store: Store, place: Place):
    ask(store, "a", "deals/a.pdf")
    ask(store, "b", "deals/b.pdf")
    assert deliver([DocumentId(samples.document_id("b"))]) == delivered(1)
    assert [row["document"] for row in place.log(1)] == ["deals/b.pdf"]
    assert deliver([]) == NOTHING


def test_a_decision_while_the_values_are_read_is_read_too(
    store: Store, place: Place, monkeypatch: pytest.MonkeyPatch
):
    ask(store)
    (item,) = store.review_queue.page(QueueFilter(field=YIELD), EVERYTHING)
    export, calls = store.reports.values_of, []

    def slow(*given: Any) -> Iterator[dict[str, Any]]:
        rows = list(export(*given))
        if not calls:
            calls.append(decide(store, item, ReviewDecision.REJECTED))
        return iter(rows)

    monkeypatch.setattr(store.reports, "values_of", slow)
    deliver()
    assert {row["field"]: row["status"] for row in place.values()}[YIELD] == "rejected"
    assert deliver() == delivered(0)


def test_without_a_place_nothing_is_delivered(store: Store, place: Place, monkeypatch: pytest.MonkeyPatch):
    ask(store)
    monkeypatch.setattr(tasks.delivery, "settings", lambda: SimpleNamespace(results="", results_place=None))
    assert tasks.delivery.deliver_results.fn() == ""
    with pytest.raises(ConfigurationError, match="COUNTERSIGN_RESULTS"):
        deliver()
