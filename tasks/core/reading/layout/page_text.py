"""Writes the pages as one document text with every offset in it: lines, marks, corrections, tables and notes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tasks.core.reading.layout.tables import find_cells
from tasks.core.reading.lines import PageLine
from tasks.core.reading.notes.footnotes import PageNote
from tasks.core.reading.ocr.pages import Recognised
from tasks.core.reading.pdf_open import HOSTILE
from tasks.core.reading.seen.forms.filled_values import DifferingValue
from tasks.core.reading.seen.watermarks import Watermark
from tasks.core.reading.version import READER_VERSION
from tasks.core.records import (
    Correction,
    Footnote,
    Line,
    Mark,
    NoteReference,
    Page,
    Reading,
    ReadStatus,
    Span,
)


@dataclass(slots=True)
class PageSeen:
    """One page before the document text is written."""

    status: str = "ok"
    reason: str | None = None
    lines: list[PageLine] = field(default_factory=list)
    rules: list[tuple[float, float, float, float]] = field(default_factory=list)
    note_boxes: list[tuple[float, float, float, float]] = field(default_factory=list)
    """Where the file's tags say that notes are."""
    width: float = 612.0
    height: float = 792.0
    watermarks: list[Watermark] = field(default_factory=list)
    is_scan: bool = False
    """The page is an image and its text is from OCR."""
    has_notes: bool = True
    """Notes can be told: sizes and superscripts are known."""
    flags: frozenset[str] = frozenset()
    """What was not looked at."""
    differing: tuple[DifferingValue, ...] = ()
    """Fields that show other words than they hold."""

    def take(self, seen: Recognised) -> None:
        """Take over what OCR read."""
        self.status, self.reason, self.is_scan, self.has_notes = "ocr", None, True, seen.has_sizes
        self.lines, self.rules, self.width, self.height = seen.lines, seen.rules, seen.width, seen.height


def write(
    pages: Sequence[PageSeen],
    notes: Sequence[PageNote],
    status: ReadStatus,
    reason: str | None,
    flags: tuple[str, ...],
) -> Reading:
    """The document text with every offset in it."""
    pieces: list[str] = []
    rows: list[Line] = []
    page_rows: list[Page] = []
    starts: dict[int, int] = {}
    marks: list[Mark] = []
    corrections: list[Correction] = []
    at = 0
    for index, page in enumerate(pages):
        page_start = at
        for line in page.lines:
            starts[id(line)] = at
            marks += [Mark(at + first, at + last, kind) for first, last, kind in line.marks]
            corrections += [Correction(at + first, at + last, old) for first, last, old in line.corrected]
            end = at + len(line.text) + 1
            rows.append(Line(at, end, index + 1, line.tag, line.box, line.size))
            pieces.append(line.text + "\n")
            at = end
        page_rows.append(Page(index + 1, page_start, at, page.status))
    footnotes = tuple(_footnote(note, starts) for note in notes)
    try:
        cells = find_cells([p.lines for p in pages], [p.rules for p in pages], starts)
    except HOSTILE:  # tables are beside the text: no document is lost for them
        cells, flags = (), tuple(dict.fromkeys((*flags, "extras_incomplete")))
    head = (status, reason, flags, len(pages), "".join(pieces), tuple(page_rows), tuple(rows))
    return Reading(
        *head,
        footnotes,
        READER_VERSION,
        marks=tuple(sorted(marks)),
        cells=cells,
        corrections=tuple(corrections),
    )


def _pieces(note: PageNote, starts: dict[int, int]) -> Iterator[list[PageLine]]:
    """The note's lines, a list for each piece that is continuous in the text and on one page."""
    piece: list[PageLine] = []
    for line in note.lines:
        last = piece[-1] if piece else None
        follows = last is not None and starts[id(line)] == starts[id(last)] + len(last.text) + 1
        if last is not None and not (follows and last.page_index == line.page_index):
            yield piece
            piece = []
        piece.append(line)
    yield piece


def _footnote(note: PageNote, starts: dict[int, int]) -> Footnote:
    spans: list[Span] = []
    for lines in _pieces(note, starts):
        start, end = starts[id(lines[0])], starts[id(lines[-1])] + len(lines[-1].text)
        if lines[0] is note.lines[0]:
            after_marker = re.sub(r"^[\s.、．:：)）]+", "", lines[0].text[note.marker.end :])
            start += len(lines[0].text) - len(after_marker)
        spans.append(Span(start, end))
    references = tuple(
        NoteReference(starts[id(line)] + marker.start, starts[id(line)] + marker.end, line.page_index + 1)
        for line, marker in note.references
    )
    return Footnote(
        marker=note.marker.text,
        spans=tuple(spans),
        page_number=note.lines[0].page_index + 1,
        last_page_number=note.lines[-1].page_index + 1,
        references=references,
        confidence=note.confidence,
    )
