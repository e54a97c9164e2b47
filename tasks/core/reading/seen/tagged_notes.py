"""Where a tagged PDF says that its notes are.

A tag is evidence for a note, never proof that there are no others: writers tag some notes and leave
others out. The tree is walked with pypdf, by each element's own page: pdfium's
`FPDF_StructElement_GetMarkedContentIdAtIndex` mixes up the pages of an element (5.15).

Source: ISO 32000-2, 14.7 and 14.8.4.2.3 (Note) and 14.8.4.8.4 (FENote).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject, NumberObject, PdfObject

from tasks.core.reading.drawing import Box
from tasks.core.reading.pdf_open import HOSTILE
from tasks.core.reading.pdfium import PageObjects, marked_content_id
from tasks.core.reading.seen.optional_content import as_dictionary

_MAX_ELEMENTS = 50_000
_MAX_OBJECTS = 20_000  # of a page
_NOTES = frozenset(("/Note", "/FENote"))

Pages = Mapping[int, frozenset[tuple[int, int]]]
"""By page index: the marked content of notes, as (number of the note, marked-content id)."""


def tagged_notes(reader: PdfReader) -> Pages:
    """The marked content of the document's notes; empty if it has no tags, or they cannot be read."""
    try:
        root = as_dictionary(reader.root_object.get("/StructTreeRoot"))
        roles = as_dictionary(root.get("/RoleMap")) if root else None
        contents = list(_note_contents(root, roles or DictionaryObject())) if root else []
        if not contents:
            return {}
        numbers = {
            page.indirect_reference.idnum: n for n, page in enumerate(reader.pages) if page.indirect_reference
        }
        found: dict[int, set[tuple[int, int]]] = {}
        for number, (page_id, content) in contents:
            if page_id in numbers:
                found.setdefault(numbers[page_id], set()).add((number, content))
        return {index: frozenset(ids) for index, ids in found.items()}
    except HOSTILE:
        return {}


def _note_contents(root: DictionaryObject, roles: DictionaryObject) -> Iterator[tuple[int, tuple[int, int]]]:
    """Each marked content of a note with the note's number: (number, (page's object id, content id))."""
    todo: list[tuple[PdfObject | None, int | None, int | None]] = [(root.get("/K"), None, None)]
    n_notes, seen = 0, set[int]()
    for _ in range(_MAX_ELEMENTS):
        if not todo:
            return
        kid, page_id, note = todo.pop()
        if isinstance(kid, IndirectObject):
            if kid.idnum in seen:
                continue
            seen.add(kid.idnum)
            kid = kid.get_object()
        if isinstance(kid, list):
            todo += [(item, page_id, note) for item in cast(list[PdfObject], kid)]
        elif isinstance(kid, NumberObject):
            if note is not None and page_id is not None:
                yield note, (page_id, int(kid))
        elif isinstance(kid, DictionaryObject):
            page = kid.raw_get("/Pg") if "/Pg" in kid else None
            page_id = page.idnum if isinstance(page, IndirectObject) else page_id
            if kid.get("/Type") == "/MCR":
                todo.append((kid.get("/MCID"), page_id, note))
                continue
            kind = str(kid.get("/S"))
            if kind in _NOTES or roles.get(kind) in _NOTES:
                n_notes, note = n_notes + 1, n_notes
            todo.append((kid.raw_get("/K") if "/K" in kid else None, page_id, note))


def note_boxes(page: Any, contents: frozenset[tuple[int, int]]) -> list[Box]:
    """The box of each tagged note on a pdfium page handle, in points of the page."""
    number_of = {content: number for number, content in contents}
    boxes: dict[int, Box] = {}
    objects = PageObjects()
    for item in objects.of_page(page, _MAX_OBJECTS):
        number = number_of.get(marked_content_id(item))
        bounds = objects.bounds(item) if number is not None else None
        if number is None or bounds is None:
            continue
        x0, y0, x1, y1 = bounds
        a = boxes.get(number, (x0, y0, x1, y1))
        boxes[number] = (min(a[0], x0), min(a[1], y0), max(a[2], x1), max(a[3], y1))
    return list(boxes.values())
