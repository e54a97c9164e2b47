"""A page as a grey picture, upright and level: from pdfium, or from an image file."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from tasks.core.reading.ocr.letter_rows import Grey
from tasks.core.reading.ocr.rapid import NotRecognised
from tasks.core.reading.pdfium import pdfium

MAX_PIXELS = 25_000_000  # two pages of letter size at 300 dpi; a larger page is rendered coarser


@dataclass(frozen=True, slots=True)
class Picture:
    """A page's picture; `scale` is pixels a point."""

    grey: Grey
    scale: float

    @property
    def width(self) -> float:
        """Points."""
        return self.grey.shape[1] / self.scale

    @property
    def height(self) -> float:
        return self.grey.shape[0] / self.scale


def page_picture(page: Any, dpi: int) -> Picture:
    """The page of a pdfium handle on white, as shown, without annotations.

    Raises:
        NotRecognised: pdfium cannot render it.
    """
    width, height = float(pdfium.FPDF_GetPageWidthF(page)), float(pdfium.FPDF_GetPageHeightF(page))
    scale = min(dpi / 72, sqrt(MAX_PIXELS / max(1.0, width * height)))
    columns, rows = max(1, round(width * scale)), max(1, round(height * scale))
    bitmap = pdfium.FPDFBitmap_CreateEx(columns, rows, pdfium.FPDFBitmap_Gray, None, 0)
    if not bitmap:
        raise NotRecognised("ocr_failed")
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, columns, rows, 0xFFFFFFFF)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, columns, rows, 0, 0)
        stride = int(pdfium.FPDFBitmap_GetStride(bitmap))
        address = ctypes.cast(pdfium.FPDFBitmap_GetBuffer(bitmap), ctypes.c_void_p).value or 0
        data = ctypes.string_at(address, stride * rows)
        grey = np.frombuffer(data, dtype=np.uint8).reshape(rows, stride)[:, :columns].copy()
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    return Picture(grey, scale)
