"""The missing path: lines that may speak of a field and that no candidate covers, as pieces to be judged."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.critic.features import NO_SCORE, ProposedText, Scene
from tasks.core.native.critic.field_profiles import NO_HEAD, FieldProfile, directions
from tasks.core.native.critic.neighbours import Memory
from tasks.core.native.text.words import FloatArray

RELEVANT_MARGIN = -0.6
"""Margin of the second view from which a line is looked at; what is then flagged is decided by the critic's own bar."""
RELEVANT_DEVIATIONS = 3.0
"""The same for a field without a head: standard deviations in the direction of its examples and definition."""
FAINT = 0.02
"""The most that a line which promises nothing can make of the chance that something of a field was overlooked."""
_MIN_CHARS = 25
"""Shorter lines are list debris and headings, not provisions."""


def line_relevance(scene: Scene, knowledge: Sequence[FieldProfile], memory: Memory) -> FloatArray:
    """How much each line promises for each field, from 0 on worth a look: float32 (lines, fields)."""
    made = np.full((len(scene.lines), len(knowledge)), -1.0, dtype=np.float32)
    trained = [i for i, k in enumerate(knowledge) if k.head != NO_HEAD]
    if trained and len(scene.margins):
        made[:, trained] = scene.margins[:, [knowledge[i].head for i in trained]] - RELEVANT_MARGIN
    others = [i for i, k in enumerate(knowledge) if k.head == NO_HEAD]
    if others and scene.lines:
        weights, bias = directions([knowledge[i] for i in others])
        points = memory.embed([line.text for line in scene.lines])
        made[:, others] = points @ weights + bias - RELEVANT_DEVIATIONS
    return made


def uncovered_pieces(
    scene: Scene, drafted: Sequence[ProposedText], promised: FloatArray, fields: Collection[int]
) -> list[ProposedText]:
    """Uncovered lines that promise something; neighbours of one paragraph and one field are one piece.

    Args:
        promised: Of every line for every field.
        fields: Those looked for. Short fields are left out: a line is no name, though it may contain one.
    """
    found: list[ProposedText] = []
    last_line: dict[int, int] = {}
    for column, i in np.argwhere((promised > 0.0).T & ~covered_lines(scene, drafted, promised.shape[1]).T):
        line, field = scene.lines[int(i)], int(column)
        if len(line.text) < _MIN_CHARS or field not in fields:
            continue
        follows = (
            last_line.get(field) == int(i) - 1
            and not line.unit.begins_paragraph
            and found[-1].field == field
            and found[-1].passage_index == line.passage_index
        )
        if follows:
            found[-1] = ProposedText(field, line.passage_index, found[-1].start, line.unit.end, NO_SCORE)
        else:
            found.append(ProposedText(field, line.passage_index, line.unit.start, line.unit.end, NO_SCORE))
        last_line[field] = int(i)
    return found


def faint_chances(scene: Scene, drafted: Sequence[ProposedText], promised: FloatArray) -> list[float]:
    """By field, a chance below `FAINT` for what is not worth a look: it orders the cells in which nothing was judged."""
    if not len(scene.lines):
        return [0.0] * promised.shape[1]
    open_lines = np.where(covered_lines(scene, drafted, promised.shape[1]), -20.0, promised)
    best = np.minimum(open_lines.max(axis=0), 0.0)
    return [round(float(x), 5) for x in FAINT / (1.0 + np.exp(-4.0 * best))]


def covered_lines(scene: Scene, drafted: Sequence[ProposedText], n_fields: int) -> NDArray[np.bool_]:
    """Which lines some candidate of a field touches: bool (lines, fields)."""
    made = np.zeros((len(scene.lines), n_fields), dtype=np.bool_)
    for piece in drafted:
        made[scene.lines_of(piece), piece.field] = True
    return made
