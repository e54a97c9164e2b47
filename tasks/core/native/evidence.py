"""What the critic weighs about a piece of text proposed for a field: one feature row for each piece.

A piece is a candidate of the generator or, in the missing path, a stretch of lines no candidate covers (then without a score). The
critic never needs the generator's score: it is one feature, and -1 where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tasks.core.native.second_view import SecondView, Snippet, snippet
from tasks.core.native.sheet import Line
from tasks.core.native.units import enumerator, is_heading
from tasks.core.native.words import FloatArray

N_EVIDENCE = 26
NO_SCORE = -1.0
_ENDED = re.compile(r"[.;:!?][\"”’)\]]*\s*(?:and|or)?$")


@dataclass(frozen=True, slots=True)
class Piece:
    head: int
    """Index of the field's head in the second view."""
    passage_index: int
    start: int
    end: int
    score: float
    """The generator's own, or `NO_SCORE`."""


@dataclass(frozen=True, slots=True)
class FieldHabits:
    """How a field's right values look in the training contracts."""

    log_length: float
    log_length_spread: float
    share_right: float
    """Of the pieces the generator considers."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A chunk as the critic sees it: its passages, lines, and every line's margins in the second view."""

    passages: tuple[str, ...]
    lines: tuple[Line, ...]
    margins: FloatArray


def line_snippets(passages: Sequence[str], lines: Sequence[Line]) -> list[Snippet]:
    return [
        snippet(passages[x.passage_index], x.unit.start, x.unit.end, x.headings[-1] if x.headings else "")
        for x in lines
    ]


def piece_snippets(scene: Scene, pieces: Sequence[Piece]) -> list[Snippet]:
    return [snippet(scene.passages[p.passage_index], p.start, p.end, _heading(scene, p)) for p in pieces]


def evidence_rows(
    scene: Scene,
    pieces: Sequence[Piece],
    drafted: Sequence[Piece],
    view: SecondView,
    habits: Mapping[str, FieldHabits],
    margins: FloatArray,
) -> FloatArray:
    """Features of pieces of a scene: float32 (pieces, N_EVIDENCE).

    Args:
        drafted: The generator's candidates there: what a piece is compared with.
        margins: The second view's margins of the pieces themselves, (pieces, heads).
    """
    rows = np.zeros((len(pieces), N_EVIDENCE), dtype=np.float32)
    for r, piece in enumerate(pieces):
        habit = habits.get(view.names[piece.head]) or FieldHabits(5.5, 1.0, 0.3)
        rows[r] = [
            *_generator_side(piece, drafted),
            *_view_side(scene, piece, margins[r]),
            *_shape_side(scene, piece, habit),
        ]
    return rows


def lines_of(scene: Scene, piece: Piece) -> list[int]:
    """Indexes of the lines a piece touches."""
    return [
        i
        for i, x in enumerate(scene.lines)
        if x.passage_index == piece.passage_index and x.unit.start < piece.end and x.unit.end > piece.start
    ]


def _heading(scene: Scene, piece: Piece) -> str:
    touched = lines_of(scene, piece)
    headings = scene.lines[touched[0]].headings if touched else ()
    return headings[-1] if headings else ""


def _generator_side(piece: Piece, drafted: Sequence[Piece]) -> list[float]:
    rivals = [p for p in drafted if p.head == piece.head and p != piece]
    inside = [
        p
        for p in drafted
        if p.head != piece.head
        and p.passage_index == piece.passage_index
        and p.start < piece.end
        and p.end > piece.start
    ]
    return [
        piece.score,
        float(len(rivals)),
        float(sum(p.score > piece.score for p in rivals)),
        max((p.score for p in rivals), default=NO_SCORE),
        float(len(inside)),
        max((p.score for p in inside), default=NO_SCORE),
    ]


def _view_side(scene: Scene, piece: Piece, own: FloatArray) -> list[float]:
    head = piece.head
    touched = lines_of(scene, piece)
    column = scene.margins[:, head] if len(scene.margins) else np.zeros(0, dtype=np.float32)
    others = np.delete(own, head)
    rest = np.delete(column, touched)
    first, last = (touched[0], touched[-1]) if touched else (0, -1)
    return [
        float(own[head]),
        float(others.max()) if len(others) else 0.0,
        float((others > own[head]).sum()),
        float(column[touched].max()) if touched else -2.0,
        float(column[touched].min()) if touched else -2.0,
        float(rest.max()) if len(rest) else -2.0,
        float(column[first - 1]) if touched and first > 0 else -2.0,
        float(column[last + 1]) if touched and last + 1 < len(column) else -2.0,
    ]


def _shape_side(scene: Scene, piece: Piece, habit: FieldHabits) -> list[float]:
    touched = lines_of(scene, piece)
    text = scene.passages[piece.passage_index][piece.start : piece.end]
    n_log = float(np.log(max(1, len(text))))
    first = scene.lines[touched[0]] if touched else None
    whole = bool(
        first
        and touched
        and first.unit.start >= piece.start
        and scene.lines[touched[-1]].unit.end <= piece.end
    )
    return [
        n_log,
        (n_log - habit.log_length) / max(0.2, habit.log_length_spread),
        habit.share_right,
        float(len(touched)),
        float(bool(enumerator(text))),
        float(text[:1].isupper()),
        float(bool(_ENDED.search(text))),
        float(is_heading(text)),
        float(first.place) if first else -1.0,
        float(first.is_note) if first else 0.0,
        float(whole),
        float(sum(c.isdigit() for c in text)) / max(1, len(text)),
    ]
