"""A fetch reads one version of an object, and each failure of the store is an error that says what to do."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from tasks import s3
from tasks.core.errors import (
    ObjectMissing,
    SourceArchived,
    SourceForbidden,
    SourceKeyDenied,
    SourceMissing,
    SourceUnavailable,
)
from tasks.runtime import outages
from tasks.s3 import FetchedObject, SourceObject, fetch_object, head_object, list_objects, lists_restores
from tasks.settings import settings
from tasks.verify.parts import through_outages
from tests.servers.object_server import Answer, ObjectServer, Request, md5, page, refusal, served, whole

OLD, NEW = b"old " * 250, b"new " * 300
MIXED = OLD[:500] + NEW[500:1000]
IN_PARTS = "9b2cf535f27731c974343645a3985328-2"
N_DOWN = 5
"""Requests until a store answers again."""
Store = Callable[[Callable[[Request], Answer]], ObjectServer]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Starts a store with these answers, which the settings name."""
    with _started(monkeypatch) as start:
        yield start
    s3._new_client.cache_clear()
    settings.cache_clear()


@contextmanager
def _started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with ExitStack() as stack:

        def start(answer: Callable[[Request], Answer]) -> ObjectServer:
            server = stack.enter_context(served(answer))
            given = {"S3_ENDPOINT_URL": server.url, "DATABASE_URL": "postgresql://", "TRITON_URL": "t:1"}
            keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "s3cret-word", "AWS_REGION": "eu"}
            for name, value in (given | keys).items():
                monkeypatch.setenv(name, value)
            s3._new_client.cache_clear()
            settings.cache_clear()
            return server

        yield start
        s3._client().close()


def read(max_bytes: int = 10_000) -> FetchedObject:
    fetched = fetch_object("b", "k.pdf", max_bytes)
    assert isinstance(fetched, FetchedObject)
    return fetched


def test_object_whose_etag_is_its_md5_is_read_once_and_not_asked_about_again(store: Store) -> None:
    server = store(lambda _: whole(OLD))
    fetched = read()
    assert (fetched.data, fetched.source) == (OLD, SourceObject("b", "k.pdf", md5(OLD), len(OLD)))
    assert fetched.sha256 == hashlib.sha256(OLD).hexdigest()
    assert (server.count("GET"), server.count("HEAD")) == (1, 0)


def test_object_that_was_uploaded_in_parts_is_asked_about_and_read_once(store: Store) -> None:
    server = store(lambda _: Answer(body=OLD, etag=IN_PARTS))
    assert read().source.etag == IN_PARTS
    assert (server.count("GET"), server.count("HEAD")) == (1, 1)


def test_object_that_changes_while_it_is_read_is_read_again_as_it_is_now(store: Store) -> None:
    torn = iter([Answer(body=MIXED, etag=md5(OLD))])
    server = store(lambda request: next(torn, whole(NEW)) if request.method == "GET" else whole(NEW))
    fetched = read()
    assert (fetched.data, fetched.source.etag, fetched.source.size_bytes) == (NEW, md5(NEW), len(NEW))
    assert server.count("GET") == 2


def test_object_that_never_comes_to_rest_is_tried_later(store: Store) -> None:
    numbers = iter(range(100))
    server = store(lambda _: Answer(body=MIXED, etag=f"{next(numbers)}-2"))
    with pytest.raises(SourceUnavailable, match="it changed during 3 downloads") as error:
        read()
    assert error.value.retryable
    assert server.count("GET") == 3


def test_connection_that_is_cut_in_the_middle_is_tried_later(store: Store) -> None:
    store(lambda _: Answer(body=OLD[:400], etag=md5(OLD), claims_bytes=len(OLD)))
    with pytest.raises(SourceUnavailable) as error:
        read()
    assert error.value.retryable


def test_object_that_is_too_large_is_not_downloaded(store: Store) -> None:
    store(lambda _: whole(OLD))
    assert fetch_object("b", "k.pdf", 10) == SourceObject("b", "k.pdf", md5(OLD), len(OLD))


def test_object_that_went_since_it_was_listed_is_missing(store: Store) -> None:
    store(lambda _: refusal(404, "NoSuchKey"))
    with pytest.raises(ObjectMissing, match=r"s3://b/k.pdf: not found \(NoSuchKey\)"):
        read()
    store(lambda _: refusal(404, "NoSuchBucket"))
    with pytest.raises(SourceMissing) as error:
        read()
    assert type(error.value) is SourceMissing, "of a key that is gone the bucket would be there"


def test_object_that_goes_between_reading_and_asking_again_is_missing(store: Store) -> None:
    store(lambda request: Answer(body=MIXED, etag=IN_PARTS) if request.method == "GET" else Answer(404))
    with pytest.raises(SourceMissing):
        read()


def test_bucket_that_goes_between_two_pages_is_missing_and_never_a_short_listing(store: Store) -> None:
    second = refusal(404, "NoSuchBucket")
    store(lambda request: second if "continuation-token" in request.query else page(["a", "b"], more="t"))
    listing = list_objects("b", "")
    assert [next(listing).key, next(listing).key] == ["a", "b"]
    with pytest.raises(SourceMissing, match="NoSuchBucket"):
        next(listing)


@pytest.mark.parametrize("code", ["AccessDenied", "AllAccessDisabled", "AccountProblem"])
def test_prefix_without_the_right_is_forbidden_and_no_secret_is_told(store: Store, code: str) -> None:
    store(lambda request: refusal(403, code) if request.query.get("prefix") == "shut/" else page(["a"]))
    assert [fetched.key for fetched in list_objects("b", "open/")] == ["a"]
    with pytest.raises(SourceForbidden, match=code) as error:
        list(list_objects("b", "shut/"))
    assert "s3cret-word" not in str(error.value) and not error.value.retryable


@pytest.mark.parametrize(
    "text", ["2026-11-02T23:59:01.000Z", "2026-11-02T23:59:01Z", "Mon, 02 Nov 2026 23:59:01 GMT"]
)
def test_time_of_an_object_is_the_same_in_a_listing_and_in_a_head(text: str) -> None:
    assert s3._parse_time(text) == datetime(2026, 11, 2, 23, 59, 1, tzinfo=UTC)


def test_archived_object_is_told_as_such_and_not_as_a_matter_of_credentials(store: Store) -> None:
    """R22."""
    store(
        lambda _: refusal(
            403, "InvalidObjectState", "The operation is not valid for the object's storage class"
        )
    )
    with pytest.raises(
        SourceArchived, match=r"reading s3://b/k\.pdf: it is archived .*restore-object"
    ) as error:
        read()
    assert "redential" not in str(error.value) and not error.value.retryable


ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"
NOT_AUTHORIZED = f"User: arn:aws:iam::1:user/u is not authorized to perform: kms:Decrypt on resource: {ARN} because no identity-based policy allows it"
OLD_WORDS = "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (403, "AccessDenied", NOT_AUTHORIZED),
        (403, "AccessDenied", OLD_WORDS),
        (400, "KMS.DisabledException", f"{ARN} is disabled."),
        (400, "KMS.NotFoundException", "Invalid arn"),
        (400, "KMS.KMSInvalidStateException", f"{ARN} is pending deletion."),
    ],
)
def test_key_of_encryption_that_is_denied_or_disabled_is_told_as_such(
    store: Store, status: int, code: str, message: str
) -> None:
    """R22."""
    store(lambda _: refusal(status, code, message))
    with pytest.raises(
        SourceKeyDenied, match=f"encrypted by a key .*{re.escape(code)}.*kms:Decrypt"
    ) as error:
        read()
    assert "AWS credentials" not in str(error.value) and ARN not in str(error.value)


@pytest.mark.parametrize(
    ("code", "error"),
    [("KMS.ThrottlingException", SourceUnavailable), ("KMS.DependencyTimeoutException", SourceUnavailable)],
)
def test_trouble_of_the_key_service_that_goes_by_itself_is_tried_later(
    store: Store, code: str, error: type[Exception]
) -> None:
    store(lambda _: refusal(400, code))
    with pytest.raises(error):
        read()


def test_listing_and_head_say_which_objects_are_archived(store: Store) -> None:
    """R22. What is restored for now is read like any other."""

    def row(storage: str, restore: str = "") -> str:
        status = f"<RestoreStatus><IsRestoreInProgress>{restore}</IsRestoreInProgress></RestoreStatus>"
        return f"<StorageClass>{storage}</StorageClass>{status if restore else ''}"

    classes = {
        "deep": row("DEEP_ARCHIVE"),
        "glacier": row("GLACIER"),
        "instant": row("GLACIER_IR"),
        "restored": row("GLACIER", "false"),
        "restoring": row("GLACIER", "true"),
        "tiering": row("INTELLIGENT_TIERING"),
    }
    heads = {
        "glacier": "",
        "restored": 'ongoing-request="false", expiry-date="x"',
        "restoring": 'ongoing-request="true"',
    }

    def answer(request: Request) -> Answer:
        if request.method != "HEAD":
            return page(["plain", *classes], classes=classes)
        restore = heads[request.path.rsplit("/", 1)[1]]
        more = (("x-amz-storage-class", "GLACIER"), ("Last-Modified", "Mon, 02 Nov 2026 23:59:01 GMT"))
        return Answer(etag="e", more=(*more, ("x-amz-restore", restore)) if restore else more)

    store(answer)
    archived = {listed.key for listed in list_objects("b", "") if listed.is_archived}
    assert archived == {"deep", "glacier", "restoring"}
    assert {key for key in heads if head_object("b", key).is_archived} == {"glacier", "restoring"}


@pytest.mark.parametrize(
    ("endpoint", "does"),
    [
        ("", True),
        ("https://s3.eu-west-1.amazonaws.com", True),
        ("https://amazonaws.com.evil.example", False),
        ("http://minio:9000", False),
    ],
)
def test_only_listings_of_aws_are_known_to_say_what_is_restored(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, does: bool
) -> None:
    monkeypatch.setattr(s3, "settings", lambda: SimpleNamespace(s3_endpoint_url=endpoint or None))
    assert lists_restores() is does


@pytest.mark.parametrize("step", ["listing", "object"])
def test_store_that_goes_down_in_the_middle_is_waited_for_and_the_step_is_done_again(
    store: Store, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second page, or the second half of an object, does not come; the next three requests find a store that is down."""
    monkeypatch.setattr(outages, "FIRST_PAUSE_S", 0.01)
    two_pages = {"": page(["a.pdf", "b.pdf"], "next"), "next": page(["c.pdf"])}
    requests: list[Request] = []

    def answer(request: Request) -> Answer:
        requests.append(request)
        if len(requests) == (2 if step == "listing" else 1):
            return Answer(body=OLD[:400], etag=md5(OLD), claims_bytes=len(OLD))
        if len(requests) <= N_DOWN:
            return refusal(503, "ServiceUnavailable")
        if request.method == "HEAD":
            return Answer()
        return two_pages[request.query.get("continuation-token", "")] if step == "listing" else whole(OLD)

    server = store(answer)
    if step == "listing":
        assert [o.key for o in through_outages(lambda: list(list_objects("b", "")))] == [
            "a.pdf",
            "b.pdf",
            "c.pdf",
        ]
    else:
        assert through_outages(read).data == OLD
    assert server.count("HEAD") >= 1


def test_store_that_stays_away_is_given_up_after_the_bound(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_OUTAGE_S", "0")
    store(lambda _: refusal(503, "ServiceUnavailable"))
    with pytest.raises(
        SourceUnavailable, match=r"Given up: S3 did not come back within \d+ s \(COUNTERSIGN_OUTAGE_S\)"
    ):
        through_outages(read)
