"""Discover: which objects under the prefixes are new, changed or unfinished. An unchanged one costs its listing entry.

Requires:
    The bucket (`tasks.s3`) and PostgreSQL. Listings are streamed on both sides; memory grows with what is to be done only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.core.errors import SourceMissing
from tasks.core.schema import load_schema
from tasks.outcome import DocumentRequest, Source
from tasks.postgres import store
from tasks.retrying import RETRIES, RETRY_DELAYS_S, is_retryable
from tasks.s3 import SourceObject, list_objects
from tasks.settings import settings


@task(
    task_run_name="discover",
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=is_retryable,
)
def discover(sources: Sequence[Source], bucket: str | None = None) -> list[DocumentRequest]:
    """What is to be done, unfinished documents first, then new and changed ones in key order.

    Raises:
        SourceMissing: a prefix holds nothing at all: likely a typing error, and said so rather than passed over.
    """
    name = bucket or settings().countersign_bucket
    found = [request for source in sources for request in _open_requests(name, source)]
    return [r for unfinished, r in sorted(found, key=lambda pair: not pair[0])]


def _open_requests(bucket: str, source: Source) -> Iterator[tuple[bool, DocumentRequest]]:
    """(unfinished, request) of every object under the prefix that has no finished run of its present version."""
    digest = load_schema(source.schema_name).digest
    known = store().known_objects(bucket, source.prefix, digest)
    empty = True
    for found, state in _side_by_side(list_objects(bucket, source.prefix), known):
        empty = False
        if state != "done":
            request = DocumentRequest(key=found.key, schema_name=source.schema_name, bucket=bucket)
            yield state == "unfinished", request
    if empty:
        raise SourceMissing(
            f"s3://{bucket}/{source.prefix} holds no documents. Check the prefix, or put documents there."
        )


def _side_by_side(
    listing: Iterable[SourceObject], known: Iterable[tuple[str, str, str]]
) -> Iterator[tuple[SourceObject, str]]:
    """Merge two streams in key order: each listed object with its state in the store (`new` when it has none).

    Args:
        known: (key, etag, state) in the byte order of the keys, as S3 lists them; state is `done` or `unfinished`.
    """
    rows = iter(known)
    row = next(rows, None)
    for found in listing:
        while row is not None and row[0].encode() < found.key.encode():
            row = next(rows, None)
        same = row is not None and row[:2] == (found.key, found.etag)
        yield found, row[2] if same and row is not None else "new"
