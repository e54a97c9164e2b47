"""The readers' versions, and which reader a file needs. Imports no reader."""

from __future__ import annotations

import shutil
from importlib.util import find_spec

READER_VERSION = "reader-7+chunker-3"

TEXT_VERSION = "text-2+" + READER_VERSION.partition("+")[2]
"""The reader of plain texts. Its changes do not make PDFs new work."""

TEXT_SUFFIX = ".txt"
SUFFIXES = (".pdf", TEXT_SUFFIX)
"""The files that are taken from a folder."""


def is_text(name: str) -> bool:
    """Whether a file or object of this name is a plain text; every other one is read as a PDF."""
    return name.lower().endswith(TEXT_SUFFIX)


def ocr_available() -> bool:
    """Whether pytesseract is installed and tesseract is on the path."""
    return find_spec("pytesseract") is not None and shutil.which("tesseract") is not None
