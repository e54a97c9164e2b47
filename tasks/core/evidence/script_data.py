"""What the script of an evidence page knows: places of values and notes, pages, words.

Offsets are code points of the document text. Boxes are `[page, left, top, right, bottom]`, ranges
`[start, end, page]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypedDict

from tasks.core.evidence.page import EvidencePage, ShownNote, ShownPage, ShownRange, ShownValue
from tasks.core.records import NOT_LIVE

_TAGS = ("body", "note", "running")


class RangeData(TypedDict):
    """Where something stands."""

    r: list[tuple[int, int, int]]
    b: list[tuple[int, float, float, float, float]]


class NoteData(TypedDict):
    marker: str
    page: int
    body: RangeData
    cites: RangeData


class ValueData(TypedDict):
    id: int
    at: RangeData
    places: list[RangeData]
    parts: RangeData
    note: int | None
    """Index of its note."""


def script_data(page: EvidencePage, words: Mapping[str, Mapping[str, str]]) -> Mapping[str, object]:
    """For the JSON block of the page."""
    notes: dict[tuple[object, ...], int] = {}
    shown: list[NoteData] = []
    values: list[ValueData] = []
    for value in page.values:
        if value.note is not None and _key(value.note) not in notes:
            notes[_key(value.note)] = len(shown)
            shown.append(_note_data(value.note))
        values.append(_value_data(value, None if value.note is None else notes[_key(value.note)]))
    return {
        "pages": [_page_data(seen) for seen in page.pages],
        "values": values,
        "notes": shown,
        "words": words,
        "form": page.document.form,
        "not_live": sorted(NOT_LIVE),
    }


def lines_data(page: ShownPage) -> list[tuple[int, str, int, int]]:
    """Start, text, tag and heading level of each line."""
    return [(line.start, line.text, _TAGS.index(line.tag), line.heading_level) for line in page.lines]


def _page_data(page: ShownPage) -> Mapping[str, object]:
    picture = page.picture
    size = [picture.width_px, picture.height_px, picture.media_type] if picture else None
    marks = [(mark.start, mark.end, mark.kind) for mark in page.marks]
    return {"n": page.page_number, "size": size, "lines": len(page.lines), "marks": marks}


def _value_data(value: ShownValue, note: int | None) -> ValueData:
    return {
        "id": value.extraction_id,
        "at": _range_data(value.ranges),
        "places": [_range_data(place) for place in value.places],
        "parts": _range_data(shown for part in value.parts for shown in part.ranges),
        "note": note,
    }


def _note_data(note: ShownNote) -> NoteData:
    return {
        "marker": note.marker,
        "page": note.page_number,
        "body": _range_data(note.body),
        "cites": _range_data(note.citations),
    }


def _key(note: ShownNote) -> tuple[object, ...]:
    return (note.marker, note.page_number, tuple((shown.start, shown.end) for shown in note.body))


def _range_data(ranges: Iterable[ShownRange]) -> RangeData:
    ranges = list(ranges)
    return {
        "r": [(shown.start, shown.end, shown.page_number) for shown in ranges],
        "b": [
            (
                box.page_number,
                round(box.left, 5),
                round(box.top, 5),
                round(box.right, 5),
                round(box.bottom, 5),
            )
            for shown in ranges
            for box in shown.boxes
        ],
    }
