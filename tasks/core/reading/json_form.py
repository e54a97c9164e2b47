"""Readings as JSON and back, exactly; also the form that `countersign read --json` prints (DESIGN section 9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tasks.core.records import (
    Correction,
    Extra,
    ExtraKind,
    Footnote,
    Line,
    LineTag,
    NoteReference,
    Page,
    Reading,
    ReadStatus,
    Span,
)


def reading_to_json(reading: Reading) -> dict[str, Any]:
    """Everything a reading holds, short enough for a pipe."""
    return {
        "status": reading.status.value,
        "reason": reading.reason,
        "flags": list(reading.flags),
        "n_pages": reading.n_pages,
        "text": reading.text,
        "pages": [[p.page_number, p.start, p.end, p.status] for p in reading.pages],
        "lines": [
            [n.start, n.end, n.page_number, n.tag.value, list(n.box), n.font_size] for n in reading.lines
        ],
        "footnotes": [_footnote_row(note) for note in reading.footnotes],
        "reader_version": reading.reader_version,
        "extras": [[e.kind.value, e.page_number, e.name, e.text] for e in reading.extras],
        "hidden": [[span.start, span.end] for span in reading.hidden],
        "corrections": corrections_to_json(reading.corrections),
    }


def corrections_to_json(corrections: Sequence[Correction]) -> list[list[Any]]:
    """[start, end, code point] of each: a number, since some of the letters are none that a database takes."""
    return [[c.start, c.end, ord(c.original)] for c in corrections]


def corrections_from_json(rows: Sequence[Sequence[int]]) -> tuple[Correction, ...]:
    return tuple(Correction(start, end, chr(code)) for start, end, code in rows)


def _footnote_row(note: Footnote) -> list[Any]:
    return [
        note.marker,
        [[span.start, span.end] for span in note.spans],
        note.page_number,
        note.last_page_number,
        [[ref.start, ref.end, ref.page_number] for ref in note.references],
        note.confidence,
    ]


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
        footnotes=tuple(_footnote(row) for row in payload["footnotes"]),
        reader_version=payload["reader_version"],
        extras=tuple(Extra(ExtraKind(kind), *rest) for kind, *rest in payload.get("extras", ())),
        hidden=tuple(Span(*span) for span in payload.get("hidden", ())),
        corrections=corrections_from_json(payload.get("corrections", ())),
    )


def _footnote(row: list[Any]) -> Footnote:
    marker, spans, page_number, last_page_number, references, confidence = row
    return Footnote(
        marker=marker,
        spans=tuple(Span(*span) for span in spans),
        page_number=page_number,
        last_page_number=last_page_number,
        references=tuple(NoteReference(*ref) for ref in references),
        confidence=confidence,
    )


def public_json(reading: Reading) -> dict[str, Any]:
    """One object for other programs; offsets are code points of `text`."""
    return {
        "status": reading.status.value,
        "reason": reading.reason,
        "flags": list(reading.flags),
        "n_pages": reading.n_pages,
        "text": reading.text,
        "pages": [
            {"page_number": p.page_number, "start": p.start, "end": p.end, "status": p.status}
            for p in reading.pages
        ],
        "lines": [
            {
                "start": n.start,
                "end": n.end,
                "page_number": n.page_number,
                "tag": n.tag.value,
                "box": list(n.box),
                "font_size": n.font_size,
            }
            for n in reading.lines
        ],
        "footnotes": [_public_footnote(note) for note in reading.footnotes],
        "extras": [
            {"kind": e.kind.value, "page_number": e.page_number, "name": e.name, "text": e.text}
            for e in reading.extras
        ],
        "hidden": [[span.start, span.end] for span in reading.hidden],
        "corrections": [
            {"start": c.start, "end": c.end, "original": c.original} for c in reading.corrections
        ],
        "reader_version": reading.reader_version,
    }


def _public_footnote(note: Footnote) -> dict[str, Any]:
    first = note.references[0] if note.references else None
    return {
        "marker": note.marker,
        "spans": [[span.start, span.end] for span in note.spans],
        "page_number": note.page_number,
        "last_page_number": note.last_page_number,
        "ref_start": None if first is None else first.start,
        "ref_page_number": None if first is None else first.page_number,
        "references": [
            {"start": ref.start, "end": ref.end, "page_number": ref.page_number} for ref in note.references
        ],
        "confidence": note.confidence,
    }
