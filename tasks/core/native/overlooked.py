"""The missing path for trained fields: lines the second view believes in and no candidate covers, as pieces to be judged."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from tasks.core.native.evidence import NO_SCORE, Piece, Scene, lines_of

LOOK_BAR = -0.45
"""Margin of the second view from which a line is looked at; what is then flagged is decided by the critic's own bar."""
_MIN_CHARS = 25
"""Shorter lines are list debris and headings, not provisions."""


def overlooked(scene: Scene, drafted: Sequence[Piece], heads: Collection[int]) -> list[Piece]:
    """Uncovered lines above the bar; neighbours of one paragraph and one field are one piece.

    Args:
        heads: The heads looked for. Short fields are left out: a line is no name, though it may contain one.
    """
    if not len(scene.margins):
        return []
    covered = np.zeros(scene.margins.shape, dtype=np.bool_)
    for piece in drafted:
        covered[lines_of(scene, piece), piece.head] = True
    found: list[Piece] = []
    last_line: dict[int, int] = {}
    for head, i in np.argwhere((scene.margins > LOOK_BAR).T & ~covered.T):
        line = scene.lines[int(i)]
        if len(line.text) < _MIN_CHARS or int(head) not in heads:
            continue
        column = int(head)
        follows = (
            last_line.get(column) == int(i) - 1
            and not line.unit.begins_paragraph
            and found[-1].head == column
        )
        if follows and found[-1].passage_index == line.passage_index:
            found[-1] = Piece(column, line.passage_index, found[-1].start, line.unit.end, NO_SCORE)
        else:
            found.append(Piece(column, line.passage_index, line.unit.start, line.unit.end, NO_SCORE))
        last_line[column] = int(i)
    return found
