from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.errors import ConfigurationError, SourceForbidden, SourceMissing
from tasks.core.records import ModelIdentity
from tasks.documents import Source
from tasks.nightly.discover import Discovery, discover, merge_by_key
from tasks.postgres.objects import ListedStretch
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


@pytest.fixture(autouse=True)
def no_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.nightly.discover.can_read_scans", lambda: False)


class Rows:
    """A store that has only `sources.known_objects`, and takes what is recorded of a listing."""

    @property
    def sources(self) -> Self:
        return self

    objects = sources

    def passed(self, stretch: ListedStretch, age_s: float) -> None:
        """Recorded elsewhere."""

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
    sizes = {"a-new.pdf": 1, "done.pdf": 2, "half.pdf": 3, "new.pdf": 4}
    listing = [SourceObject("b", key, "e", size) for key, size in sizes.items()]
    monkeypatch.setattr("tasks.nightly.discover.list_objects", lambda *_: listing)
    monkeypatch.setattr("tasks.nightly.discover.store", Rows)
    monkeypatch.setattr("tasks.nightly.discover.reader_version", lambda key: "r")
    monkeypatch.setattr("tasks.nightly.discover.limit_version", lambda: "limit")
    serving = ServingModels(*(Served(model, Dialect.NATIVE) for model in MODELS))
    monkeypatch.setattr("tasks.nightly.discover.serving_models", lambda use_critic: serving)
    monkeypatch.setattr("tasks.verify.model_calls.settings", lambda: SimpleNamespace(promise=0.95))
    discovery = discover.fn([Source(prefix="", schema_name="cv")], "b", **options)
    assert [request.key for request in discovery.requests] == keys
    assert discovery.sizes_bytes == [sizes[key] for key in keys]


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


def row(key: str, state: str | None = "done", etag: str = "e", refused: str | None = None) -> KnownObject:
    return KnownObject(key, etag, etag, None, state, refused, "r" if refused else None)


@pytest.fixture
def open_keys(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """What a night takes of this listing (all with the ETag `e`) and these rows."""

    def found(listed: list[str], rows: list[KnownObject], **options: bool) -> list[str]:
        listing = [SourceObject("b", key, "e", 1) for key in sorted(listed, key=str.encode)]
        ordered = sorted(rows, key=lambda known: known.key.encode())
        objects = SimpleNamespace(passed=lambda *_: None)
        store = SimpleNamespace(
            sources=SimpleNamespace(known_objects=lambda *_: iter(ordered)), objects=objects
        )
        monkeypatch.setattr("tasks.nightly.discover.list_objects", lambda *_: listing)
        monkeypatch.setattr("tasks.nightly.discover.store", lambda: store)
        monkeypatch.setattr("tasks.nightly.discover.reader_version", lambda key: "r")
        monkeypatch.setattr("tasks.nightly.discover.limit_version", lambda: "limit")
        return [r.key for r in discover.fn([Source(prefix="", schema_name="cv")], "b", **options).requests]

    return found


MAIL, DEED, FWD = "a.eml", "a.eml!/deed.pdf", "a.eml!/fwd.eml"


@pytest.mark.parametrize(
    ("rows", "taken"),
    [
        ([row(MAIL), row(DEED)], []),
        ([row(MAIL), row(DEED, None)], [DEED]),
        ([row(MAIL), row(DEED, "failed")], [DEED]),
        ([row(MAIL), row(DEED, None, refused="broken")], []),
        ([row(MAIL, None, refused="no_text"), row(DEED, None)], [DEED]),
        ([row(MAIL, "running"), row(DEED, None)], [MAIL]),
        ([row(MAIL, None, etag="old"), row(DEED, None, etag="old")], [MAIL]),
        ([row(MAIL), row(DEED, None, etag="old")], []),
        ([row(MAIL), row("a.eml!/scan.tif", None)], []),
        ([row(MAIL), row(FWD), row(f"{FWD}!/note.txt", None)], [f"{FWD}!/note.txt"]),
        ([row(MAIL), row(FWD, "failed"), row(f"{FWD}!/note.txt", None)], [FWD]),
        ([row("gone.eml"), row("gone.eml!/deed.pdf", None)], [MAIL]),
    ],
)
def test_attachment_that_was_not_finished_is_taken_unless_its_mail_is(
    open_keys: Callable[..., list[str]], rows: list[KnownObject], taken: list[str]
) -> None:
    assert open_keys([MAIL], rows) == taken


def test_attachments_find_their_mail_among_others_and_after_the_last_object(
    open_keys: Callable[..., list[str]],
) -> None:
    listed = ["a.eml", "a.eml b.pdf", "a.eml!.pdf", "a.emlx.pdf", "b.eml", "z.eml"]
    parts = ["a.eml!/1.pdf", "b.eml!/1.pdf", "z.eml!/1.pdf", "z.eml!/2.pdf"]
    rows = [*(row(key) for key in listed), *(row(key, None) for key in parts)]
    assert open_keys(listed, rows) == parts


def test_force_takes_a_mail_and_not_its_attachments_beside_it(open_keys: Callable[..., list[str]]) -> None:
    assert open_keys([MAIL], [row(MAIL), row(DEED)], force=True) == [MAIL]


def test_files_that_are_not_read_are_named_and_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = ["in/.DS_Store", "in/a.pdf", "in/b.xlsx", "in/c", "in/scan.tif", "in/side.docx.tmp"]
    listing = [SourceObject("b", key, "e", 1) for key in keys]
    monkeypatch.setattr("tasks.nightly.discover.list_objects", lambda *_: listing)
    monkeypatch.setattr("tasks.nightly.discover.store", Rows)
    discovery = discover.fn([Source(prefix="in/", schema_name="cv")], "b")
    assert [request.key for request in discovery.requests] == ["in/a.pdf", "in/c"]
    assert discovery.left_out["in/"].startswith("3 files left out: b.xlsx, scan.tif (needs OCR")
    assert not discovery.empty
