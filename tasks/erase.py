"""Erases a document: its words in the database, its evidence pages in S3.

Requires:
    PostgreSQL as its owner; the right to delete in the bucket of `COUNTERSIGN_EVIDENCE`.
"""

from __future__ import annotations

from dataclasses import dataclass

from tasks.core.evidence.page_key import page_key
from tasks.core.records import DocumentId
from tasks.core.text.display import counted
from tasks.postgres.audit.erasures import Erasure
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
    """Erase what lies outside of the database first: if that fails, the command can be given again.

    Raises:
        SourceForbidden, SourceUnavailable: the evidence pages cannot be deleted; nothing else was erased.
        ConfigurationError, StoreConflict: as `Erasures.erase`.
    """
    places = database.erasures.places(document_id)
    n_objects = 0
    if place := settings().evidence_place:
        bucket, prefix = place
        keys = {page_key(prefix, key, run_id) for _, key in places.keys for run_id in places.run_ids}
        n_objects = delete_everywhere(bucket, sorted(keys))
    return Erased(database.erasures.erase(document_id, requested_by, reason), n_objects)
