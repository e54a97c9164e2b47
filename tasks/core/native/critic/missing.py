"""Finds lines that may belong to a field and that no candidate covers, as pieces for the trees."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.critic.features import NO_SCORE, ProposedText, Scene
from tasks.core.native.critic.field_profiles import FieldProfile, directions
from tasks.core.native.critic.neighbours import Memory
from tasks.core.native.text.words import FloatArray

RELEVANT_MARGIN = -0.6
"""The character n-gram margin from which a line is judged."""
RELEVANT_DEVIATIONS = 3.0
"""The same for a field without a head, in deviations toward its examples and definition."""
MAX_FAINT_CHANCE = 0.02
"""The highest probability that lines below these bars give to something overlooked."""
_MIN_CHARS = 25
"""Shorter lines are parts of lists and headings, not provisions."""
FAINT_MARGIN = -1.05
"""The character n-gram margin from which a line may be shown to a reviewer."""
MAX_FAINT = 4
"""Lines that an answer names at most: those of the highest margins."""
_MIN_FAINT_CHARS = 12


def line_relevance(scene: Scene, profiles: Sequence[FieldProfile], memory: Memory) -> FloatArray:
    """How far each line is above the bar of each field: float32 (lines, fields)."""
    relevance = np.full((len(scene.lines), len(profiles)), -1.0, dtype=np.float32)
    trained = [i for i, p in enumerate(profiles) if p.is_known]
    if trained and len(scene.margins):
        relevance[:, trained] = scene.margins[:, [profiles[i].head for i in trained]] - RELEVANT_MARGIN
    others = [i for i, p in enumerate(profiles) if not p.is_known]
    if others and scene.lines:
        weights, bias = directions([profiles[i] for i in others])
        points = memory.embed([line.text for line in scene.lines])
        relevance[:, others] = points @ weights + bias - RELEVANT_DEVIATIONS
    return relevance


def uncovered_pieces(
    scene: Scene, drafted: Sequence[ProposedText], relevance: FloatArray, fields: Collection[int]
) -> list[ProposedText]:
    """Relevant lines without a candidate; a paragraph's neighbours of one field are one piece.

    Args:
        fields: The fields to search. Short fields are not: a line can contain a name, but is none.
    """
    pieces: list[ProposedText] = []
    last_line: dict[int, int] = {}
    is_open = (relevance > 0.0) & ~covered_lines(scene, drafted, relevance.shape[1])
    for field, i in ((int(f), int(i)) for f, i in np.argwhere(is_open.T)):
        line = scene.lines[i]
        if len(line.text) < _MIN_CHARS or field not in fields:
            continue
        follows = (
            last_line.get(field) == i - 1
            and not line.unit.begins_paragraph
            and pieces[-1].field == field
            and pieces[-1].passage_index == line.passage_index
        )
        start = pieces.pop().start if follows else line.unit.start
        pieces.append(ProposedText(field, line.passage_index, start, line.unit.end, NO_SCORE))
        last_line[field] = i
    return pieces


def faint_lines(
    scene: Scene, drafted: Sequence[ProposedText], profiles: Sequence[FieldProfile]
) -> list[tuple[ProposedText, float]]:
    """Lines that may say something of a trained field and that none of its candidates covers.

    Unlike `uncovered_pieces` they are many, mostly wrong, and of short fields, too: a reviewer sees
    them, the likeliest first, and a line with a name in it is one to show.

    Returns:
        Each with its character n-gram margin, the highest first.
    """
    trained = [i for i, p in enumerate(profiles) if p.is_known]
    if not trained or not len(scene.margins):
        return []
    margins = np.full((len(scene.lines), len(profiles)), -np.inf, dtype=np.float32)
    margins[:, trained] = scene.margins[:, [profiles[i].head for i in trained]]
    margins[covered_lines(scene, drafted, len(profiles))] = -np.inf
    margins[[len(x.text) < _MIN_FAINT_CHARS for x in scene.lines]] = -np.inf
    places = np.argwhere(margins >= FAINT_MARGIN)
    chosen = sorted(
        ((float(margins[i, f]), int(i), int(f)) for i, f in places), key=lambda m: (-m[0], *m[1:])
    )
    return [(_whole_line(scene, i, f), margin) for margin, i, f in chosen[:MAX_FAINT]]


def _whole_line(scene: Scene, line_index: int, field: int) -> ProposedText:
    line = scene.lines[line_index]
    return ProposedText(field, line.passage_index, line.unit.start, line.unit.end, NO_SCORE)


def faint_chances(scene: Scene, drafted: Sequence[ProposedText], relevance: FloatArray) -> list[float]:
    """By field, the probability of something overlooked if no line of it is judged.

    It ranks these fields among themselves, below `MAX_FAINT_CHANCE`.
    """
    if not len(scene.lines):
        return [0.0] * relevance.shape[1]
    open_lines = np.where(covered_lines(scene, drafted, relevance.shape[1]), -20.0, relevance)
    best = np.minimum(open_lines.max(axis=0), 0.0)
    return [round(float(x), 5) for x in MAX_FAINT_CHANCE / (1.0 + np.exp(-4.0 * best))]


def covered_lines(scene: Scene, drafted: Sequence[ProposedText], n_fields: int) -> NDArray[np.bool_]:
    """Whether a candidate of the field touches the line: bool (lines, fields)."""
    covered = np.zeros((len(scene.lines), n_fields), dtype=np.bool_)
    for piece in drafted:
        covered[scene.lines_of(piece), piece.field] = True
    return covered
