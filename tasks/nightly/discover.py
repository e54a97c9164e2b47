"""Discover: which objects under the prefixes are new, changed or unfinished. An unchanged one costs its listing entry.

Requires:
    The bucket (`tasks.s3`) and PostgreSQL; with `refresh` Triton as well. Listings are streamed on both sides; memory grows with what
    is to be done only.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.core.errors import ConfigurationError, SourceError, SourceForbidden, SourceMissing
from tasks.core.records import ModelIdentity
from tasks.core.schema import load_schema
from tasks.documents import DocumentRequest, Source
from tasks.fetch import limit_version
from tasks.postgres.sources import KnownObject, Versions
from tasks.read import reader_version
from tasks.runtime.retries import RETRIES, RETRY_DELAYS_S, is_retryable
from tasks.runtime.secrets import block_name
from tasks.s3 import SourceObject, list_objects
from tasks.settings import settings
from tasks.store import store
from tasks.verify.model_calls import serving_models

logger = logging.getLogger("countersign.discover")

Models = tuple[ModelIdentity, ModelIdentity | None]
"""Generator and critic."""


class Priority(IntEnum):
    """In which order documents are taken up."""

    UNFINISHED = 0
    OUTDATED = 1
    """Done, but never with what is deployed; told only where that is asked."""
    SETTLED = 2
    """Left alone, unless forced."""
    NEW = 3


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a look at the bucket came to."""

    requests: Sequence[DocumentRequest]
    not_listed: Mapping[str, str]
    """Prefixes that could not be listed, and why."""
    empty: Sequence[str] = ()
    """Prefixes without any object: nothing was put there yet, or the name is wrong."""


@task(
    task_run_name="discover",
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=is_retryable,
)
def discover(
    sources: Sequence[Source],
    bucket: str | None = None,
    force: bool = False,
    refresh: bool = False,
    use_critic: bool = True,
) -> Discovery:
    """What is to be done: unfinished documents first, then outdated ones, then new and changed ones; each in key order.

    A prefix that cannot be listed to its end, because a right is missing or the bucket is gone, is reported and does not stop the others:
    the next night finds what it holds. An empty prefix is no failure: documents may come later.

    Args:
        force: Documents that are settled, too; before the new ones.
        refresh: Take up, too, what is done, but never with the schema, generator and critic of today.
        use_critic: Whether today's runs have one.

    Raises:
        ConfigurationError: no prefix was given.
        SourceForbidden, SourceMissing: no prefix at all could be listed.
        SourceUnavailable: the store does not answer.
    """
    if not sources:
        raise ConfigurationError("no prefix was given: name at least one in `sources`, with its schema")
    name = bucket or settings().bucket
    models = serving_models(use_critic).identities if refresh else None
    found: list[tuple[Priority, DocumentRequest]] = []
    empty: list[str] = []
    refused: dict[str, SourceError] = {}
    for source in sources:
        try:
            requests = _open_requests(name, source, force, models)
        except (SourceForbidden, SourceMissing) as error:
            logger.warning("%s", error)
            refused[source.prefix] = error
            continue
        found += requests or ()
        empty += [source.prefix] if requests is None else []
    empty = list(dict.fromkeys(empty))  # a prefix may be read for two schemas
    for prefix in empty:
        logger.warning("no documents under s3://%s/%s yet", name, prefix)
    if all(source.prefix in refused for source in sources):
        raise next(iter(refused.values()))
    ordered = [request for _, request in sorted(found, key=lambda pair: pair[0])]
    return Discovery(ordered, {prefix: str(error) for prefix, error in refused.items()}, empty)


def _open_requests(
    bucket: str, source: Source, force: bool, models: Models | None
) -> list[tuple[Priority, DocumentRequest]] | None:
    """Every object under the prefix that has something to be done; None: no objects.

    Args:
        force: Settled ones, too.
        models: Those that every document should have been done with; None: any.
    """
    schema = load_schema(source.schema_name)
    deployed = Versions(schema.digest, *models) if models else None
    known = store().sources.known_objects(bucket, source.prefix, schema.name, deployed)
    n_objects, found = 0, []
    for listed, row in merge_by_key(list_objects(bucket, source.prefix), known):
        n_objects += 1
        place = _place(row)
        if force or place is not Priority.SETTLED:
            request = DocumentRequest(key=listed.key, schema_name=source.schema_name, bucket=bucket)
            found.append((place, request))
    return found if n_objects else None


def _place(known: KnownObject | None) -> Priority:
    if known is None:
        return Priority.NEW
    if _is_settled(known):
        return Priority.OUTDATED if known.is_outdated else Priority.SETTLED
    return Priority.NEW if known.run_state is None else Priority.UNFINISHED


def _is_settled(known: KnownObject) -> bool:
    """Done, or refused by the reader or the limit we have: a newer one may do better, and so may a password that was given since."""
    if known.run_state == "done":
        return True  # first, for nearly all are: what the reader's version is takes a look at the disk
    may_open = known.quarantine_code == "password_required" and block_name(known.key) is not None
    return known.quarantine_reader in (reader_version(known.key), limit_version()) and not may_open


def merge_by_key(
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
