"""Read: bytes to pages, lines, notes and chunks, once for each document and reader version. A refusal is a row, not an exception.

Requires:
    PostgreSQL. The read itself happens in a subprocess with limits (`COUNTERSIGN_READ_*`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.core.chunking.chunks import chunk_document
from tasks.core.reading import READER_VERSION, TEXT_VERSION, Limits, is_text, read_document
from tasks.core.reading.refusals import meaning
from tasks.core.reading.version import is_available
from tasks.core.records import Chunk, DocumentId, Reading, ReadStatus
from tasks.fetch import Fetched
from tasks.runtime.retries import RETRIES, RETRY_DELAYS_S, is_retryable
from tasks.runtime.secrets import password_for
from tasks.s3 import SourceObject
from tasks.settings import settings
from tasks.store import store


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document that can be worked on."""

    source: SourceObject
    document_id: DocumentId
    reading: Reading
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that cannot, and why; its quarantine row is written."""

    source: SourceObject
    code: str
    needs_ocr: bool = False
    """It is no bad document: somebody who can read scans would read it."""


@task(
    task_run_name="read {fetched.source.key}",
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=is_retryable,
)
def read(fetched: Fetched) -> ReadDocument | Refused:
    """Read and chunk the document, or take what is stored of it.

    Returns:
        A refusal when nothing of the document can be worked on: broken, encrypted, empty, too large, or without any text.
    """
    stored = store().readings.load(fetched.document_id, reader_version(fetched.source.key))
    reading, chunks = stored or _read_now(fetched)
    if reading.status in (ReadStatus.ERROR, ReadStatus.NEEDS_OCR) or not chunks:
        return _refuse(fetched, reading)
    return ReadDocument(fetched.source, fetched.document_id, reading, chunks)


def reader_version(key: str) -> str:
    """Version of reader and chunker for an object of this key, and what else decides results: the size of chunks, and whether
    scanned pages can be read.

    So a document that was refused as a scan is new work once the engine is there.
    """
    limits = settings()
    if is_text(key):
        return f"{TEXT_VERSION}+{limits.countersign_chunk_chars}"
    ocr = f"+ocr-{limits.countersign_ocr_languages}" if limits.countersign_ocr and is_available() else ""
    return f"{READER_VERSION}+{limits.countersign_chunk_chars}{ocr}"


def _read_now(fetched: Fetched) -> tuple[Reading, tuple[Chunk, ...]]:
    """Read in the subprocess, chunk, and store both.

    What asked for a password is not stored, only quarantined: it is another document once the password is given.
    """
    limits = settings()
    reading = see(fetched)
    chunks = chunk_document(reading, limits.countersign_chunk_chars)
    if reading.reason != "password_required":
        chunker = {"max_chars": limits.countersign_chunk_chars}
        store().readings.save(fetched.document_id, reading, chunks, chunker)
    return reading, chunks


def see(fetched: Fetched) -> Reading:
    """What the reader sees under the limits of the settings, with the password of the key's prefix if the file is encrypted."""
    limits = settings()
    seen = read_document(
        fetched.data,
        Limits(
            max_bytes=limits.countersign_read_max_bytes,
            max_pages=limits.countersign_read_max_pages,
            wall_s=limits.countersign_read_wall_s,
            memory_bytes=limits.countersign_read_memory_bytes,
            max_inflated_bytes=limits.countersign_read_max_inflated_bytes,
            max_operators=limits.countersign_read_max_operators,
            ocr=limits.countersign_ocr,
            ocr_languages=limits.countersign_ocr_languages,
            ocr_page_s=limits.countersign_ocr_page_s,
            max_ocr_pages=limits.countersign_ocr_max_pages,
        ),
        password_for(fetched.source.key),
        as_text=is_text(fetched.source.key),
    )
    return replace(seen, reader_version=reader_version(fetched.source.key))


def _refuse(fetched: Fetched, reading: Reading) -> Refused:
    source, code = fetched.source, reading.reason or "no_text"
    store().sources.quarantine(
        source.bucket,
        source.key,
        source.version,
        code,
        meaning(code),
        reader_version=reading.reader_version,
        etag=source.etag,
        document_id=fetched.document_id,
        size_bytes=source.size_bytes,
    )
    return Refused(source, code, reading.status is ReadStatus.NEEDS_OCR)
