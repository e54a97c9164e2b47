"""The bucket as a night meets it, over HTTP: archived objects, denied keys (row R22 of the reports), and keys that come and go (R23)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from flows.extract import _isolated
from tasks import s3
from tasks.core.errors import ObjectMissing, SourceForbidden, SourceUnavailable
from tasks.documents import DocumentRequest, Outcome, OutcomeStatus, Source
from tasks.fetch import fetch
from tasks.nightly import discover as discover_module
from tasks.nightly.discover import Discovery, discover
from tasks.nightly.report import night_of, night_rows, night_summary
from tasks.postgres.objects import VersionState
from tasks.postgres.store import Store
from tasks.settings import settings
from tests.db import samples
from tests.servers.object_server import Answer, ObjectServer, Request, md5, refusal, served, whole

SOURCE = Source(prefix="deals/", schema_name="investment")


@dataclass
class Bucket:
    """What the bucket `contracts` holds: bytes by key, and how it answers for some."""

    objects: dict[str, bytes] = field(default_factory=dict[str, bytes])
    archived: set[str] = field(default_factory=set[str])
    denied: set[str] = field(default_factory=set[str])
    restored: set[str] = field(default_factory=set[str])
    shut: str = ""
    """The code with which listings are refused."""
    breaks_after: int = 10**9
    """So many keys are listed, then the listing is refused."""
    server: ObjectServer = field(init=False)

    def answer(self, request: Request) -> Answer:
        if "list-type" in request.query:
            return self._listing(request)
        key = request.path.removeprefix("/contracts/")
        if key not in self.objects:
            return refusal(404, "NoSuchKey")
        if request.method == "HEAD":
            more = [("Last-Modified", "Mon, 02 Nov 2026 23:59:01 GMT")]
            more += [("x-amz-storage-class", "GLACIER")] if key in self.archived else []
            more += (
                [("x-amz-restore", 'ongoing-request="false", expiry-date="x"')]
                if key in self.restored
                else []
            )
            return Answer(etag=md5(self.objects[key]), body=self.objects[key], more=tuple(more))
        if key in self.archived - self.restored:
            return refusal(403, "InvalidObjectState")
        if key in self.denied:
            return refusal(400, "KMS.DisabledException")
        return whole(self.objects[key])

    def _listing(self, request: Request) -> Answer:
        after = request.query.get("continuation-token", "")
        keys = [
            k for k in sorted(self.objects) if k.startswith(request.query.get("prefix", "")) and k > after
        ]
        if self.shut or (after and len([k for k in self.objects if k <= after]) >= self.breaks_after):
            return refusal(405 if self.shut == "MethodNotAllowed" else 403, self.shut or "AccessDenied")
        rows = ""
        for key in keys[:2]:
            kind = "GLACIER" if key in self.archived else "STANDARD"
            rows += (
                f"<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00Z</LastModified><ETag>{md5(self.objects[key])}</ETag>"
                f"<Size>1</Size><StorageClass>{kind}</StorageClass></Contents>"
            )
        token = f"<NextContinuationToken>{keys[1]}</NextContinuationToken>" if len(keys) > 2 else ""
        end = "true" if token else "false"
        return Answer(
            body=f"<ListBucketResult><IsTruncated>{end}</IsTruncated>{token}{rows}</ListBucketResult>".encode()
        )


@pytest.fixture
def bucket(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    held = Bucket()
    with ExitStack() as stack:
        held.server = stack.enter_context(served(held.answer))
        given = {"S3_ENDPOINT_URL": held.server.url, "DATABASE_URL": "postgresql://", "TRITON_URL": "t:1"}
        keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "s3cret", "AWS_REGION": "eu"}
        for name, value in (given | keys).items():
            monkeypatch.setenv(name, value)
        for module in ("tasks.nightly.discover", "tasks.nightly.report", "tasks.fetch", "tasks.attachments"):
            monkeypatch.setattr(f"{module}.store", lambda: store)
        for module in ("tasks.nightly.discover", "tasks.nightly.report"):
            monkeypatch.setattr(f"{module}.open_schema", lambda name: samples.SCHEMA)
        s3._new_client.cache_clear()
        settings.cache_clear()
        yield held
        s3._client().close()
    s3._new_client.cache_clear()
    settings.cache_clear()


def night() -> Discovery:
    return discover.fn([SOURCE], "contracts")


def take(discovery: Discovery) -> dict[str, Outcome]:
    """What becomes of the requests in a batch that goes no further than the download."""

    def taken(request: DocumentRequest) -> Outcome:
        fetched = fetch.fn(request)
        return Outcome(
            key=request.key, schema_name="small", status=OutcomeStatus.DONE, document_id=fetched.document_id
        )

    return {r.key: _isolated(r, lambda r=r: taken(r)) for r in discovery.requests}  # type: ignore[misc]


def state(store: Store, key: str) -> VersionState:
    return store.objects.versions("contracts", key)[0].state


def test_archived_and_denied_objects_are_passed_over_listed_and_taken_once_they_can_be_read(
    store: Store, bucket: Bucket
) -> None:
    """R22."""
    names = ("arch", "deny", "new", "tier")
    bucket.objects = {f"deals/{name}.txt": name.encode() for name in names}
    arch, deny, new, tier = bucket.objects
    bucket.archived, bucket.denied = {arch}, {deny}
    found = night()
    assert [request.key for request in found.requests] == [deny, new, tier]
    assert bucket.server.count("GET") == 2, "the pages of the listing: no archived object was asked for"
    bucket.archived.add(tier)  # as an archive tier that no listing shows
    outcomes = take(found)
    assert {key: (o.status.value, o.reason) for key, o in outcomes.items()} == {
        deny: ("withheld", "key_denied"),
        new: ("done", ""),
        tier: ("withheld", "archived"),
    }
    row, total = night_rows(night_of([SOURCE], "contracts", found, datetime.now(UTC), []))
    assert row["not given"] == (
        f"3 withheld objects left out: {arch} (archived), {deny} (key_denied), {tier} (archived)"
    )
    assert (row["withheld"], row["failed"], row["left"]) == (3, 0, 1)
    assert night_summary(total).startswith("3 documents: 1 left, 3 withheld")
    bucket.restored, bucket.denied = {arch, tier}, set()
    again = night()
    assert {arch, deny, tier} <= {request.key for request in again.requests}
    assert {outcome.status for outcome in take(again).values()} == {OutcomeStatus.DONE}
    assert store.objects.withheld_of("contracts", [arch, deny, tier]) == {}
    assert state(store, deny) is VersionState.CURRENT


def test_document_that_is_done_and_archived_later_stays_current_and_is_not_asked_for(
    store: Store, bucket: Bucket
) -> None:
    """R22. A lifecycle rule moves it, and its ETag stays."""
    bucket.objects = {"deals/a.txt": b"a"}
    document_id = take(night())["deals/a.txt"].document_id
    assert document_id is not None
    store.runs.register_schema(samples.SCHEMA)
    store.readings.save(document_id, samples.reading(), samples.chunks(), {})  # type: ignore[arg-type]
    with store.runs.claim(replace(samples.identity("a"), document_id=document_id)) as claim:
        for number in (1, 2):
            store.runs.save_round(claim.run_id, samples.round_record(number))
        store.runs.finish(claim.run_id, samples.extractions(), samples.coverage(), {})
    bucket.archived = {"deals/a.txt"}
    found = night()
    assert (found.requests, dict(found.archived)) == ([], {})
    assert {line["state"] for line in store.reports.export()} == {"current"}


@pytest.mark.parametrize("stretch_keys", [2, 5000])
def test_nights_see_what_was_replaced_put_back_and_deleted(
    store: Store, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, stretch_keys: int
) -> None:
    """R23."""
    monkeypatch.setattr(discover_module, "STRETCH_KEYS", stretch_keys)
    bucket.objects = {f"deals/{name}.txt": name.encode() for name in "abcde"} | {"other/x.txt": b"x"}
    take(night())
    fetch.fn(DocumentRequest(key="other/x.txt", schema_name="small", bucket="contracts"))
    first = store.objects.versions("contracts", "deals/a.txt")[0].document_id
    bucket.objects["deals/a.txt"] = b"second"
    assert "deals/a.txt" in {request.key for request in night().requests}
    assert state(store, "deals/a.txt") is VersionState.REPLACED
    take(night())
    assert store.objects.versions("contracts", "deals/a.txt")[0].document_id != first
    bucket.objects["deals/a.txt"] = b"a"
    del bucket.objects["deals/c.txt"], bucket.objects["deals/e.txt"], bucket.objects["other/x.txt"]
    night()
    now = store.objects.versions("contracts", "deals/a.txt")[0]
    assert (now.document_id, now.state) == (first, VersionState.CURRENT)
    gone = {name for name in "abcde" if state(store, f"deals/{name}.txt") is VersionState.DELETED}
    assert (gone, state(store, "other/x.txt")) == ({"c", "e"}, VersionState.CURRENT), "no listing saw other/"
    with pytest.raises(ObjectMissing):
        fetch.fn(DocumentRequest(key="other/x.txt", schema_name="small", bucket="contracts"))
    assert state(store, "other/x.txt") is VersionState.DELETED, "a fetch did"


@pytest.mark.parametrize("stretch_keys", [1, 5000])
def test_listing_that_breaks_off_or_is_refused_marks_nothing_that_it_has_not_passed(
    store: Store, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, stretch_keys: int
) -> None:
    """R23."""
    monkeypatch.setattr(discover_module, "STRETCH_KEYS", stretch_keys)
    bucket.objects = {f"deals/{name}.txt": name.encode() for name in "abcdefg"}
    take(night())
    kept = dict(bucket.objects)
    for name in "bg":
        del bucket.objects[f"deals/{name}.txt"]
    bucket.breaks_after = 4
    with pytest.raises(SourceForbidden):
        night()
    gone = {name for name in "abcdefg" if state(store, f"deals/{name}.txt") is VersionState.DELETED}
    assert gone == ({"b"} if stretch_keys == 1 else set())
    bucket.objects, bucket.shut = {}, "AccessDenied"
    with pytest.raises(SourceForbidden):
        night()
    bucket.shut = "MethodNotAllowed"
    with pytest.raises(SourceUnavailable):
        night()
    assert gone == {name for name in "abcdefg" if state(store, f"deals/{name}.txt") is VersionState.DELETED}
    bucket.objects, bucket.shut, bucket.breaks_after = kept, "", 99
    night()
    assert all(state(store, key) is VersionState.CURRENT for key in kept)


@pytest.mark.parametrize("n_moved", [1, 6])
def test_store_that_lists_in_another_order_has_nothing_marked_as_deleted(
    store: Store, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, n_moved: int
) -> None:
    bucket.objects = {f"deals/{name}.txt": name.encode() for name in "abcdefg"}
    take(night())
    listing = list(s3.list_objects("contracts", "deals/"))
    monkeypatch.setattr(discover_module, "STRETCH_KEYS", 2)
    moved = [*listing[n_moved:], *listing[:n_moved]]
    listed_now = (replace(listed, seen_s=time.monotonic()) for listed in moved)
    monkeypatch.setattr(discover_module, "list_objects", lambda *_: listed_now)
    night()
    assert all(state(store, key) is VersionState.CURRENT for key in bucket.objects)
