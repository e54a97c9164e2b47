"""The table of a night shows what its batches did, and the documents that no batch reports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import psycopg
import pytest

from tasks.core.records import RunId
from tasks.core.statistics.refusal_rate import RefusalCount
from tasks.documents import DocumentRequest, Source
from tasks.nightly.discover import Discovery, discover
from tasks.nightly.report import Night, night_of, night_rows, night_summary
from tasks.postgres.store import Store
from tasks.s3 import SourceObject
from tests.db import samples

DEALS, OTHERS = Source(prefix="deals/", schema_name="investment"), Source(prefix="cvs/", schema_name="cv")
BEGAN = datetime.now(UTC) - timedelta(minutes=5)


@pytest.fixture(autouse=True)
def the_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.nightly.report.store", lambda: store)
    monkeypatch.setattr("tasks.nightly.report.open_schema", lambda name: samples.SCHEMA)


def run(store: Store, content: str, flow_run_id: str, seconds: float) -> RunId:
    samples.put_document(store, content, f"deals/{content}.pdf")
    summary = {"seconds": seconds, "cost": {"money": 0.25, "currency": "EUR"}}
    return samples.do_run(store, content, flow_run_id=flow_run_id, summary=summary)


def night(began_at: datetime = BEGAN, keys: tuple[str, ...] = ("a", "b", "z")) -> Night:
    keys_of_deals = tuple(f"deals/{key}.pdf" for key in keys)
    return Night((DEALS, OTHERS), "contracts", began_at, (keys_of_deals, ()), ("f1", "f2"))


def test_table_has_a_row_for_each_source_and_one_for_all(store: Store) -> None:
    run(store, "a", "f1", 1.0)
    run(store, "b", "f2", 7.5)
    run(store, "c", "another night's", 9.0)
    deals, others, whole = night_rows(night())
    assert (deals["documents"], deals["done"], deals["left"]) == (3, 2, 1)
    assert (deals["verified"], deals["seconds"], deals["money"]) == (2, 8.5, "0.5000 EUR")
    assert deals["slowest"] == "deals/b.pdf (7.5 s)"
    assert (others["documents"], others["done"]) == (0, 0)
    assert (whole["prefix"], whole["done"], whole["verified"]) == ("all", 2, 2)
    assert night_summary(whole) == "3 documents: 2 done, 1 left, 2 values verified, 0 unsettled"


def test_run_that_ended_before_the_night_is_not_the_nights(store: Store) -> None:
    run(store, "a", "f1", 1.0)
    assert night_rows(night(began_at=datetime.now(UTC) + timedelta(minutes=1)))[0]["done"] == 0


def test_refused_documents_are_counted_however_often_they_were_refused(store: Store) -> None:
    refused = ("contracts", "deals/z.pdf", None, "not_a_pdf", "no PDF")
    for _ in "12":
        store.sources.quarantine(*refused, etag="e", reader_version="r")
    rows = night_rows(night(began_at=datetime.now(UTC) + timedelta(minutes=1)))
    assert [(r["quarantined"], r["left"]) for r in rows] == [(1, 2), (0, 0), (1, 2)]


def test_requests_are_counted_for_their_source() -> None:
    requests = [DocumentRequest(key=f"deals/{n}.pdf", schema_name="investment") for n in range(3)]
    requests.append(DocumentRequest(key="deals/cv.pdf", schema_name="cv"))
    counted = night_of([DEALS, OTHERS], "contracts", Discovery(requests, {}), BEGAN, ["f1"])
    assert [len(keys) for keys in counted.keys] == [3, 0]


def test_prefix_that_could_not_be_listed_says_why_in_its_row(store: Store) -> None:
    discovery = Discovery([], {"cvs/": "listing s3://contracts/cvs/: refused (AccessDenied)"})
    deals, others, whole = night_rows(night_of([DEALS, OTHERS], "contracts", discovery, BEGAN, []))
    assert [row["not listed"] for row in (deals, others, whole)] == ["", discovery.not_listed["cvs/"], ""]


def test_empty_prefix_is_a_row_and_no_document(store: Store) -> None:
    discovery = Discovery([], {}, ["cvs/"])
    deals, others, whole = night_rows(night_of([DEALS, OTHERS], "contracts", discovery, BEGAN, []))
    assert [row["empty"] for row in (deals, others, whole)] == ["", "yes", ""]
    assert (others["documents"], others["not listed"]) == (0, "")
    assert night_summary(whole) == "nothing new"


def test_one_document_with_one_value_is_said_in_the_singular(store: Store) -> None:
    run(store, "a", "f1", 1.0)
    total = night_rows(night(keys=("a",)))[-1]
    assert night_summary(total) == "1 document: 1 done, 1 value verified, 0 unsettled"


def test_arrivals_are_counted_once_each_on_the_day_they_were_first_met(
    store: Store, connection: psycopg.Connection
) -> None:
    for days_ago, key, is_refused in ((40, "old", True), (2, "a", True), (2, "b", False), (1, "c", False)):
        put(store, connection, f"deals/{key}.pdf", is_refused, f"{days_ago} days 1 hour")
    put(store, connection, "deals/x.pdf", True, "0 s")
    put(store, connection, "deals/y.pdf", False, "0 s")
    # A newer reader that refuses an old document makes no new arrival of it.
    store.sources.quarantine(
        "contracts", "deals/a.pdf", None, "not_a_pdf", "no PDF", etag="e", reader_version="r2"
    )
    tonight, days = store.reports.arrivals("contracts", BEGAN, 28)
    assert tonight == RefusalCount(2, 1)
    assert sorted(days, key=lambda day: day.n) == [RefusalCount(1, 0), RefusalCount(2, 1)]
    assert store.reports.arrivals("another", BEGAN, 28) == (RefusalCount(0, 0), [])


def put(store: Store, connection: psycopg.Connection, key: str, is_refused: bool, ago: str) -> None:
    store.sources.record("contracts", key, None, "e", 1)
    if is_refused:
        store.sources.quarantine("contracts", key, None, "not_a_pdf", "no PDF", etag="e", reader_version="r")
    moved = "UPDATE source SET created_at = now() - %s::interval WHERE key = %s"
    connection.execute(moved, (ago, key))
    connection.commit()


@pytest.mark.parametrize("refresh", [False, True])
def test_newer_reader_is_no_work_of_the_night_but_for_what_an_older_one_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch, refresh: bool
) -> None:
    """An archive is read again by a backfill, with `older: [reader]`, and never by a night by itself."""
    run(store, "a", "f1", 1.0)
    store.sources.quarantine(
        "contracts", "deals/z.pdf", None, "broken", "broken", etag="etag-z", reader_version=samples.READER
    )
    listing = [SourceObject("contracts", f"deals/{name}.pdf", f"etag-{name}", 1) for name in "az"]
    done_with = samples.identity("a")
    serving = SimpleNamespace(identities=(done_with.generator, done_with.critic), promise=lambda schema: None)
    for name, value in {
        "store": lambda: store,
        "open_schema": lambda name: samples.SCHEMA,
        "list_objects": lambda *_: listing,
        "serving_models": lambda use_critic: serving,
        "limit_version": lambda: "limit",
        "can_read_scans": lambda: False,
    }.items():
        monkeypatch.setattr(f"tasks.nightly.discover.{name}", value)
    keys: dict[str, list[str]] = {}
    for version in (samples.READER, "reader-9"):
        monkeypatch.setattr("tasks.nightly.discover.reader_version", lambda key, version=version: version)
        found = discover.fn([DEALS], "contracts", refresh=refresh)
        keys[version] = [request.key for request in found.requests]
    assert keys == {samples.READER: [], "reader-9": ["deals/z.pdf"]}
