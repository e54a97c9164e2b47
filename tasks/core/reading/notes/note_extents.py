"""How far a note goes: the lines behind its first, in the same zone of the page, and on the next page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tasks.core.reading.lines import PageLine
from tasks.core.reading.notes.mark_places import is_word_mark
from tasks.core.reading.notes.note_evidence import (
    SAME_TYPE,
    SMALL,
    Opening,
    PageView,
    is_at_foot,
    rule_above,
)
from tasks.core.reading.notes.note_markers import Marker
from tasks.core.records import LineTag

_PARAGRAPH_GAP = 1.9  # of the line's size, baseline to baseline
_USUAL_GAP = 1.4  # the same, behind the end of a sentence
_ZONE_GAP = 3.0  # the same, in a zone of notes


@dataclass(slots=True)
class PageNote:
    """A note with its lines, and the markers that cite it, each with its line."""

    marker: Marker
    lines: list[PageLine]
    references: list[tuple[PageLine, Marker]] = field(default_factory=list)
    confidence: float = 0.5


def lines_of(view: PageView, opening: Opening, starts: frozenset[int]) -> list[PageLine]:
    """The lines of a note on the page where it opens; tags them.

    Args:
        starts: Indexes of the lines that open notes.
    """
    lines = [opening.line]
    for index, line in enumerate(view.lines[opening.index + 1 :], start=opening.index + 1):
        if line.tag is LineTag.RUNNING:
            if _is_cut_off(lines[-1], line):
                lines.append(line)
            continue
        if index in starts or not _continues(lines, line, opening, view):
            break
        lines.append(line)
    for line in lines:
        line.tag = LineTag.NOTE
    return lines


def _continues(lines: Sequence[PageLine], line: PageLine, opening: Opening, view: PageView) -> bool:
    if line.tag is not LineTag.BODY or abs(line.size - opening.line.size) > SAME_TYPE:
        return False
    last = lines[-1]
    drop = last.box[1] - line.box[1]
    if drop <= 0:  # the next column, or a piece above: the same note only if its type is small
        return opening.is_small and drop < -view.body_size * 3 and not ends_sentence(last.text)
    if opening.is_small or opening.is_ruled:
        return drop <= _ZONE_GAP * line.size
    return drop <= (_USUAL_GAP if ends_sentence(last.text) else _PARAGRAPH_GAP) * line.size


def _is_cut_off(last: PageLine, line: PageLine) -> bool:
    """Whether a line that passes for a footer is the next of the note: notes of a kind repeat their words."""
    drop = last.box[1] - line.box[1]
    is_next = 0 < drop <= _USUAL_GAP * line.size and abs(line.size - last.size) <= SAME_TYPE
    return is_next and not ends_sentence(last.text)


def ends_sentence(text: str) -> bool:
    return bool(re.search(r"[.!?。！？;；][\"”’)）\]]?\s*$", text))


def spill(
    view: PageView, last: PageNote | None, notes: Sequence[PageNote], page_before: PageView | None
) -> None:
    """Add the lines at the foot of a column that continue the note of the column or page before.

    Args:
        last: The last note of the pages before.
        notes: Those of the page.
    """
    before = view if page_before is None else page_before
    of_line = {id(line): note for note in notes for line in note.lines}
    current, block = last, list[PageLine]()
    for line in view.lines:
        if line.tag is LineTag.RUNNING:
            continue
        if block and line.box[1] > block[-1].box[1]:  # the next column
            _add(view, current, block, before)
            block = []
        if (note := of_line.get(id(line))) is not None:
            _add(view, current, block, before)
            current, block = note, []
        elif current is not None and line.tag is LineTag.BODY and _is_like(view, line, current):
            block.append(line)
        else:
            block = []
    _add(view, current, block, before)


def _is_like(view: PageView, line: PageLine, note: PageNote) -> bool:
    """Whether the line is set as the note's last, and not as the body."""
    last = note.lines[-1]
    if abs(line.size - last.size) > SAME_TYPE:
        return False
    return last.size <= SMALL * view.body_size or rule_above(view, line) == "ruled"


def _add(view: PageView, note: PageNote | None, block: Sequence[PageLine], before: PageView) -> None:
    if note is None or not block:
        return
    first, last = block[0], note.lines[-1]
    pages = first.page_index - last.page_index
    is_below = pages == 0 and first.box[1] <= last.box[1] and first.box[0] < last.box[2]
    if pages > 1 or is_below or not is_at_foot(view, first):
        return
    is_full = _is_lowest(last, before if pages else view)
    if not ends_sentence(last.text) or is_full or rule_above(view, first) == "ruled":
        for line in block:
            line.tag = LineTag.NOTE
        note.lines.extend(block)


def _is_lowest(line: PageLine, view: PageView) -> bool:
    """Whether the page's text goes no lower: a note that ends there may go on."""
    lowest = min((n.box[1] for n in view.lines if n.tag is not LineTag.RUNNING), default=line.box[1])
    return line.size <= SMALL * view.body_size and line.box[1] - lowest < line.size


def sign_known_styles(openings: Sequence[Opening], notes: Sequence[PageNote]) -> None:
    """Sign the openings that are set as the notes of earlier pages are."""
    known = {_style(note.marker, note.lines[0]) for note in notes}
    for opening in openings:
        if _style(opening.marker, opening.line) in known:
            opening.signs = (*opening.signs, "known_style")


def _style(marker: Marker, line: PageLine) -> tuple[str, bool, bool, bool, int]:
    return marker.form, marker.is_raised, marker.is_glued, is_word_mark(marker.text), round(line.size * 2)
