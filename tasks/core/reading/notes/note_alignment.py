"""Aligns the lines of a page that may open notes with the markers that may cite them, in order.

One score for the whole: what speaks for each opening and its citation, and how the marks count. The
best alignment is found by dynamic programming; what adds nothing to it is no note.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp

from tasks.core.reading.notes.mark_places import MarkForm, is_first, same_place, step
from tasks.core.reading.notes.note_evidence import (
    SAME_TYPE,
    CitingMarker,
    Opening,
    PageView,
    is_inline_mark,
    matches,
)
from tasks.core.reading.notes.note_weights import weight

_INDENT = 0.8  # of the size
_HOPELESS = -4.5  # order and place add at most 4.2: most numbered clauses are left here
_ENCLOSED = (MarkForm.BRACKET, MarkForm.PAREN, MarkForm.CIRCLED)
_FAR = 4
"""Marks so far apart belong to two counting orders."""


@dataclass(slots=True)
class Aligned:
    """An opening that is a note, with its citation."""

    opening: Opening
    citation: CitingMarker | None
    score: float
    """What it adds to the page's alignment, as log odds."""

    @property
    def confidence(self) -> float:
        return 1 / (1 + exp(-self.score))


@dataclass(slots=True)
class _Node:
    opening: Opening
    at: int
    """Of the citation among the citations; None's is that of the last one before."""
    citation: CitingMarker | None
    own: float
    total: float = 0.0
    before: _Node | None = None


def align(
    view: PageView, openings: Sequence[Opening], citations: Sequence[CitingMarker], last_mark: str
) -> list[Aligned]:
    """The notes among the openings, with their citations.

    Args:
        citations: In order: those of earlier pages that no note has, then the page's own.
        last_mark: The mark of the last note of the pages before; empty: none.
    """
    best: _Node | None = None
    nodes: list[_Node] = []
    for opening in openings:
        fresh = [node for node in _nodes(view, opening, citations) if node.own > _HOPELESS]
        for node in fresh:
            _extend(view, node, nodes, citations, last_mark)
            if node.total > 0 and (best is None or node.total > best.total):
                best = node
        nodes += fresh
    return list(_path(best))


def _path(node: _Node | None) -> Iterator[Aligned]:
    row: list[_Node] = []
    while node is not None:
        row.append(node)
        node = node.before
    totals = [0.0, *(n.total for n in reversed(row))]
    for found, (before, after) in zip(reversed(row), pairwise(totals), strict=True):
        yield Aligned(found.opening, found.citation, after - before)


def _nodes(view: PageView, opening: Opening, citations: Sequence[CitingMarker]) -> Iterator[_Node]:
    alone = weight(("note", *opening.signs))
    page_index = opening.line.page_index
    for at, citation in enumerate(citations):
        if citation.line is opening.line or not matches(opening.marker, citation.marker):
            continue
        if citation.line.page_index != page_index and not is_inline_mark(citation.marker):
            continue
        yield _Node(opening, at, citation, alone + weight((*citation.signs, *_pair_signs(opening, citation))))
    yield _Node(opening, -1, None, alone + weight(("uncited",)))


def _pair_signs(opening: Opening, citation: CitingMarker) -> Iterator[str]:
    if opening.marker.form is citation.marker.form:
        yield "same_form"
    elif opening.marker.form in _ENCLOSED and citation.marker.form is MarkForm.BARE:
        yield "form_differs"
    pages = opening.line.page_index - citation.line.page_index
    if pages == 0 and citation.index > opening.index and citation.line.box[1] < opening.line.box[3]:
        yield "cited_behind"
    elif pages == 1:
        yield "cited_page_before"
    elif pages > 1:
        yield "cited_earlier"


def _is_next(before: _Node, node: _Node, citations: Sequence[CitingMarker]) -> bool:
    """Whether no other marker of the citation's form is between the two citations."""
    form, cited = citations[node.at].marker.form, citations[before.at].marker.text
    between = (c.marker for c in citations[before.at + 1 : node.at])
    return not any(m.form is form and not m.is_glued and not same_place(m.text, cited) for m in between)


def _extend(
    view: PageView, node: _Node, before: Sequence[_Node], citations: Sequence[CitingMarker], last_mark: str
) -> None:
    """Append the node to the best alignment that it can follow."""
    node.total = node.own + weight((_beginning(node.opening.marker.text, last_mark),))
    for other in before:
        if other.opening.line is node.opening.line:
            continue
        steps = step(other.opening.marker.text, node.opening.marker.text)
        if steps is not None and abs(steps) > _FAR:
            steps = None  # i after b is the first roman number, not the ninth letter
        if node.citation and steps is not None and node.at <= other.at:
            continue
        signs = list(_transition(other.opening, node.opening, steps, view))
        if steps == 1 and node.citation and other.citation and _is_next(other, node, citations):
            signs.append("cited_next")
        if steps is None:
            signs.append(_beginning(node.opening.marker.text, last_mark))
        total = other.total + node.own + weight(signs)
        if total > node.total:
            node.total, node.before = total, other
    if node.citation is None and node.before is not None:
        node.at = node.before.at


def _beginning(mark: str, last_mark: str) -> str:
    if last_mark and step(last_mark, mark) == 1:
        return "continues"
    return "first" if is_first(mark) else "begins_elsewhere"


def _transition(before: Opening, after: Opening, steps: int | None, view: PageView) -> Iterator[str]:
    if steps is None:
        yield "other_order"
        if after.line.box[0] > before.line.box[0] + _INDENT * after.line.size:
            yield "deeper"
    elif steps == 1:
        yield "next"
    elif steps == 0:
        yield "repeats"
    else:
        yield "jumps" if steps > 0 else "counts_back"
    if abs(before.line.size - after.line.size) <= SAME_TYPE and before.marker.form is after.marker.form:
        lines = view.lines[before.index : after.index]
        if all(abs(n.size - after.line.size) <= SAME_TYPE for n in lines):
            yield "same_block"
