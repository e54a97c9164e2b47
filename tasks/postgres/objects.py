"""What the keys of a bucket hold now, and which of their contents are current, replaced or deleted.

`sources.py` beside it keeps the history. Never reads the bucket.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tasks.core.reading.mail.part_keys import root_key
from tasks.core.records import DocumentId, RunId
from tasks.core.text.to_pg_text import storable
from tasks.postgres.connection import Pool
from tasks.postgres.queries import Row, as_json, query

PAGE_ROWS = 5000


class VersionState(StrEnum):
    """What a recorded content of a key is now."""

    CURRENT = "current"
    DELETED = "deleted"
    """The key held it last and is gone."""
    REPLACED = "replaced"
    """The key holds, or held at last, another content."""


class WithheldReason(StrEnum):
    """Why the store does not give an object's bytes."""

    ARCHIVED = "archived"
    KEY_DENIED = "key_denied"


@dataclass(frozen=True, slots=True)
class HeldContent:
    """One content of one key."""

    bucket: str
    key: str
    """Of an attachment `MAIL!/NAME`: it is current as long as its mail is."""
    version: str
    """The newest recorded version with this content: the S3 version id, or the ETag."""
    etag: str | None
    document_id: DocumentId
    state: VersionState
    since: datetime
    """Since when it was seen to be so."""


@dataclass(frozen=True, slots=True)
class CurrentRun:
    """The newest done run of one schema over what a key holds now."""

    bucket: str
    key: str
    version: str
    etag: str | None
    document_id: DocumentId
    since: datetime
    """Since when the key was seen to hold this content."""
    run_id: RunId
    schema_name: str
    schema_digest: str
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class ListedStretch:
    """A part of a listing, complete between two keys."""

    bucket: str
    prefix: str
    after: str
    """The last key of the stretch before; empty: the beginning."""
    up_to: str | None
    """The last key; None: the listing is at its end."""
    keys: Sequence[str]
    etags: Sequence[str]
    archived: Sequence[str] = ()
    """Those of the keys that are archived and not restored."""
    is_complete: bool = True
    """False: other keys may lie between, so none is gone."""


class Objects:
    """The present of the bucket. Every method is one transaction.

    `age_s` says how long ago the store was asked. So the clock of the database orders what several
    workers saw, and an older observation that is stored later changes nothing.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def missing(self, bucket: str, key: str, age_s: float = 0.0) -> None:
        """Record that a key is gone. Of an attachment, that its mail is."""
        values = {"bucket": bucket, "key": storable(root_key(key)), "age_s": age_s}
        with self._pool.transaction() as connection:
            connection.execute(query("object", "miss"), values)

    def withheld(self, bucket: str, key: str, etag: str, reason: WithheldReason, age_s: float = 0.0) -> None:
        """Record that a key is there, and that the store does not give its bytes."""
        values = {
            "bucket": bucket,
            "key": storable(root_key(key)),
            "etag": etag,
            "withheld": reason.value,
            "age_s": age_s,
        }
        with self._pool.transaction() as connection:
            connection.execute(query("object", "withhold"), values)

    def passed(self, stretch: ListedStretch, age_s: float = 0.0) -> None:
        """Record what a listing showed between two keys: what is known there and was not listed is gone."""
        values = {
            "bucket": stretch.bucket,
            "prefix": storable(stretch.prefix),
            "after": storable(stretch.after),
            "up_to": None if stretch.up_to is None else storable(stretch.up_to),
            "keys": as_json(stretch.keys),
            "etags": as_json(stretch.etags),
            "archived": [storable(key) for key in stretch.archived],
            "is_complete": stretch.is_complete,
            "age_s": age_s,
        }
        with self._pool.transaction() as connection:
            # Planned each time: the plan for any stretch takes twice as long.
            connection.execute(query("object", "pass"), values, prepare=False)

    def withheld_of(self, bucket: str, keys: Sequence[str]) -> dict[str, WithheldReason]:
        """Which of these keys the store does not give, and why."""
        roots = {root_key(key) for key in keys}
        values = {"bucket": bucket, "keys": [storable(key) for key in sorted(roots)]}
        with self._pool.transaction() as connection:
            rows = connection.execute(query("object", "withheld"), values).fetchall()
        reasons = {key: WithheldReason(reason) for key, reason in rows}
        return {key: reasons[root_key(key)] for key in keys if root_key(key) in reasons}

    def holders(self, document_id: DocumentId) -> list[HeldContent]:
        """The keys that hold a document or held it, once each, the current ones first."""
        with self._pool.transaction() as connection:
            rows = connection.execute(query("object", "holders"), {"document_id": document_id}).fetchall()
        return [_held_content(row) for row in rows]

    def versions(self, bucket: str, key: str) -> list[HeldContent]:
        """The contents that a key holds and held, once each, the current one first, then the newest."""
        values = {"bucket": bucket, "key": storable(key)}
        with self._pool.transaction() as connection:
            rows = connection.execute(query("object", "versions"), values).fetchall()
        return [_held_content(row) for row in rows]

    def current_runs(
        self, bucket: str, prefix: str = "", schema_name: str | None = None, page_rows: int = PAGE_ROWS
    ) -> Iterator[CurrentRun]:
        """Each key under a prefix that is there now, with the newest done run of its content for each
        schema, in key order.

        They are streamed in pages, so that no transaction lasts longer than a page.
        """
        after = ""
        while True:
            values = {
                "bucket": bucket,
                "prefix": prefix,
                "after": after,
                "schema_name": schema_name,
                "page_rows": page_rows,
            }
            with self._pool.transaction() as connection:
                rows = connection.execute(query("object", "current_runs"), values).fetchall()
            # A key may have runs of several schemas: the last key of a full page is taken with the next one.
            is_last = len(rows) < page_rows
            last_key = None if is_last else rows[-1][1]
            whole = [row for row in rows if row[1] != last_key] or rows
            yield from (CurrentRun(*row) for row in whole)
            if is_last:
                return
            after = whole[-1][1]


def _held_content(row: Row) -> HeldContent:
    bucket, key, version, etag, document_id, state, since = row
    return HeldContent(bucket, key, version, etag, document_id, VersionState(state), since)
