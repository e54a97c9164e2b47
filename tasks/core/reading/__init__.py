"""Reads one file: its text with pages, lines and footnotes, or the reason why not.

Call `read_document`; `show_pages` draws pages of a file and finds ranges of its text on them.
Neither raises on a bad file: a worker process (`worker`) parses under limits of address space, CPU
and wall time, because pdfium crashes on some files.
"""

from __future__ import annotations

from tasks.core.reading.limits import Limits
from tasks.core.reading.version import READER_VERSION, FileKind, kind_of, version_of
from tasks.core.reading.worker.pool import close_workers, mail_part, mail_parts, read_document, show_pages

__all__ = [
    "READER_VERSION",
    "FileKind",
    "Limits",
    "close_workers",
    "kind_of",
    "mail_part",
    "mail_parts",
    "read_document",
    "show_pages",
    "version_of",
]
