"""Finds footnotes and end notes and tags their lines.

A note ends where its type changes. It continues on the next page if that page's notes begin without
a marker. End notes are openings behind the text that count up, each cited on an earlier page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tasks.core.reading.drawing import Box
from tasks.core.reading.lines import PageLine
from tasks.core.reading.notes.note_links import PageNote, link_elsewhere, link_page
from tasks.core.reading.notes.note_markers import MarkerKind
from tasks.core.reading.notes.note_openings import (
    SAME_TYPE,
    SMALL,
    Opening,
    PageView,
    Reference,
    accepted_openings,
    dominant_size,
    is_at_foot,
    is_ruled,
    page_citations,
    page_openings,
    page_view,
)
from tasks.core.records import LineTag

_PARAGRAPH_GAP = 1.9  # of the line's size, baseline to baseline


def find_notes(pages: Sequence[list[PageLine]], rules: Sequence[list[Box]]) -> list[PageNote]:
    """All notes in reading order; tags their lines in place."""
    body_size = dominant_size([line for lines in pages for line in lines])
    views = [page_view(lines, page_rules, body_size) for lines, page_rules in zip(pages, rules, strict=True)]
    openings = [page_openings(view) for view in views]
    citing = [page_citations(view, row) for view, row in zip(views, openings, strict=True)]
    notes: list[PageNote] = []
    for page_index, view in enumerate(views):
        _spill(view, notes, openings[page_index])
        last_key = next((n.marker.key for n in reversed(notes) if not n.marker.is_struck), "")
        accepted = accepted_openings(view, openings[page_index], citing[page_index], last_key)
        notes.extend(_with_following_lines(view, accepted))
    notes.extend(_end_notes(views, openings, citing, notes))
    order = {id(line): index for index, line in enumerate(line for lines in pages for line in lines)}
    notes.sort(key=lambda note: order[id(note.lines[0])])
    for page_index in range(len(views)):
        link_page(page_index, notes, views)
    link_elsewhere(notes, views)
    return notes


def _with_following_lines(view: PageView, accepted: Sequence[Opening]) -> list[PageNote]:
    """Each accepted note with its lines, in content order."""
    starts = {o.index for o in accepted}
    notes: list[PageNote] = []
    for opening in accepted:
        lines = [opening.line]
        for index, line in enumerate(view.lines[opening.index + 1 :], start=opening.index + 1):
            if index in starts or not _continues_note(lines, line, opening, view):
                break
            lines.append(line)
        for line in lines:
            line.tag = LineTag.NOTE
        notes.append(PageNote(opening.marker, lines))
    return notes


def _continues_note(lines: list[PageLine], line: PageLine, opening: Opening, view: PageView) -> bool:
    if line.tag is not LineTag.BODY or abs(line.size - opening.line.size) > SAME_TYPE:
        return False
    last = lines[-1]
    drop = last.box[1] - line.box[1]
    if drop <= 0:  # the next column, or a piece above: the same note only if its type is small
        return opening.is_small and drop < -view.body_size * 3 and not _ends_sentence(last.text)
    if not opening.is_small and drop > _PARAGRAPH_GAP * line.size:
        return False
    return drop <= 3 * line.size


def _ends_sentence(text: str) -> bool:
    return bool(re.search(r"[.!?。！？;；][\"”’)）\]]?\s*$", text))


def _spill(view: PageView, notes: list[PageNote], openings: Sequence[Opening]) -> None:
    """Add lines at the page's foot before the first marker to the last note of the page before."""
    if not notes or not view.lines:
        return
    note = notes[-1]
    page_index = view.lines[0].page_index
    last = note.lines[-1]
    if last.page_index != page_index - 1 or last.size > SMALL * view.body_size:
        return
    opening_ids = {id(o.line) for o in openings if o.is_small}
    block: list[PageLine] = []
    for line in view.lines:
        if id(line) in opening_ids:
            break
        if line.tag is LineTag.BODY and abs(line.size - last.size) <= SAME_TYPE:
            block.append(line)
        elif line.tag is LineTag.BODY:
            block = []
    if not block or not is_at_foot(view, block[0]):
        return
    if not _ends_sentence(last.text) or is_ruled(view, block[0]):
        for line in block:
            line.tag = LineTag.NOTE
        note.lines.extend(block)


# ---------------------------------------------------------------- end notes


def _end_notes(
    views: Sequence[PageView],
    openings: Sequence[list[Opening]],
    citing: Sequence[list[Reference]],
    notes: Sequence[PageNote],
) -> list[PageNote]:
    """Notes behind the text: openings that count up, each cited on an earlier page."""
    cited: dict[str, list[Reference]] = {}
    for refs in citing:
        for line, marker in refs:
            if marker.is_raised or marker.kind in (MarkerKind.CIRCLED, MarkerKind.BRACKET):
                cited.setdefault(marker.key, []).append((line, marker))
    footnotes = {id(note.lines[0]) for note in notes}
    end_notes: list[PageNote] = []
    for page_index, candidates in enumerate(openings):
        row = [
            o
            for o in candidates
            if id(o.line) not in footnotes
            and o.line.tag is LineTag.BODY
            and (o.marker.is_raised or (o.marker.is_glued and _is_smaller(views[page_index], o.line)))
            and any(line.page_index < page_index for line, _ in cited.get(o.marker.key, ()))
        ]
        row = _counting_up(
            row, next((n.marker.key for n in reversed(end_notes) if not n.marker.is_struck), None)
        )
        if len(row) >= 2 or (row and end_notes):
            end_notes.extend(_with_following_lines(views[page_index], row))
    return end_notes


def _counting_up(row: Sequence[Opening], last_key: str | None) -> list[Opening]:
    """The openings that count up one by one, from 1 or from the last note of the page before.

    Those that are struck count with no others.
    """
    number = int(last_key) + 1 if last_key and last_key.isdigit() else 1
    counting: list[Opening] = []
    for opening in row:
        if opening.marker.is_struck:
            counting.append(opening)
        elif opening.marker.key == str(number):
            counting.append(opening)
            number += 1
    return counting


def _is_smaller(view: PageView, line: PageLine) -> bool:
    return line.size <= SMALL * view.document_size
