"""What a user of the web application looks for by name, on an empty and on a filled database."""

from __future__ import annotations

import pytest

from tasks.core.errors import StoreUnavailable
from tasks.postgres.store import Store
from tests.db import samples

EVIL = "a'; DROP TABLE source; --%_"


def test_an_empty_database_knows_no_name(store: Store) -> None:
    store.lookups.check()
    assert store.lookups.schemas() == store.lookups.fields("cv") == store.lookups.keys("a.pdf") == []


def test_a_document_is_found_by_its_key_and_by_its_file_name(store: Store) -> None:
    for etag, key in (("1", "a.pdf"), ("1", "x/a.pdf"), ("1", "x/b.pdf"), ("2", "a.pdf"), ("1", f"x/{EVIL}")):
        store.sources.record("b", key, None, etag, 1)
    assert store.lookups.keys("a.pdf") == ["a.pdf", "x/a.pdf"], "the newest first, each once"
    assert store.lookups.keys("x/b.pdf") == ["x/b.pdf"]
    assert store.lookups.keys(EVIL) == [f"x/{EVIL}"]
    assert store.lookups.keys("%") == []


def test_schemas_and_fields_are_those_that_were_registered(store: Store) -> None:
    samples.put_document(store)
    assert store.lookups.schemas() == [samples.SCHEMA.name]
    assert set(store.lookups.fields(samples.SCHEMA.name)) == {field.name for field in samples.SCHEMA.fields}
    assert store.lookups.fields("nosuch") == []


def test_a_server_that_is_gone_raises_store_unavailable() -> None:
    with Store("postgresql://nobody@127.0.0.1:1/nothing") as gone, pytest.raises(StoreUnavailable):
        gone.lookups.check()
