"""What the store holds of a run, as an evidence page needs it. Shapes only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tasks.core.loop.replay import StoredRun
from tasks.core.reading.version import FileKind, kind_of
from tasks.core.records import DocumentId, Extraction, RunId


@dataclass(frozen=True, slots=True)
class DocumentSource:
    """A place in S3 where a document was seen."""

    bucket: str
    key: str
    object_version: str
    """The S3 version id; the ETag where the bucket keeps no versions."""
    etag: str | None

    @property
    def version_id(self) -> str | None:
        """The version to ask S3 for; None: the bucket keeps none."""
        return None if self.object_version == self.etag else self.object_version


@dataclass(frozen=True, slots=True)
class RunHead:
    """A run's row, with names for its references."""

    error_code: str
    attempt: int
    generator: str
    """name/version"""
    critic: str
    """Empty: the run has no critic."""
    promise: float | None
    created_at: datetime
    finished_at: datetime | None
    newer_run_id: RunId | None
    """The newest run of the same document and schema that was done after it."""
    checks: tuple[tuple[str, str, str], ...]
    """(expression, outcome, what it says)"""


@dataclass(frozen=True, slots=True)
class StoredReview:
    """A person's decision over a value, or over a cell that has none."""

    chunk_index: int
    field: str
    extraction_id: int | None
    reviewer: str
    decision: str
    value: str
    reason: str
    at: datetime
    via: str = ""
    """page, command or sheet; empty: not known."""
    is_carried: bool = False
    """It was made over an earlier run, and still holds."""
    holds: bool = True
    """False: it was taken back, or another decision followed."""
    pages: tuple[int, ...] = ()
    """Of words that the person gave."""


@dataclass(frozen=True, slots=True)
class StoredEvidence:
    """Everything of a run that its page shows."""

    run: StoredRun
    head: RunHead
    document_id: DocumentId
    sources: tuple[DocumentSource, ...]
    """The newest first."""
    extraction_ids: tuple[int, ...]
    """Aligned with the run's extractions."""
    reviews: Sequence[StoredReview] = ()
    """Oldest first."""

    @property
    def key(self) -> str:
        """The key under which the document was seen last."""
        return self.sources[0].key if self.sources else self.document_id

    @property
    def kind(self) -> FileKind:
        return kind_of(self.key)

    @property
    def numbered(self) -> list[tuple[int, Extraction]]:
        """The extractions with their numbers."""
        return list(zip(self.extraction_ids, self.run.extractions, strict=True))


@dataclass(frozen=True, slots=True)
class RunLabel:
    """A run that a user named."""

    run_id: RunId
    schema_name: str
    document_id: DocumentId
    key: str
