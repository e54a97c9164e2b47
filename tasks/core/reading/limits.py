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
    """Address space of the worker, with about 300 MB for libraries; RapidOCR needs 1.2 GB."""
    max_inflated_bytes: int = 30_000_000
    """One stream after decompression."""
    max_operators: int = 400_000
    """Operators of one page with its forms. CUAD: median 893, maximum 11,055."""
    max_mail_parts: int = 200
    """Attachments of one mail that are listed and read; further ones are told."""
    max_mail_depth: int = 5
    """How deep attached mails nest: 1 is an attachment of the mail itself."""

    ocr: bool = True
    """Recognise scanned pages, if the extra `ocr` or `ocr-tesseract` is installed."""
    ocr_engine: str = "auto"
    """`auto`, `rapidocr` or `tesseract`."""
    ocr_languages: str = "eng+chi_sim"
    """Tesseract's names; RapidOCR reads Latin letters, Chinese and Japanese without being told."""
    ocr_page_s: float = 30
    """Wall time of one scanned page, on top of `wall_s`. A clean one takes 2-5 s."""
    max_ocr_pages: int = 200
    """Scanned pages of one document that are recognised; the others stay `needs_ocr`."""
    max_image_pixels: int = 100_000_000
    """Of one page of an image file; A4 at 600 dpi has 35 million."""

    max_word_bytes: int = 400_000_000
    """Everything in a Word document after decompression, its images included."""
    max_word_part_bytes: int = 100_000_000
    """One part of a Word document after decompression: 100,000 paragraphs have about 30 MB."""


DEFAULT_LIMITS = Limits()
