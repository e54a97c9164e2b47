from collections.abc import Iterator
from types import SimpleNamespace
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.errors import ConfigurationError, SourceForbidden, SourceMissing
from tasks.core.records import ModelIdentity
from tasks.documents import Source
from tasks.nightly.discover import Discovery, discover, merge_by_key
from tasks.postgres.sources import KnownObject, Versions
from tasks.s3 import SourceObject
from tasks.triton import Dialect, Served
from tasks.verify.model_calls import ServingModels

keys = st.text(alphabet="abé/1", min_size=1, max_size=4)
etags = st.sampled_from(["e1", "e2"])


@given(
    st.dictionaries(keys, etags, max_size=12), st.dictionaries(keys, st.sets(etags, min_size=1), max_size=12)
)
def test_every_listed_object_meets_the_row_of_its_own_content(
    listed: dict[str, str], known: dict[str, set[str]]
):
    listing = [SourceObject("b", k, listed[k], 1) for k in sorted(listed, key=str.encode)]
    rows = [
        KnownObject(k, etag, etag, None, "done", None, None)
        for k in sorted(known, key=str.encode)
        for etag in sorted(known[k])
    ]
    merged = [(o.key, row.etag if row else None) for o, row in merge_by_key(listing, rows)]
    assert merged == [(o.key, o.etag if o.etag in known.get(o.key, ()) else None) for o in listing]


MODELS = (ModelIdentity("generator", "2"), ModelIdentity("critic", "2"))


class Rows:
    """A store that has only `sources.known_objects`."""

    @property
    def sources(self) -> Self:
        return self

    def known_objects(
        self, bucket: str, prefix: str, schema_name: str, deployed: Versions | None
    ) -> list[KnownObject]:
        states = (("done.pdf", "done"), ("half.pdf", "running"))
        is_outdated = deployed is not None and (deployed.generator, deployed.critic, deployed.promise) == (
            *MODELS,
            0.95,
        )
        return [KnownObject(key, "e", "e", None, state, None, None, is_outdated) for key, state in states]


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        ({}, ["half.pdf", "a-new.pdf", "new.pdf"]),
        ({"force": True}, ["half.pdf", "done.pdf", "a-new.pdf", "new.pdf"]),
        ({"refresh": True}, ["half.pdf", "done.pdf", "a-new.pdf", "new.pdf"]),
    ],
    ids=str,
)
def test_unfinished_documents_come_first_and_settled_ones_only_when_forced_or_outdated(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, bool], keys: list[str]
):
    listing = [SourceObject("b", key, "e", 1) for key in ("a-new.pdf", "done.pdf", "half.pdf", "new.pdf")]
    monkeypatch.setattr("tasks.nightly.discover.list_objects", lambda *_: listing)
    monkeypatch.setattr("tasks.nightly.discover.store", Rows)
    monkeypatch.setattr("tasks.nightly.discover.reader_version", lambda key: "r")
    monkeypatch.setattr("tasks.nightly.discover.limit_version", lambda: "limit")
    serving = ServingModels(*(Served(model, Dialect.NATIVE) for model in MODELS))
    monkeypatch.setattr("tasks.nightly.discover.serving_models", lambda use_critic: serving)
    monkeypatch.setattr("tasks.verify.model_calls.settings", lambda: SimpleNamespace(promise=0.95))
    discovery = discover.fn([Source(prefix="", schema_name="cv")], "b", **options)
    assert [request.key for request in discovery.requests] == keys


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    """One prefix with a document, an empty one, one without the right, and one whose bucket goes while it is listed."""

    def listing(bucket: str, prefix: str) -> Iterator[SourceObject]:
        if prefix == "shut/":
            raise SourceForbidden("listing s3://b/shut/: refused (AccessDenied)")
        if prefix != "empty/":
            yield SourceObject(bucket, f"{prefix}new.pdf", "e", 1)
        if prefix == "gone/":
            raise SourceMissing("listing s3://b/gone/: not found (NoSuchBucket)")

    monkeypatch.setattr("tasks.nightly.discover.list_objects", listing)
    monkeypatch.setattr("tasks.nightly.discover.store", Rows)


def discover_prefixes(*prefixes: str) -> Discovery:
    return discover.fn([Source(prefix=prefix, schema_name="cv") for prefix in prefixes], "b")


@pytest.mark.usefixtures("bucket")
def test_prefix_that_cannot_be_listed_stops_none_of_the_others() -> None:
    discovery = discover_prefixes("shut/", "good/", "gone/", "empty/")
    assert [request.key for request in discovery.requests] == ["good/new.pdf"]
    assert {prefix: why.rsplit("(", 1)[1] for prefix, why in discovery.not_listed.items()} == {
        "shut/": "AccessDenied)",
        "gone/": "NoSuchBucket)",
    }


@pytest.mark.usefixtures("bucket")
def test_empty_prefix_is_found_empty_and_is_no_failure() -> None:
    discovery = discover_prefixes("empty/", "empty/")
    assert (discovery.requests, discovery.not_listed, discovery.empty) == ([], {}, ["empty/"])
    assert (discover_prefixes("good/", "empty/").empty, discover_prefixes("good/").empty) == (["empty/"], [])


@pytest.mark.usefixtures("bucket")
def test_prefixes_that_are_all_shut_or_gone_and_none_at_all_are_errors() -> None:
    with pytest.raises(SourceMissing, match="NoSuchBucket"):
        discover_prefixes("gone/")
    with pytest.raises(ConfigurationError, match="no prefix was given"):
        discover_prefixes()
    with pytest.raises(SourceForbidden, match="shut/"):
        discover_prefixes("shut/", "shut/")
    mixed = discover_prefixes("shut/", "empty/")
    assert (mixed.not_listed.keys(), mixed.empty) == ({"shut/"}, ["empty/"])


@pytest.mark.usefixtures("bucket")
def test_prefix_that_is_read_for_two_schemas_is_listed_for_both() -> None:
    both = [Source(prefix="good/", schema_name=name) for name in ("cv", "cuad")]
    assert [r.schema_name for r in discover.fn(both, "b").requests] == ["cv", "cuad"]
