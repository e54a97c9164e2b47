"""The door to pdfium's C functions, with documents and pages that close themselves.

pypdfium2's own classes are not used: they cost time for each letter. Not thread-safe: one document at a time, in a worker process.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import pypdfium2.raw as _raw  # pyright: ignore[reportMissingTypeStubs]

pdfium = cast(Any, _raw)
"""The functions of fpdfview.h, fpdf_text.h and fpdf_edit.h (pypdfium2 5.15 ships no types)."""


@contextmanager
def open_pdf(data: bytes, password: str) -> Generator[Any | None]:
    """The document's handle; None when pdfium cannot open it. `data` must outlive the handle."""
    pdfium.FPDF_InitLibrary()
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), password.encode() + b"\0")
    try:
        yield document or None
    finally:
        if document:
            pdfium.FPDF_CloseDocument(document)


@contextmanager
def open_page(document: Any, page_index: int) -> Generator[Any | None]:
    """The page's handle; None when pdfium cannot load it."""
    page = pdfium.FPDF_LoadPage(document, page_index)
    try:
        yield page or None
    finally:
        if page:
            pdfium.FPDF_ClosePage(page)


def n_pages(document: Any) -> int:
    """As many pages as pdfium sees, which may be a lie of the file's."""
    return int(pdfium.FPDF_GetPageCount(document))
