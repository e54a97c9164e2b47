"""What the critic weighs about a piece of text proposed for a field: one feature row for each piece.

A piece is a candidate of a generator or, in the missing path, a stretch of lines no candidate covers (then without a score). The
critic never needs the generator's score: it is one feature, and `NO_SCORE` where there is none. What only a trained field can have
is `NO_VIEW` for every other field: the same trees serve both.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import log, log1p

import numpy as np

from tasks.core.native.critic.field_profiles import NO_HEAD, FieldHabits, FieldProfile, directions
from tasks.core.native.critic.neighbours import Memory, neighbour_evidence
from tasks.core.native.critic.ngrams import CharNgrams, Snippet, WordNgrams, snippet
from tasks.core.native.text.lines import TextLine
from tasks.core.native.text.units import enumerator, is_heading
from tasks.core.native.text.words import FloatArray, IntArray, words_of

NO_SCORE = -1.0
NO_VIEW = -9.0
SCORE_COLUMNS = (0, 3, 5)
"""Where the generator's scores stand in a row."""
NO_LINE = -2.0
"""Margin of a line that is not there."""
_N_LINE_SIDE = 5
_DIGIT = re.compile(r"\d")
_ENDED = re.compile(r"[.;:!?][\"”’)\]]*\s*(?:and|or)?$")


@dataclass(frozen=True, slots=True)
class ProposedText:
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
    lines: tuple[TextLine, ...]
    margins: FloatArray
    _starts: list[tuple[int, int]] = field(init=False, repr=False, compare=False)
    """(passage index, offset) where each line begins; lines lie in order and never overlap."""
    _ends: list[tuple[int, int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", [(x.passage_index, x.unit.start) for x in self.lines])
        object.__setattr__(self, "_ends", [(x.passage_index, x.unit.end) for x in self.lines])

    def text_of(self, piece: ProposedText) -> str:
        return self.passages[piece.passage_index][piece.start : piece.end]

    def lines_of(self, piece: ProposedText) -> range:
        """Indexes of the lines a piece touches."""
        first = bisect_right(self._ends, (piece.passage_index, piece.start))
        return range(first, max(first, bisect_left(self._starts, (piece.passage_index, piece.end))))

    def heading_of(self, piece: ProposedText) -> str:
        touched = self.lines_of(piece)
        headings = self.lines[touched[0]].headings if touched else ()
        return headings[-1] if headings else ""

    def snippet_of(self, piece: ProposedText) -> Snippet:
        return snippet(self.passages[piece.passage_index], piece.start, piece.end, self.heading_of(piece))


@dataclass(frozen=True, slots=True)
class PieceFeatures:
    """What view and memory say of some pieces: computed once, whatever the fields they are proposed for.

    Pieces with the same words and surroundings share a row.
    """

    row: IntArray
    """Of each piece."""
    margins: FloatArray
    """Second view, (rows, heads)."""
    phrases: FloatArray
    """Phrase view, (rows, heads)."""
    points: FloatArray
    """Memory, (rows, N_DIMS)."""
    similar: FloatArray
    """Cosines with the memory's bank, (rows, bank)."""

    def part(self, start: int, end: int) -> PieceFeatures:
        """Those of some pieces in a row."""
        return replace(self, row=self.row[start:end])


def piece_features(
    scene: Scene, pieces: Sequence[ProposedText], view: CharNgrams, phrases: WordNgrams, memory: Memory
) -> PieceFeatures:
    return snippet_features([scene.snippet_of(p) for p in pieces], view, phrases, memory)


def snippet_features(
    snippets: Sequence[Snippet], view: CharNgrams, phrases: WordNgrams, memory: Memory
) -> PieceFeatures:
    """The same of pieces of many scenes at once."""
    rows = {s: i for i, s in enumerate(dict.fromkeys(snippets))}
    words = [words_of(s.text) for s in rows]
    points = memory.place(words)
    return PieceFeatures(
        np.asarray([rows[s] for s in snippets], dtype=np.int64),
        view.margins(list(rows)),
        phrases.judge(words),
        points,
        memory.cosines(points),
    )


def line_snippets(passages: Sequence[str], lines: Sequence[TextLine]) -> list[Snippet]:
    return [
        snippet(passages[x.passage_index], x.unit.start, x.unit.end, x.headings[-1] if x.headings else "")
        for x in lines
    ]


def evidence_rows(
    scene: Scene,
    pieces: Sequence[ProposedText],
    drafted: Sequence[ProposedText],
    knowledge: Sequence[FieldProfile],
    memory: Memory,
    seen: PieceFeatures,
) -> FloatArray:
    """Features of pieces of a scene: float32 (pieces, features).

    Args:
        drafted: The generator's candidates there: what a piece is compared with.
        knowledge: Of every field of the schema, in the order pieces name them by.
        seen: `piece_features` of the pieces.
    """
    if not pieces:
        return np.zeros((0, 0), dtype=np.float32)
    fields = [knowledge[p.field] for p in pieces]
    heads = np.asarray([k.head for k in fields])
    weights, bias = directions(knowledge)
    points = seen.points[seen.row]
    toward = _among(points @ weights + bias, np.asarray([p.field for p in pieces]))
    toward[:, 2] /= max(1, len(knowledge) - 1)
    views = _headed(seen.margins[seen.row], heads)
    phrases = _headed(seen.phrases[seen.row], heads)
    rows: list[list[float]] = []
    for r, (piece, known) in enumerate(zip(pieces, fields, strict=True)):
        touched, text = scene.lines_of(piece), scene.text_of(piece)
        heading = scene.heading_of(piece)
        rows.append(
            [
                *_generator_side(piece, drafted),
                *views[r],
                *_line_side(scene, touched, known.head),
                *phrases[r],
                *neighbour_evidence(seen.similar[seen.row[r]], known.known.examples @ points[r], known.known),
                *toward[r],
                *known.definition_evidence(text, heading),
                float(known.head != NO_HEAD),
                log1p(known.n_examples),
                *_shape_side(scene, piece, text, touched, known.habits),
            ]
        )
    return np.asarray(rows, dtype=np.float32)


def _among(opinions: FloatArray, chosen: IntArray) -> FloatArray:
    """Of each row its chosen column, the best other one, and how many are better: float32 (rows, 3)."""
    each = np.arange(len(opinions))
    own = opinions[each, chosen]
    others = opinions.copy()
    others[each, chosen] = -np.inf
    best = others.max(axis=1) if others.shape[1] > 1 else np.zeros(len(own), dtype=np.float32)
    return np.stack([own, best, (others > own[:, None]).sum(axis=1)], axis=1).astype(np.float32)


def _headed(margins: FloatArray, heads: IntArray) -> FloatArray:
    """`_among` where the field has a head, else `NO_VIEW`."""
    made = np.full((len(heads), 3), NO_VIEW, dtype=np.float32)
    has = heads != NO_HEAD
    if has.any():
        made[has] = _among(margins[has], heads[has])
    return made


def _generator_side(piece: ProposedText, drafted: Sequence[ProposedText]) -> list[float]:
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


def _line_side(scene: Scene, touched: range, head: int) -> list[float]:
    """What the second view says of a piece's lines, and of the others of its chunk."""
    if head == NO_HEAD:
        return [NO_VIEW] * _N_LINE_SIDE
    column: list[float] = scene.margins[:, head].tolist() if len(scene.margins) else []
    first, end = (touched[0], touched[-1] + 1) if touched else (0, 0)
    own, rest = column[first:end], column[:first] + column[end:]
    return [
        max(own, default=NO_LINE),
        min(own, default=NO_LINE),
        max(rest, default=NO_LINE),
        column[first - 1] if touched and first > 0 else NO_LINE,
        column[end] if touched and end < len(column) else NO_LINE,
    ]


def _shape_side(
    scene: Scene, piece: ProposedText, text: str, touched: range, habits: FieldHabits
) -> list[float]:
    n_log = log(max(1, len(text)))
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
