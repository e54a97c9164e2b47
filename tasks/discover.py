"""Discover: which objects under the prefixes are new, changed or unfinished. An unchanged one costs its listing entry.

Requires:
    The bucket (`tasks.s3`) and PostgreSQL. Listings are streamed on both sides; memory grows with what is to be done only.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.core.errors import SourceMissing
from tasks.core.schema import load_schema
from tasks.outcome import DocumentRequest, Source
from tasks.password import block_name
from tasks.postgres.sources import KnownObject
from tasks.read import reader_version
from tasks.retrying import RETRIES, RETRY_DELAYS_S, is_retryable
from tasks.s3 import SourceObject, list_objects
from tasks.settings import settings
from tasks.store import store

logger = logging.getLogger("countersign.discover")


@task(
    task_run_name="discover",
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=is_retryable,
)
def discover(
    sources: Sequence[Source], bucket: str | None = None, force: bool = False
) -> list[DocumentRequest]:
    """What is to be done, unfinished documents first, then new and changed ones in key order.

    Args:
        force: Documents that are settled, too.

    Raises:
        SourceMissing: no prefix holds anything: likely a typing error, and said so rather than passed over. A single
            empty prefix among others is a warning.
    """
    name = bucket or settings().countersign_bucket
    by_prefix = {source.prefix: _open_requests(name, source, force) for source in sources}
    empty = [prefix for prefix, requests in by_prefix.items() if requests is None]
    told = f"no documents under {', '.join(f's3://{name}/{prefix}' for prefix in empty)}. Check bucket and prefix."
    if len(empty) == len(by_prefix):
        raise SourceMissing(told)
    if empty:
        logger.warning(told)
    found = [pair for requests in by_prefix.values() for pair in requests or ()]
    return [r for unfinished, r in sorted(found, key=lambda pair: not pair[0])]


def _open_requests(bucket: str, source: Source, force: bool) -> list[tuple[bool, DocumentRequest]] | None:
    """(unfinished, request) of every object under the prefix that has no finished run of its present version; None: no objects."""
    known = store().known_objects(bucket, source.prefix, load_schema(source.schema_name).name)
    n_objects, found = 0, []
    for listed, row in side_by_side(list_objects(bucket, source.prefix), known):
        n_objects += 1
        is_settled = row is not None and _is_settled(row)
        if force or not is_settled:
            request = DocumentRequest(key=listed.key, schema_name=source.schema_name, bucket=bucket)
            found.append((row is not None and row.run_state is not None and not is_settled, request))
    return found if n_objects else None


def _is_settled(known: KnownObject) -> bool:
    """Done, or refused by the reader we have: a newer reader may do better, and so may a password that was given since."""
    may_open = known.quarantine_code == "password_required" and block_name(known.key) is not None
    return known.run_state == "done" or (
        known.quarantine_reader == reader_version(known.key) and not may_open
    )


def side_by_side(
    listing: Iterable[SourceObject], known: Iterable[KnownObject]
) -> Iterator[tuple[SourceObject, KnownObject | None]]:
    """Merge two streams in key order: each listed object with our row of that very content, None if there is none.

    Args:
        known: All recorded versions, in the byte order of the keys, as S3 lists them.
    """
    groups = groupby(known, key=lambda row: row.key)
    key, rows = next(groups, (None, iter(())))
    for listed in listing:
        while key is not None and key.encode() < listed.key.encode():
            key, rows = next(groups, (None, iter(())))
        if key == listed.key:
            yield listed, next((row for row in rows if row.etag == listed.etag), None)
            key, rows = next(groups, (None, iter(())))
        else:
            yield listed, None
