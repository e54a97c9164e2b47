"""Whether scanned pages can be read here: the extra `ocr` and its engine. Loads neither, so the parent process may ask."""

from __future__ import annotations

import shutil
from importlib.util import find_spec


def is_available() -> bool:
    """Whether pytesseract can be imported and tesseract stands on the path."""
    return find_spec("pytesseract") is not None and shutil.which("tesseract") is not None
