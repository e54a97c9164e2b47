"""The limits of one read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """A file above a limit is refused with a reason. Every file of CUAD is far below."""

    max_bytes: int = 64 * 2**20
    """Size of the file."""
    max_pages: int = 2000
    wall_s: float = 120
    """Wall time, and CPU time too."""
    memory_bytes: int = 2 * 2**30
    """Address space of the worker, with about 300 MB for libraries."""
    max_inflated_bytes: int = 30_000_000
    """One stream after decompression."""
    max_operators: int = 400_000
    """Operators of one page with its forms. CUAD: median 893, maximum 11,055."""

    ocr: bool = True
    """Recognise scanned pages, if the extra `ocr` and tesseract are installed."""
    ocr_languages: str = "eng+chi_sim"
    ocr_page_s: float = 30
    """Wall time of one scanned page, on top of `wall_s`. A clean one takes 2-5 s."""
    max_ocr_pages: int = 200
    """Scanned pages of one document that are recognised; the others stay `needs_ocr`."""


DEFAULT_LIMITS = Limits()
