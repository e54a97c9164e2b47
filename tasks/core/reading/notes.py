"""Finds footnotes and end notes, tags their lines, and links each to the places that cite it.

A line opens a note when what it begins with, how it is set (superscript, smaller type, under a short rule, at the column's foot)
and what the body cites agree; no single sign is enough, for contracts are full of small type, rules and numbered lines.
A note goes on until its type ends, and over the page when the next page's notes begin without a marker.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tasks.core.reading.glyphs import Box
from tasks.core.reading.lines import PageLine
from tasks.core.reading.markers import Marker, MarkerKind, citing_markers, glued_markers, opening_markers
from tasks.core.records import LineTag

_SMALL = 0.94  # of the body's size
_SAME_TYPE = 0.35  # points
_MAX_RULE_SHARE = 0.72  # of the body's width
_LAST_LINES = 12
_MOST_ALIKE = 2  # openings with one marker on a page; more are a table's
_PARAGRAPH_GAP = 1.9  # of the line's size, baseline to baseline

Reference = tuple[PageLine, Marker]


@dataclass(slots=True)
class PageNote:
    marker: Marker
    lines: list[PageLine]
    references: list[Reference] = field(default_factory=list)
    confidence: float = 0.5

    def lines_by_page(self) -> list[list[PageLine]]:
        pages: dict[int, list[PageLine]] = {}
        for line in self.lines:
            pages.setdefault(line.page_index, []).append(line)
        return list(pages.values())


@dataclass(slots=True)
class _Opening:
    """A line that may open a note, with the signs for it."""

    line: PageLine
    index: int
    marker: Marker
    is_small: bool
    is_ruled: bool
    is_at_foot: bool
    is_apart: bool
    """White space stands above it, or it is the first of its page."""
    is_last: bool
    """Hardly a line of the page comes after it."""

    @property
    def look(self) -> tuple[str, MarkerKind, bool, bool, bool]:
        """What makes two openings of a page rivals for one citation."""
        marker = self.marker
        return marker.key, marker.kind, marker.is_raised, marker.is_glued, self.is_small or self.is_ruled


@dataclass(slots=True)
class _PageView:
    lines: list[PageLine]
    rules: list[Box]
    body_size: float
    document_size: float
    text_width: float


def find_notes(pages: Sequence[list[PageLine]], rules: Sequence[list[Box]]) -> list[PageNote]:
    """All notes in reading order; their lines are tagged in place. A page given without lines has none."""
    body_size = _dominant_size([line for lines in pages for line in lines])
    views = [_view(lines, page_rules, body_size) for lines, page_rules in zip(pages, rules, strict=True)]
    openings = [_openings(view) for view in views]
    citing = [_citing(view, page_openings) for view, page_openings in zip(views, openings, strict=True)]
    notes: list[PageNote] = []
    for page_index, view in enumerate(views):
        _spill(view, notes, openings[page_index])
        accepted = _accepted(
            view, openings[page_index], citing[page_index], notes[-1].marker.key if notes else ""
        )
        notes.extend(_extent(view, accepted))
    notes.extend(_end_notes(views, openings, citing, notes))
    notes.sort(key=lambda note: (note.lines[0].page_index, _line_index(views, note.lines[0])))
    for page_index in range(len(views)):
        _link_page(page_index, notes, views)
    _link_elsewhere(notes, views)
    return [note for note in notes if note.references or note.confidence > 0]


# ---------------------------------------------------------------- seeing


def _dominant_size(lines: Sequence[PageLine]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        if line.tag is LineTag.BODY:
            sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _view(lines: list[PageLine], rules: list[Box], document_size: float) -> _PageView:
    """The page with its body size: the document's, unless hardly a line of the page is set in it."""
    body = [line for line in lines if line.tag is LineTag.BODY]
    n_usual = sum(abs(line.size - document_size) <= 0.5 for line in body)
    size = document_size if n_usual >= 3 or not body else _dominant_size(body)
    left, right = min((n.box[0] for n in body), default=0), max((n.box[2] for n in body), default=0)
    typed = [line.box for line in body if re.fullmatch(r"[_—–-]{5,}", line.text.strip())]
    return _PageView(lines, rules + typed, size, document_size, right - left)


def _openings(view: _PageView) -> list[_Opening]:
    found: list[_Opening] = []
    for index, line in enumerate(view.lines):
        if line.tag is not LineTag.BODY:
            continue
        for marker in opening_markers(line):
            small = line.size <= _SMALL * view.body_size
            ruled, at_foot = _is_ruled(view, line), _is_at_foot(view, line)
            is_last = sum(n.tag is LineTag.BODY for n in view.lines[index:]) <= _LAST_LINES
            found.append(
                _Opening(line, index, marker, small, ruled, at_foot, _is_apart(view, index), is_last)
            )
    return found


def _is_apart(view: _PageView, index: int) -> bool:
    line, before = view.lines[index], view.lines[index - 1] if index else None
    if before is None or before.tag is not LineTag.BODY:
        return True
    return not 0 < before.box[1] - line.box[1] < 1.35 * line.size


def _is_ruled(view: _PageView, line: PageLine) -> bool:
    """Whether a short rule stands above the line with nothing but note-like lines between."""
    for rule in view.rules:
        width = rule[2] - rule[0]
        if (
            rule[1] < line.box[3] - 1
            or width > _MAX_RULE_SHARE * view.text_width
            or abs(rule[0] - line.box[0]) > 40
        ):
            continue
        between = [
            other
            for other in view.lines
            if line.box[3] - 1 < other.box[3] <= rule[3]
            and _overlap(other.box, line.box)
            and other is not line
        ]
        if all(abs(other.size - line.size) <= 1.0 and other.tag is not LineTag.RUNNING for other in between):
            return True
    return False


def _is_at_foot(view: _PageView, line: PageLine) -> bool:
    """Whether only running lines and lines of the same type or smaller stand below in the column."""
    below = [n for n in view.lines if n.box[3] < line.box[1] + 1 and _overlap(n.box, line.box)]
    body = [n for n in below if n.tag is LineTag.BODY and n.size > line.size + _SAME_TYPE]
    return not body


def _overlap(a: Box, b: Box) -> bool:
    return min(a[2], b[2]) - max(a[0], b[0]) > 1


def _citing(view: _PageView, openings: Sequence[_Opening]) -> list[Reference]:
    """Places of the page that may cite a note. What opens a small or ruled line is no citation."""
    at_start = {id(o.line) for o in openings if o.is_small or o.is_ruled}
    return [
        (line, marker)
        for line in view.lines
        if line.tag is not LineTag.RUNNING
        for marker in citing_markers(line)
        if not (marker.start == 0 and id(line) in at_start)
    ]


# ---------------------------------------------------------------- judging


def _accepted(
    view: _PageView, openings: Sequence[_Opening], citing: Sequence[Reference], last_key: str
) -> list[_Opening]:
    """The openings of a page that the signs agree on; `last_key` is the marker of the document's last note so far."""
    order = {id(line): index for index, line in enumerate(view.lines)}
    n_openings = Counter(o.look for o in openings)
    standing_out = {
        o.marker.key
        for o in openings
        if o.marker.is_raised or ((o.is_small or o.is_ruled) and not o.marker.is_glued)
    }
    taken: list[_Opening] = []
    for opening in openings:
        if taken and taken[-1].line is opening.line:
            continue
        refs = [ref for ref in citing if ref[0] is not opening.line and _is_match(opening.marker, ref[1])]
        stands_out = opening.marker.is_raised or opening.is_small or opening.is_ruled
        is_alone = n_openings[opening.look] == 1 and (stands_out or opening.marker.key not in standing_out)
        if n_openings[opening.look] > _MOST_ALIKE:
            continue
        is_cited_above = any(order[id(line)] < opening.index for line, _ in refs)
        if _agrees(opening, [m for _, m in refs], is_alone and is_cited_above, _counts_on(last_key, opening)):
            taken.append(opening)
            last_key = opening.marker.key
    return taken


def _is_match(opening: Marker, reference: Marker) -> bool:
    """Whether the marker in the body can be the note's: a superscript stands for any kind, `(1)` only for `(1)`."""
    return opening.key == reference.key and (
        reference.is_raised or opening.is_raised or opening.kind is reference.kind
    )


def _counts_on(last_key: str, opening: _Opening) -> bool:
    key = opening.marker.key
    return key.isdigit() and key == str(int(last_key) + 1 if last_key.isdigit() else 1)


def _agrees(opening: _Opening, refs: Sequence[Marker], is_cited_above: bool, counts_on: bool) -> bool:
    marker = opening.marker
    set_apart = opening.is_small or opening.is_ruled
    raised_ref = any(m.is_raised for m in refs)
    if marker.is_raised:
        if not refs:
            return opening.is_at_foot and (opening.is_ruled or opening.is_small) and counts_on
        return set_apart or (raised_ref and opening.is_at_foot)
    if marker.kind is MarkerKind.DIGIT or marker.kind is MarkerKind.LETTER:
        return raised_ref and (set_apart or (is_cited_above and opening.is_last and not marker.is_glued))
    if marker.kind is MarkerKind.BRACKET and marker.text[0] in "(（":
        return raised_ref or (is_cited_above and marker.key.isdigit() and (set_apart or opening.is_apart))
    return bool(refs) and (set_apart or (is_cited_above and opening.is_apart))


def _extent(view: _PageView, accepted: Sequence[_Opening]) -> list[PageNote]:
    """Each accepted note with the lines that go on with it, in content order."""
    starts = {o.index for o in accepted}
    notes: list[PageNote] = []
    for opening in accepted:
        lines = [opening.line]
        for line in view.lines[opening.index + 1 :]:
            if _index_of(view, line) in starts or not _goes_on(lines, line, opening, view):
                break
            lines.append(line)
        for line in lines:
            line.tag = LineTag.NOTE
        notes.append(PageNote(opening.marker, lines))
    return notes


def _index_of(view: _PageView, line: PageLine) -> int:
    return next(i for i, other in enumerate(view.lines) if other is line)


def _goes_on(lines: list[PageLine], line: PageLine, opening: _Opening, view: _PageView) -> bool:
    if line.tag is not LineTag.BODY or abs(line.size - opening.line.size) > _SAME_TYPE:
        return False
    last = lines[-1]
    drop = last.box[1] - line.box[1]
    if drop <= 0:  # the next column, or a piece above: the same note only when it is set apart by its type
        return opening.is_small and drop < -view.body_size * 3 and not _ends_sentence(last.text)
    if not opening.is_small and drop > _PARAGRAPH_GAP * line.size:
        return False
    return drop <= 3 * line.size


def _ends_sentence(text: str) -> bool:
    return bool(re.search(r"[.!?。！？;；][\"”’)）\]]?\s*$", text))


def _spill(view: _PageView, notes: list[PageNote], openings: Sequence[_Opening]) -> None:
    """Gives the previous page's last note the lines at this page's foot that stand before the first marker."""
    if not notes or not view.lines:
        return
    note = notes[-1]
    page_index = view.lines[0].page_index
    last = note.lines[-1]
    if last.page_index != page_index - 1 or last.size > _SMALL * view.body_size:
        return
    opening_ids = {id(o.line) for o in openings if o.is_small}
    block: list[PageLine] = []
    for line in view.lines:
        if id(line) in opening_ids:
            break
        if line.tag is LineTag.BODY and abs(line.size - last.size) <= _SAME_TYPE:
            block.append(line)
        elif line.tag is LineTag.BODY:
            block = []
    if block and _is_at_foot(view, block[0]) and _continues(last, block[0], view):
        for line in block:
            line.tag = LineTag.NOTE
        note.lines.extend(block)


def _continues(last: PageLine, first: PageLine, view: _PageView) -> bool:
    """Whether the block's first line goes on with a broken sentence, or stands under a note rule."""
    return not _ends_sentence(last.text) or _is_ruled(view, first)


# ---------------------------------------------------------------- end notes


def _end_notes(
    views: Sequence[_PageView],
    openings: Sequence[list[_Opening]],
    citing: Sequence[list[Reference]],
    notes: Sequence[PageNote],
) -> list[PageNote]:
    """Notes collected behind the text: a rising row of openings, each cited on an earlier page or above."""
    cited: dict[str, list[Reference]] = {}
    for refs in citing:
        for line, marker in refs:
            if marker.is_raised or marker.kind in (MarkerKind.CIRCLED, MarkerKind.BRACKET):
                cited.setdefault(marker.key, []).append((line, marker))
    known = {id(note.lines[0]) for note in notes}
    found: list[PageNote] = []
    for page_index, page_openings in enumerate(openings):
        row = [
            o
            for o in page_openings
            if id(o.line) not in known
            and o.line.tag is LineTag.BODY
            and (o.marker.is_raised or (o.marker.is_glued and _is_smaller(views[page_index], o.line)))
            and any(line.page_index < page_index for line, _ in cited.get(o.marker.key, ()))
        ]
        row = _rising(row, found[-1].marker.key if found else None)
        if len(row) >= 2 or (row and found):
            found.extend(_extent(views[page_index], row))
    return found


def _rising(row: Sequence[_Opening], last_key: str | None) -> list[_Opening]:
    """The openings that count up one by one, from 1 or from the last note of the page before."""
    wanted = int(last_key) + 1 if last_key and last_key.isdigit() else 1
    kept: list[_Opening] = []
    for opening in row:
        if opening.marker.key == str(wanted):
            kept.append(opening)
            wanted += 1
    return kept


def _is_smaller(view: _PageView, line: PageLine) -> bool:
    return line.size <= _SMALL * view.document_size


# ---------------------------------------------------------------- linking


def _line_index(views: Sequence[_PageView], line: PageLine) -> int:
    return _index_of(views[line.page_index], line)


def _link_page(page_index: int, notes: Sequence[PageNote], views: Sequence[_PageView]) -> None:
    """Links the notes of a page to what cites them on it, in order: the third note is cited after the second."""
    view = views[page_index]
    here = [note for note in notes if note.lines[0].page_index == page_index]
    if not here:
        return
    citing = _citations(view)
    after = -1
    for note in here:
        matching = [(i, ref) for i, ref in enumerate(citing) if _is_match(note.marker, ref[1])]
        best = min(
            matching,
            key=lambda m: (m[1][1].is_glued, not m[1][1].is_raised, m[0] < after, m[0]),
            default=None,
        )
        if best is not None:
            _set_references(
                note,
                [best[1], *(r for i, r in matching if r[1].is_raised and not r[1].is_glued and i > best[0])],
            )
            after = best[0]
        else:
            _link_glued(note, view)


def _citations(view: _PageView) -> list[Reference]:
    return [
        (line, marker) for line in view.lines if line.tag is LineTag.BODY for marker in citing_markers(line)
    ]


def _set_references(note: PageNote, references: list[Reference]) -> None:
    note.references = references
    note.confidence = 0.98 if references[0][1].is_raised and note.marker.is_raised else 0.9


def _link_glued(note: PageNote, view: _PageView) -> None:
    """The last resort on the note's own page: digits stuck to a word."""
    for line in view.lines:
        if line.tag is not LineTag.BODY:
            continue
        for start, end in glued_markers(line.text, note.marker.key):
            marker = Marker(line.text[start:end], MarkerKind.DIGIT, start, end, False, True)
            note.references = [(line, marker)]
            note.confidence = 0.6
            return


def _link_elsewhere(notes: Sequence[PageNote], views: Sequence[_PageView]) -> None:
    """Links what its own page does not cite: end notes, and notes pushed to the next page."""
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
            if (id(line), m.start) not in used and line.page_index <= page_index
        ]
        if free:
            reference = free[-1] if len(free) > 1 and free[-1][0].page_index == page_index - 1 else free[0]
            used.add((id(reference[0]), reference[1].start))
            note.references = [reference]
            note.confidence = 0.85
