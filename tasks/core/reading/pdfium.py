"""pdfium's C functions, with documents, pages and text pages that close themselves.

Functions that are called for each text object have own prototypes, which take plain integers and
keep the interpreter's lock: half the time of pypdfium2's. Not thread-safe: one document at a time,
in a worker.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pypdfium2.raw as _raw  # pyright: ignore[reportMissingTypeStubs]

pdfium = cast(Any, _raw)
"""The functions of fpdfview.h, fpdf_text.h and fpdf_edit.h (pypdfium2 5.15 ships no types)."""

Handle = int
"""The address of one of pdfium's objects."""
_Four = tuple[float, float, float, float]
_Color = tuple[int, int, int, int]

PATH, IMAGE, FORM = 2, 3, 5  # FPDF_PAGEOBJ_*

_POINTER, _INT, _DOUBLE, _UINT = ctypes.c_void_p, ctypes.c_int, ctypes.c_double, ctypes.c_uint


def _bound(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    address = ctypes.cast(getattr(pdfium, name), _POINTER).value
    return ctypes.PYFUNCTYPE(result, *arguments)(address or 0)


_n_letters = _bound("FPDFText_CountChars", _INT, _POINTER)
_text_object = _bound("FPDFText_GetTextObject", _POINTER, _POINTER, _INT)
_text_unicode = _bound("FPDFText_GetUnicode", _UINT, _POINTER, _INT)
_text = _bound("FPDFText_GetText", _INT, _POINTER, _INT, _INT, _POINTER)
_char_box = _bound("FPDFText_GetCharBox", _INT, _POINTER, _INT, *[_POINTER] * 4)
_char_origin = _bound("FPDFText_GetCharOrigin", _INT, _POINTER, _INT, *[_POINTER] * 2)
_char_matrix = _bound("FPDFText_GetMatrix", _INT, _POINTER, _INT, _POINTER)
_char_color = _bound("FPDFText_GetFillColor", _INT, _POINTER, _INT, *[_POINTER] * 4)
_font_size = _bound("FPDFText_GetFontSize", _DOUBLE, _POINTER, _INT)
_render_mode = _bound("FPDFTextObj_GetTextRenderMode", _INT, _POINTER)
_count_rects = _bound("FPDFText_CountRects", _INT, _POINTER, _INT, _INT)
_rect = _bound("FPDFText_GetRect", _INT, _POINTER, _INT, *[_POINTER] * 4)
_page_object = _bound("FPDFPage_GetObject", _POINTER, _POINTER, _INT)
_form_object = _bound("FPDFFormObj_GetObject", _POINTER, _POINTER, _INT)
_n_form_objects = _bound("FPDFFormObj_CountObjects", _INT, _POINTER)
_object_kind = _bound("FPDFPageObj_GetType", _INT, _POINTER)
_object_bounds = _bound("FPDFPageObj_GetBounds", _INT, _POINTER, *[_POINTER] * 4)
_object_matrix = _bound("FPDFPageObj_GetMatrix", _INT, _POINTER, _POINTER)
_object_color = _bound("FPDFPageObj_GetFillColor", _INT, _POINTER, *[_POINTER] * 4)


@contextmanager
def open_pdf(data: bytes, password: str) -> Generator[Any | None]:
    """The document's handle; None if pdfium cannot open it. `data` must outlive the handle."""
    pdfium.FPDF_InitLibrary()
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), password.encode() + b"\0")
    try:
        yield document or None
    finally:
        if document:
            pdfium.FPDF_CloseDocument(document)


@contextmanager
def open_page(document: Any, page_index: int) -> Generator[Any | None]:
    """The page's handle; None if pdfium cannot load it."""
    page = pdfium.FPDF_LoadPage(document, page_index)
    try:
        yield page or None
    finally:
        if page:
            pdfium.FPDF_ClosePage(page)


def n_pages(document: Any) -> int:
    """The number of pages as the file says, which may be wrong."""
    return int(pdfium.FPDF_GetPageCount(document))


class _OutputBuffer:
    """Memory that C functions write to: pass `addresses`, then `read` the values."""

    def __init__(self, kind: Any, count: int) -> None:
        self._values = (kind * count)()
        start = ctypes.addressof(self._values)
        size = ctypes.sizeof(kind)
        self.addresses = tuple(_POINTER(start + size * i) for i in range(count))

    def read(self) -> Any:
        return self._values[:]


@contextmanager
def open_text(page: Any) -> Generator[TextPage]:
    """The page's text.

    Raises:
        ValueError: pdfium loads no text of the page.
    """
    handle = pdfium.FPDFText_LoadPage(page)
    if not handle:
        raise ValueError("pdfium loads no text of the page")
    try:
        yield TextPage(handle)
    finally:
        pdfium.FPDFText_ClosePage(handle)


class TextPage:
    """The letters of a page by their index; boxes are left, bottom, right, top in user space."""

    def __init__(self, handle: Any) -> None:
        self._page = _POINTER(ctypes.cast(handle, _POINTER).value)
        self._doubles = _OutputBuffer(ctypes.c_double, 4)
        self._floats = _OutputBuffer(ctypes.c_float, 6)
        self._colors = _OutputBuffer(_UINT, 4)

    def letters(self) -> str:
        """Every letter as one code point: indices are pdfium's."""
        count = int(_n_letters(self._page))
        return self._letters(0, count) if count > 0 else ""

    def _letters(self, start: int, count: int) -> str:
        buffer = ctypes.create_string_buffer(4 * count + 4)
        written = _text(self._page, start, count, buffer)
        text = buffer.raw[: 2 * max(0, written - 1)].decode("utf-16-le", "surrogatepass")
        # pdfium leaves control codes out: halve the range down to the single letter.
        if len(text) == count:
            return text
        if count == 1:
            return chr(_text_unicode(self._page, start))
        half = count // 2
        return self._letters(start, half) + self._letters(start + half, count - half)

    def object_at(self, index: int) -> Handle | None:
        """The text object that shows the letter; None if pdfium inserted it."""
        return _text_object(self._page, index)

    def box_at(self, index: int) -> _Four:
        _char_box(self._page, index, *self._doubles.addresses)
        left, right, bottom, top = self._doubles.read()
        return left, bottom, right, top

    def box_of(self, index: int, count: int) -> _Four:
        """The box around letters of one text object."""
        if _count_rects(self._page, index, count) == 1:
            _rect(self._page, 0, *self._doubles.addresses)
            left, top, right, bottom = self._doubles.read()
            if right > left and top > bottom:
                return left, bottom, right, top
        boxes = [self.box_at(i) for i in range(index, index + count)]  # letters without an extent
        lefts, bottoms, rights, tops = zip(*boxes, strict=True)
        return min(lefts), min(bottoms), max(rights), max(tops)

    def origin_at(self, index: int) -> tuple[float, float]:
        _char_origin(self._page, index, *self._doubles.addresses[:2])
        return self._doubles.read()[:2]

    def matrix_at(self, index: int) -> _Four:
        """The letter's rotation and scale: a, b, c, d."""
        _char_matrix(self._page, index, self._floats.addresses[0])
        return self._floats.read()[:4]

    def font_size_at(self, index: int) -> float:
        return _font_size(self._page, index)

    def fill_color_at(self, index: int) -> _Color | None:
        """Red, green, blue and alpha, up to 255."""
        return self._colors.read() if _char_color(self._page, index, *self._colors.addresses) else None

    def render_mode(self, text_object: Handle) -> int:
        return _render_mode(text_object)


class PageObjects:
    """The objects that a page draws, by handle."""

    def __init__(self) -> None:
        self._floats = _OutputBuffer(ctypes.c_float, 6)
        self._colors = _OutputBuffer(_UINT, 4)

    def of_page(self, page: Any, at_most: int) -> Iterator[Handle]:
        handle = ctypes.cast(page, _POINTER)
        count = min(at_most, int(pdfium.FPDFPage_CountObjects(page)))
        return (_page_object(handle, i) for i in range(count))

    def of_form(self, form: Handle, at_most: int) -> Iterator[Handle]:
        return (_form_object(form, i) for i in range(min(at_most, _n_form_objects(form))))

    def kind(self, item: Handle) -> int:
        return _object_kind(item)

    def bounds(self, item: Handle) -> _Four | None:
        has_bounds = _object_bounds(item, *self._floats.addresses[:4])
        return self._floats.read()[:4] if has_bounds else None

    def matrix(self, item: Handle) -> tuple[float, float, float, float, float, float] | None:
        return self._floats.read() if _object_matrix(item, self._floats.addresses[0]) else None

    def fill_color(self, item: Handle) -> _Color | None:
        return self._colors.read() if _object_color(item, *self._colors.addresses) else None
