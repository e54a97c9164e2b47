"""Objects of the bucket in our tables: what was seen, what it held, what was refused. Never reads the bucket itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from tasks.core.records import DocumentId, ModelIdentity
from tasks.postgres.queries import query
from tasks.postgres.text import storable

START = ("", 0)
PAGE_ROWS = 5000


@dataclass(frozen=True, slots=True)
class KnownObject:
    """One version of one object that was recorded, with what became of it."""

    key: str
    version: str
    """The S3 version id; the ETag where the bucket keeps no versions."""
    etag: str | None
    document_id: DocumentId | None
    """None: seen, never fetched."""
    run_state: str | None
    """State of the newest run that was not superseded, of the schema that was asked about; None: there is none."""
    quarantine_code: str | None
    """Why the newest reader that tried refused it; None: none did."""
    quarantine_reader: str | None
    """Version of that reader."""
    is_outdated: bool = False
    """Done, but never with the versions that were asked about."""


@dataclass(frozen=True, slots=True)
class Versions:
    """What decides a run's result beside its document and its reader."""

    schema_digest: str
    generator: ModelIdentity
    critic: ModelIdentity | None


def object_version(version: str | None, etag: str | None) -> str:
    """What tells two contents of one key apart. S3 calls the version of an unversioned object `null`.

    Raises:
        ValueError: neither is given.
    """
    token = etag if version in (None, "", "null") else version
    if not token:
        raise ValueError("an object needs a version or an ETag")
    return token


def record_source(
    connection: psycopg.Connection,
    bucket: str,
    key: str,
    version: str | None,
    etag: str | None,
    size_bytes: int | None,
    document_id: DocumentId | None,
) -> int:
    """Idempotent. Gives the source's id."""
    if document_id is not None:
        connection.execute(
            query("source", "record_document"), {"document_id": document_id, "size_bytes": size_bytes or 0}
        )
    values = {
        "bucket": bucket,
        "key": storable(key),
        "object_version": object_version(version, etag),
        "etag": etag,
        "size_bytes": size_bytes,
        "document_id": document_id,
    }
    return _one(connection.execute(query("source", "record_source"), values))


def quarantine(
    connection: psycopg.Connection, source_id: int, reader_version: str, code: str, message: str
) -> int:
    """Idempotent per source and reader version: what was said first stands. Gives the row's id."""
    place = {"source_id": source_id, "reader_version": reader_version}
    said = {"code": code, "message": storable(message)}
    connection.execute(query("source", "quarantine"), {**place, **said})
    return _one(connection.execute(query("source", "quarantine_id"), place))


def known_objects_page(
    connection: psycopg.Connection,
    bucket: str,
    prefix: str,
    schema_name: str | None,
    after: tuple[str, int],
    page_rows: int = PAGE_ROWS,
    deployed: Versions | None = None,
) -> tuple[list[KnownObject], tuple[str, int] | None]:
    """The next recorded versions under a prefix, sorted by the bytes of their keys as S3 lists them.

    Args:
        after: Key and id of the last row seen, `START` at first.
        deployed: Versions that a document should be done with; needs `schema_name`. None: whatever it was done with will do.

    Returns:
        The page, and where the next one begins; None: this is the last.
    """
    wanted = {"bucket": bucket, "prefix": prefix, "schema_name": schema_name}
    place = {"last_key": after[0], "last_id": after[1], "page_rows": page_rows}
    values = wanted | place | _named(deployed)
    rows = connection.execute(query("source", "known_objects"), values).fetchall()
    found = [KnownObject(*row[1:]) for row in rows]
    return found, (rows[-1][1], rows[-1][0]) if len(rows) == page_rows else None


def _named(versions: Versions | None) -> dict[str, str | None]:
    generator, critic = (versions.generator, versions.critic) if versions else (None, None)
    return {
        "schema_digest": versions.schema_digest if versions else None,
        "generator_name": generator.name if generator else None,
        "generator_version": generator.version if generator else None,
        "critic_name": critic.name if critic else None,
        "critic_version": critic.version if critic else None,
    }


def _one(cursor: psycopg.Cursor[Any]) -> int:
    row = cursor.fetchone()
    assert row is not None
    return row[0]
