"""Lists the objects under the prefixes and finds those that are new, changed or unfinished.

Requires:
    The bucket (`tasks.s3`) and PostgreSQL; with `refresh` also Triton. Both listings are streamed,
    so memory grows only with the documents that are to be processed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby

from prefect import task

from tasks.core.errors import ConfigurationError, SourceError, SourceForbidden, SourceMissing
from tasks.core.schema import load_schema
from tasks.documents import DocumentRequest, Source
from tasks.fetch import limit_version
from tasks.postgres.sources import KnownObject, Versions
from tasks.read import reader_version
from tasks.runtime.retries import RETRIED
from tasks.runtime.secrets import block_name
from tasks.s3 import SourceObject, list_objects
from tasks.settings import settings
from tasks.store import store
from tasks.verify.model_calls import ServingModels, serving_models

logger = logging.getLogger("countersign.discover")

"""Generator and critic."""


class Priority(IntEnum):
    """The order in which documents are processed."""

    UNFINISHED = 0
    OUTDATED = 1
    """Done, but never with the deployed schema and models; only with `refresh`."""
    SETTLED = 2
    """Done or refused; only with `force`."""
    NEW = 3


@dataclass(frozen=True, slots=True)
class Discovery:
    """What is to be processed, and which prefixes gave nothing."""

    requests: Sequence[DocumentRequest]
    not_listed: Mapping[str, str]
    """The error message by prefix."""
    empty: Sequence[str] = ()
    """Prefixes without any object: no document was uploaded yet, or the name is wrong."""


@task(task_run_name="discover", **RETRIED)
def discover(
    sources: Sequence[Source],
    bucket: str | None = None,
    force: bool = False,
    refresh: bool = False,
    use_critic: bool = True,
) -> Discovery:
    """Find unfinished documents, then outdated ones, then new and changed ones; each in key order.

    A prefix that cannot be listed, because a right or the bucket is missing, does not stop the
    others.

    Args:
        force: Also documents that are done or refused; before the new ones.
        refresh: Also documents that were never done with the deployed schema, generator, critic
            and promise.
        use_critic: Whether the runs will have a critic.

    Raises:
        ConfigurationError: no prefix was given.
        SourceForbidden, SourceMissing: none of the prefixes could be listed.
        SourceUnavailable: the store does not answer.
    """
    if not sources:
        raise ConfigurationError("no prefix was given. Name at least one in `sources`, with its schema.")
    name = bucket or settings().bucket
    models = serving_models(use_critic) if refresh else None
    candidates: list[tuple[Priority, DocumentRequest]] = []
    empty: dict[str, None] = {}  # a prefix may be listed for two schemas: each name once, in order
    errors: dict[str, SourceError] = {}
    for source in sources:
        try:
            requests = _open_requests(name, source, force, models)
        except (SourceForbidden, SourceMissing) as error:
            logger.warning("%s", error)
            errors[source.prefix] = error
            continue
        candidates += requests or ()
        if requests is None:
            empty[source.prefix] = None
    for prefix in empty:
        logger.warning("no documents under s3://%s/%s yet", name, prefix)
    if all(source.prefix in errors for source in sources):
        raise next(iter(errors.values()))
    ordered = [request for _, request in sorted(candidates, key=lambda pair: pair[0])]
    return Discovery(ordered, {prefix: str(error) for prefix, error in errors.items()}, list(empty))


def _open_requests(
    bucket: str, source: Source, force: bool, models: ServingModels | None
) -> list[tuple[Priority, DocumentRequest]] | None:
    """The documents under the prefix that are to be processed; None: the prefix has no objects.

    Args:
        models: The models that every document should have been done with; None: any.
    """
    schema = load_schema(source.schema_name)
    deployed = Versions(schema.digest, *models.identities, models.promise(schema)) if models else None
    known = store().sources.known_objects(bucket, source.prefix, schema.name, deployed)
    n_objects, candidates = 0, []
    for listed, row in merge_by_key(list_objects(bucket, source.prefix), known):
        n_objects += 1
        priority = _priority(row)
        if force or priority is not Priority.SETTLED:
            request = DocumentRequest(key=listed.key, schema_name=source.schema_name, bucket=bucket)
            candidates.append((priority, request))
    return candidates if n_objects else None


def _priority(known: KnownObject | None) -> Priority:
    if known is None:
        return Priority.NEW
    if _is_settled(known):
        return Priority.OUTDATED if known.is_outdated else Priority.SETTLED
    return Priority.NEW if known.run_state is None else Priority.UNFINISHED


def _is_settled(known: KnownObject) -> bool:
    """Done, or refused by the deployed reader or size limit, unless a password was given since."""
    if known.run_state == "done":
        return True  # nearly all are, and `reader_version` below reads from the disk
    may_open = known.quarantine_code == "password_required" and block_name(known.key) is not None
    return known.quarantine_reader in (reader_version(known.key), limit_version()) and not may_open


def merge_by_key(
    listing: Iterable[SourceObject], known: Iterable[KnownObject]
) -> Iterator[tuple[SourceObject, KnownObject | None]]:
    """Give each listed object with the row of the same key and ETag; None: there is none.

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
