"""From units to clauses: which neighbouring positive units are one span, and how sure the span is.

The join is learned (a fixed rule "always merge" costs 3 points of F1): a logistic model over the pair's margins, gap, enumerators
and lengths. A second one turns a span's margins into the probability that the span is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.core.native.text.lines import TextLine
from tasks.core.native.text.units import enumerator, is_heading
from tasks.core.native.text.words import FloatArray

N_JOIN_SHAPE = 14
N_SPAN_SHAPE = 9


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive lines of one passage taken as one clause of one head: `lines[first:last + 1]`."""

    head: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Logistic:
    """Probability from a feature row: sigmoid(row @ weights + bias)."""

    weights: FloatArray
    bias: float

    def __call__(self, rows: FloatArray) -> FloatArray:
        return (1.0 / (1.0 + np.exp(-(rows @ self.weights + self.bias)))).astype(np.float32)


def positive_pairs(lines: Sequence[TextLine], margins: FloatArray, bar: float) -> list[tuple[int, int]]:
    """(line, head) where this line and the next, of the same passage, both lie above the bar."""
    if len(lines) < 2:
        return []
    passages = np.asarray([line.passage_index for line in lines])
    both = (margins[:-1] > bar) & (margins[1:] > bar) & (passages[:-1] == passages[1:])[:, None]
    return [(int(i), int(h)) for i, h in np.argwhere(both)]


def join_rows(lines: Sequence[TextLine], margins: FloatArray, pairs: Sequence[tuple[int, int]]) -> FloatArray:
    """Features of pairs: float32 (pairs, N_JOIN_SHAPE + heads)."""
    n_heads = margins.shape[1]
    rows = np.zeros((len(pairs), N_JOIN_SHAPE + n_heads), dtype=np.float32)
    for r, (i, head) in enumerate(pairs):
        rows[r, :N_JOIN_SHAPE] = _pair_shape(
            lines[i], lines[i + 1], float(margins[i, head]), float(margins[i + 1, head])
        )
        rows[r, N_JOIN_SHAPE + head] = 1.0
    return rows


def _pair_shape(first: TextLine, second: TextLine, first_margin: float, second_margin: float) -> list[float]:
    gap = second.unit.start - first.unit.end
    return [
        first_margin,
        second_margin,
        min(first_margin, second_margin),
        float(second.unit.begins_paragraph),
        min(gap, 20) / 10.0,
        float(bool(enumerator(second.text))),
        float(bool(enumerator(first.text))),
        float(is_heading(first.text)),
        float(is_heading(second.text)),
        float(first.text.endswith(":")),
        float(first.text.endswith((";", ",", "and", "or"))),
        float(second.text[:1].islower()),
        float(np.log(len(first.text))) / 5.0,
        float(np.log(len(second.text))) / 5.0,
    ]


def stretches(lines: Sequence[TextLine], margins: FloatArray, bar: float, join: Logistic) -> list[Stretch]:
    """Every head's stretches of lines above the bar, joined where the model says so, by head and place."""
    pairs = positive_pairs(lines, margins, bar)
    joined: set[tuple[int, int]] = set()
    if pairs:
        sure = join(join_rows(lines, margins, pairs)) >= 0.5
        joined = {pair for pair, yes in zip(pairs, sure, strict=True) if yes}
    found: list[Stretch] = []
    for head, i in np.argwhere((margins > bar).T):
        line, column = int(i), int(head)
        if found and found[-1].head == column and found[-1].last == line - 1 and (line - 1, column) in joined:
            found[-1] = Stretch(column, found[-1].first, line)
        else:
            found.append(Stretch(column, line, line))
    return found


def span_rows(lines: Sequence[TextLine], margins: FloatArray, found: Sequence[Stretch]) -> FloatArray:
    """Features of stretches: float32 (stretches, N_SPAN_SHAPE)."""
    rows = np.zeros((len(found), N_SPAN_SHAPE), dtype=np.float32)
    for r, stretch in enumerate(found):
        own = margins[stretch.first : stretch.last + 1, stretch.head]
        n_chars = lines[stretch.last].unit.end - lines[stretch.first].unit.start
        best = float(margins[stretch.first : stretch.last + 1].max())
        rows[r] = [
            float(own.max()),
            float(own.mean()),
            float(own.min()),
            float(np.log(n_chars)) / 5.0,
            float(n_chars < 60),
            float(np.log(len(own))),
            float(all(is_heading(lines[i].text) for i in range(stretch.first, stretch.last + 1))),
            max(0.0, best - float(own.max())),
            float(lines[stretch.first].is_note),
        ]
    return rows
