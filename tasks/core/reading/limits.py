"""What one read may use. Every CUAD file passes the defaults with room to spare."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one read; what goes over them is refused with a reason, not read half."""

    max_bytes: int = 64 * 2**20
    """Size of the file."""
    max_pages: int = 2000
    wall_s: float = 120
    """Wall time, and CPU time too."""
    memory_bytes: int = 2 * 2**30
    """Address space of the worker, libraries included (about 300 MB)."""
    max_inflated_bytes: int = 30_000_000
    """One stream after decompression."""
    max_operators: int = 400_000
    """Operators of one page, its forms included. CUAD: median 893, most 11,055 (DESIGN section 8)."""

    ocr: bool = True
    """Read pages that are pictures, where the extra `ocr` and its engine are installed."""
    ocr_languages: str = "eng+chi_sim"
    ocr_page_s: float = 30
    """Wall time of one such page; clean ones take 2-5 s. Comes on top of `wall_s` for every page that needs it."""
    max_ocr_pages: int = 200
    """Pages of one document that are recognised; what comes after them stays `needs_ocr`."""


DEFAULT_LIMITS = Limits()
