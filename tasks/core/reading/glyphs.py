"""Takes the glyphs of a page from pdfium: letter, box, baseline, size, and whether a reader can see it.

Coordinates are turned so that the page's dominant writing direction is left to right, origin at the lower left of what is
shown: the angle of the glyphs decides, never `/Rotate`. Order is pdfium's, which follows the content stream.

Source: fpdf_text.h and fpdf_edit.h of PDFium (pypdfium2 5.15).
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from tasks.core.reading.pdfium import pdfium

Box = tuple[float, float, float, float]
_Matrix = tuple[float, float, float, float, float, float]

_IDENTITY: _Matrix = (1, 0, 0, 1, 0, 0)
_RULE_THICKNESS = 2.5  # points

_INVISIBLE_MODES = (3, 7)  # text rendering modes that paint nothing
_WHITE = 250
_MAX_FORM_DEPTH = 8
_MAX_OBJECTS = 20_000  # page objects looked at for rules and fills


class Glyph(NamedTuple):
    letter: str
    x0: float
    y0: float
    x1: float
    y1: float
    baseline: float
    size: float
    hidden: bool


@dataclass(slots=True)
class PageGlyphs:
    """Glyphs in content order; None stands for a line break that pdfium sees."""

    glyphs: list[Glyph | None]
    rules: list[Box]
    """Thin horizontal strokes or bars."""
    width: float
    height: float
    image_share: float
    """Images' area over the page's."""
    n_invisible: int


@dataclass(slots=True)
class _Style:
    size: float
    baseline_origin: tuple[float, float]
    quarter: int
    invisible: bool
    white: bool


@dataclass(slots=True)
class _Drawing:
    rules: list[Box]
    fills: list[Box]
    image_area: float


def page_glyphs(page: Any, bounds: Box) -> PageGlyphs:
    """All glyphs of a pdfium page handle, and its rules; `bounds` is the page in user space."""
    text_page = pdfium.FPDFText_LoadPage(page)
    if not text_page:
        raise ValueError("pdfium loads no text of the page")
    try:
        return _collect(page, text_page, bounds)
    finally:
        pdfium.FPDFText_ClosePage(text_page)


def _collect(page: Any, text_page: Any, bounds: Box) -> PageGlyphs:
    raw, styles = _raw_glyphs(text_page)
    quarter = _dominant_quarter(raw, styles)
    turn, width, height = _turner(quarter, bounds)
    drawing = _drawing(page)
    fills = [turn(box) for box in drawing.fills]
    baselines = [turn((*style.baseline_origin, *style.baseline_origin))[1] for style in styles]
    glyphs: list[Glyph | None] = []
    n_invisible = 0
    previous: Glyph | None = None
    for letter, box, style_index in raw:
        if style_index < 0:
            if letter in "\r\n":
                if glyphs and glyphs[-1] is not None:
                    glyphs.append(None)
            elif previous is not None:  # a space that pdfium supplies
                glyphs.append(previous._replace(letter=" ", x0=previous.x1))
            continue
        style = styles[style_index]
        x0, y0, x1, y1 = turn(box)
        hidden = style.invisible or x1 < 0 or y1 < 0 or x0 > width or y0 > height
        hidden = hidden or (style.white and not _on_fill((x0 + x1) / 2, (y0 + y1) / 2, fills))
        n_invisible += style.invisible
        previous = Glyph(letter, x0, y0, x1, y1, baselines[style_index], style.size, hidden)
        glyphs.append(previous)
    rules = [turn(box) for box in drawing.rules]
    rules = [box for box in rules if box[2] - box[0] >= 20 and box[3] - box[1] <= _RULE_THICKNESS]
    return PageGlyphs(
        glyphs, rules, width, height, drawing.image_area / max(1.0, width * height), n_invisible
    )


def _dominant_quarter(raw: list[tuple[str, Box, int]], styles: list[_Style]) -> int:
    """The writing direction of most letters, in quarter turns."""
    quarters: Counter[int] = Counter()
    for style_index, count in Counter(row[2] for row in raw).items():
        if style_index >= 0:
            quarters[styles[style_index].quarter] += count
    return quarters.most_common(1)[0][0] if quarters else 0


def _raw_glyphs(text_page: Any) -> tuple[list[tuple[str, Box, int]], list[_Style]]:
    """Letter, box and style index of every character; index -1 is a character pdfium supplied itself."""
    count = pdfium.FPDFText_CountChars(text_page)
    get_unicode, get_box, get_object = (
        pdfium.FPDFText_GetUnicode,
        pdfium.FPDFText_GetCharBox,
        pdfium.FPDFText_GetTextObject,
    )
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    address = ctypes.addressof
    raw: list[tuple[str, Box, int]] = []
    styles: list[_Style] = []
    known: dict[int, int] = {}
    for index in range(count):
        letter = chr(get_unicode(text_page, index))
        text_object = get_object(text_page, index)
        if not text_object:
            raw.append((letter, (0, 0, 0, 0), -1))
            continue
        key = address(text_object.contents)
        style_index = known.get(key)
        if style_index is None:
            style_index = known[key] = len(styles)
            styles.append(_style(text_page, index, text_object))
        get_box(text_page, index, left, right, bottom, top)
        raw.append((letter, (left.value, bottom.value, right.value, top.value), style_index))
    return raw, styles


def _style(text_page: Any, index: int, text_object: Any) -> _Style:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(text_page, index, matrix)
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(text_page, index, x, y)
    size = pdfium.FPDFText_GetFontSize(text_page, index) * math.hypot(matrix.c, matrix.d)
    quarter = round(math.atan2(matrix.b, matrix.a) / (math.pi / 2)) % 4
    mode = pdfium.FPDFTextObj_GetTextRenderMode(text_object)
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    painted = pdfium.FPDFText_GetFillColor(text_page, index, red, green, blue, alpha)
    white = bool(painted) and min(red.value, green.value, blue.value) >= _WHITE and mode in (0, 2, 4, 6)
    invisible = mode in _INVISIBLE_MODES or (bool(painted) and alpha.value == 0)
    return _Style(abs(size), (x.value, y.value), quarter, invisible, white)


def _turner(quarter: int, bounds: Box) -> tuple[Callable[[Box], Box], float, float]:
    """The mapping from user space to the upright page, with its width and height."""
    left, bottom, right, top = bounds
    width, height = right - left, top - bottom
    if quarter == 1:
        return (lambda b: (b[1] - bottom, right - b[2], b[3] - bottom, right - b[0])), height, width
    if quarter == 2:
        return (lambda b: (right - b[2], top - b[3], right - b[0], top - b[1])), width, height
    if quarter == 3:
        return (lambda b: (top - b[3], b[0] - left, top - b[1], b[2] - left)), height, width
    return (lambda b: (b[0] - left, b[1] - bottom, b[2] - left, b[3] - bottom)), width, height


def _on_fill(x: float, y: float, fills: list[Box]) -> bool:
    return any(f[0] <= x <= f[2] and f[1] <= y <= f[3] for f in fills)


def _drawing(page: Any) -> _Drawing:
    """Thin bars and strokes, coloured fills and the area of images; text objects are passed over."""
    drawing = _Drawing([], [], 0.0)
    budget = _MAX_OBJECTS
    n_top = min(budget, pdfium.FPDFPage_CountObjects(page))
    stack: list[tuple[Any, _Matrix, int]] = [
        (pdfium.FPDFPage_GetObject(page, i), _IDENTITY, 0) for i in range(n_top)
    ]
    while stack and budget:
        item, matrix, depth = stack.pop()
        budget -= 1
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _MAX_FORM_DEPTH:
            inner = _form_matrix(item, matrix)
            count = min(budget, pdfium.FPDFFormObj_CountObjects(item))
            stack.extend((pdfium.FPDFFormObj_GetObject(item, i), inner, depth + 1) for i in range(count))
        elif kind in (pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_IMAGE):
            _add_shape(drawing, item, kind, matrix)
    return drawing


def _form_matrix(form: Any, outer: _Matrix) -> _Matrix:
    """Objects of a form report form space; this leads to the page's."""
    m = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(form, m):
        return outer
    a, b, c, d, e, f = outer
    return (
        m.a * a + m.b * c,
        m.a * b + m.b * d,
        m.c * a + m.d * c,
        m.c * b + m.d * d,
        m.e * a + m.f * c + e,
        m.e * b + m.f * d + f,
    )


def _add_shape(drawing: _Drawing, item: Any, kind: int, matrix: _Matrix) -> None:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return
    a, b, c, d, e, f = matrix
    corners = [(left.value, bottom.value), (right.value, top.value)]
    xs, ys = [x * a + y * c + e for x, y in corners], [x * b + y * d + f for x, y in corners]
    box = (min(xs), min(ys), max(xs), max(ys))
    width, height = box[2] - box[0], box[3] - box[1]
    if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
        drawing.image_area += width * height
        drawing.fills.append(box)
    elif min(width, height) <= _RULE_THICKNESS:
        drawing.rules.append(box)
    else:
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        known = pdfium.FPDFPageObj_GetFillColor(item, red, green, blue, alpha)
        if known and min(red.value, green.value, blue.value) < _WHITE:
            drawing.fills.append(box)
