"""Which engine of optical character recognition is installed. Imports none of them."""

from __future__ import annotations

import shutil
import subprocess
from enum import StrEnum
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

_TESSERACT_S = 10  # to print its version


class OcrEngine(StrEnum):
    """The engines, and the wish for the best that is installed."""

    AUTO = "auto"
    RAPIDOCR = "rapidocr"
    TESSERACT = "tesseract"


def installed_engine(wanted: str = OcrEngine.AUTO) -> OcrEngine | None:
    """The engine to use: the one that is wanted, or RapidOCR before tesseract; None: not installed."""
    for engine in (OcrEngine.RAPIDOCR, OcrEngine.TESSERACT):
        if wanted in (OcrEngine.AUTO, engine) and _is_installed(engine):
            return engine
    return None


def _is_installed(engine: OcrEngine) -> bool:
    if engine is OcrEngine.RAPIDOCR:
        return all(find_spec(name) is not None for name in ("rapidocr", "onnxruntime", "cv2"))
    return find_spec("pytesseract") is not None and shutil.which("tesseract") is not None


def engine_version(wanted: str, languages: str) -> str:
    """Name and version of the engine, with what else decides its results; empty: none.

    Part of a reader's version: another engine, or another version of it, gives other text.
    """
    engine = installed_engine(wanted)
    if engine is OcrEngine.RAPIDOCR:
        return f"{engine}-{_package_version('rapidocr')}"
    if engine is OcrEngine.TESSERACT:
        return f"{engine}-{_tesseract_version()}-{languages}"
    return ""


def _package_version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # its files are there without its metadata
        return "unknown"


@lru_cache(maxsize=1)
def _tesseract_version() -> str:
    """As `tesseract 5.3.0` prints it in its first line."""
    try:
        ran = subprocess.run(
            ["tesseract", "--version"], capture_output=True, text=True, timeout=_TESSERACT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    words = (ran.stdout or ran.stderr).split()
    return words[1] if len(words) > 1 else "unknown"
