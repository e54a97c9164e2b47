"""Decides which lines of a page open a note, from several signs together.

Signs are the line's first letters, its type and position (superscript, small type, under a short
rule, at the column's foot, set apart) and citations in the body. No single sign is enough:
contracts are full of small type, rules and numbered lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.core.reading.drawing import Box
from tasks.core.reading.lines import PageLine
from tasks.core.reading.notes.note_markers import (
    Marker,
    MarkerKind,
    citing_markers,
    may_cite,
    opening_markers,
)
from tasks.core.records import LineTag

SMALL = 0.94  # of the body's size
SAME_TYPE = 0.35  # points
_MAX_RULE_SHARE = 0.72  # of the body's width
_LAST_LINES = 12
_TYPED_RULE = re.compile(r"\s*[_—–-]{5,}\s*")
_MAX_ALIKE = 2  # openings with one marker on a page; more are a table's
_APART = 1.35  # of the line's size, foot to foot

Reference = tuple[PageLine, Marker]


@dataclass(slots=True)
class Opening:
    """A line that may open a note, with its signs."""

    line: PageLine
    index: int
    marker: Marker
    is_small: bool
    is_ruled: bool
    is_at_foot: bool
    """Only superscripts are looked at."""
    is_apart: bool
    """It has white space above, or is the first line of its page."""
    is_last: bool
    """It is among the last lines of its page."""

    @property
    def signature(self) -> tuple[str, MarkerKind, bool, bool, bool, bool]:
        """Equal for openings that compete for one citation."""
        marker = self.marker
        by_type = (marker.is_raised, marker.is_glued, marker.is_struck)
        return marker.key, marker.kind, *by_type, self.is_small or self.is_ruled


@dataclass(slots=True)
class PageView:
    lines: list[PageLine]
    rules: list[Box]
    body_size: float
    document_size: float
    text_width: float


def dominant_size(lines: Sequence[PageLine]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        if line.tag is LineTag.BODY:
            sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def page_view(lines: list[PageLine], rules: list[Box], document_size: float) -> PageView:
    """The page with its body size: the document's, unless fewer than three lines have it."""
    body = [line for line in lines if line.tag is LineTag.BODY]
    n_usual = sum(abs(line.size - document_size) <= 0.5 for line in body)
    size = document_size if n_usual >= 3 or not body else dominant_size(body)
    left, right = min((n.box[0] for n in body), default=0), max((n.box[2] for n in body), default=0)
    typed = [line.box for line in body if _TYPED_RULE.fullmatch(line.text)]
    return PageView(lines, rules + typed, size, document_size, right - left)


def page_openings(view: PageView) -> list[Opening]:
    openings: list[Opening] = []
    n_left = sum(line.tag is LineTag.BODY for line in view.lines)
    for index, line in enumerate(view.lines):
        if line.tag is not LineTag.BODY:
            continue
        markers = opening_markers(line)
        if markers:
            small = line.size <= SMALL * view.body_size
            ruled, apart = is_ruled(view, line), _is_apart(view, index)
            at_foot = any(marker.is_raised for marker in markers) and is_at_foot(view, line)
            is_last = n_left <= _LAST_LINES
            openings += [Opening(line, index, m, small, ruled, at_foot, apart, is_last) for m in markers]
        n_left -= 1
    return openings


def _is_apart(view: PageView, index: int) -> bool:
    line, before = view.lines[index], view.lines[index - 1] if index else None
    if before is None or before.tag is not LineTag.BODY:
        return True
    return not 0 < before.box[1] - line.box[1] < _APART * line.size


def is_ruled(view: PageView, line: PageLine) -> bool:
    """Whether a short rule is above the line, with only lines of similar type between."""
    top = line.box[3] - 1
    for rule in view.rules:
        is_short = rule[2] - rule[0] <= _MAX_RULE_SHARE * view.text_width
        if rule[1] < top or not is_short or abs(rule[0] - line.box[0]) > 40:
            continue
        between = [
            n for n in view.lines if top < n.box[3] <= rule[3] and _overlap(n.box, line.box) and n is not line
        ]
        if all(abs(n.size - line.size) <= 1.0 and n.tag is not LineTag.RUNNING for n in between):
            return True
    return False


def is_at_foot(view: PageView, line: PageLine) -> bool:
    """Whether only running lines and lines of the same or smaller type follow in the column."""
    return not any(
        n.size > line.size + SAME_TYPE
        and n.tag is LineTag.BODY
        and n.box[3] < line.box[1] + 1
        and _overlap(n.box, line.box)
        for n in view.lines
    )


def _overlap(a: Box, b: Box) -> bool:
    return min(a[2], b[2]) - max(a[0], b[0]) > 1


def page_citations(view: PageView, openings: Sequence[Opening]) -> list[Reference]:
    """Markers of the page that may cite a note, without those that open a small or ruled line."""
    at_start = {id(o.line) for o in openings if o.is_small or o.is_ruled}
    return [
        (line, marker)
        for line in view.lines
        if line.tag is not LineTag.RUNNING and may_cite(line)
        for marker in citing_markers(line)
        if not (marker.start == 0 and id(line) in at_start)
    ]


def accepted_openings(
    view: PageView, openings: Sequence[Opening], citing: Sequence[Reference], last_key: str
) -> list[Opening]:
    """The openings that are notes by their signs; `last_key` is the marker of the note before."""
    order = {id(line): index for index, line in enumerate(view.lines)}
    n_openings = Counter(o.signature for o in openings)
    standing_out = {
        o.marker.key
        for o in openings
        if o.marker.is_raised or ((o.is_small or o.is_ruled) and not o.marker.is_glued)
    }
    accepted: list[Opening] = []
    for opening in openings:
        n_alike = n_openings[opening.signature]
        if n_alike > _MAX_ALIKE or (accepted and accepted[-1].line is opening.line):
            continue
        refs = [ref for ref in citing if ref[0] is not opening.line and is_match(opening.marker, ref[1])]
        stands_out = opening.marker.is_raised or opening.is_small or opening.is_ruled
        is_alone = n_alike == 1 and (stands_out or opening.marker.key not in standing_out)
        is_cited_above = any(order[id(line)] < opening.index for line, _ in refs)
        is_next = _is_next_number(last_key, opening)
        if _signs_agree(opening, [m for _, m in refs], is_alone and is_cited_above, is_next):
            accepted.append(opening)
            last_key = last_key if opening.marker.is_struck else opening.marker.key
    return accepted


def is_match(opening: Marker, reference: Marker) -> bool:
    """Whether the reference can cite the opening: a superscript any kind, `(1)` only `(1)`."""
    return opening.key == reference.key and (
        reference.is_raised or opening.is_raised or opening.kind is reference.kind
    )


def _is_next_number(last_key: str, opening: Opening) -> bool:
    key = opening.marker.key
    return key.isdigit() and key == str(int(last_key) + 1 if last_key.isdigit() else 1)


def _signs_agree(opening: Opening, refs: Sequence[Marker], is_cited_above: bool, is_next: bool) -> bool:
    marker = opening.marker
    set_apart = opening.is_small or opening.is_ruled
    raised_ref = any(m.is_raised for m in refs)
    if marker.is_raised:
        if not refs:
            return opening.is_at_foot and set_apart and (is_next or marker.is_struck)
        return set_apart or (raised_ref and opening.is_at_foot)
    if marker.kind is MarkerKind.DIGIT or marker.kind is MarkerKind.LETTER:
        return raised_ref and (set_apart or (is_cited_above and opening.is_last and not marker.is_glued))
    if marker.kind is MarkerKind.BRACKET and marker.text[0] in "(（":
        return raised_ref or (is_cited_above and marker.key.isdigit() and (set_apart or opening.is_apart))
    return bool(refs) and (set_apart or (is_cited_above and opening.is_apart))
