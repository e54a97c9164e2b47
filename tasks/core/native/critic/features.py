"""The features that the critic's trees weigh: one row for each piece of text proposed for a field.

A piece is a candidate of a generator, or lines that no candidate covers; those have no score.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import log, log1p
from statistics import median

import numpy as np

from tasks.core.native.critic.field_profiles import NO_HEAD, FieldHabits, FieldProfile, directions
from tasks.core.native.critic.neighbours import Memory, neighbour_evidence
from tasks.core.native.critic.ngrams import CharNgrams, Snippet, WordNgrams, snippet
from tasks.core.native.text.lines import TextLine
from tasks.core.native.text.units import enumerator, is_heading
from tasks.core.native.text.words import FloatArray, IntArray, words_of
from tasks.core.schema import FieldType

NO_SCORE = -1.0
"""The score of a piece without one."""
NO_VIEW = -9.0
"""The margin of a field without a head."""
NOTHING_KNOWN: Mapping[Snippet, FloatArray] = {}
SCORE_COLUMNS = (0, 3, 5)
"""The columns with generators' scores."""
NO_LINE = -2.0
"""The margin of a line that does not exist."""
_N_LINE_SIDE = 5
_USUAL_SENTENCE = 5.33
"""Log length of a chunk's median sentence, in the median chunk of the training contracts."""
_PLAIN_SENTENCE = 4.5
"""The same of a plain chunk; 2 % of theirs are below. At 4.7 (5 %) lists and tables are among
them, whose short lines are fragments: none of the 4 drafts that would gain enough is right."""
_SPOKEN_MARGIN = -0.25
"""The word head's margin from which a draft is as often right as wrong, out of fold. Below it, a
short sentence is short of evidence: "The total fees shall not exceed EUR 900" is no cap on liability."""
_DIGIT = re.compile(r"\d")
_ENDED = re.compile(r"[.;:!?][\"”’)\]]*\s*(?:and|or)?$")


@dataclass(frozen=True, slots=True)
class ProposedText:
    """A piece of a passage, proposed as a value of a field."""

    field: int
    """Index of the field's profile."""
    passage_index: int
    start: int
    end: int
    score: float
    """The generator's, or `NO_SCORE`."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A chunk as the critic sees it."""

    passages: tuple[str, ...]
    lines: tuple[TextLine, ...]
    margins: FloatArray
    """Character n-gram margins, (lines, heads)."""
    brevity: float = 0.0
    """How much shorter the chunk says things than the training contracts, as a difference of logs.
    0 in training, which teaches the trees how long a clause of such a contract is."""
    _starts: list[tuple[int, int]] = field(init=False, repr=False, compare=False)
    """(passage index, offset) of each line's start; lines are in order and never overlap."""
    _ends: list[tuple[int, int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", [(x.passage_index, x.unit.start) for x in self.lines])
        object.__setattr__(self, "_ends", [(x.passage_index, x.unit.end) for x in self.lines])

    def text_of(self, piece: ProposedText) -> str:
        return self.passages[piece.passage_index][piece.start : piece.end]

    def lines_of(self, piece: ProposedText) -> range:
        """Indexes of the lines that a piece touches."""
        first = bisect_right(self._ends, (piece.passage_index, piece.start))
        return range(first, max(first, bisect_left(self._starts, (piece.passage_index, piece.end))))

    def heading_of(self, piece: ProposedText) -> str:
        touched = self.lines_of(piece)
        headings = self.lines[touched[0]].headings if touched else ()
        return headings[-1] if headings else ""

    def line_margins(self, piece: ProposedText) -> FloatArray | None:
        """The margins of the line that a piece is; None: it is a part of a line, or several."""
        touched = self.lines_of(piece)
        if len(touched) != 1 or not len(self.margins):
            return None
        unit = self.lines[touched[0]].unit
        return self.margins[touched[0]] if (unit.start, unit.end) == (piece.start, piece.end) else None

    def snippet_of(self, piece: ProposedText) -> Snippet:
        return snippet(self.passages[piece.passage_index], piece.start, piece.end, self.heading_of(piece))


def brevity_of(lines: Sequence[TextLine]) -> float:
    """The brevity of a chunk of plain, short sentences; 0 for all others."""
    sentences = (x.text for x in lines if not x.is_note and not is_heading(x.text))
    lengths = [log(len(text)) for text in sentences if _ENDED.search(text)]
    usual = median(lengths) if lengths else _USUAL_SENTENCE
    return _USUAL_SENTENCE - usual if usual < _PLAIN_SENTENCE else 0.0


@dataclass(frozen=True, slots=True)
class PieceFeatures:
    """Features of pieces that do not depend on the field. Equal pieces share a row."""

    row: IntArray
    """The row of each piece."""
    margins: FloatArray
    """Character n-gram margins, (rows, heads)."""
    phrases: FloatArray
    """Word n-gram margins, (rows, heads)."""
    points: FloatArray
    """Points of the memory's space, (rows, N_DIMS)."""
    similar: FloatArray
    """Cosines with the memory's bank, (rows, bank)."""

    def part(self, start: int, end: int) -> PieceFeatures:
        """The features of `pieces[start:end]`."""
        return replace(self, row=self.row[start:end])


def piece_features(
    scene: Scene, pieces: Sequence[ProposedText], view: CharNgrams, phrases: WordNgrams, memory: Memory
) -> PieceFeatures:
    return snippet_features([scene.snippet_of(p) for p in pieces], view, phrases, memory)


def snippet_features(
    snippets: Sequence[Snippet],
    view: CharNgrams,
    phrases: WordNgrams,
    memory: Memory,
    known: Mapping[Snippet, FloatArray] = NOTHING_KNOWN,
) -> PieceFeatures:
    """The same for the pieces of many scenes at once.

    Args:
        known: Character n-gram margins that are computed already.
    """
    rows = {s: i for i, s in enumerate(dict.fromkeys(snippets))}
    words = [words_of(s.text) for s in rows]
    row, points = np.asarray([rows[s] for s in snippets], dtype=np.int64), memory.points_of(words)
    computed = iter(view.margins([s for s in rows if s not in known]))
    margins = [known[s] if s in known else next(computed) for s in rows]
    heads = np.stack(margins) if margins else np.zeros((0, len(view.names)), dtype=np.float32)
    return PieceFeatures(row, heads, phrases.margins_of(words), points, memory.cosines(points))


def line_snippets(passages: Sequence[str], lines: Sequence[TextLine]) -> list[Snippet]:
    return [
        snippet(passages[x.passage_index], x.unit.start, x.unit.end, x.headings[-1] if x.headings else "")
        for x in lines
    ]


def evidence_rows(
    scene: Scene,
    pieces: Sequence[ProposedText],
    drafted: Sequence[ProposedText],
    profiles: Sequence[FieldProfile],
    memory: Memory,
    features: PieceFeatures,
) -> FloatArray:
    """The rows of a scene's pieces for the trees: float32 (pieces, columns).

    Args:
        drafted: The scene's candidates, which a piece is compared with.
        profiles: Of all fields of the schema; `ProposedText.field` is an index of them.
        features: `piece_features` of the pieces.
    """
    if not pieces:
        return np.zeros((0, 0), dtype=np.float32)
    return with_draft(pieces, drafted, lasting_rows(scene, pieces, profiles, memory, features))


def with_draft(
    pieces: Sequence[ProposedText], drafted: Sequence[ProposedText], lasting: FloatArray
) -> FloatArray:
    """The whole rows: what the draft says of each piece, then its `lasting_rows`."""
    sides = np.asarray([_generator_side(p, drafted) for p in pieces], dtype=np.float32)
    return np.concatenate([sides, lasting], axis=1)


def lasting_rows(
    scene: Scene,
    pieces: Sequence[ProposedText],
    profiles: Sequence[FieldProfile],
    memory: Memory,
    features: PieceFeatures,
) -> FloatArray:
    """The columns that are the same whatever the draft is, for at least one piece."""
    fields = [profiles[p.field] for p in pieces]
    heads = np.asarray([f.head for f in fields])
    weights, bias = directions(profiles)
    points = features.points[features.row]
    toward = _among(points @ weights + bias, np.asarray([p.field for p in pieces]))
    toward[:, 2] /= max(1, len(profiles) - 1)
    views = _headed(features.margins[features.row], heads)
    phrases = _headed(features.phrases[features.row], heads)
    rows: list[list[float]] = []
    # The trees know the columns by their order.
    for r, (piece, profile) in enumerate(zip(pieces, fields, strict=True)):
        touched, text, known = scene.lines_of(piece), scene.text_of(piece), profile.known
        speaks = _is_trained_clause(profile) and phrases[r, 0] >= _SPOKEN_MARGIN
        brevity = scene.brevity if speaks and _is_sentences(scene, piece, touched) else 0.0
        rows.append(
            [
                *views[r],
                *_line_side(scene, touched, profile.head),
                *phrases[r],
                *neighbour_evidence(features.similar[features.row[r]], known.examples @ points[r], known),
                *toward[r],
                *profile.definition_evidence(text, scene.heading_of(piece)),
                float(profile.is_known),
                log1p(profile.n_examples),
                *_shape_side(scene, piece, touched, profile.habits, brevity),
            ]
        )
    return np.asarray(rows, dtype=np.float32)


def _among(margins: FloatArray, chosen: IntArray) -> FloatArray:
    """Each row's chosen value, the best other one, and the number of better ones: (rows, 3)."""
    each = np.arange(len(margins))
    value = margins[each, chosen]
    others = margins.copy()
    others[each, chosen] = -np.inf
    best = others.max(axis=1) if others.shape[1] > 1 else np.zeros(len(value), dtype=np.float32)
    return np.stack([value, best, (others > value[:, None]).sum(axis=1)], axis=1).astype(np.float32)


def _headed(margins: FloatArray, heads: IntArray) -> FloatArray:
    """`_among` for fields with a head, else `NO_VIEW`."""
    rows = np.full((len(heads), 3), NO_VIEW, dtype=np.float32)
    has_head = heads != NO_HEAD
    if has_head.any():
        rows[has_head] = _among(margins[has_head], heads[has_head])
    return rows


def _generator_side(piece: ProposedText, drafted: Sequence[ProposedText]) -> list[float]:
    """The score, the candidates of the same field, and candidates of other fields that overlap."""
    rivals = [p for p in drafted if p.field == piece.field and p != piece]
    others = [p for p in drafted if p.field != piece.field and p.passage_index == piece.passage_index]
    inside = [p for p in others if p.start < piece.end and p.end > piece.start]
    return [
        piece.score,
        float(len(rivals)),
        float(sum(p.score > piece.score for p in rivals)),
        max((p.score for p in rivals), default=NO_SCORE),
        float(len(inside)),
        max((p.score for p in inside), default=NO_SCORE),
    ]


def _line_side(scene: Scene, touched: range, head: int) -> list[float]:
    """Margins of the piece's lines, and of the other lines of its chunk."""
    if head == NO_HEAD:
        return [NO_VIEW] * _N_LINE_SIDE
    column: list[float] = scene.margins[:, head].tolist() if len(scene.margins) else []
    first, end = (touched[0], touched[-1] + 1) if touched else (0, 0)
    inside, rest = column[first:end], column[:first] + column[end:]
    return [
        max(inside, default=NO_LINE),
        min(inside, default=NO_LINE),
        max(rest, default=NO_LINE),
        column[first - 1] if touched and first > 0 else NO_LINE,
        column[end] if touched and end < len(column) else NO_LINE,
    ]


def _shape_side(
    scene: Scene, piece: ProposedText, touched: range, habits: FieldHabits, brevity: float
) -> list[float]:
    """Length, first and last characters, place, and whether the piece is whole lines."""
    text = scene.text_of(piece)
    # A short piece is mostly a fragment of a clause. Where all sentences are short, it is not.
    log_length = log(max(1, len(text)))
    log_length = max(log_length, min(log_length + brevity, habits.log_length))
    first = scene.lines[touched[0]] if touched else None
    whole = bool(first and first.unit.start >= piece.start and scene.lines[touched[-1]].unit.end <= piece.end)
    return [
        log_length,
        (log_length - habits.log_length) / max(0.2, habits.log_length_spread),
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


def _is_trained_clause(profile: FieldProfile) -> bool:
    # A name is as short in any contract. The examples of a user's own field show its length.
    return profile.is_known and profile.cues.field.type is FieldType.CLAUSE


def _is_sentences(scene: Scene, piece: ProposedText, touched: range) -> bool:
    """Whether the piece is whole lines of body text, with or without the first one's number."""
    first = scene.lines[touched[0]] if touched else None
    if first is None or first.is_note or scene.lines[touched[-1]].unit.end > piece.end:
        return False
    return first.text[: max(0, piece.start - first.unit.start)].strip() in ("", enumerator(first.text))
