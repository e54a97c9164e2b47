"""Fetch: download one object from the bucket and record it in the store.

Requires:
    The bucket and PostgreSQL. Limit: `COUNTERSIGN_READ_MAX_BYTES`.
"""

from __future__ import annotations

from dataclasses import dataclass

from prefect import task

from tasks.core.errors import DocumentTooLarge
from tasks.core.records import DocumentId
from tasks.documents import DocumentRequest
from tasks.runtime.retries import RETRIED
from tasks.s3 import SourceObject, fetch_object
from tasks.settings import settings
from tasks.store import store

TOO_LARGE = "too_many_bytes"


@dataclass(frozen=True, slots=True)
class Fetched:
    source: SourceObject
    document_id: DocumentId
    data: bytes


@task(task_run_name="fetch {request.key}", **RETRIED)
def fetch(request: DocumentRequest) -> Fetched:
    """Download the object and record which document it holds now.

    Raises:
        SourceError: missing, forbidden or unavailable.
        DocumentTooLarge: over the limit; nothing was downloaded, and its quarantine row is written.
    """
    bucket = request.bucket or settings().bucket
    fetched = fetch_object(bucket, request.key, settings().read_max_bytes)
    if isinstance(fetched, SourceObject):
        raise _too_large(fetched)
    document_id = DocumentId(fetched.sha256)
    source = fetched.source
    store().sources.record(
        source.bucket, source.key, source.version, source.etag, source.size_bytes, document_id
    )
    return Fetched(source, document_id, fetched.data)


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
    )
