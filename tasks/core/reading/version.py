"""Which reader reads a file: its version, by the file's name and whether OCR is installed. Loads no reader, so the parent process may ask."""

from __future__ import annotations

import shutil
from importlib.util import find_spec

READER_VERSION = "reader-5+chunker-3"

TEXT_VERSION = "text-1+" + READER_VERSION.partition("+")[2]
"""Of plain texts: their reader is another one, and its changes make no PDF new work."""


TEXT_SUFFIX = ".txt"
SUFFIXES = (".pdf", TEXT_SUFFIX)
"""Of the files that are taken from a folder."""


def is_text(name: str) -> bool:
    """Whether a file or an object of this name is read as a plain text; anything else is read as a PDF."""
    return name.lower().endswith(TEXT_SUFFIX)


def ocr_available() -> bool:
    """Whether pytesseract can be imported and tesseract stands on the path."""
    return find_spec("pytesseract") is not None and shutil.which("tesseract") is not None
