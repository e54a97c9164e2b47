"""Access to S3: streamed listings, downloads with a size limit, uploads. Each call has a deadline.

Requires:
    AWS credentials where boto3 finds them, `S3_ENDPOINT_URL` for stores other than AWS.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    SSLError,
)
from botocore.utils import parse_timestamp

from tasks.core.delivery import is_results_key
from tasks.core.errors import (
    ObjectMissing,
    SourceArchived,
    SourceError,
    SourceForbidden,
    SourceKeyDenied,
    SourceMissing,
    SourceUnavailable,
)
from tasks.core.evidence.page_key import is_page_key
from tasks.settings import settings

logger = logging.getLogger("countersign.s3")

# Stores differ in conditional writes, checksums and page sizes: nothing here relies on them.
_CONNECT_TIMEOUT_S = 5
_READ_TIMEOUT_S = 60
_MAX_READS = 3  # of an object that changes while it is read
_MISSING = {"NoSuchBucket", "NoSuchKey", "NoSuchVersion", "404", "NotFound"}
_FORBIDDEN_STATUS = 403
_FORBIDDEN = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"}
_ARCHIVED_CLASSES = {"GLACIER", "DEEP_ARCHIVE"}
"""GLACIER_IR is read like any other. The archive tiers of INTELLIGENT_TIERING show in no listing."""
_ARCHIVED = "InvalidObjectState"
_OF_A_KEY = re.compile(r"\bkms\b|ciphertext refers to", re.IGNORECASE)
"""In the message of a refusal that is about the key of encryption, not about the object."""
_PASSING = re.compile(r"Throttl|Timeout|Internal|Unavailable")
"""In the code of an error of the key service that goes by itself."""


@dataclass(frozen=True, slots=True)
class SourceObject:
    """One entry of a listing, or the head of one object."""

    bucket: str
    key: str
    etag: str
    size_bytes: int
    version: str | None = None
    """The version id, where the bucket keeps versions; listings do not give it."""
    modified_at: datetime | None = None
    """When it was uploaded; only listings and heads give it."""
    is_archived: bool = False
    """It has to be restored first; only listings and heads give it."""
    seen_s: float = field(default_factory=time.monotonic, compare=False)
    """When the store was asked, by the clock of this process."""

    @property
    def age_s(self) -> float:
        """How long ago the store was asked; in the process that asked."""
        return time.monotonic() - self.seen_s


@dataclass(frozen=True, slots=True)
class FetchedObject:
    source: SourceObject
    data: bytes
    sha256: str


def list_objects(bucket: str, prefix: str) -> Iterator[SourceObject]:
    """Stream the objects under a prefix in key order, without folder markers, evidence pages and delivered values.

    An archived object that is restored for now counts as any other, where the store says so in
    listings; see `lists_restores`.

    Raises:
        SourceMissing, SourceForbidden, SourceUnavailable: see `tasks.core.errors`.
    """
    is_written_by_us = _written_by_us(bucket)
    with _translated_errors(f"listing s3://{bucket}/{prefix}"):
        pages = (
            _client()
            .get_paginator("list_objects_v2")
            .paginate(Bucket=bucket, Prefix=prefix, OptionalObjectAttributes=["RestoreStatus"])
        )
        asked_s = time.monotonic()
        for page in pages:
            for row in page.get("Contents", ()):
                key: str = row["Key"]
                if not key.endswith("/") and not is_written_by_us(key):
                    etag, size_bytes = row["ETag"].strip('"'), int(row["Size"])
                    is_archived = row.get("StorageClass") in _ARCHIVED_CLASSES and not _is_restored(row)
                    yield SourceObject(
                        bucket, key, etag, size_bytes, None, row["LastModified"], is_archived, asked_s
                    )
            asked_s = time.monotonic()


def _is_restored(row: dict[str, Any]) -> bool:
    return row.get("RestoreStatus", {}).get("IsRestoreInProgress") is False


def lists_restores() -> bool:
    """Whether listings say which archived objects are restored. AWS's do; others need a look at the object."""
    host = urlsplit(settings().s3_endpoint_url or "").hostname
    return host is None or host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


def _written_by_us(bucket: str) -> Callable[[str], bool]:
    """Tells the keys of a bucket under which we write from those of documents."""
    places = (settings().evidence_place, is_page_key), (settings().results_place, is_results_key)
    ours = [(place[1], is_ours) for place, is_ours in places if place is not None and place[0] == bucket]
    return lambda key: any(is_ours(key, prefix) for prefix, is_ours in ours)


def head_object(bucket: str, key: str) -> SourceObject:
    """One object without its bytes."""
    asked_s = time.monotonic()
    with _translated_errors(f"looking up s3://{bucket}/{key}"):
        head = _client().head_object(Bucket=bucket, Key=key)
    etag, size_bytes = head["ETag"].strip('"'), int(head["ContentLength"])
    is_restored = 'ongoing-request="false"' in head.get("Restore", "")
    is_archived = head.get("StorageClass") in _ARCHIVED_CLASSES and not is_restored
    return SourceObject(
        bucket, key, etag, size_bytes, head.get("VersionId"), head["LastModified"], is_archived, asked_s
    )


def require_answer(bucket: str) -> None:
    """Ask the store for the bucket, once.

    Raises:
        SourceUnavailable: it does not answer, or with an error of its own.
        SourceMissing, SourceForbidden: it answers so.
    """
    with _translated_errors(f"looking up s3://{bucket}"):
        _client().head_bucket(Bucket=bucket)


def fetch_object(
    bucket: str, key: str, max_bytes: int, version: str | None = None
) -> FetchedObject | SourceObject:
    """Download one object whole, in one version.

    Args:
        version: An earlier version's id; None: the object as it is now.

    Returns:
        The source without bytes if it is larger than `max_bytes`; then nothing was downloaded.

    Raises:
        SourceUnavailable: it changed during each download, or the connection broke.
        ObjectMissing: the bucket has no such key.
        SourceArchived, SourceKeyDenied: it is there, and its bytes are not given.
        SourceMissing, SourceForbidden: see `tasks.core.errors`.
    """
    for _ in range(_MAX_READS):
        with _translated_errors(f"reading s3://{bucket}/{key}"):
            fetched = _read_once(bucket, key, max_bytes, version)
            # A version never changes.
            if isinstance(fetched, SourceObject) or version is not None or _is_one_version(fetched):
                return fetched
        logger.warning("s3://%s/%s changed while it was read; reading it again", bucket, key)
    raise SourceUnavailable(
        f"reading s3://{bucket}/{key}: it changed during {_MAX_READS} downloads. "
        "The next run reads it, once nothing writes to it any more."
    )


def _read_once(bucket: str, key: str, max_bytes: int, version: str | None) -> FetchedObject | SourceObject:
    asked = {} if version is None else {"VersionId": version}
    asked_s = time.monotonic()
    answer = _client().get_object(Bucket=bucket, Key=key, **asked)
    size, etag = int(answer["ContentLength"]), answer["ETag"].strip('"')
    source = SourceObject(bucket, key, etag, size, answer.get("VersionId"), seen_s=asked_s)
    with closing(answer["Body"]) as body:
        if size > max_bytes:
            return source
        data: bytes = body.read()  # raises if it is shorter than `ContentLength`
    return FetchedObject(source, data, hashlib.sha256(data).hexdigest())


def _is_one_version(fetched: FetchedObject) -> bool:
    """Whether the bytes are of one version: a store may mix two if a key is written meanwhile."""
    source = fetched.source
    if hashlib.md5(fetched.data, usedforsecurity=False).hexdigest() == source.etag:
        return True
    # The ETag of a multipart or encrypted object is no MD5: compare it with the current one.
    head = _client().head_object(Bucket=source.bucket, Key=source.key)
    return (head["ETag"].strip('"'), int(head["ContentLength"])) == (source.etag, source.size_bytes)


def put_file(bucket: str, key: str, path: Path) -> SourceObject:
    """Upload a local file; an object with this key is replaced."""
    return put_bytes(bucket, key, path.read_bytes())


def put_bytes(
    bucket: str, key: str, data: bytes, content_type: str = "", locked_until: datetime | None = None
) -> SourceObject:
    """Write an object, whole or not at all; one with this key is replaced.

    Args:
        content_type: As browsers are told it; empty: the store's default.
        locked_until: The store keeps this version from everybody until then (object lock, compliance mode); its
            bucket must have been made with object lock.
    """
    options: dict[str, Any] = {"ContentType": content_type} if content_type else {}
    if locked_until is not None:
        # S3 wants a checksum with a lock; botocore does not count it as required and sends none (1.44.8).
        digest = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
        options |= {
            "ObjectLockMode": "COMPLIANCE",
            "ObjectLockRetainUntilDate": locked_until,
            "ContentMD5": digest,
        }
    with _translated_errors(f"writing s3://{bucket}/{key}"):
        answer = _client().put_object(Bucket=bucket, Key=key, Body=data, **options)
    return SourceObject(bucket, key, answer["ETag"].strip('"'), len(data))


def list_versions(bucket: str, prefix: str) -> Iterator[tuple[str, str]]:
    """Key and version id of every version under a prefix, also of those that a delete marker hides.

    A lock keeps a version, but not the key: whoever may delete can put a marker over it.
    """
    with _translated_errors(f"listing s3://{bucket}/{prefix}"):
        for page in _client().get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
            for row in page.get("Versions", ()):
                yield row["Key"], row["VersionId"]


def delete_everywhere(bucket: str, keys: Sequence[str]) -> int:
    """Delete every version of these objects, also those behind a delete marker; returns how many versions.

    Raises:
        SourceForbidden: a right is missing, or a version is locked.
        SourceUnavailable: see `tasks.core.errors`.
    """
    n_deleted = 0
    for key in keys:
        with _translated_errors(f"deleting s3://{bucket}/{key}"):
            pages = _client().get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key)
            held = [
                row for page in pages for row in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
            ]
            for row in held:
                if row["Key"] == key:
                    _client().delete_object(Bucket=bucket, Key=key, VersionId=row["VersionId"])
                    n_deleted += 1
    return n_deleted


def object_url(bucket: str, key: str) -> str:
    """The address of an object for a browser: below `S3_ENDPOINT_URL`, or at AWS."""
    path = quote(key, safe="/")
    if endpoint := settings().s3_endpoint_url:
        return f"{endpoint.rstrip('/')}/{bucket}/{path}"
    host = f"s3.{_client().meta.region_name}.amazonaws.com"
    # AWS's certificate covers one label before `s3`: a bucket with dots goes into the path.
    return f"https://{host}/{bucket}/{path}" if "." in bucket else f"https://{bucket}.{host}/{path}"


def ensure_bucket(bucket: str) -> None:
    """Create the bucket if it does not exist."""
    with _translated_errors(f"creating the bucket {bucket}"):
        names = {b["Name"] for b in _client().list_buckets().get("Buckets", ())}
        if bucket not in names:
            _client().create_bucket(Bucket=bucket)


_client_lock = Lock()


def _client() -> Any:
    """The client of this process."""
    # Without the lock, all documents of a batch would create one, some tenths of a second each.
    with _client_lock:
        return _new_client()


@lru_cache(maxsize=1)
def _new_client() -> Any:
    config = Config(
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S,
        retries={"max_attempts": 3, "mode": "standard"},
        max_pool_connections=16,
        # Not every store knows the newer checksum headers of AWS.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    core = botocore.session.get_session()
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_parse_time)
    session = boto3.Session(botocore_session=core)
    return session.client("s3", endpoint_url=settings().s3_endpoint_url, config=config)


def _parse_time(value: Any) -> datetime:
    # Listings write ISO 8601. botocore's parser guesses the format: most of a listing's time.
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return parse_timestamp(value)


@contextmanager
def _translated_errors(action: str) -> Iterator[None]:
    """Turn boto's errors into ours; messages name the object and the remedy, never a credential."""
    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {})
        code, message = str(told.get("Code", "")), str(told.get("Message", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        raise _from_code(code, message, status == _FORBIDDEN_STATUS, action) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise SourceForbidden(
            f"{action}: no credentials found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        ) from error
    except SSLError as error:  # waiting does not help
        where = settings().s3_endpoint_url or "AWS"
        raise SourceForbidden(
            f"{action}: the certificate of {where} is not trusted, or it does not speak TLS. Let AWS_CA_BUNDLE name the "
            "company's roots (PEM), and check S3_ENDPOINT_URL."
        ) from error
    except (EndpointConnectionError, HTTPClientError) as error:
        where = settings().s3_endpoint_url or "AWS"
        raise SourceUnavailable(
            f"{action}: the object store at {where} does not answer. Check S3_ENDPOINT_URL and that it runs."
        ) from error
    except BotoCoreError as error:
        raise SourceUnavailable(f"{action}: {type(error).__name__}") from error


def _from_code(code: str, message: str, is_forbidden: bool, action: str) -> SourceError:
    if code == "NoSuchKey":
        return ObjectMissing(f"{action}: not found ({code}). Check the bucket and the key.")
    if code == _ARCHIVED:
        return SourceArchived(
            f"{action}: it is archived ({code}). Restore it in the object store, for example with "
            "`aws s3api restore-object`; the next run takes it then."
        )
    if _is_of_a_key(code, message, is_forbidden):
        return SourceKeyDenied(
            f"{action}: it is encrypted by a key that these credentials may not use, or that is disabled ({code}). "
            "Enable the key, or allow `kms:Decrypt` on it; the next run takes the object then."
        )
    if code in _MISSING:
        return SourceMissing(f"{action}: not found ({code}). Check the bucket and the key.")
    if is_forbidden or code in _FORBIDDEN:
        return SourceForbidden(
            f"{action}: refused ({code}). Check the AWS credentials and their rights on this bucket."
        )
    return SourceUnavailable(f"{action}: the object store answered {code or 'an unnamed error'}")


def _is_of_a_key(code: str, message: str, is_forbidden: bool) -> bool:
    if code.startswith("KMS"):
        return not _PASSING.search(code)
    return (is_forbidden or code in _FORBIDDEN) and _OF_A_KEY.search(message) is not None
