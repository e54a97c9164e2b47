"""Joins neighbouring lines of one head into clauses, and scores each clause.

A logistic model decides which neighbours are one clause (always joining them costs 3 points of F1).
A second one turns a clause's margins into the probability that the clause is right.
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
    """Consecutive lines of one passage as one clause of a head: `lines[first:last + 1]`."""

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
    """(line, head) where this line and the next one of its passage are both above the bar."""
    if len(lines) < 2:
        return []
    passages = np.asarray([line.passage_index for line in lines])
    both = (margins[:-1] > bar) & (margins[1:] > bar) & (passages[:-1] == passages[1:])[:, None]
    return [(int(i), int(h)) for i, h in np.argwhere(both)]


def join_rows(lines: Sequence[TextLine], margins: FloatArray, pairs: Sequence[tuple[int, int]]) -> FloatArray:
    """Features of pairs: float32 (pairs, N_JOIN_SHAPE + heads)."""
    rows = np.zeros((len(pairs), N_JOIN_SHAPE + margins.shape[1]), dtype=np.float32)
    for r, (i, head) in enumerate(pairs):
        two = float(margins[i, head]), float(margins[i + 1, head])
        rows[r, :N_JOIN_SHAPE] = [*two, min(two), *_pair_shape(lines[i], lines[i + 1])]
        rows[r, N_JOIN_SHAPE + head] = 1.0
    return rows


def _pair_shape(first: TextLine, second: TextLine) -> list[float]:
    gap = second.unit.start - first.unit.end
    return [
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
    """The stretches of lines above the bar, joined where the model says so, by head and line."""
    pairs = positive_pairs(lines, margins, bar)
    joins = join(join_rows(lines, margins, pairs)) >= 0.5
    joined = {pair for pair, is_joined in zip(pairs, joins, strict=True) if is_joined}
    clauses: list[Stretch] = []
    for head, i in np.argwhere((margins > bar).T).tolist():
        last = clauses[-1] if clauses else None
        if last is not None and last.head == head and last.last == i - 1 and (i - 1, head) in joined:
            clauses[-1] = Stretch(head, last.first, i)
        else:
            clauses.append(Stretch(head, i, i))
    return clauses


def span_rows(lines: Sequence[TextLine], margins: FloatArray, clauses: Sequence[Stretch]) -> FloatArray:
    """Features of stretches: float32 (stretches, N_SPAN_SHAPE)."""
    rows = np.zeros((len(clauses), N_SPAN_SHAPE), dtype=np.float32)
    for r, clause in enumerate(clauses):
        inside = lines[clause.first : clause.last + 1]
        all_heads = margins[clause.first : clause.last + 1]
        head_margins = all_heads[:, clause.head]
        n_chars = inside[-1].unit.end - inside[0].unit.start
        highest = float(head_margins.max())
        rows[r] = [
            highest,
            float(head_margins.mean()),
            float(head_margins.min()),
            float(np.log(n_chars)) / 5.0,
            float(n_chars < 60),
            float(np.log(len(inside))),
            float(all(is_heading(line.text) for line in inside)),
            max(0.0, float(all_heads.max()) - highest),
            float(inside[0].is_note),
        ]
    return rows
