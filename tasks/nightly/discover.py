"""Lists the objects under the prefixes and finds those that are new, changed or unfinished; records
which keys were replaced, put back or deleted.

Requires:
    The bucket (`tasks.s3`) and PostgreSQL; with `refresh` also Triton. Both listings are streamed,
    so memory grows only with the documents that are to be processed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import groupby, islice, pairwise

from prefect import task

from tasks.attachments import can_read_scans
from tasks.core.errors import ConfigurationError, SourceError, SourceForbidden, SourceMissing
from tasks.core.left_out import LeftOut, why_left_out
from tasks.core.reading import FileKind, kind_of
from tasks.core.reading.mail.part_keys import SEPARATOR, is_part, parent_keys
from tasks.documents import DocumentRequest, Source
from tasks.fetch import limit_version
from tasks.postgres.objects import ListedStretch, WithheldReason
from tasks.postgres.readings import ERASED
from tasks.postgres.sources import KnownObject, Versions
from tasks.read import reader_version
from tasks.runtime.retries import RETRIED
from tasks.runtime.secrets import block_name
from tasks.s3 import SourceObject, head_object, list_objects, lists_restores
from tasks.schemas import open_schema, portable
from tasks.settings import settings
from tasks.store import store
from tasks.verify.model_calls import ServingModels, serving_models

logger = logging.getLogger("countersign.discover")

STRETCH_KEYS = 5000
"""So many listed keys are compared with the recorded ones at once."""


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
    left_out: Mapping[str, str] = field(default_factory=dict[str, str])
    """By prefix the files that are not read, in words."""
    archived: Mapping[str, LeftOut] = field(default_factory=dict[str, LeftOut])
    """By prefix the objects that would be processed if they were not archived."""
    sizes_bytes: Sequence[int] = ()
    """Of each request, as listed; 0: an attachment."""


@task(task_run_name="discover", **RETRIED)
def discover(
    sources: Sequence[Source],
    bucket: str | None = None,
    force: bool = False,
    refresh: bool = False,
    use_critic: bool = True,
) -> Discovery:
    """Find unfinished documents, then outdated ones, then new and changed ones; each in key order.

    A mail stands for its attachments; those that were not finished with their mail are documents of
    their own here. Files whose suffix is that of no document are left out and named.

    A prefix that cannot be listed, because a right or the bucket is missing, does not stop the
    others. Archived objects that are not restored are passed over and named.

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
    candidates: list[_DueDocument] = []
    empty: dict[str, None] = {}  # a prefix may be listed for two schemas: each name once, in order
    errors: dict[str, SourceError] = {}
    left_out: dict[str, str] = {}
    archived: dict[str, LeftOut] = {}
    for source in sources:
        try:
            listed = _Listed(name, source, force)
            listed.merge(models)
        except (SourceForbidden, SourceMissing) as error:
            logger.warning("%s", error)
            errors[source.prefix] = error
            continue
        candidates += listed.candidates
        if words := listed.left_out.in_words():
            left_out[source.prefix] = words
        if listed.archived.n_files:
            archived[source.prefix] = listed.archived
        if not listed.n_objects:
            empty[source.prefix] = None
    for prefix in empty:
        logger.warning("no documents under s3://%s/%s yet", name, prefix)
    if all(source.prefix in errors for source in sources):
        raise next(iter(errors.values()))
    ordered = sorted(candidates, key=lambda candidate: candidate.priority)
    requests, sizes_bytes = [c.request for c in ordered], [c.size_bytes for c in ordered]
    not_listed = {prefix: str(error) for prefix, error in errors.items()}
    return Discovery(requests, not_listed, list(empty), left_out, archived, sizes_bytes)


def with_registered_schemas(sources: Sequence[Source]) -> list[Source]:
    """The sources, with a schema's file registered: every batch of the night has the same wording, on
    any worker.

    Raises:
        SchemaError: there is no such schema, or it breaks the rules.
    """
    return [one.model_copy(update={"schema_name": portable(one.schema_name)}) for one in sources]


@dataclass(frozen=True, slots=True)
class _DueDocument:
    priority: Priority
    request: DocumentRequest
    size_bytes: int


class _Listed:
    """The documents under one prefix that are to be processed."""

    def __init__(self, bucket: str, source: Source, force: bool) -> None:
        self._bucket, self._source, self._force = bucket, source, force
        self.candidates: list[_DueDocument] = []
        self.left_out = LeftOut()
        self.archived = LeftOut()
        self.n_objects = 0
        self._mails: dict[str, tuple[str | None, bool]] = {}
        """Of the mails whose attachments may follow: the ETag, and whether they are requested."""

    def merge(self, models: ServingModels | None) -> None:
        """Compare the listing with the store.

        Args:
            models: The models that every document should have been done with; None: any.
        """
        schema = open_schema(self._source.schema_name)
        deployed = Versions(schema.digest, *models.identities, models.promise(schema)) if models else None
        has_ocr, prefix = can_read_scans(), self._source.prefix
        known = self._without_parts(
            store().sources.known_objects(self._bucket, prefix, schema.name, deployed), has_ocr
        )
        listing = recorded(list_objects(self._bucket, prefix), self._bucket, prefix)
        for listed, row in merge_by_key(listing, known):
            self.n_objects += 1
            if self.left_out.takes(listed.key, has_ocr, prefix):
                continue
            priority = _priority(row)
            if listed.is_archived and self._is_open(priority) and _is_archived(listed):
                self.archived.add(listed.key, WithheldReason.ARCHIVED.value)
                continue
            is_requested = self._add(listed.key, priority, listed.size_bytes)
            if kind_of(listed.key) is FileKind.MAIL:
                self._forget_before(listed.key)
                self._mails[listed.key] = listed.etag, is_requested
        for _ in known:  # attachments of the last mail
            pass

    def _add(self, key: str, priority: Priority, size_bytes: int = 0) -> bool:
        """Request the document if it is to be processed; whether it is."""
        is_open = self._is_open(priority)
        if is_open:
            request = DocumentRequest(key=key, schema_name=self._source.schema_name, bucket=self._bucket)
            self.candidates.append(_DueDocument(priority, request, size_bytes))
        return is_open

    def _is_open(self, priority: Priority) -> bool:
        return self._force or priority is not Priority.SETTLED

    def _without_parts(self, known: Iterable[KnownObject], has_ocr: bool) -> Iterator[KnownObject]:
        """The rows of objects. An attachment's comes after its mail was listed, by the order of the keys."""
        for row in known:
            if not is_part(row.key):
                yield row
                continue
            etag, is_requested = self._mails.get(parent_keys(row.key)[0], (None, True))
            # An old version's, or it goes with its mail, or another machine may read it.
            if row.etag == etag and not is_requested and why_left_out(row.key, has_ocr) is None:
                is_requested = self._add(row.key, _priority(row))
            if kind_of(row.key) is FileKind.MAIL and row.etag == etag:
                self._mails[row.key] = row.etag, is_requested

    def _forget_before(self, key: str) -> None:
        """Keep only mails whose attachments can still come, so that memory stays small."""
        after = chr(ord(SEPARATOR[-1]) + 1)
        ended = [mail for mail in self._mails if (mail + SEPARATOR[:-1] + after).encode() < key.encode()]
        for mail in ended:
            del self._mails[mail]


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
    if known.quarantine_code == ERASED:
        return True
    may_open = known.quarantine_code == "password_required" and block_name(known.key) is not None
    return known.quarantine_reader in (reader_version(known.key), limit_version()) and not may_open


def _is_archived(listed: SourceObject) -> bool:
    """Whether an object of an archive class is not restored; the listing may not say so."""
    if lists_restores():
        return True
    with suppress(SourceError):  # else the fetch says what is wrong
        return head_object(listed.bucket, listed.key).is_archived
    return False


def recorded(listing: Iterable[SourceObject], bucket: str, prefix: str) -> Iterator[SourceObject]:
    """The objects of a listing; what it shows of known keys, and what it lacks, is recorded as it passes.

    A listing that breaks off has recorded only what it had passed. S3 lists in the order of the keys;
    of a store that does not, nothing is taken to be deleted: what seemed to be is found again later.
    """
    after, is_in_order = "", True
    for stretch, is_last in _stretches(listing):
        keys = [listed.key for listed in stretch]
        if is_in_order and not all(one < other for one, other in pairwise([after, *keys])):
            is_in_order = is_last and not after  # one stretch is complete, however it is ordered
            if not is_in_order:
                logger.warning(
                    "s3://%s/%s is not listed in the order of its keys: what was deleted is not found",
                    bucket,
                    prefix,
                )
        up_to = None if is_last else keys[-1]
        etags, archived = [listed.etag for listed in stretch], [o.key for o in stretch if o.is_archived]
        passed = ListedStretch(bucket, prefix, after, up_to, keys, etags, archived, is_in_order)
        store().objects.passed(passed, stretch[0].age_s if stretch else 0.0)
        after = keys[-1] if keys else after
        yield from stretch


def _stretches(listing: Iterable[SourceObject]) -> Iterator[tuple[list[SourceObject], bool]]:
    """The objects in lists of `STRETCH_KEYS`, each with whether it is the last; there is at least one."""
    objects = iter(listing)
    stretch = list(islice(objects, STRETCH_KEYS))
    while following := list(islice(objects, STRETCH_KEYS)) if len(stretch) == STRETCH_KEYS else []:
        yield stretch, False
        stretch = following
    yield stretch, True


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
