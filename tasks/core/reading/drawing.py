"""What a page draws besides text: thin bars that may be rules, coloured areas that may hide text, images.

Source: fpdf_edit.h of PDFium (pypdfium2 5.15).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tasks.core.reading.pdfium import FORM, IMAGE, PATH, TEXT, Handle, PageObjects
from tasks.core.reading.text_objects import IDENTITY, Box, FormState, Matrix, TextObjects, mapped_box

RULE_THICKNESS = 2.5  # points
WHITE = 250  # of 255, each of red, green and blue
_MAX_FORM_DEPTH = 8
_MAX_OBJECTS = 400_000  # of a page: as many as `page_check` lets through
_MAX_RULES = 20_000  # of a page; fills as well
MAX_PAINTS = 5_000  # of a page: text under as many is looked at without geometry


@dataclass(slots=True)
class Paint:
    """An area that may hide what is under it: a shape, a stroke, an image or a shading."""

    box: Box
    """In user space."""
    kind: int
    color: tuple[int, int, int] | None
    """Red, green and blue, up to 255. None: an image or a shading, a thin bar or stroke, or a form that nests too deep."""
    item: Handle
    order: int
    """How many areas and bars are painted later; annotations are -1."""


@dataclass(slots=True)
class PaintedPath:
    """A path as pdfium has it: lines, rectangles and curves, one or many."""

    item: Handle
    """Valid while the page is open."""
    matrix: Matrix
    """From the space of the form that it stands in to the page's."""
    box: Box
    """Around it and its stroke, in user space."""


@dataclass(slots=True)
class Drawing:
    """Boxes are in user space."""

    rules: list[Box]
    """Thin bars and strokes of any direction."""
    fills: list[Box]
    """Coloured areas and images."""
    image_area: float
    paints: list[Paint]
    """The last painted first, without bars."""
    bars: list[Paint]
    """Too thin to hide a line of text, unless they are painted side by side. The last painted first."""
    texts: TextObjects
    objects: PageObjects
    """What reads the handles of `paths`."""
    paths: list[PaintedPath]
    """Every path, thin or not."""

    @property
    def n_painted(self) -> int:
        return len(self.paints) + len(self.bars)


def page_drawing(page: Any, *, has_layers: bool = False) -> Drawing:
    """The drawing of a pdfium page handle. Takes the ActualText off its text objects.

    Call it before the text page is loaded.
    """
    objects = PageObjects()
    drawing = Drawing([], [], 0.0, [], [], TextObjects(has_layers), objects, [])
    on_page = FormState(IDENTITY)
    budget = _MAX_OBJECTS
    stack = [(item, on_page) for item in objects.of_page(page, budget)]
    kind_of, look, paints, bars = objects.kind, drawing.texts.look, drawing.paints, drawing.bars
    while stack and budget:
        item, around = stack.pop()
        budget -= 1
        kind = kind_of(item)
        if kind == TEXT:
            look(item, around, len(paints) + len(bars))
        elif kind == FORM and around.depth < _MAX_FORM_DEPTH:
            inner = drawing.texts.inside(item, around, combined(objects.matrix(item), around.matrix))
            stack.extend((part, inner) for part in objects.of_form(item, budget))
        else:
            _add_shape(drawing, objects, item, kind, around.matrix)
    drawing.texts.show_glyphs()
    return drawing


def combined(inner: Matrix | None, outer: Matrix) -> Matrix:
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


def _add_shape(drawing: Drawing, objects: PageObjects, item: Handle, kind: int, matrix: Matrix) -> None:
    bounds = objects.bounds(item)
    if bounds is None:
        return
    box = mapped_box(bounds, matrix)
    width, height = box[2] - box[0], box[3] - box[1]
    is_bar = min(width, height) <= RULE_THICKNESS
    if kind == PATH:
        drawing.paths.append(PaintedPath(item, matrix, box))
    if kind == IMAGE:
        drawing.image_area += width * height
        _add(drawing.fills, box)
    elif kind == PATH and is_bar:
        _add(drawing.rules, box)
    elif kind == PATH:
        _add_path(drawing, objects, item, box)
        return
    order = drawing.n_painted
    if order < MAX_PAINTS:
        (drawing.bars if is_bar else drawing.paints).append(Paint(box, kind, None, item, order))


def _add_path(drawing: Drawing, objects: PageObjects, path: Handle, box: Box) -> None:
    """A shape that may be filled. One that has only a thin stroke, as a frame has, paints no area."""
    color = objects.fill_color(path)
    if objects.is_painted(path)[0]:
        if color is not None and min(color[:3]) < WHITE:
            _add(drawing.fills, box)
        if color is None or color[3]:
            rgb = None if color is None else (color[0], color[1], color[2])
            _paint(drawing, box, rgb, path)
    elif objects.stroke_width(path) > RULE_THICKNESS:
        _paint(drawing, box, None, path)


def _add(boxes: list[Box], box: Box) -> None:
    if len(boxes) < _MAX_RULES:
        boxes.append(box)


def _paint(drawing: Drawing, box: Box, color: tuple[int, int, int] | None, path: Handle) -> None:
    if drawing.n_painted < MAX_PAINTS:
        drawing.paints.append(Paint(box, PATH, color, path, drawing.n_painted))
