"""The kinds of files, their readers' versions, and which reader a file needs. Imports no reader."""

from __future__ import annotations

from enum import StrEnum

from tasks.core.reading.ocr.engines import OcrEngine, installed_engine

READER_VERSION = "reader-9+chunker-3"
"""The reader of PDFs, and of scans that are images."""

_CHUNKER = READER_VERSION.partition("+")[2]
TEXT_VERSION = f"text-2+{_CHUNKER}"
"""The reader of plain texts. Its changes do not make PDFs new work."""
WORD_VERSION = f"word-1+{_CHUNKER}"
MAIL_VERSION = f"mail-1+{_CHUNKER}"


class FileKind(StrEnum):
    """What a file's name says that it is; a reader refuses bytes of another kind."""

    PDF = "pdf"
    TEXT = "text"
    WORD = "word"
    MAIL = "mail"
    IMAGE = "image"


_SUFFIXES = {
    ".pdf": FileKind.PDF,
    ".txt": FileKind.TEXT,
    ".docx": FileKind.WORD,
    ".docm": FileKind.WORD,
    ".eml": FileKind.MAIL,
    ".msg": FileKind.MAIL,
    ".tif": FileKind.IMAGE,
    ".tiff": FileKind.IMAGE,
    ".jpg": FileKind.IMAGE,
    ".jpeg": FileKind.IMAGE,
}
SUFFIXES = tuple(_SUFFIXES)
"""The files that are taken from a folder."""
_VERSIONS = {FileKind.TEXT: TEXT_VERSION, FileKind.WORD: WORD_VERSION, FileKind.MAIL: MAIL_VERSION}


def kind_of(name: str) -> FileKind:
    """The kind of a file or object of this name; one without a known suffix is read as a PDF."""
    _, dot, suffix = name.rpartition(".")
    return _SUFFIXES.get(dot + suffix.lower(), FileKind.PDF)


def version_of(kind: FileKind) -> str:
    """The version of the reader of this kind of file."""
    return _VERSIONS.get(kind, READER_VERSION)


def ocr_available(engine: str = OcrEngine.AUTO) -> bool:
    """Whether the engine is installed; `auto`: any."""
    return installed_engine(engine) is not None
