"""What the critic weighs about a piece of text proposed for a field: one feature row for each piece.

A piece is a candidate of a generator or, in the missing path, a stretch of lines no candidate covers (then without a score). The
critic never needs the generator's score: it is one feature, and `NO_SCORE` where there is none. What only a trained field can have
is `NO_VIEW` for every other field: the same trees serve both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.core.native.knowledge import NO_HEAD, FieldHabits, FieldKnowledge, directions
from tasks.core.native.memory import Memory, neighbour_evidence
from tasks.core.native.phrase_view import PhraseView
from tasks.core.native.second_view import SecondView, Snippet, snippet
from tasks.core.native.sheet import Line
from tasks.core.native.units import enumerator, is_heading
from tasks.core.native.words import FloatArray

NO_SCORE = -1.0
NO_VIEW = -9.0
SCORE_COLUMNS = (0, 3, 5)
"""Where the generator's scores stand in a row."""
_N_VIEW = 8
_DIGIT = re.compile(r"\d")
_ENDED = re.compile(r"[.;:!?][\"”’)\]]*\s*(?:and|or)?$")


@dataclass(frozen=True, slots=True)
class Piece:
    field: int
    """Index of the field in the critic's knowledge of the schema."""
    passage_index: int
    start: int
    end: int
    score: float
    """The generator's own, or `NO_SCORE`."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A chunk as the critic sees it: its passages, lines, and every line's margins in the second view, (lines, heads)."""

    passages: tuple[str, ...]
    lines: tuple[Line, ...]
    margins: FloatArray

    def text_of(self, piece: Piece) -> str:
        return self.passages[piece.passage_index][piece.start : piece.end]

    def lines_of(self, piece: Piece) -> list[int]:
        """Indexes of the lines a piece touches."""
        return [
            i
            for i, x in enumerate(self.lines)
            if x.passage_index == piece.passage_index
            and x.unit.start < piece.end
            and x.unit.end > piece.start
        ]

    def heading_of(self, piece: Piece) -> str:
        touched = self.lines_of(piece)
        headings = self.lines[touched[0]].headings if touched else ()
        return headings[-1] if headings else ""


@dataclass(frozen=True, slots=True)
class Opinions:
    """What view and memory say of some pieces: computed once, whatever the fields they are proposed for."""

    margins: FloatArray
    """Second view, (pieces, heads)."""
    phrases: FloatArray
    """Phrase view, (pieces, heads)."""
    points: FloatArray
    """Memory, (pieces, N_DIMS)."""


def opinions(
    scene: Scene, pieces: Sequence[Piece], view: SecondView, phrases: PhraseView, memory: Memory
) -> Opinions:
    snippets = [snippet(scene.passages[p.passage_index], p.start, p.end, scene.heading_of(p)) for p in pieces]
    texts = [s.text for s in snippets]
    return Opinions(view.margins(snippets), phrases.margins(texts), memory.embed(texts))


def line_snippets(passages: Sequence[str], lines: Sequence[Line]) -> list[Snippet]:
    return [
        snippet(passages[x.passage_index], x.unit.start, x.unit.end, x.headings[-1] if x.headings else "")
        for x in lines
    ]


def evidence_rows(
    scene: Scene,
    pieces: Sequence[Piece],
    drafted: Sequence[Piece],
    knowledge: Sequence[FieldKnowledge],
    memory: Memory,
    seen: Opinions,
) -> FloatArray:
    """Features of pieces of a scene: float32 (pieces, features).

    Args:
        drafted: The generator's candidates there: what a piece is compared with.
        knowledge: Of every field of the schema, in the order pieces name them by.
        seen: `opinions` of the pieces.
    """
    if not pieces:
        return np.zeros((0, 0), dtype=np.float32)
    weights, bias = directions(knowledge)
    toward = seen.points @ weights + bias
    similar = seen.points @ memory.bank.T
    rows: list[list[float]] = []
    for r, piece in enumerate(pieces):
        field = knowledge[piece.field]
        touched = scene.lines_of(piece)
        heading = scene.heading_of(piece)
        text = scene.text_of(piece)
        rows.append(
            [
                *_generator_side(piece, drafted),
                *_view_side(scene, touched, field.head, seen.margins[r]),
                *_phrase_side(field.head, seen.phrases[r]),
                *neighbour_evidence(similar[r], field.known.examples @ seen.points[r], field.known),
                *_direction_side(toward[r], piece.field),
                *field.definition_evidence(text, heading),
                float(field.head != NO_HEAD),
                float(np.log1p(field.n_examples)),
                *_shape_side(scene, piece, text, touched, field.habits),
            ]
        )
    return np.asarray(rows, dtype=np.float32)


def _generator_side(piece: Piece, drafted: Sequence[Piece]) -> list[float]:
    rivals = [p for p in drafted if p.field == piece.field and p != piece]
    inside = [
        p
        for p in drafted
        if p.field != piece.field
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


def _view_side(scene: Scene, touched: Sequence[int], head: int, own: FloatArray) -> list[float]:
    if head == NO_HEAD:
        return [NO_VIEW] * _N_VIEW
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


def _phrase_side(head: int, own: FloatArray) -> list[float]:
    if head == NO_HEAD:
        return [NO_VIEW] * 3
    others = np.delete(own, head)
    best = float(others.max()) if len(others) else 0.0
    return [float(own[head]), best, float((others > own[head]).sum())]


def _direction_side(toward: FloatArray, field: int) -> list[float]:
    others = np.delete(toward, field)
    if not len(others):
        return [float(toward[field]), 0.0, 0.0]
    return [float(toward[field]), float(others.max()), float((others > toward[field]).mean())]


def _shape_side(
    scene: Scene, piece: Piece, text: str, touched: Sequence[int], habits: FieldHabits
) -> list[float]:
    n_log = float(np.log(max(1, len(text))))
    first = scene.lines[touched[0]] if touched else None
    whole = bool(first and first.unit.start >= piece.start and scene.lines[touched[-1]].unit.end <= piece.end)
    return [
        n_log,
        (n_log - habits.log_length) / max(0.2, habits.log_length_spread),
        habits.share_right,
        float(len(touched)),
        float(bool(enumerator(text))),
        float(text[:1].isupper()),
        float(bool(_ENDED.search(text))),
        float(is_heading(text)),
        float(first.place) if first else -1.0,
        float(first.is_note) if first else 0.0,
        float(whole),
        len(_DIGIT.findall(text)) / max(1, len(text)),
    ]
