"""What a page draws besides text: thin bars that may be rules, coloured fills, area of images.

Source: fpdf_edit.h of PDFium (pypdfium2 5.15).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tasks.core.reading.pdfium import FORM, IMAGE, PATH, Handle, PageObjects

Box = tuple[float, float, float, float]
_Matrix = tuple[float, float, float, float, float, float]

_IDENTITY: _Matrix = (1, 0, 0, 1, 0, 0)
RULE_THICKNESS = 2.5  # points
WHITE = 250  # of 255, each of red, green and blue
_MAX_FORM_DEPTH = 8
_MAX_OBJECTS = 20_000  # of a page


@dataclass(slots=True)
class Drawing:
    """Boxes are in user space."""

    rules: list[Box]
    """Thin bars and strokes of any direction."""
    fills: list[Box]
    image_area: float


def page_drawing(page: Any) -> Drawing:
    """The drawing of a pdfium page handle, without text."""
    drawing = Drawing([], [], 0.0)
    objects = PageObjects()
    budget = _MAX_OBJECTS
    stack: list[tuple[Handle, _Matrix, int]] = [
        (item, _IDENTITY, 0) for item in objects.of_page(page, budget)
    ]
    while stack and budget:
        item, matrix, depth = stack.pop()
        budget -= 1
        kind = objects.kind(item)
        if kind == FORM and depth < _MAX_FORM_DEPTH:
            inner = _combined(objects.matrix(item), matrix)
            stack.extend((part, inner, depth + 1) for part in objects.of_form(item, budget))
        elif kind in (PATH, IMAGE):
            _add_shape(drawing, objects, item, kind, matrix)
    return drawing


def _combined(inner: _Matrix | None, outer: _Matrix) -> _Matrix:
    """The matrix from a form's space to the page's: objects of a form report the form's space."""
    if inner is None:
        return outer
    a, b, c, d, e, f = outer
    ia, ib, ic, id_, ie, if_ = inner
    return (
        ia * a + ib * c,
        ia * b + ib * d,
        ic * a + id_ * c,
        ic * b + id_ * d,
        ie * a + if_ * c + e,
        ie * b + if_ * d + f,
    )


def _add_shape(drawing: Drawing, objects: PageObjects, item: Handle, kind: int, matrix: _Matrix) -> None:
    bounds = objects.bounds(item)
    if bounds is None:
        return
    left, bottom, right, top = bounds
    a, b, c, d, e, f = matrix
    corners = [(left, bottom), (right, top)]
    xs, ys = [x * a + y * c + e for x, y in corners], [x * b + y * d + f for x, y in corners]
    box = (min(xs), min(ys), max(xs), max(ys))
    width, height = box[2] - box[0], box[3] - box[1]
    if kind == IMAGE:
        drawing.image_area += width * height
        drawing.fills.append(box)
    elif min(width, height) <= RULE_THICKNESS:
        drawing.rules.append(box)
    else:
        color = objects.fill_color(item)
        if color is not None and min(color[:3]) < WHITE:
            drawing.fills.append(box)
