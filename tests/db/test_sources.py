"""Object versions are recorded once, listed as S3 lists them, and tell what became of them."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from tasks.core.records import ModelIdentity
from tasks.postgres.sources import START, Versions, object_version
from tasks.postgres.store import Store
from tests.db import samples


@pytest.mark.parametrize(
    ("version", "etag", "expected"),
    [("v1", "e1", "v1"), (None, "e1", "e1"), ("null", "e1", "e1"), ("", "e1", "e1")],
)
def test_unversioned_object_is_told_by_its_etag(version: str | None, etag: str, expected: str) -> None:
    assert object_version(version, etag) == expected


def test_object_without_version_and_etag_is_refused() -> None:
    with pytest.raises(ValueError, match="version or an ETag"):
        object_version(None, None)


def test_source_recorded_twice_is_one_row_and_learns_its_document(store: Store) -> None:
    first = store.sources.record("b", "k", None, "e", None)
    assert store.sources.record("b", "k", None, "e", 10, samples.document_id("x")) == first
    assert store.sources.record("b", "k", None, "e", None) == first
    (known,) = store.sources.known_objects("b")
    assert known.document_id == samples.document_id("x")


def test_changed_object_is_another_version(store: Store) -> None:
    store.sources.record("b", "k", None, "e1", 1)
    store.sources.record("b", "k", None, "e2", 1)
    assert [(known.key, known.version) for known in store.sources.known_objects("b")] == [
        ("k", "e1"),
        ("k", "e2"),
    ]


def test_known_objects_come_in_the_byte_order_of_their_keys(store: Store) -> None:
    keys = ["b/ä.pdf", "a/Z.pdf", "a/a.pdf", "b/😀.pdf", "a-1.pdf", "a/\uffff.pdf", "a_1.pdf"]
    for key in keys:
        store.sources.record("b", key, None, "e", 1)
    listed = [known.key for known in store.sources.known_objects("b")]
    assert listed == sorted(keys, key=str.encode)


@pytest.mark.parametrize("page_rows", [1, 2, 3, 6, 7])
def test_known_objects_in_pages_are_all_of_them_once(store: Store, page_rows: int) -> None:
    for key in ("a", "b", "c"):
        for etag in ("e1", "e2"):
            store.sources.record("b", key, None, etag, 1)
    pages, place = [], START
    while place is not None:
        found, place = store.sources.known_page("b", "", place, page_rows=page_rows)
        pages.append([(known.key, known.version) for known in found])
    assert [row for page in pages for row in page] == [(key, etag) for key in "abc" for etag in ("e1", "e2")]
    assert all(len(page) == page_rows for page in pages[:-1])


@pytest.mark.parametrize("prefix", ["deals/", "100%_/", "a\\b/"])
def test_prefix_is_taken_literally(store: Store, prefix: str) -> None:
    store.sources.record("b", f"{prefix}x.pdf", None, "e", 1)
    store.sources.record("b", "100abc/x.pdf", None, "e", 1)
    store.sources.record("other", f"{prefix}y.pdf", None, "e", 1)
    assert [known.key for known in store.sources.known_objects("b", prefix)] == [f"{prefix}x.pdf"]


def test_known_object_tells_its_newest_run_of_the_schema_asked_for(store: Store) -> None:
    samples.put_document(store)
    assert [known.run_state for known in store.sources.known_objects("contracts")] == [None]
    with store.runs.claim(samples.identity("a")) as claim:
        store.runs.save_round(claim.run_id, samples.round_record(1))
        assert [known.run_state for known in store.sources.known_objects("contracts")] == ["running"]
        store.runs.fail(claim.run_id, "model_unavailable")
    assert [known.run_state for known in store.sources.known_objects("contracts")] == ["failed"]
    samples.do_run(store, version="2")
    assert [known.run_state for known in store.sources.known_objects("contracts", "", "small")] == ["done"]
    assert [known.run_state for known in store.sources.known_objects("contracts", "", "cuad")] == [None]


def outdated(store: Store, deployed: Versions | None) -> list[bool]:
    return [known.is_outdated for known in store.sources.known_objects("contracts", "", "small", deployed)]


def versions(version: str = "1", schema_digest: str = samples.SCHEMA.digest, critic: bool = True) -> Versions:
    run = samples.identity("a", version, critic)
    return Versions(schema_digest, run.generator, run.critic)


def test_document_is_outdated_until_it_is_done_with_what_is_deployed(store: Store) -> None:
    samples.put_document(store)
    assert outdated(store, versions("2")) == [False], "not done at all: that is another matter"
    samples.do_run(store)
    assert outdated(store, None) == [False]
    assert outdated(store, versions()) == [False]
    assert outdated(store, versions("2")) == [True], "models that no run has had"
    samples.do_run(store, version="2")
    assert outdated(store, versions("2")) == [False]
    assert outdated(store, versions()) == [False], "rolled back: the earlier run would not be made again"


def test_other_schema_and_other_critic_make_a_document_outdated(store: Store) -> None:
    samples.put_document(store)
    samples.do_run(store)
    assert outdated(store, versions(schema_digest="0" * 64)) == [True]
    assert outdated(store, versions(critic=False)) == [True]
    unknown = Versions(
        samples.SCHEMA.digest, samples.identity("a").generator, ModelIdentity("critic", "never seen")
    )
    assert outdated(store, unknown) == [True]


def test_another_promise_makes_a_document_outdated(store: Store) -> None:
    samples.put_document(store)
    samples.do_run(store)
    assert outdated(store, replace(versions(), promise=0.95)) == [True]
    samples.do_run(store, promise=0.95)
    assert outdated(store, replace(versions(), promise=0.95)) == [False]
    assert outdated(store, replace(versions(), promise=0.97)) == [True]


def test_quarantine_is_said_once_for_each_reader(store: Store, connection: psycopg.Connection) -> None:
    def refuse(reader: str) -> int:
        return store.sources.quarantine(
            "b", "k", None, "not_a_pdf", "the file is not a PDF", etag="e", reader_version=reader
        )

    first = refuse("r1")
    assert refuse("r1") == first
    assert refuse("r2") != first
    (known,) = store.sources.known_objects("b")
    assert (known.quarantine_code, known.quarantine_reader) == ("not_a_pdf", "r2")
    assert connection.execute("SELECT count(*) FROM quarantine").fetchone() == (2,)
