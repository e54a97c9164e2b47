"""The only place that speaks S3: streamed listings, reads with a size limit, uploads. Every call has its own deadline.

Requires:
    AWS credentials in the environment (any way boto3 finds them), `S3_ENDPOINT_URL` for stores other than AWS.

It relies on no conditional writes, no checksums of the store, and no page size: stores differ in all three.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

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
)
from botocore.utils import parse_timestamp

from tasks.core.errors import SourceError, SourceForbidden, SourceMissing, SourceUnavailable
from tasks.settings import settings

logger = logging.getLogger("countersign.s3")

_CONNECT_TIMEOUT_S = 5
_READ_TIMEOUT_S = 60
_READS = 3
"""Of an object that changes while it is read."""
_MISSING = frozenset({"NoSuchBucket", "NoSuchKey", "NoSuchVersion", "404", "NotFound"})
_REFUSED = 403
_FORBIDDEN = frozenset(
    {
        "AccessDenied",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "InvalidToken",
        "403",
        "Forbidden",
    }
)


@dataclass(frozen=True, slots=True)
class SourceObject:
    """One entry of a listing, or the head of one object."""

    bucket: str
    key: str
    etag: str
    size_bytes: int
    version: str | None = None
    """The version id, where the bucket keeps versions and the call told it (listings do not)."""
    modified_at: datetime | None = None
    """When it was put there; None: nobody asked."""


@dataclass(frozen=True, slots=True)
class FetchedObject:
    source: SourceObject
    data: bytes
    sha256: str


def list_objects(bucket: str, prefix: str) -> Iterator[SourceObject]:
    """Stream the objects under a prefix in key order; folder markers are left out.

    Raises:
        SourceMissing, SourceForbidden, SourceUnavailable: see `tasks.core.errors`.
    """
    with _told(f"listing s3://{bucket}/{prefix}"):
        pages = _client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            for row in page.get("Contents", ()):
                if not row["Key"].endswith("/"):
                    etag, size_bytes = row["ETag"].strip('"'), int(row["Size"])
                    yield SourceObject(bucket, row["Key"], etag, size_bytes, None, row["LastModified"])


def head_object(bucket: str, key: str) -> SourceObject:
    """One object without its bytes."""
    with _told(f"looking at s3://{bucket}/{key}"):
        head = _client().head_object(Bucket=bucket, Key=key)
    etag, size_bytes = head["ETag"].strip('"'), int(head["ContentLength"])
    return SourceObject(bucket, key, etag, size_bytes, head.get("VersionId"), head["LastModified"])


def fetch_object(bucket: str, key: str, max_bytes: int) -> FetchedObject | SourceObject:
    """Read one object whole.

    A store may hand out the beginning of one version and the end of another when a key is written while it is read. What was read is
    taken for one version if its MD5 is its ETag, or if the store still names the same ETag afterwards; else it is read again.

    Returns:
        The source alone, without bytes: it is larger than `max_bytes`, and nothing was downloaded.

    Raises:
        SourceUnavailable: it changed each time, or the connection broke in the middle.
        SourceMissing, SourceForbidden: see `tasks.core.errors`.
    """
    for _ in range(_READS):
        with _told(f"reading s3://{bucket}/{key}"):
            found = _read_once(bucket, key, max_bytes)
            if isinstance(found, SourceObject) or _is_one_version(found):
                return found
        logger.warning("s3://%s/%s changed while it was read: read again", bucket, key)
    raise SourceUnavailable(
        f"reading s3://{bucket}/{key}: it changed {_READS} times while it was read. It is taken up when its writer is done."
    )


def _read_once(bucket: str, key: str, max_bytes: int) -> FetchedObject | SourceObject:
    answer = _client().get_object(Bucket=bucket, Key=key)
    size, version = int(answer["ContentLength"]), answer.get("VersionId")
    source = SourceObject(bucket, key, answer["ETag"].strip('"'), size, version)
    with closing(answer["Body"]) as body:
        if size > max_bytes:
            return source
        data: bytes = body.read()  # fails where it is shorter than was said
    return FetchedObject(source, data, hashlib.sha256(data).hexdigest())


def _is_one_version(found: FetchedObject) -> bool:
    """Objects that were uploaded in parts or are encrypted with a key of their own have ETags that are no MD5: there the store is asked again."""
    source = found.source
    if hashlib.md5(found.data, usedforsecurity=False).hexdigest() == source.etag:
        return True
    head = _client().head_object(Bucket=source.bucket, Key=source.key)
    return (head["ETag"].strip('"'), int(head["ContentLength"])) == (source.etag, source.size_bytes)


def put_file(bucket: str, key: str, path: Path) -> SourceObject:
    """Put a local file into the bucket; what is there under the key is replaced."""
    data = path.read_bytes()
    with _told(f"writing s3://{bucket}/{key}"):
        answer = _client().put_object(Bucket=bucket, Key=key, Body=data)
    return SourceObject(bucket, key, answer["ETag"].strip('"'), len(data))


def ensure_bucket(bucket: str) -> None:
    """Create the bucket if it is not there."""
    with _told(f"creating the bucket {bucket}"):
        names = {b["Name"] for b in _client().list_buckets().get("Buckets", ())}
        if bucket not in names:
            _client().create_bucket(Bucket=bucket)


_making = Lock()


def _client() -> Any:
    """The process's client. A batch's documents ask for it all at once, and each would make one: some tenths of a second each."""
    with _making:
        return _made_client()


@lru_cache(maxsize=1)
def _made_client() -> Any:
    config = Config(
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S,
        retries={"max_attempts": 3, "mode": "standard"},
        max_pool_connections=16,
        # Stores that are not AWS do not all know the newer checksum headers.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    core = botocore.session.get_session()
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_moment)
    session = boto3.Session(botocore_session=core)
    return session.client("s3", endpoint_url=settings().s3_endpoint_url, config=config)


def _moment(value: Any) -> datetime:
    """A time as stores write it. Listings write ISO 8601, and botocore's own parser, which guesses the form, is most of what a listing costs."""
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return parse_timestamp(value)


@contextmanager
def _told(doing: str) -> Iterator[None]:
    """Turn boto's errors into ours; messages name the object and the remedy, never a credential."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        raise _from_code(code, status == _REFUSED, doing) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise SourceForbidden(
            f"{doing}: no credentials found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        ) from error
    except (EndpointConnectionError, HTTPClientError) as error:
        where = settings().s3_endpoint_url or "AWS"
        raise SourceUnavailable(
            f"{doing}: the object store at {where} does not answer. Check S3_ENDPOINT_URL and that it runs."
        ) from error
    except BotoCoreError as error:
        raise SourceUnavailable(f"{doing}: {type(error).__name__}") from error


def _from_code(code: str, is_refused: bool, doing: str) -> SourceError:
    if code in _MISSING:
        return SourceMissing(f"{doing}: not there ({code}). Check bucket and key.")
    if code in _FORBIDDEN or is_refused:
        return SourceForbidden(
            f"{doing}: refused ({code}). Check the AWS credentials and their rights on this bucket."
        )
    return SourceUnavailable(f"{doing}: the object store answered {code or 'an unnamed error'}")
