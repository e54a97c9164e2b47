"""Erases a document: its words in the database, its evidence pages and delivered values in S3.

Requires:
    PostgreSQL as its owner; the right to delete in the buckets of `COUNTERSIGN_EVIDENCE` and of delivered
    results.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tasks.core.delivery import values_folder
from tasks.core.evidence.page_key import page_key
from tasks.core.records import DocumentId
from tasks.core.text.display import counted
from tasks.postgres.audit.erasures import DocumentPlaces, Erasure
from tasks.postgres.store import Store
from tasks.s3 import delete_everywhere, list_versions
from tasks.settings import s3_place, settings


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
    with database.deliveries.alone():  # nothing is delivered in between
        places = database.erasures.places(document_id)
        copies = [*_evidence_pages(places), *_delivered_values(places)]
        n_objects = sum(delete_everywhere(bucket, keys) for bucket, keys in copies)
        return Erased(database.erasures.erase(document_id, requested_by, reason), n_objects)


def _evidence_pages(places: DocumentPlaces) -> Iterator[tuple[str, list[str]]]:
    """Bucket and keys of the pages of its runs."""
    if place := settings().evidence_place:
        bucket, prefix = place
        yield bucket, sorted({page_key(prefix, key, run) for _, key in places.keys for run in places.runs})


def _delivered_values(places: DocumentPlaces) -> Iterator[tuple[str, list[str]]]:
    """Bucket and keys of every file of values of its runs, also of one that a worker wrote before it died."""
    own = settings().results_place
    where = {*places.delivered_to, *([f"s3://{own[0]}/{own[1]}"] if own else [])}
    for url in sorted(where):
        bucket, prefix = s3_place(url)
        for folder in {
            f"{prefix}{values_folder(schema_name, *place)}"
            for place in places.keys
            for schema_name in places.runs.values()
        }:
            keys = {key for key, _ in list_versions(bucket, folder)}
            yield (
                bucket,
                sorted(key for key in keys if key.removeprefix(folder).partition(".")[0] in places.runs),
            )
