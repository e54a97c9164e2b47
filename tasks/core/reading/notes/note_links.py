"""Links each note to the markers in the body that cite it.

Order decides if a marker stands more than once: the third note of a page is cited after its second.
In a redline, struck markers belong to struck notes and the others to the others. A note whose every
citation is struck is a note without references: its words still stand on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tasks.core.reading.lines import PageLine
from tasks.core.reading.notes.note_markers import Marker, MarkerKind, citing_markers, glued_markers, may_cite
from tasks.core.reading.notes.note_openings import PageView, Reference, is_match
from tasks.core.records import LineTag

UNLINKED = 0.5
_BOTH_RAISED = 0.98
_CITED = 0.9
_OTHER_PAGE = 0.85
_GLUED = 0.6


@dataclass(slots=True)
class PageNote:
    marker: Marker
    lines: list[PageLine]
    references: list[Reference] = field(default_factory=list)
    confidence: float = UNLINKED

    def lines_by_page(self) -> list[list[PageLine]]:
        pages: dict[int, list[PageLine]] = {}
        for line in self.lines:
            pages.setdefault(line.page_index, []).append(line)
        return list(pages.values())


def link_page(page_index: int, notes: Sequence[PageNote], views: Sequence[PageView]) -> None:
    """Link the notes of a page to the markers that cite them on it, in order."""
    view = views[page_index]
    here = [note for note in notes if note.lines[0].page_index == page_index]
    if not here:
        return
    citing = _citations(view)
    after = -1
    for note in here:
        matching = [(i, ref) for i, ref in enumerate(citing) if _is_cited_by(note.marker, ref[1])]
        if not matching:
            _link_glued(note, view)
            continue
        after, first = min(
            matching, key=lambda m: (m[1][1].is_glued, not m[1][1].is_raised, m[0] < after, m[0])
        )
        later = (r for i, r in matching if r[1].is_raised and not r[1].is_glued and i > after)
        note.references = [first, *later]
        note.confidence = _BOTH_RAISED if first[1].is_raised and note.marker.is_raised else _CITED


def _is_cited_by(opening: Marker, reference: Marker) -> bool:
    return opening.is_struck == reference.is_struck and is_match(opening, reference)


def _citations(view: PageView) -> list[Reference]:
    body = (line for line in view.lines if line.tag is LineTag.BODY and may_cite(line))
    return [(line, marker) for line in body for marker in citing_markers(line)]


def _link_glued(note: PageNote, view: PageView) -> None:
    """Link to digits that stick to a word, the weakest evidence."""
    if note.marker.is_struck:
        return
    for line in view.lines:
        if line.tag is not LineTag.BODY:
            continue
        for start, end in glued_markers(line, note.marker.key):
            marker = Marker(line.text[start:end], MarkerKind.DIGIT, start, end, False, True)
            note.references = [(line, marker)]
            note.confidence = _GLUED
            return


def link_elsewhere(notes: Sequence[PageNote], views: Sequence[PageView]) -> None:
    """Link notes that their own page does not cite: end notes, and notes moved to the next page."""
    open_notes = [note for note in notes if not note.references]
    if not open_notes:
        return
    used = {(id(line), m.start) for note in notes for line, m in note.references}
    by_key: dict[str, list[Reference]] = {}
    for view in views:
        for line, marker in _citations(view):
            if marker.is_raised or marker.kind in (MarkerKind.CIRCLED, MarkerKind.BRACKET):
                by_key.setdefault(marker.key, []).append((line, marker))
    for note in open_notes:
        page_index = note.lines[0].page_index
        free = [
            (line, m)
            for line, m in by_key.get(note.marker.key, ())
            if m.is_struck == note.marker.is_struck
            and (id(line), m.start) not in used
            and line.page_index <= page_index
        ]
        if free:
            reference = free[-1] if len(free) > 1 and free[-1][0].page_index == page_index - 1 else free[0]
            used.add((id(reference[0]), reference[1].start))
            note.references = [reference]
            note.confidence = _OTHER_PAGE
