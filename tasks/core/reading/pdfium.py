"""pdfium's C functions, with documents, pages and text pages that close themselves.

Functions that are called for each text object have own prototypes, which take plain integers and
keep the interpreter's lock: half the time of pypdfium2's. Not thread-safe: one document at a time,
in a worker.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

import pypdfium2.raw as _raw  # pyright: ignore[reportMissingTypeStubs]

pdfium = cast(Any, _raw)
"""The functions of fpdfview.h, fpdf_text.h and fpdf_edit.h (pypdfium2 5.15 ships no types)."""

Handle = int
"""The address of one of pdfium's objects."""
_Four = tuple[float, float, float, float]
_Two = tuple[float, float]
_MAX_MARKS = 16  # of a page object that are looked at
_MARK_CHARS = 128
_MAX_PIXELS = 16_000_000
Color = tuple[int, int, int, int]

_MAX_FONT_NAME = 256  # bytes

TEXT, PATH, IMAGE, SHADING, FORM = 1, 2, 3, 4, 5  # FPDF_PAGEOBJ_*
LINE_TO, CURVE_TO, MOVE_TO = 0, 1, 2  # FPDF_SEGMENT_*

_POINTER, _INT, _DOUBLE, _UINT = ctypes.c_void_p, ctypes.c_int, ctypes.c_double, ctypes.c_uint


def bound(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """The C function. Parameters at the end that are not declared take a `byref`, at half the cost of
    a declared one; handles must be declared, because a plain integer is passed as a C `int`.
    """
    address = ctypes.cast(getattr(pdfium, name), _POINTER).value
    return ctypes.PYFUNCTYPE(result, *arguments)(address or 0)


_n_letters = bound("FPDFText_CountChars", _INT, _POINTER)
_text_object = bound("FPDFText_GetTextObject", _POINTER)
_text_unicode = bound("FPDFText_GetUnicode", _UINT, _POINTER, _INT)
_text = bound("FPDFText_GetText", _INT, _POINTER, _INT, _INT, _POINTER)
_char_box = bound("FPDFText_GetCharBox", _INT)
_loose_box = bound("FPDFText_GetLooseCharBox", _INT)
_char_origin = bound("FPDFText_GetCharOrigin", _INT)
_char_matrix = bound("FPDFText_GetMatrix", _INT)
_char_color = bound("FPDFText_GetFillColor", _INT)
_font_size = bound("FPDFText_GetFontSize", _DOUBLE)
_render_mode = bound("FPDFTextObj_GetTextRenderMode", _INT, _POINTER)
_count_rects = bound("FPDFText_CountRects", _INT)
_rect = bound("FPDFText_GetRect", _INT)
_page_object = bound("FPDFPage_GetObject", _POINTER)
_form_object = bound("FPDFFormObj_GetObject", _POINTER, _POINTER)
_n_form_objects = bound("FPDFFormObj_CountObjects", _INT, _POINTER)
_object_kind = bound("FPDFPageObj_GetType", _INT, _POINTER)
_object_bounds = bound("FPDFPageObj_GetBounds", _INT, _POINTER)
_content_id = bound("FPDFPageObj_GetMarkedContentID", _INT, _POINTER)
_object_matrix = bound("FPDFPageObj_GetMatrix", _INT, _POINTER)
_object_color = bound("FPDFPageObj_GetFillColor", _INT, _POINTER)
_draw_mode = bound("FPDFPath_GetDrawMode", _INT, _POINTER)
_stroke_width = bound("FPDFPageObj_GetStrokeWidth", _INT, _POINTER)
_n_segments = bound("FPDFPath_CountSegments", _INT, _POINTER)
_has_transparency = bound("FPDFPageObj_HasTransparency", _INT, _POINTER)
_set_active = bound("FPDFPageObj_SetIsActive", _INT, _POINTER, _INT)
_set_fill = bound("FPDFPageObj_SetFillColor", _INT, _POINTER, *[_UINT] * 4)
_set_render_mode = bound("FPDFTextObj_SetTextRenderMode", _INT, _POINTER, _INT)
_text_font = bound("FPDFTextObj_GetFont", _POINTER, _POINTER)
_is_embedded = bound("FPDFFont_GetIsEmbedded", _INT, _POINTER)
_map_error = bound("FPDFText_HasUnicodeMapError", _INT, _POINTER, _INT)
_stroke_color = bound("FPDFPageObj_GetStrokeColor", _INT, _POINTER)
_segment = bound("FPDFPath_GetPathSegment", _POINTER, _POINTER, _INT)
_segment_kind = bound("FPDFPathSegment_GetType", _INT, _POINTER)
_clip_path = bound("FPDFPageObj_GetClipPath", _POINTER, _POINTER)
_n_clips = bound("FPDFClipPath_CountPaths", _INT, _POINTER)
_n_clip_segments = bound("FPDFClipPath_CountPathSegments", _INT, _POINTER, _INT)
_clip_segment = bound("FPDFClipPath_GetPathSegment", _POINTER, _POINTER, _INT, _INT)
_segment_point = bound("FPDFPathSegment_GetPoint", _INT, _POINTER)


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


@contextmanager
def flatten_annotations(document: Any, page_index: int, kept: Collection[int]) -> Generator[Any | None]:
    """The page's handle with nothing but what these annotations draw. Changes the document.

    Args:
        kept: Places in the page's list of annotations; the others are removed.
    """
    n_own = 0
    with open_page(document, page_index) as page:
        if page is not None:
            n_own = max(0, int(pdfium.FPDFPage_CountObjects(page)))
            for index in reversed(range(pdfium.FPDFPage_GetAnnotCount(page))):
                if index not in kept:
                    pdfium.FPDFPage_RemoveAnnot(page, index)
            if pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) != pdfium.FLATTEN_SUCCESS:
                page = None
    if page is None:
        yield None
        return
    with open_page(document, page_index) as flattened:
        for _ in range(n_own if flattened is not None else 0):
            own = pdfium.FPDFPage_GetObject(flattened, 0)
            if pdfium.FPDFPage_RemoveObject(flattened, own):
                pdfium.FPDFPageObj_Destroy(own)
        yield flattened


def n_pages(document: Any) -> int:
    """The number of pages as the file says, which may be wrong."""
    return int(pdfium.FPDF_GetPageCount(document))


def n_annotations(page: Any) -> int:
    """The length of the page's list of annotations."""
    return max(0, int(pdfium.FPDFPage_GetAnnotCount(page)))


def set_upright(page: Any, quarter: int = 0) -> None:
    """Replace the page's `/Rotate`, for this handle only.

    pdfium gives the lines of text that is not upright on the turned page last line first (5.15).

    Args:
        quarter: The writing direction of the text that shall be upright, counter-clockwise.
    """
    pdfium.FPDFPage_SetRotation(page, quarter)


def rendered(page: Any) -> bytes:
    """The page at 72 dpi in grey, without annotations; empty: no picture.

    Units: one byte a pixel, row by row, of at most `_MAX_PIXELS`.
    """
    width, height = (max(1, round(number)) for number in _page_size(page))
    if width * height > _MAX_PIXELS:
        return b""
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_Gray, None, 0)
    if not bitmap:
        return b""
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, pdfium.FPDF_GRAYSCALE)
        size = int(pdfium.FPDFBitmap_GetStride(bitmap)) * height
        return ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), size)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)


def is_artifact(item: Handle) -> bool:
    """Whether marked content makes the page object an artifact: decoration, no content.

    Which kind of artifact is not to be had: pdfium gives values that are strings only, and the
    subtype (`/Watermark`) is a name (`FPDFPageObjMark_GetParamStringValue`, pypdfium2 5.15).
    """
    handle = ctypes.cast(item, pdfium.FPDF_PAGEOBJECT)
    buffer, written = (ctypes.c_ushort * _MARK_CHARS)(), ctypes.c_ulong()
    for number in range(min(_MAX_MARKS, int(pdfium.FPDFPageObj_CountMarks(handle)))):
        mark = pdfium.FPDFPageObj_GetMark(handle, number)
        if mark and pdfium.FPDFPageObjMark_GetName(mark, buffer, 2 * _MARK_CHARS, written):
            name = bytes(buffer)[: max(0, min(written.value, 2 * _MARK_CHARS) - 2)]
            if name.decode("utf-16-le", "replace") == "Artifact":
                return True
    return False


def _page_size(page: Any) -> _Two:
    return float(pdfium.FPDF_GetPageWidthF(page)), float(pdfium.FPDF_GetPageHeightF(page))


class _OutputBuffer:
    """Memory that C functions write to: pass `addresses`, then copy the values at once."""

    __slots__ = ("addresses", "values")

    def __init__(self, kind: Any, count: int) -> None:
        self.values: Any = (kind * count)()
        size = ctypes.sizeof(kind)
        self.addresses = tuple(ctypes.byref(self.values, size * i) for i in range(count))


# Of all `PageObjects`: their values are read at once, and only if the call says that it wrote them.
_FLOATS = _OutputBuffer(ctypes.c_float, 6)
_COLORS = _OutputBuffer(_UINT, 4)
_INTS = _OutputBuffer(_INT, 2)


@lru_cache(maxsize=4)
def _letter_buffer(n_bytes: int) -> Any:
    """Memory for a page's letters. ctypes makes a type for every size, so sizes are powers of two."""
    return ctypes.create_string_buffer(n_bytes)


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
        buffer = _letter_buffer(1 << (4 * count + 4).bit_length())
        written = _text(self._page, start, count, buffer)
        text = buffer[: 2 * max(0, written - 1)].decode("utf-16-le", "surrogatepass")
        # pdfium leaves control codes out: halve the range down to the single letter.
        if len(text) == count:
            return text
        if count == 1:
            return chr(_text_unicode(self._page, start))
        half = count // 2
        return self._letters(start, half) + self._letters(start + half, count - half)

    def letter_at(self, index: int) -> str:
        code = _text_unicode(self._page, index)
        return chr(code) if code <= 0x10FFFF else "\ufffd"

    def object_at(self, index: int) -> Handle | None:
        """The text object that shows the letter; None if pdfium inserted it."""
        return _text_object(self._page, index)

    def box_at(self, index: int) -> _Four:
        _char_box(self._page, index, *self._doubles.addresses)
        left, right, bottom, top = self._doubles.values[:]
        return left, bottom, right, top

    def advance_box_at(self, index: int) -> _Four:
        """The letter with the room that its font gives it; `box_at` is around its ink."""
        if not _loose_box(self._page, index, self._floats.addresses[0]):
            return self.box_at(index)
        left, top, right, bottom = self._floats.values[:4]
        return left, bottom, right, top

    def box_of(self, index: int, count: int) -> _Four:
        """The box around letters of one text object."""
        if _count_rects(self._page, index, count) == 1:
            _rect(self._page, 0, *self._doubles.addresses)
            left, top, right, bottom = self._doubles.values[:]
            if right > left and top > bottom:
                return left, bottom, right, top
        boxes = [self.box_at(i) for i in range(index, index + count)]  # letters without an extent
        lefts, bottoms, rights, tops = zip(*boxes, strict=True)
        return min(lefts), min(bottoms), max(rights), max(tops)

    def origin_at(self, index: int) -> tuple[float, float]:
        _char_origin(self._page, index, *self._doubles.addresses[:2])
        return self._doubles.values[:2]

    def matrix_at(self, index: int) -> _Four:
        """The letter's rotation and scale: a, b, c, d."""
        _char_matrix(self._page, index, self._floats.addresses[0])
        return self._floats.values[:4]

    def font_size_at(self, index: int) -> float:
        return _font_size(self._page, index)

    def fill_color_at(self, index: int) -> Color | None:
        """Red, green, blue and alpha, up to 255."""
        return self._colors.values[:] if _char_color(self._page, index, *self._colors.addresses) else None

    def render_mode(self, text_object: Handle) -> int:
        return _render_mode(text_object)

    def is_unmapped(self, index: int) -> bool:
        """Whether the font says no Unicode letter for the glyph: pdfium then gives its code."""
        return _map_error(self._page, index) == 1

    def font_of(self, text_object: Handle) -> Handle:
        """The font's address; 0: none."""
        return _text_font(text_object) or 0


def font_name(text_object: Handle) -> str:
    """The base font's name of a text object; empty: it has none."""
    font = pdfium.FPDFTextObj_GetFont(ctypes.cast(_POINTER(text_object), pdfium.FPDF_PAGEOBJECT))
    buffer = ctypes.create_string_buffer(_MAX_FONT_NAME)
    size = pdfium.FPDFFont_GetBaseFontName(font, buffer, _MAX_FONT_NAME) if font else 0
    return buffer.value.decode("latin-1") if 0 < size <= _MAX_FONT_NAME else ""


def marked_content_id(item: Handle) -> int:
    """The id of the marked content that a page object belongs to; -1: none."""
    return _content_id(item)


class PageObjects:
    """The objects that a page draws, by handle."""

    def of_page(self, page: Any, at_most: int) -> Iterator[Handle]:
        handle = ctypes.cast(page, _POINTER)
        count = min(at_most, int(pdfium.FPDFPage_CountObjects(page)))
        return (_page_object(handle, i) for i in range(count))

    def last_of_page(self, page: Any, at_most: int) -> Iterator[Handle]:
        """The page's last objects, the last one first."""
        handle = ctypes.cast(page, _POINTER)
        count = int(pdfium.FPDFPage_CountObjects(page))
        return (_page_object(handle, i) for i in range(count - 1, max(-1, count - 1 - at_most), -1))

    def of_form(self, form: Handle, at_most: int) -> Iterator[Handle]:
        return (_form_object(form, i) for i in range(min(at_most, _n_form_objects(form))))

    def kind(self, item: Handle) -> int:
        return _object_kind(item)

    def bounds(self, item: Handle) -> _Four | None:
        has_bounds = _object_bounds(item, *_FLOATS.addresses[:4])
        return _FLOATS.values[:4] if has_bounds else None

    def matrix(self, item: Handle) -> tuple[float, float, float, float, float, float] | None:
        return _FLOATS.values[:] if _object_matrix(item, _FLOATS.addresses[0]) else None

    def fill_color(self, item: Handle) -> Color | None:
        return _COLORS.values[:] if _object_color(item, *_COLORS.addresses) else None

    def stroke_color(self, item: Handle) -> Color | None:
        return _COLORS.values[:] if _stroke_color(item, *_COLORS.addresses) else None

    def stroke_width(self, item: Handle) -> float:
        """In the path's own space; 0: it has no stroke."""
        if not self.is_painted(item)[1]:
            return 0.0
        return _FLOATS.values[0] if _stroke_width(item, _FLOATS.addresses[0]) else 0.0

    def is_painted(self, path: Handle) -> tuple[bool, bool]:
        """Whether the path is filled, and whether it is stroked."""
        if not _draw_mode(path, *_INTS.addresses):
            return False, False
        fill, stroke = _INTS.values[:]
        return fill != 0, stroke != 0

    def n_segments(self, path: Handle) -> int:
        return _n_segments(path)

    def segments(self, path: Handle, at_most: int) -> Iterator[tuple[int, float, float]]:
        """Kind, x and y of the path's points, in its own space. A rectangle has five."""
        for index in range(min(at_most, _n_segments(path))):
            segment = _segment(path, index)
            yield _segment_kind(segment), *self._point(segment)

    def clips(self, item: Handle, at_most: int) -> Iterator[_Four]:
        """The boxes of the paths that an object is clipped to, in the space that it stands in."""
        clip = _clip_path(item)
        for index in range(min(at_most, _n_clips(clip)) if clip else 0):
            count = min(at_most, _n_clip_segments(clip, index))
            points = [self._point(_clip_segment(clip, index, n)) for n in range(count)]
            if points:
                xs, ys = zip(*points, strict=True)
                yield min(xs), min(ys), max(xs), max(ys)

    def _point(self, segment: Handle) -> tuple[float, float]:
        _segment_point(segment, *_FLOATS.addresses[:2])
        x, y = _FLOATS.values[:2]
        return x, y

    def has_transparency(self, item: Handle) -> bool:
        """Whether it has a soft mask, an alpha below 1, or a blend mode."""
        return bool(_has_transparency(item))


def set_active(item: Handle, *, active: bool) -> None:
    """Whether rendering draws the object. It stays part of the text page."""
    _set_active(item, active)


def paint_black(text_object: Handle) -> None:
    """Fill the object's letters with an opaque black, for this page handle only."""
    _set_render_mode(text_object, 0)
    _set_fill(text_object, 0, 0, 0, 255)


def is_font_embedded(text_object: Handle) -> bool:
    font = _text_font(text_object)
    return bool(font) and _is_embedded(font) == 1
