"""Finds footnotes and end notes and tags their lines.

Page by page: signs of the lines that may open a note, and of the markers that may cite one; the best
alignment of both; then how far each note goes. Markers that no note of their page has wait for the
notes of later pages: notes that moved on, and end notes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tasks.core.reading.notes.mark_places import same_place
from tasks.core.reading.notes.note_alignment import Aligned, align
from tasks.core.reading.notes.note_evidence import (
    CitingMarker,
    NotePage,
    Opening,
    PageView,
    dominant_size,
    glued_citations,
    is_inline_mark,
    matches,
    page_citations,
    page_openings,
    page_view,
)
from tasks.core.reading.notes.note_extents import PageNote, lines_of, sign_known_styles, spill
from tasks.core.reading.pdf_open import HOSTILE
from tasks.core.records import LineTag

_MAX_WAITING = 400
"""Markers without a note that are kept for later pages: a contract with more has other numbers."""


@dataclass(frozen=True, slots=True)
class FoundNotes:
    """The notes of a document, in reading order."""

    notes: list[PageNote]
    is_complete: bool
    """Whether every page was looked at: an error costs the notes of its page alone."""


def find_notes(pages: Sequence[NotePage]) -> FoundNotes:
    """All notes; tags their lines in place."""
    size = dominant_size([line for page in pages for line in page.lines])
    finder = _NoteFinder()
    is_complete = True
    for page in pages:
        try:
            finder.take(page_view(page, size))
        except HOSTILE:  # its notes stay text
            is_complete = False
            for line in page.lines:
                line.tag = LineTag.BODY if line.tag is LineTag.NOTE else line.tag
    _link_again(finder.notes, finder.cited)
    return FoundNotes(finder.notes, is_complete)


@dataclass(slots=True)
class _NoteFinder:
    """What the pages before say."""

    notes: list[PageNote] = field(default_factory=list)
    cited: dict[int, list[CitingMarker]] = field(default_factory=dict[int, list[CitingMarker]])
    """The markers of each page, by its index."""
    waiting: list[CitingMarker] = field(default_factory=list)
    """Markers that no note has yet, oldest first."""
    page_before: PageView | None = None

    def take(self, view: PageView) -> None:
        openings = page_openings(view)
        sign_known_styles(openings, self.notes)
        citations = page_citations(view, openings)
        for citation in citations:
            self.cited.setdefault(citation.line.page_index, []).append(citation)
        found = _page_notes(view, openings, (*self.waiting, *citations), self.notes)
        spill(view, self.notes[-1] if self.notes else None, found, self.page_before)
        self.waiting = [c for c in (*self.waiting, *citations) if _may_wait(c)][-_MAX_WAITING:]
        self.page_before = view
        self.notes += found


def _may_wait(citation: CitingMarker) -> bool:
    is_body = citation.line.tag is LineTag.BODY
    return is_body and not citation.is_used and is_inline_mark(citation.marker)


def _page_notes(
    view: PageView,
    openings: Sequence[Opening],
    citations: Sequence[CitingMarker],
    notes: Sequence[PageNote],
) -> list[PageNote]:
    """The notes of a page, those that a redline struck among them, in order."""
    last_mark = next((n.marker.text for n in reversed(notes) if not n.marker.is_struck), "")
    aligned: list[Aligned] = []
    for is_struck in (False, True):
        row = [o for o in openings if o.marker.is_struck is is_struck]
        citing = [
            c
            for c in citations
            if c.marker.is_struck is is_struck and any(matches(o.marker, c.marker) for o in row)
        ]
        if not is_struck:
            _sign_once_cited(row, citations)
            citing = _with_glued(view, row, citing)
        aligned += align(view, row, citing, last_mark) if row else []
    aligned.sort(key=lambda found: found.opening.index)
    starts = frozenset(found.opening.index for found in aligned)
    return [_note(view, found, starts) for found in aligned]


def _sign_once_cited(openings: Sequence[Opening], citations: Sequence[CitingMarker]) -> None:
    """Sign the openings that a struck marker cited: the note stands, though nothing cites it now."""
    struck = [c.marker for c in citations if c.marker.is_struck]
    for opening in openings if struck else ():
        if any(same_place(opening.marker.text, marker.text) for marker in struck):
            opening.signs = (*opening.signs, "once_cited")


def _with_glued(
    view: PageView, openings: Sequence[Opening], citing: list[CitingMarker]
) -> list[CitingMarker]:
    """The citations with digits that stick to words, for openings that nothing else cites."""
    uncited = [
        o
        for o in openings
        if (o.is_small or o.is_ruled or o.marker.is_raised)
        and not any(c.line.page_index == o.line.page_index and matches(o.marker, c.marker) for c in citing)
    ]
    if not uncited:
        return citing
    page_index = view.lines[0].page_index
    here = [c for c in citing if c.line.page_index == page_index] + glued_citations(view, uncited)
    here.sort(key=lambda c: (c.index, c.marker.start))
    return [c for c in citing if c.line.page_index != page_index] + here


def _note(view: PageView, found: Aligned, starts: frozenset[int]) -> PageNote:
    citation = found.citation
    note = PageNote(found.opening.marker, lines_of(view, found.opening, starts), confidence=found.confidence)
    if citation is not None:
        citation.is_used = True
        note.references.append((citation.line, citation.marker))
    return note


def _link_again(notes: Sequence[PageNote], cited: Mapping[int, Sequence[CitingMarker]]) -> None:
    """Add the superscripts that cite a note once more: behind its first citation, on its page."""
    used = {(id(line), m.start) for note in notes for line, m in note.references}
    for note in notes:
        if not note.references:
            continue
        line, first = note.references[0]
        row = cited.get(line.page_index, ())
        after = next(
            (i for i, c in enumerate(row) if c.line is line and c.marker.start == first.start), len(row)
        )
        for citation in row[after + 1 :]:
            marker = citation.marker
            key = (id(citation.line), marker.start)
            if (
                key in used
                or not marker.is_raised
                or marker.is_glued
                or citation.line.tag is not LineTag.BODY
            ):
                continue
            if matches(note.marker, marker):
                used.add(key)
                note.references.append((citation.line, marker))
