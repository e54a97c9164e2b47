"""What pdfium knows of text objects beside their letters: clips, layers, transparency, ActualText.

Looked at before the text page is loaded, because pdfium's text page follows ActualText: its marks
are taken off, so that the letters are what the glyphs say.

Source: fpdf_edit.h of PDFium (pypdfium2 5.15); ISO 32000-2, 8.11 (optional content), 14.9.4 (ActualText).
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pypdf.generic import create_string_object

from tasks.core.reading.pdfium import Handle, bound

Box = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]

IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
NOWHERE: Box = (0.0, 0.0, -1.0, -1.0)
_RECTANGLE_SEGMENTS = (4, 5, 6)
_MAX_CLIP_PATHS = 20
_MAX_MARKS = 20  # of an object
_MAX_ACTUAL_BYTES = 8192

_POINTER, _INT, _ULONG = ctypes.c_void_p, ctypes.c_int, ctypes.c_ulong
_n_marks = bound("FPDFPageObj_CountMarks", _INT, _POINTER)
_mark = bound("FPDFPageObj_GetMark", _POINTER, _POINTER, _ULONG)
_remove_mark = bound("FPDFPageObj_RemoveMark", _INT, _POINTER, _POINTER)
_mark_name = bound("FPDFPageObjMark_GetName", _INT, _POINTER, _POINTER, _ULONG, _POINTER)
_mark_bytes = bound(
    "FPDFPageObjMark_GetParamBlobValue", _INT, _POINTER, ctypes.c_char_p, _POINTER, _ULONG, _POINTER
)
_clip_path = bound("FPDFPageObj_GetClipPath", _POINTER, _POINTER)
_n_clip_paths = bound("FPDFClipPath_CountPaths", _INT, _POINTER)
_n_clip_segments = bound("FPDFClipPath_CountPathSegments", _INT, _POINTER)
_clip_segment = bound("FPDFClipPath_GetPathSegment", _POINTER, _POINTER)
_segment_point = bound("FPDFPathSegment_GetPoint", _INT, _POINTER)
_has_transparency = bound("FPDFPageObj_HasTransparency", _INT, _POINTER)


@dataclass(slots=True)
class TextPlace:
    """Where a text object stands among what the page draws. Most have none of this."""

    n_above: int = 0
    """How many painted areas are drawn after it: the first ones of `Drawing.paints`."""
    is_layered: bool = False
    """In optional content, or in a form that may be."""
    is_faint: bool = False
    """It, or a form around it, has a soft mask, an alpha or a blend mode."""
    clip: Box | None = None
    """What its clips leave at most, in user space; `NOWHERE`: not a rectangle."""


@dataclass(slots=True)
class ActualText:
    """A text that programs are told in place of these objects' letters."""

    text: str
    objects: list[Handle] = field(default_factory=list["Handle"])


@dataclass(slots=True)
class _MarkFacts:
    is_layer: bool
    actual: ActualText | None


@dataclass(slots=True)
class FormState:
    """What holds for everything in a form, or on the page."""

    matrix: Matrix
    """From the form's space to the page's."""
    depth: int = 0
    is_layered: bool = False
    is_faint: bool = False
    clip: Box | None = None
    actual: ActualText | None = None


class TextObjects:
    """The text objects of a page that are not simply drawn, by handle."""

    def __init__(self, has_layers: bool) -> None:
        self.places: dict[Handle, TextPlace] = {}
        self.actual: list[ActualText] = []
        self.all: list[tuple[Handle, Matrix]] = []
        """Every text object, with the matrix from its space to the page's."""
        self._has_layers = has_layers
        self._marks: dict[int, _MarkFacts] = {}
        self._clips: dict[int, Box] = {}
        self._point = (ctypes.c_float * 2)()
        self._point_at = ctypes.byref(self._point), ctypes.byref(self._point, ctypes.sizeof(ctypes.c_float))
        self._removals: list[tuple[Handle, int]] = []

    def look(self, item: Handle, around: FormState, n_above: int) -> None:
        """Note what is special about a text object."""
        self.all.append((item, around.matrix))
        is_layer, actual = around.is_layered, around.actual
        if n_marks := _n_marks(item):
            own_layer, own = self._marks_of(item, n_marks)
            is_layer, actual = is_layer or own_layer, actual or own
        if actual is not None:
            actual.objects.append(item)
        is_layered = is_layer and self._has_layers
        is_faint = around.is_faint or bool(_has_transparency(item))
        clip = self._clipped(item, around)
        if n_above or is_layered or is_faint or clip is not None:
            self.places[item] = TextPlace(n_above, is_layered, is_faint, clip)

    def inside(self, form: Handle, around: FormState, matrix: Matrix) -> FormState:
        """What holds inside a form, whose dictionary may name a layer."""
        is_faint = around.is_faint or bool(_has_transparency(form))
        actual = around.actual or self._marks_of(form, _n_marks(form))[1]
        clip = self._clipped(form, around)
        return FormState(matrix, around.depth + 1, True, is_faint, clip, actual)

    def show_glyphs(self) -> None:
        """Take the ActualText off every object, so that the text page gives the glyphs' letters."""
        for item, address in self._removals:
            _remove_mark(item, address)

    # ------------------------------------------------------------ marks

    def _marks_of(self, item: Handle, n_marks: int) -> tuple[bool, ActualText | None]:
        """Whether a layer is among an object's marks, and the outermost ActualText."""
        is_layer, outermost = False, None
        for i in range(min(_MAX_MARKS, n_marks)):
            address = _mark(item, i)
            facts = self._marks.get(address) or self._mark_facts(address)
            is_layer = is_layer or facts.is_layer
            if facts.actual is not None:
                self._removals.append((item, address))
                outermost = outermost or facts.actual
        return is_layer, outermost

    def _mark_facts(self, address: int) -> _MarkFacts:
        name = _bytes(lambda *out: _mark_name(address, *out))
        # Not `GetParamStringValue`: it takes the file's UTF-16 for UTF-8 (pdfium 8149, pypdfium2 5.15).
        raw = _bytes(lambda *out: _mark_bytes(address, b"ActualText", *out))
        actual = None if raw is None else ActualText(str(create_string_object(raw)))
        facts = _MarkFacts(name == "OC\0".encode("utf-16-le"), actual)
        self._marks[address] = facts
        if facts.actual is not None:
            self.actual.append(facts.actual)
        return facts

    # ------------------------------------------------------------ clips

    def _clipped(self, item: Handle, around: FormState) -> Box | None:
        """What the clips of the object and of the forms around it leave; None: no clip."""
        path = _clip_path(item)
        n_paths = _n_clip_paths(path) if path else 0
        if n_paths <= 0:
            return around.clip
        known = self._clips.get(_clip_segment(path, n_paths - 1, 0) or 0)
        return known or self._clip_box(path, min(n_paths, _MAX_CLIP_PATHS), around)

    def _clip_box(self, path: int, n_paths: int, around: FormState) -> Box:
        """What the first clips leave. Objects share them, and each belongs to one sequence of clips."""
        firsts: list[int] = [_clip_segment(path, i, 0) or 0 for i in range(n_paths)]
        n_known = next((i for i in range(n_paths, 0, -1) if firsts[i - 1] in self._clips), 0)
        box = self._clips[firsts[n_known - 1]] if n_known else around.clip
        for i in range(n_known, n_paths):
            outline = self._outline(path, i, firsts[i], around.matrix)
            box = outline if box is None or outline is NOWHERE else _common(box, outline)
            self._clips[firsts[i]] = box
        return box or NOWHERE

    def _outline(self, path: int, number: int, first: int, matrix: Matrix) -> Box:
        """The rectangle of a clip by three of its corners; `NOWHERE`: it is none."""
        if _n_clip_segments(path, number) not in _RECTANGLE_SEGMENTS:
            return NOWHERE
        point, at = self._point, self._point_at
        _segment_point(first, *at)
        x0, y0 = point[0], point[1]
        _segment_point(_clip_segment(path, number, 1), *at)
        x1, y1 = point[0], point[1]
        _segment_point(_clip_segment(path, number, 2), *at)
        x2, y2 = point[0], point[1]
        if not ((x0 == x1 and y1 == y2) or (y0 == y1 and x1 == x2)):
            return NOWHERE
        if matrix is IDENTITY:
            return min(x0, x2), min(y0, y2), max(x0, x2), max(y0, y2)
        if matrix[1] and matrix[0]:  # turned by less than a quarter
            return NOWHERE
        return around_points([mapped((x0, y0), matrix), mapped((x2, y2), matrix)])


def _bytes(read: Callable[..., int]) -> bytes | None:
    """A value of a mark: `read` gets a buffer, its size and where the length goes, in bytes."""
    buffer, n_bytes = ctypes.create_string_buffer(_MAX_ACTUAL_BYTES), ctypes.c_ulong()
    if not read(buffer, _MAX_ACTUAL_BYTES, ctypes.addressof(n_bytes)):
        return None
    return buffer.raw[: n_bytes.value]


def mapped(point: tuple[float, float], matrix: Matrix) -> tuple[float, float]:
    """A point of a form's space on the page."""
    x, y = point
    a, b, c, d, e, f = matrix
    return x * a + y * c + e, x * b + y * d + f


def mapped_box(box: Box, matrix: Matrix) -> Box:
    """The box on the page around a box of a form's space."""
    left, bottom, right, top = box
    if matrix is IDENTITY:
        return min(left, right), min(bottom, top), max(left, right), max(bottom, top)
    corners = ((left, bottom), (right, top), (left, top), (right, bottom))
    return around_points([mapped(corner, matrix) for corner in corners])


def middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def holds_middle(outer: Box, inner: Box) -> bool:
    """Whether the middle of one is in the other, or on its edge."""
    x, y = middle(inner)
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


def around_points(points: Sequence[tuple[float, float]]) -> Box:
    if not points:
        return NOWHERE
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _common(one: Box, other: Box) -> Box:
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
