"""Renders a page, or only some of its objects, to numbers: what a reader sees can be measured.

Only for suspect pages: a render takes 1 to 10 ms, and on a hostile page it may take long, so it is
given up after a while.

Source: fpdfview.h and fpdf_progressive.h of PDFium (pypdfium2 5.15).
"""

from __future__ import annotations

import ctypes
import time
from math import ceil, floor
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tasks.core.reading.pdfium import FORM, TEXT, Handle, PageObjects, paint_black, pdfium, set_active
from tasks.core.reading.text_objects import Box

Pixels = NDArray[np.uint8]
"""[height, width, 3]: blue, green and red, from the top row on."""

_SCALE = 2.0  # pixels per point: letters of 5 points have ten pixels of ink
_MAX_PIXELS = 4_000_000
_MAX_S = 3.0  # of one render
_MAX_OBJECTS = 400_000
_DONE = 2  # FPDF_RENDER_DONE
_BGRX = 3  # FPDFBitmap_BGRx
_ANNOTATIONS = 1  # FPDF_ANNOT


_pause_function = cast(Any, ctypes).CFUNCTYPE(ctypes.c_int, ctypes.POINTER(pdfium.IFSDK_PAUSE))


class NotRendered(Exception):
    """The page cannot be rendered, or it takes too long."""


class PageRendering:
    """A part of a page as pixels. Close it: objects that were switched off are drawn again."""

    def __init__(self, page: Any, part: Box, with_letters: frozenset[Handle] = frozenset()) -> None:
        """
        Args:
            page: pdfium's handle, its `/Rotate` undone.
            part: What to render, in user space.
            with_letters: The text objects that have letters in the text page. Of text that is drawn
                twice, as with a shadow, pdfium keeps one: the others show the same letters.

        Raises:
            NotRendered: the page has no extent, or the part is not on it.
        """
        self._page = page
        bounds = pdfium.FS_RECTF()
        if not pdfium.FPDF_GetPageBoundingBox(page, bounds):
            raise NotRendered
        self._left, self._top = bounds.left, bounds.top
        width, height = bounds.right - bounds.left, bounds.top - bounds.bottom
        x0, x1 = max(part[0], bounds.left) - bounds.left, min(part[2], bounds.right) - bounds.left
        y0, y1 = bounds.top - min(part[3], bounds.top), bounds.top - max(part[1], bounds.bottom)
        if not (x1 > x0 and y1 > y0):
            raise NotRendered
        scale = min(_SCALE, (_MAX_PIXELS / ((x1 - x0) * (y1 - y0))) ** 0.5, 30_000 / max(width, height))
        self._size = max(1, round(width * scale)), max(1, round(height * scale))
        self.scale = self._size[0] / width, self._size[1] / height
        self._x, self._y = floor(x0 * self.scale[0]), floor(y0 * self.scale[1])
        self.width = ceil(x1 * self.scale[0]) - self._x
        self.height = ceil(y1 * self.scale[1]) - self._y
        self._texts, self._others = _leaves(page)
        self._twins = [item for item in self._texts if item not in with_letters]

    def close(self) -> None:
        self.switch(self._texts + self._others, on=True)

    def switch(self, items: list[Handle], *, on: bool) -> None:
        for item in items:
            set_active(item, active=on)

    def without_text(self) -> Pixels:
        """Everything but the text."""
        self.switch(self._texts, on=False)
        self.switch(self._others, on=True)
        return self._render(_ANNOTATIONS)

    def whole(self) -> Pixels:
        self.switch(self._texts + self._others, on=True)
        return self._render(_ANNOTATIONS)

    def with_text(self, items: list[Handle]) -> Pixels:
        """Everything but the other text that has letters."""
        self.switch(self._texts, on=False)
        self.switch(self._others + self._twins + items, on=True)
        return self._render(_ANNOTATIONS)

    def ink(self, items: list[Handle]) -> NDArray[np.uint8]:
        """These text objects alone, in black: the ink of each pixel, 0 to 255, [height, width].

        They stay black.
        """
        self.switch(self._texts + self._others, on=False)
        self.switch(items, on=True)
        for item in items:
            paint_black(item)
        return np.invert(self._render(0)[:, :, 0])

    def pixel_box(self, box: Box) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of a box in user space, cut to the part."""
        x0, x1 = ((x - self._left) * self.scale[0] - self._x for x in (box[0], box[2]))
        y0, y1 = ((self._top - y) * self.scale[1] - self._y for y in (box[3], box[1]))
        left, right = (min(max(0, x), self.width) for x in (floor(x0), ceil(x1)))
        top, bottom = (min(max(0, y), self.height) for y in (floor(y0), ceil(y1)))
        return left, top, right, bottom

    def _render(self, flags: int) -> Pixels:
        pixels = np.full((self.height, self.width, 4), 255, np.uint8)
        bitmap = pdfium.FPDFBitmap_CreateEx(
            self.width, self.height, _BGRX, pixels.ctypes.data_as(ctypes.c_void_p), self.width * 4
        )
        if not bitmap:
            raise NotRendered
        deadline = time.monotonic() + _MAX_S
        pause = pdfium.IFSDK_PAUSE(version=1)

        def is_late(_pause: object) -> int:
            return int(time.monotonic() > deadline)

        pause.NeedToPauseNow = _pause_function(is_late)
        try:
            state = pdfium.FPDF_RenderPageBitmap_Start(
                bitmap, self._page, -self._x, -self._y, *self._size, 0, flags, pause
            )
            pdfium.FPDF_RenderPage_Close(self._page)
        finally:
            pdfium.FPDFBitmap_Destroy(bitmap)
        if state != _DONE:
            raise NotRendered
        return pixels[:, :, :3]


def _leaves(page: Any) -> tuple[list[Handle], list[Handle]]:
    """The text objects of a page and its forms, and everything else but the forms themselves."""
    objects = PageObjects()
    texts: list[Handle] = []
    others: list[Handle] = []
    stack = list(objects.of_page(page, _MAX_OBJECTS))
    while stack and len(texts) + len(others) < _MAX_OBJECTS:
        item = stack.pop()
        kind = objects.kind(item)
        if kind == FORM:
            stack.extend(objects.of_form(item, _MAX_OBJECTS))
        else:
            (texts if kind == TEXT else others).append(item)
    return texts, others
