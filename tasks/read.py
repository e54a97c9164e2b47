"""Read: a file's bytes to pages, lines, footnotes and chunks, once for each reader version.

A document that cannot be read gets a quarantine row, not an exception.

Requires:
    PostgreSQL. The file is parsed in a subprocess with limits (`COUNTERSIGN_READ_*`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from prefect import task

from tasks.attachments import NOTHING_ATTACHED, Attached, attachments_of
from tasks.core.chunking.chunks import chunk_document
from tasks.core.reading import FileKind, kind_of, read_document, version_of
from tasks.core.reading.ocr.engines import engine_version
from tasks.core.reading.refusals import meaning
from tasks.core.records import Chunk, DocumentId, Reading, ReadStatus
from tasks.fetch import Fetched, quarantine
from tasks.runtime.retries import RETRIED
from tasks.runtime.run_names import named
from tasks.runtime.secrets import password_for
from tasks.s3 import SourceObject
from tasks.settings import settings
from tasks.store import store


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document with text, cut into chunks."""

    source: SourceObject
    document_id: DocumentId
    reading: Reading
    chunks: tuple[Chunk, ...]
    attached: Attached = NOTHING_ATTACHED


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that gives no text, and why; its quarantine row is written."""

    source: SourceObject
    code: str
    needs_ocr: bool = False
    """Its pages are scans: a worker with OCR could read it."""
    attached: Attached = NOTHING_ATTACHED


@task(task_run_name=named("read {fetched.source.key}"), **RETRIED)
def read(fetched: Fetched) -> ReadDocument | Refused:
    """Read and chunk the document, or load its stored reading and chunks; list its attachments.

    Returns:
        A refusal if the document is broken, encrypted, empty, too large or without any text.
    """
    attached = attachments_of(fetched)
    stored = store().readings.load(fetched.document_id, reader_version(fetched.source.key))
    reading, chunks = stored or _read_now(fetched)
    if reading.status in (ReadStatus.ERROR, ReadStatus.NEEDS_OCR) or not chunks:
        return _refuse(fetched, reading, attached)
    return ReadDocument(fetched.source, fetched.document_id, reading, chunks, attached)


def reader_version(key: str) -> str:
    """The version of reader and chunker for a key, with chunk size and OCR, which decide results.

    A document that was refused as a scan is therefore read again once OCR is installed.
    """
    config = settings()
    kind = kind_of(key)
    has_scans = kind in (FileKind.PDF, FileKind.IMAGE)
    engine = engine_version(config.ocr_engine, config.ocr_languages) if has_scans and config.ocr else ""
    return f"{version_of(kind)}+{config.chunk_chars}" + (f"+ocr-{engine}" if engine else "")


def _read_now(fetched: Fetched) -> tuple[Reading, tuple[Chunk, ...]]:
    """Read in the subprocess, chunk, and store both."""
    chunk_chars = settings().chunk_chars
    reading = see(fetched)
    chunks = chunk_document(reading, chunk_chars)
    # A file without its password is quarantined but not stored: later it has a reading.
    if reading.reason != "password_required":
        store().readings.save(fetched.document_id, reading, chunks, {"max_chars": chunk_chars})
    return reading, chunks


def see(fetched: Fetched) -> Reading:
    """Read the bytes now, with the settings' limits and the password of the key's prefix.

    Nothing is stored.
    """
    key = fetched.source.key
    reading = read_document(fetched.data, settings().read, password_for(key), kind=kind_of(key))
    return replace(reading, reader_version=reader_version(key))


def _refuse(fetched: Fetched, reading: Reading, attached: Attached) -> Refused:
    source, code = fetched.source, reading.reason or "no_text"
    quarantine(source, code, meaning(code), reading.reader_version, fetched.document_id)
    return Refused(source, code, reading.status is ReadStatus.NEEDS_OCR, attached)
