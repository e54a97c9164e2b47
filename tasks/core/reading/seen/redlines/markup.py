"""What review annotations strike: strike-outs by their boxes, lines and ink as bars.

Underlines, squiggles and carets are comments: they delete and insert nothing.

Source: ISO 32000-2, 12.5.6 (annotation types).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import cast

from pypdf.generic import ArrayObject, PdfObject

from tasks.core.reading.drawing import Box
from tasks.core.reading.pdf_open import HOSTILE
from tasks.core.reading.seen.annotations import Annotation
from tasks.core.reading.seen.redlines.bars import Bar

MAX_MARKED = 1000  # boxes or strokes of a page
_POINTS = {"Line": "/L", "PolyLine": "/Vertices", "Ink": "/InkList"}
_MAX_STROKES = 200  # of an annotation
_MAX_NUMBERS = 4000  # of a stroke
_LEVEL = 0.2  # height of a stroke, of its length: more is a cross or a loop
_UNSEEN_OPACITY = 0.05

_Stroke = list[tuple[float, float]]
_BLACK = (0, 0, 0)


def struck_boxes(annotations: Iterable[Annotation]) -> list[Box]:
    """The boxes of strike-outs, in user space."""
    found = (box for a in annotations if a.kind == "StrikeOut" and _is_visible(a) for box in a.boxes)
    return list(islice(found, MAX_MARKED))


def strokes(annotations: Iterable[Annotation]) -> list[_Stroke]:
    """The points of lines and ink, in user space."""
    found = (stroke for a in annotations if a.kind in _POINTS and _is_visible(a) for stroke in _strokes(a))
    return list(islice(found, MAX_MARKED))


def freehand_bars(drawn: Iterable[_Stroke], turn: Callable[[Box], Box]) -> Iterator[Bar]:
    """The strokes that are level on the page that `turn` turns to."""
    for stroke in drawn:
        points = sorted(turn((x, y, x, y))[:2] for x, y in stroke)
        (x0, _), (x1, _) = points[0], points[-1]
        ys = [y for _, y in points]
        if x1 - x0 > 0 and max(ys) - min(ys) <= _LEVEL * (x1 - x0):
            half = (len(ys) + 1) // 2  # a hand trembles: the left half's height, and the right's
            yield Bar(x0, _mean(ys[:half]), x1, _mean(ys[-half:]), 1.0, _BLACK, is_freehand=True)


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _is_visible(annotation: Annotation) -> bool:
    try:
        return float(annotation.entry.get("/CA", 1)) > _UNSEEN_OPACITY
    except HOSTILE:
        return True


def _strokes(annotation: Annotation) -> Iterator[_Stroke]:
    try:
        raw = annotation.entry[_POINTS[annotation.kind]].get_object()
        rows = _items(raw, _MAX_STROKES) if annotation.kind == "Ink" else [raw]
        for row in rows:
            numbers = [float(cast("float", n)) for n in _items(row, _MAX_NUMBERS)]
            if len(numbers) >= 4:
                yield list(zip(numbers[::2], numbers[1::2], strict=False))
    except HOSTILE:
        return


def _items(raw: PdfObject | None, at_most: int) -> list[PdfObject | None]:
    if not isinstance(raw, ArrayObject):
        return []
    return [item.get_object() for item in islice(cast("list[PdfObject]", raw), at_most)]
