"""A page of a PDF as it looks: pdfium draws it with its annotations and form fields, turned and cut
as a viewer does.

Source: fpdfview.h, fpdf_progressive.h and fpdf_formfill.h of PDFium (pypdfium2 5.15).
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Generator
from contextlib import contextmanager
from math import sqrt
from typing import Any, cast

import numpy as np
from PIL import Image

from tasks.core.reading.pdfium import pdfium

_MIN_WIDTH = 700  # pixels: a page of a few centimetres is shown as wide as others, and has to be read
_MAX_ENLARGED = 12.0
_MAX_PIXELS = 6_000_000  # four pages of letter size at 110 dpi: larger sheets are drawn coarser
_MAX_SIDE = 12_000  # WebP ends at 16,383
_MAX_PAGE_S = 10.0
_ANNOTATIONS = 1  # FPDF_ANNOT: without widgets, which only a form environment draws
_FORM_VERSION = 2  # of FPDF_FORMFILLINFO
_DONE = 2  # FPDF_RENDER_DONE
_BGRX = 3  # FPDFBitmap_BGRx
_NO_COLOUR = np.uint32(0xFFFF)

_pause_function = cast(Any, ctypes).CFUNCTYPE(ctypes.c_int, ctypes.POINTER(pdfium.IFSDK_PAUSE))


class NotDrawn(Exception):
    """The page has no picture; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def pixel_size(width: float, height: float, dpi: float) -> tuple[int, int]:
    """Columns and rows of a picture at so many dots per inch, or coarser if the page is large.

    Args:
        width: Of the page, as `height`: points.

    Raises:
        NotDrawn: the page has no extent, or one that no picture can have.
    """
    if not (0 < width < 1e6 and 0 < height < 1e6):
        raise NotDrawn("too_large")
    wanted = max(dpi / 72, min(_MIN_WIDTH / width, _MAX_ENLARGED))
    scale = min(wanted, sqrt(_MAX_PIXELS / (width * height)), _MAX_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


@contextmanager
def open_forms(document: Any | None) -> Generator[Any | None]:
    """What draws the document's form fields; None: it has none. Runs no script."""
    if document is None or pdfium.FPDF_GetFormType(document) == 0:
        yield None
        return
    information = pdfium.FPDF_FORMFILLINFO(version=_FORM_VERSION)
    forms = pdfium.FPDFDOC_InitFormFillEnvironment(document, information)
    try:
        yield forms or None
    finally:
        if forms:
            pdfium.FPDFDOC_ExitFormFillEnvironment(forms)


def page_image(page: Any, forms: Any | None, dpi: int, deadline: float) -> Image.Image:
    """The page of a pdfium handle, grey (`L`) if it has no colour, else `RGB`.

    Args:
        forms: Of `open_forms`.
        deadline: By `time.monotonic`; a page takes at most `_MAX_PAGE_S` of it.

    Raises:
        NotDrawn: pdfium cannot draw it, or not in time.
    """
    width, height = float(pdfium.FPDF_GetPageWidthF(page)), float(pdfium.FPDF_GetPageHeightF(page))
    columns, rows = pixel_size(width, height, dpi)
    pixels = np.full((rows, columns), 0xFFFFFFFF, np.uint32)
    bitmap = pdfium.FPDFBitmap_CreateEx(
        columns, rows, _BGRX, pixels.ctypes.data_as(ctypes.c_void_p), 4 * columns
    )
    if not bitmap:
        raise NotDrawn("too_large")
    try:
        _draw(page, bitmap, (columns, rows), min(deadline, time.monotonic() + _MAX_PAGE_S))
        if forms is not None:
            pdfium.FPDF_FFLDraw(forms, bitmap, page, 0, 0, columns, rows, 0, _ANNOTATIONS)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    return _image(pixels)


def _draw(page: Any, bitmap: Any, size: tuple[int, int], deadline: float) -> None:
    pause = pdfium.IFSDK_PAUSE(version=1)

    def is_late(_pause: object) -> int:
        return int(time.monotonic() > deadline)

    pause.NeedToPauseNow = _pause_function(is_late)
    state = pdfium.FPDF_RenderPageBitmap_Start(bitmap, page, 0, 0, *size, 0, _ANNOTATIONS, pause)
    pdfium.FPDF_RenderPage_Close(page)
    if state != _DONE:
        raise NotDrawn("timeout" if time.monotonic() > deadline else "broken_page")


def _image(pixels: np.ndarray[Any, np.dtype[np.uint32]]) -> Image.Image:
    """The picture of blue, green and red in each pixel's lower bytes."""
    has_colour = bool(np.any((pixels ^ (pixels >> np.uint32(8))) & _NO_COLOUR))
    channels = pixels.view(np.uint8).reshape(*pixels.shape, 4)
    if has_colour:
        return Image.fromarray(np.ascontiguousarray(channels[:, :, 2::-1]))
    return Image.fromarray(np.ascontiguousarray(channels[:, :, 0]))
