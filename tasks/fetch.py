"""Fetch: one object's bytes from the bucket, and its row in the store.

Requires:
    The bucket (`tasks.s3`) and PostgreSQL. Limit: `COUNTERSIGN_READ_MAX_BYTES`.
"""

from __future__ import annotations

from dataclasses import dataclass

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.core.errors import DocumentTooLarge
from tasks.core.records import DocumentId
from tasks.documents import DocumentRequest
from tasks.runtime.retries import RETRIES, RETRY_DELAYS_S, is_retryable
from tasks.s3 import SourceObject, fetch_object
from tasks.settings import settings
from tasks.store import store

TOO_LARGE = "too_many_bytes"


@dataclass(frozen=True, slots=True)
class Fetched:
    source: SourceObject
    document_id: DocumentId
    data: bytes


@task(
    task_run_name="fetch {request.key}",
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=is_retryable,
)
def fetch(request: DocumentRequest) -> Fetched:
    """Read the object and record which document it is: the version that was read, whatever the listing said before.

    Raises:
        SourceError: missing, forbidden or unavailable.
        DocumentTooLarge: over the limit; nothing was downloaded, and its quarantine row is written.
    """
    bucket = request.bucket or settings().countersign_bucket
    found = fetch_object(bucket, request.key, settings().countersign_read_max_bytes)
    if isinstance(found, SourceObject):
        raise _too_large(found)
    document_id = DocumentId(found.sha256)
    source = found.source
    store().sources.record(
        source.bucket, source.key, source.version, source.etag, source.size_bytes, document_id
    )
    return Fetched(source, document_id, found.data)


def limit_version() -> str:
    """Stands for the reader's version where a document was refused before any reader saw it: a higher limit may let it in."""
    return f"fetch+{settings().countersign_read_max_bytes}"


def _too_large(source: SourceObject) -> DocumentTooLarge:
    max_bytes = settings().countersign_read_max_bytes
    said = f"the file has {source.size_bytes} bytes; the limit is {max_bytes}"
    store().sources.quarantine(
        source.bucket,
        source.key,
        source.version,
        TOO_LARGE,
        said,
        reader_version=limit_version(),
        etag=source.etag,
        size_bytes=source.size_bytes,
    )
    return DocumentTooLarge(TOO_LARGE, said)
