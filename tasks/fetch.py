"""Fetch: download one object from the bucket and record it in the store.

Requires:
    The bucket and PostgreSQL. Limit: `COUNTERSIGN_READ_MAX_BYTES`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from prefect import task

from tasks.core.errors import (
    DocumentError,
    DocumentTooLarge,
    ObjectMissing,
    SourceError,
    SourceMissing,
    SourceWithheld,
)
from tasks.core.reading import mail_part
from tasks.core.reading.mail.part_keys import split_key
from tasks.core.records import DocumentId
from tasks.documents import DocumentRequest
from tasks.postgres.objects import WithheldReason
from tasks.postgres.readings import ERASED, erased_error
from tasks.runtime.retries import RETRIED
from tasks.runtime.run_names import named
from tasks.s3 import FetchedObject, SourceObject, fetch_object, head_object
from tasks.settings import settings
from tasks.store import store

TOO_LARGE = "too_many_bytes"


@dataclass(frozen=True, slots=True)
class Fetched:
    source: SourceObject
    document_id: DocumentId
    data: bytes


@task(task_run_name=named("fetch {request.key}"), **RETRIED)
def fetch(request: DocumentRequest) -> Fetched:
    """Download the object and record which document it holds now.

    Of an attachment, the mail is downloaded, and the attachment taken from it.

    Raises:
        SourceError: missing, forbidden or unavailable; that it is gone or withheld is recorded, too.
        DocumentError: the mail cannot be parsed under the limits; its quarantine row is written.
        DocumentError: its words were erased; they are not read again.
        DocumentTooLarge: over the limit; nothing was downloaded, and its quarantine row is written.
    """
    bucket = request.bucket or settings().bucket
    root, names = split_key(request.key)
    with _absence_recorded(bucket, root):
        fetched = fetch_object(bucket, root, settings().read_max_bytes)
    if isinstance(fetched, SourceObject):
        raise _too_large(replace(fetched, key=request.key))
    if names:
        fetched = _part_of(fetched, request.key, names)
    document_id = DocumentId(fetched.sha256)
    source = fetched.source
    store().sources.record(
        source.bucket,
        source.key,
        source.version,
        source.etag,
        source.size_bytes,
        document_id,
        age_s=source.age_s,
    )
    if (erased_at := store().erasures.erased_at(document_id)) is not None:
        refusal = erased_error(document_id, erased_at)
        quarantine(source, refusal.code, str(refusal), ERASED, document_id)
        raise refusal
    return Fetched(source, document_id, fetched.data)


@contextmanager
def _absence_recorded(bucket: str, key: str) -> Iterator[None]:
    """Record that the key is gone, or that its bytes are withheld, if an error says so."""
    asked_s = time.monotonic()
    try:
        yield
    except ObjectMissing:
        store().objects.missing(bucket, key, time.monotonic() - asked_s)
        raise
    except SourceWithheld as error:
        with suppress(SourceError):
            head = head_object(bucket, key)
            store().objects.withheld(bucket, key, head.etag, WithheldReason(error.code), head.age_s)
        raise


def _part_of(mail: FetchedObject, key: str, names: Sequence[str]) -> FetchedObject:
    """An attachment: version and ETag are those of its mail, which changes if the attachment does."""
    source = replace(mail.source, key=key)
    try:
        data = mail_part(mail.data, names, settings().read)
    except DocumentError as error:
        if error.code == "no_such_part":  # the mail has changed: its next processing lists what it has now
            raise SourceMissing(f"s3://{source.bucket}/{key}: {error}") from error
        quarantine(source, error.code, str(error), limit_version())
        raise
    return FetchedObject(replace(source, size_bytes=len(data)), data, hashlib.sha256(data).hexdigest())


def limit_version() -> str:
    """The reader version of a file that is too large: it names the limit, so a higher one is new
    work."""
    return f"fetch+{settings().read_max_bytes}"


def _too_large(source: SourceObject) -> DocumentTooLarge:
    max_bytes = settings().read_max_bytes
    message = f"the file has {source.size_bytes} bytes; the limit is {max_bytes}"
    quarantine(source, TOO_LARGE, message, limit_version())
    return DocumentTooLarge(TOO_LARGE, message)


def quarantine(
    source: SourceObject, code: str, message: str, reader: str, document_id: DocumentId | None = None
) -> None:
    """Record that a reader version refused the object."""
    store().sources.quarantine(
        source.bucket,
        source.key,
        source.version,
        code,
        message,
        reader_version=reader,
        etag=source.etag,
        document_id=document_id,
        size_bytes=source.size_bytes,
        age_s=source.age_s,
    )
