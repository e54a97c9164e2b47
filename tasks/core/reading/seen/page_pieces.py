"""A page's text with what a reader sees of it: the pieces of `text_runs`, each with its marks.

Every stage gets all pieces in content order, and gives them back with more marks, cut where a mark
begins or ends. No stage leaves a letter out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.core.reading.drawing import RULE_THICKNESS, Box, page_drawing
from tasks.core.reading.pdfium import set_upright
from tasks.core.reading.rows.cuts import cut_opening_numbers, cut_wide_gaps
from tasks.core.reading.rows.directions import TurnedRun, take_apart
from tasks.core.reading.rows.word_gaps import measure_gaps
from tasks.core.reading.seen.actual_text import follow_actual_text
from tasks.core.reading.seen.annotations import Annotation
from tasks.core.reading.seen.drawn_page import DrawnPage
from tasks.core.reading.seen.filled.filled_in import place_filled
from tasks.core.reading.seen.filled.symbol_fonts import name_signs
from tasks.core.reading.seen.forms.filled_values import NOTHING_FILLED, FilledPage
from tasks.core.reading.seen.redlines.strikes import mark_redlines
from tasks.core.reading.seen.tex_letters import tex_letters
from tasks.core.reading.seen.visible.text_layer import TextLayer
from tasks.core.reading.seen.visible.unseen import mark_unseen
from tasks.core.reading.seen.watermarks import Watermark, split_watermarks
from tasks.core.reading.text_objects import holds_middle
from tasks.core.reading.text_runs import NO_MARKS, PageText, Piece, Upright, open_page_text
from tasks.core.records import MarkKind

_RULE_LENGTH = 20.0
_REDACTION = frozenset({MarkKind.REDACTION})
_MAX_BOXES = 5_000  # of redaction annotations, a page


def mark_redactions(pieces: Sequence[Piece | None], drawn: DrawnPage) -> list[Piece | None]:
    """Mark the letters under a `/Redact` that was not applied: the page still shows them."""
    turn = drawn.text.upright.turn
    annotations = [annotation for annotation in drawn.annotations if annotation.kind == "Redact"]
    boxes = [turn(box) for annotation in annotations for box in annotation.boxes][:_MAX_BOXES]
    if not boxes:
        return list(pieces)
    marked: list[Piece | None] = []
    for piece in pieces:
        near = [] if piece is None else [box for box in boxes if _touch(box, piece.box)]
        if piece is None or not near:
            marked.append(piece)
            continue
        inside = [any(holds_middle(box, letter) for box in near) for letter in drawn.text.letter_boxes(piece)]
        marked += drawn.text.marked(piece, [_REDACTION if is_in else NO_MARKS for is_in in inside])
    return marked


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


_STAGES: tuple[Callable[[Sequence[Piece | None], DrawnPage], list[Piece | None]], ...] = (
    mark_unseen,
    mark_redactions,
    mark_redlines,
    follow_actual_text,  # what it puts in has no letters in pdfium's text page
)


TextLook = Callable[[PageText, Sequence[Piece | None]], None]
"""Looks at pieces while the text page that they are from is open."""


@dataclass(slots=True)
class PagePieces:
    """Pieces in content order; None is a line break of pdfium's."""

    pieces: list[Piece | None]
    rules: list[Box]
    """Thin horizontal strokes or bars that separate: no strike and no underline."""
    width: float
    height: float
    image_share: float
    """The area of images, as a share of the page's."""
    n_invisible: int
    upright: Upright
    flags: frozenset[str] = frozenset()
    """What the stages tell of the page."""
    watermarks: list[Watermark] = field(default_factory=list[Watermark])
    """Their letters are in no piece."""
    turned: list[TurnedRun] = field(default_factory=list[TurnedRun])
    """Text of another direction than the page's, which is not in `pieces`."""
    has_gaps: bool = False
    """Some lines have gaps as wide as those between the columns of a table."""
    n_layer: int = 0
    """Letters that may be a scan's text layer: invisible, or under a large image."""


def page_pieces(
    page: Any,
    bounds: Box,
    annotations: Sequence[Annotation] = (),
    filled: FilledPage = NOTHING_FILLED,
    *,
    has_layers: bool = False,
    look: TextLook | None = None,
) -> PagePieces:
    """All pieces and rules of a pdfium page handle.

    Args:
        bounds: The page in user space.
        annotations: Of the page, boxes in user space.
        filled: What its fields and free texts show.
        has_layers: The file has optional content.
        look: Gets all pieces with the page's text, which is open only here.
    """
    set_upright(page)
    drawing = page_drawing(page, has_layers=has_layers)
    with open_page_text(page, bounds, tex_letters) as text:
        name_signs(text)
        drawn = DrawnPage(page, text, drawing, annotations, filled)
        pieces = text.pieces()
        n_layer = TextLayer(drawn).n_letters(pieces)
        for stage in _STAGES:
            pieces = stage(pieces, drawn)
        pieces, watermarks = split_watermarks(pieces, drawn)
        pieces = place_filled(pieces, drawn)  # after the covers: it writes where they lie
        pieces = cut_wide_gaps(cut_opening_numbers(pieces, text), text)
        pieces, turned = take_apart(pieces, page, text) if text.is_mixed else (pieces, [])
        has_gaps = measure_gaps(pieces, text)
        if look is not None:
            look(text, [*pieces, *(piece for run in turned for piece in run.pieces)])
    upright = text.upright
    rules = [box for box in map(upright.turn, drawing.rules) if _is_rule(box)]
    share = drawing.image_area / max(1.0, upright.width * upright.height)
    head = (pieces, rules, upright.width, upright.height, share, text.n_invisible, upright)
    return PagePieces(*head, frozenset(drawn.flags), watermarks, turned, has_gaps, n_layer)


def _is_rule(box: Box) -> bool:
    return box[2] - box[0] >= _RULE_LENGTH and box[3] - box[1] <= RULE_THICKNESS
