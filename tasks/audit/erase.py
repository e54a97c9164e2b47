"""Erases a document: its words in the database, its evidence pages and delivered values in S3.

Requires:
    PostgreSQL as its owner; the right to delete in the buckets of `COUNTERSIGN_EVIDENCE` and of delivered
    results.
"""

from __future__ import annotations

from dataclasses import dataclass

from tasks.core.evidence.page_key import page_key
from tasks.core.records import DocumentId
from tasks.core.text.display import counted
from tasks.postgres.audit.erasures import DocumentPlaces, Erasure
from tasks.postgres.store import Store
from tasks.s3 import delete_everywhere
from tasks.settings import settings


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased of a document."""

    record: Erasure
    n_objects: int
    """Versions of objects that were deleted from S3."""

    def in_words(self) -> str:
        n_rows = sum(self.record.n_rows.values())
        return f"{counted(n_rows, 'row')} without words, {counted(self.n_objects, 'object')} deleted from S3"


def erase_document(database: Store, document_id: DocumentId, requested_by: str, reason: str) -> Erased:
    """Erase what lies outside of the database first: if that fails, the command can be given again. What the database would refuse
    is refused before.

    Raises:
        SourceForbidden, SourceUnavailable: a page or a delivered file cannot be deleted; the database has its words still.
        ConfigurationError, StoreConflict: as `Erasures.erase`.
    """
    database.erasures.require_erasable(document_id)
    places = database.erasures.places(document_id)
    n_objects = sum(delete_everywhere(bucket, keys) for bucket, keys in _copies(places).items())
    return Erased(database.erasures.erase(document_id, requested_by, reason), n_objects)


def _copies(places: DocumentPlaces) -> dict[str, list[str]]:
    """The objects in S3 that hold words of a document, but for itself, by bucket."""
    copies: dict[str, list[str]] = {}
    if place := settings().evidence_place:
        bucket, prefix = place
        pages = {page_key(prefix, key, run_id) for _, key in places.keys for run_id in places.run_ids}
        copies[bucket] = sorted(pages)
    for where, object_key in places.delivered:
        bucket, _, prefix = where.removeprefix("s3://").partition("/")
        copies.setdefault(bucket, []).append(f"{prefix}{object_key}")
    return copies
