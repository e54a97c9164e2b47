"""The recorded object versions: what they contained, and which were refused. `objects.py` beside it
knows which of them is there now.

Never reads the bucket.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from tasks.core.reading.mail.part_keys import root_key
from tasks.core.records import DocumentId, ModelIdentity
from tasks.core.text.to_pg_text import storable
from tasks.postgres.connection import Pool
from tasks.postgres.queries import query

START = ("", 0)
PAGE_ROWS = 5000


@dataclass(frozen=True, slots=True)
class KnownObject:
    """One recorded version of one object, with what became of it."""

    key: str
    version: str
    """The S3 version id; the ETag where the bucket keeps no versions."""
    etag: str | None
    document_id: DocumentId | None
    """None: seen in a listing, never fetched."""
    run_state: str | None
    """State of the newest run, of the schema in question, that was not superseded; None: there is
    none."""
    quarantine_code: str | None
    """Why the newest reader that tried refused it; None: none did."""
    quarantine_reader: str | None
    """Version of that reader."""
    is_outdated: bool = False
    """Done, but never with the deployed versions."""

    @property
    def is_settled(self) -> bool:
        """Done, or refused by some reader."""
        return self.run_state == "done" or self.quarantine_code is not None


@dataclass(frozen=True, slots=True)
class Versions:
    """What decides a run's result besides its document and its reader."""

    schema_digest: str
    generator: ModelIdentity
    critic: ModelIdentity | None
    promise: float | None = None


class Sources:
    """Object versions and their documents. Every method is one transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def record(
        self,
        bucket: str,
        key: str,
        version: str | None,
        etag: str | None,
        size_bytes: int | None,
        document_id: DocumentId | None = None,
        *,
        age_s: float = 0.0,
    ) -> int:
        """Record the version that an object has now and, once it was fetched, its document. Idempotent.

        Args:
            version: As the fetch gave it; a bucket without versions has none.
            age_s: How long ago the store was asked. If a newer observation is stored already, the key
                keeps what that one saw.

        Returns:
            The source's id.
        """
        with self._pool.transaction() as connection:
            return _record(connection, bucket, key, version, etag, size_bytes, document_id, age_s)

    def quarantine(
        self,
        bucket: str,
        key: str,
        version: str | None,
        code: str,
        message: str,
        *,
        reader_version: str,
        etag: str | None = None,
        document_id: DocumentId | None = None,
        size_bytes: int | None = None,
        age_s: float = 0.0,
    ) -> int:
        """Record that a reader version refused an object version.

        Idempotent: the first reason stands.

        Returns:
            The quarantine row's id.
        """
        with self._pool.transaction() as connection:
            source_id = _record(connection, bucket, key, version, etag, size_bytes, document_id, age_s)
            key_values = {"source_id": source_id, "reader_version": reader_version}
            reason = {"code": code, "message": storable(message)}
            connection.execute(query("source", "quarantine"), {**key_values, **reason})
            row = connection.execute(query("source", "quarantine_id"), key_values).fetchone()
        assert row is not None
        return row[0]

    def known_objects(
        self, bucket: str, prefix: str = "", schema_name: str | None = None, deployed: Versions | None = None
    ) -> Iterator[KnownObject]:
        """All recorded object versions under a prefix, in the order of an S3 listing.

        They are streamed in pages, so that no transaction lasts longer than a page.

        Args:
            schema_name: Whose runs count; None: any schema's.
            deployed: Versions that a document should be done with; needs `schema_name`. None: any
                versions do.
        """
        after: tuple[str, int] | None = START
        while after is not None:
            page, after = self.known_page(bucket, prefix, after, schema_name, deployed)
            yield from page

    def known_page(
        self,
        bucket: str,
        prefix: str,
        after: tuple[str, int],
        schema_name: str | None = None,
        deployed: Versions | None = None,
        page_rows: int = PAGE_ROWS,
    ) -> tuple[list[KnownObject], tuple[str, int] | None]:
        """One page of `known_objects`.

        Args:
            after: Key and id of the last row of the page before; `START` for the first page.

        Returns:
            The page, and where the next one begins; None: this is the last.
        """
        values = {"bucket": bucket, "prefix": prefix, "schema_name": schema_name, **_version_values(deployed)}
        values |= {"last_key": after[0], "last_id": after[1], "page_rows": page_rows}
        with self._pool.transaction() as connection:
            rows = connection.execute(query("source", "known_objects"), values).fetchall()
        page = [KnownObject(*row[1:]) for row in rows]
        return page, (rows[-1][1], rows[-1][0]) if len(rows) == page_rows else None


def object_version(version: str | None, etag: str | None) -> str:
    """The version of an object or, without one, its ETag.

    S3 calls the version of an unversioned object `null`.

    Raises:
        ValueError: neither is given.
    """
    token = etag if version in (None, "", "null") else version
    if not token:
        raise ValueError("an object needs a version or an ETag")
    return token


def _record(
    connection: psycopg.Connection,
    bucket: str,
    key: str,
    version: str | None,
    etag: str | None,
    size_bytes: int | None,
    document_id: DocumentId | None,
    age_s: float,
) -> int:
    token = object_version(version, etag)
    # First: whoever holds the row of the object may change all versions of its key, and waits for none.
    seen = {"bucket": bucket, "key": storable(root_key(key)), "etag": etag or token, "age_s": age_s}
    connection.execute(query("object", "see"), seen)
    if document_id is not None:
        document = {"document_id": document_id, "size_bytes": size_bytes or 0}
        connection.execute(query("source", "record_document"), document)
    values = {
        "bucket": bucket,
        "key": storable(key),
        "object_version": token,
        "etag": etag,
        "size_bytes": size_bytes,
        "document_id": document_id,
    }
    row = connection.execute(query("source", "record_source"), values).fetchone()
    assert row is not None
    return row[0]


def _version_values(versions: Versions | None) -> dict[str, str | float | None]:
    generator, critic = (versions.generator, versions.critic) if versions else (None, None)
    return {
        "schema_digest": versions.schema_digest if versions else None,
        "generator_name": generator.name if generator else None,
        "generator_version": generator.version if generator else None,
        "critic_name": critic.name if critic else None,
        "critic_version": critic.version if critic else None,
        "promise": versions.promise if versions else None,
    }
