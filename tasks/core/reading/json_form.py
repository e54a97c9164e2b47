"""Readings as JSON: a compact form for the worker's pipe, and that of `countersign read --json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tasks.core.records import (
    Agreement,
    Correction,
    Extra,
    ExtraKind,
    Footnote,
    Line,
    LineTag,
    Mark,
    MarkKind,
    NoteReference,
    Page,
    Reading,
    ReadStatus,
    Span,
    TableCell,
)


def reading_to_json(reading: Reading) -> dict[str, Any]:
    """Everything a reading holds, with rows as lists: `reading_from_json` restores it exactly."""
    return {
        **_head(reading),
        "pages": [[p.page_number, p.start, p.end, p.status] for p in reading.pages],
        "lines": [
            [n.start, n.end, n.page_number, n.tag.value, list(n.box), n.font_size] for n in reading.lines
        ],
        "footnotes": [_footnote_row(note) for note in reading.footnotes],
        "extras": [[e.kind.value, e.page_number, e.name, e.text] for e in reading.extras],
        "marks": marks_to_json(reading.marks),
        "agreements": agreements_to_json(reading.agreements),
        "cells": cells_to_json(reading.cells),
        "corrections": corrections_to_json(reading.corrections),
    }


def _head(reading: Reading) -> dict[str, Any]:
    return {
        "status": reading.status.value,
        "reason": reading.reason,
        "flags": list(reading.flags),
        "n_pages": reading.n_pages,
        "text": reading.text,
        "reader_version": reading.reader_version,
    }


def _pairs(spans: Sequence[Span | NoteReference]) -> list[list[int]]:
    return [[span.start, span.end] for span in spans]


def corrections_to_json(corrections: Sequence[Correction]) -> list[list[Any]]:
    """[start, end, code point] of each."""
    # A number, because a database does not take some of the letters (NUL, lone surrogates).
    return [[c.start, c.end, ord(c.original)] for c in corrections]


def corrections_from_json(rows: Sequence[Sequence[int]]) -> tuple[Correction, ...]:
    return tuple(Correction(start, end, chr(code)) for start, end, code in rows)


def marks_to_json(marks: Sequence[Mark]) -> list[list[Any]]:
    return [[mark.start, mark.end, mark.kind.value] for mark in marks]


def marks_from_json(rows: Sequence[Sequence[Any]]) -> tuple[Mark, ...]:
    return tuple(Mark(start, end, MarkKind(kind)) for start, end, kind in rows)


def agreements_to_json(agreements: Sequence[Agreement]) -> list[list[Any]]:
    return [[a.start, a.end, a.title, a.page_number] for a in agreements]


def agreements_from_json(rows: Sequence[Sequence[Any]]) -> tuple[Agreement, ...]:
    return tuple(Agreement(*row) for row in rows)


def cells_to_json(cells: Sequence[TableCell]) -> list[list[Any]]:
    return [[c.start, c.end, c.column, c.row] for c in cells]


def cells_from_json(rows: Sequence[Sequence[Any]]) -> tuple[TableCell, ...]:
    return tuple(TableCell(*row) for row in rows)


def _footnote_row(note: Footnote) -> list[Any]:
    references = [[ref.start, ref.end, ref.page_number] for ref in note.references]
    pages = (note.page_number, note.last_page_number)
    return [note.marker, _pairs(note.spans), *pages, references, note.confidence]


def reading_from_json(payload: dict[str, Any]) -> Reading:
    """The reading that `reading_to_json` wrote."""
    return Reading(
        status=ReadStatus(payload["status"]),
        reason=payload["reason"],
        flags=tuple(payload["flags"]),
        n_pages=payload["n_pages"],
        text=payload["text"],
        pages=tuple(Page(*row) for row in payload["pages"]),
        lines=tuple(
            Line(s, e, n, LineTag(tag), tuple(box), size) for s, e, n, tag, box, size in payload["lines"]
        ),
        footnotes=tuple(_footnote(*row) for row in payload["footnotes"]),
        reader_version=payload["reader_version"],
        extras=tuple(Extra(ExtraKind(kind), *rest) for kind, *rest in payload.get("extras", ())),
        marks=marks_from_json(payload.get("marks", ())),
        agreements=agreements_from_json(payload.get("agreements", ())),
        cells=cells_from_json(payload.get("cells", ())),
        corrections=corrections_from_json(payload.get("corrections", ())),
    )


def _footnote(
    marker: str, spans: list[Any], first: int, last: int, references: list[Any], confidence: float
) -> Footnote:
    ranges, citing = tuple(Span(*s) for s in spans), tuple(NoteReference(*r) for r in references)
    return Footnote(marker, ranges, first, last, citing, confidence)


def public_json(reading: Reading) -> dict[str, Any]:
    """One object for other programs; offsets are code points of `text`."""
    return {
        **_head(reading),
        "pages": [asdict(page) for page in reading.pages],
        "lines": [{**asdict(line), "tag": line.tag.value, "box": list(line.box)} for line in reading.lines],
        "footnotes": [_public_footnote(note) for note in reading.footnotes],
        "extras": [{**asdict(extra), "kind": extra.kind.value} for extra in reading.extras],
        "marks": [{**asdict(mark), "kind": mark.kind.value} for mark in reading.marks],
        "hidden": [[m.start, m.end] for m in reading.marks if m.kind is MarkKind.HIDDEN],
        "agreements": [asdict(agreement) for agreement in reading.agreements],
        "cells": [asdict(cell) for cell in reading.cells],
        "corrections": [asdict(correction) for correction in reading.corrections],
    }


def _public_footnote(note: Footnote) -> dict[str, Any]:
    first = note.references[0] if note.references else None
    return {
        **asdict(note),
        "spans": _pairs(note.spans),
        "ref_start": None if first is None else first.start,
        "ref_page_number": None if first is None else first.page_number,
        "references": [asdict(reference) for reference in note.references],
    }
