"""A page's annotations, with pypdf: kind, boxes, text and flags. None is run or opened.

The file may be hostile, so the list is capped, and what cannot be read is left out.

Source: ISO 32000-2, 12.5 (annotations).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from typing import cast

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, PdfObject

from tasks.core.reading.drawing import Box
from tasks.core.reading.pdf_open import HOSTILE
from tasks.core.reading.seen.optional_content import OptionalContent

MAX_ANNOTATIONS = 1000  # of a page
_MAX_QUADS = 500  # of an annotation
_NOT_SHOWN = 0b100010  # flags Hidden and NoView


@dataclass(frozen=True, slots=True)
class Annotation:
    """An annotation that viewers show. Boxes are in user space."""

    kind: str
    """Its subtype without the slash: `StrikeOut`, `Redact`, `FreeText`, `Widget`."""
    index: int
    """Its place in the page's list, hidden ones counted."""
    rect: Box
    quads: tuple[Box, ...]
    """The boxes around its quadrilaterals; empty: it has none."""
    entry: DictionaryObject
    """For what only one kind has."""

    @property
    def boxes(self) -> tuple[Box, ...]:
        """What it is about: its quadrilaterals, else its rectangle."""
        return self.quads or (self.rect,)


def page_annotations(
    reader: PdfReader, page_index: int, layers: OptionalContent | None = None
) -> tuple[Annotation, ...]:
    """The page's annotations in drawing order, without hidden ones and those of layers that are off."""
    try:
        listed = listed_annotations(reader, page_index)
    except HOSTILE:
        return ()
    shown = _annotations(islice(listed, MAX_ANNOTATIONS))
    return tuple(a for a in shown if layers is None or layers.is_shown(a.entry))


def n_listed(reader: PdfReader, page_index: int) -> int:
    """The length of the page's list of annotations; -1: pypdf cannot read it."""
    try:
        return len(listed_annotations(reader, page_index))
    except HOSTILE:
        return -1


def listed_annotations(reader: PdfReader, page_index: int) -> Sequence[PdfObject]:
    """The page's list of annotations as the file has it: of any length, with whatever stands in it.

    Raises: one of `HOSTILE`.
    """
    listed = reader.pages[page_index].get("/Annots")
    listed = listed.get_object() if listed is not None else None
    return cast("list[PdfObject]", listed) if isinstance(listed, ArrayObject) else ()


def _annotations(items: Iterator[PdfObject]) -> Iterator[Annotation]:
    for index, item in enumerate(items):
        try:
            entry = item.get_object()
            if not isinstance(entry, DictionaryObject) or int(entry.get("/F", 0)) & _NOT_SHOWN:
                continue
            numbers = _numbers(entry.get("/Rect"))
            if len(numbers) != 4 or not all(map(isfinite, numbers)):
                continue
            quads = _quads([n for n in _numbers(entry.get("/QuadPoints")) if isfinite(n)])
            kind = str(entry.get("/Subtype", ""))[1:]
            yield Annotation(kind, index, _around(numbers), quads, entry)
        except HOSTILE:
            continue


def _numbers(raw: PdfObject | None) -> list[float]:
    value = raw.get_object() if raw is not None else None
    if not isinstance(value, ArrayObject):
        return []
    return [
        float(cast("float", n.get_object())) for n in islice(cast("list[PdfObject]", value), 8 * _MAX_QUADS)
    ]


def _quads(numbers: list[float]) -> tuple[Box, ...]:
    return tuple(_around(numbers[at : at + 8]) for at in range(0, len(numbers) - 7, 8))


def _around(numbers: list[float]) -> Box:
    xs, ys = numbers[::2], numbers[1::2]
    return min(xs), min(ys), max(xs), max(ys)
