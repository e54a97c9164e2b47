"""Columns: how a candidate stands among the other candidates and the other fields."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.own.spans import CandidateSpan
from tasks.core.native.text.words import FloatArray

COLUMNS = (
    "other_near",
    "margin_near",
    "other_sentence",
    "margin_sentence",
    "other_label",
    "best_near",
    "gap_near",
    "best_sentence",
    "rank_near",
    "own_near",
    "own_sentence",
    "own_role",
    "other_role",
)
_NEAR = (
    "label_cue",
    "label_title",
    "column_cue",
    "column_title",
    "before_cue",
    "before_title",
    "after_cue",
    "after_title",
    "near_around",
)
_LABEL = _NEAR[:2]
_WIDE = ("sentence_cue", "sentence_title", "sentence_wanted", "heading_title")
_ROLES = ("defined_role", "label_role")
_LAST_RANK = 10


def columns(
    rows: Sequence[FloatArray], spans: Sequence[Sequence[CandidateSpan]], names: Sequence[str]
) -> list[FloatArray]:
    """The columns of all fields of one type.

    Args:
        rows: Of each field, with a column for each of `names`.
    """
    near = [nearness(r, names) for r in rows]
    wide = [r[:, places(names, _WIDE)].mean(axis=1) for r in rows]
    label = [most(r, places(names, _LABEL)) for r in rows]
    role = [most(r, places(names, _ROLES)) for r in rows]
    keys: dict[tuple[int, int, int], int] = {}
    of_span = [
        np.array([keys.setdefault((s.passage_index, s.start, s.end), len(keys)) for s in of_field], dtype=int)
        for of_field in spans
    ]
    sides = [near, wide, label, role]
    others = [_best_elsewhere(side, of_span, len(keys)) for side in sides]
    return [
        _rival_columns(of_field, [s[f] for s in sides], [o[f] for o in others])
        for f, of_field in enumerate(spans)
    ]


def _best_elsewhere(
    side: Sequence[FloatArray], of_span: Sequence[NDArray[np.int64]], n_spans: int
) -> list[FloatArray]:
    """For each field and candidate, the best figure that another field gives to the same words."""
    grid = np.zeros((len(side) + 1, n_spans), dtype=np.float32)
    for f, (figures, at) in enumerate(zip(side, of_span, strict=True)):
        np.maximum.at(grid[f], at, figures)
    ordered = np.sort(grid, axis=0)[-2:]
    return [
        np.where(grid[f][at] >= ordered[-1][at], ordered[-2][at], ordered[-1][at])
        for f, at in enumerate(of_span)
    ]


def nearness(rows: FloatArray, names: Sequence[str]) -> FloatArray:
    """How well the words beside each candidate say the field."""
    at = places(names, _NEAR)
    return (0.4 * most(rows, at) + 0.15 * rows[:, at].sum(axis=1)).astype(np.float32)


def places(names: Sequence[str], some: Sequence[str]) -> list[int]:
    return [names.index(name) for name in some]


def most(rows: FloatArray, at: Sequence[int]) -> FloatArray:
    """The greatest of some columns, row by row."""
    return rows[:, at].max(axis=1) if len(rows) else np.zeros(0, dtype=np.float32)


def _rival_columns(
    spans: Sequence[CandidateSpan], sides: Sequence[FloatArray], others: Sequence[FloatArray]
) -> FloatArray:
    if not spans:
        return np.zeros((0, len(COLUMNS)), dtype=np.float32)
    near, wide, _, role = sides
    names = [s.form or s.value for s in spans]
    best_near, best_wide = (np.asarray(_best_of_others(names, side)) for side in (near, wide))
    order = np.sort(near)
    rank = len(near) - np.searchsorted(order, near, side="right")
    found = [
        others[0],
        near - others[0],
        others[1],
        wide - others[1],
        others[2],
        best_near,
        near - best_near,
        best_wide,
        np.minimum(_LAST_RANK, rank),
        near,
        wide,
        role,
        others[3],
    ]
    return np.stack(found, axis=1).astype(np.float32)


def _best_of_others(names: Sequence[str], side: FloatArray) -> list[float]:
    """For each candidate, the best figure of a candidate with another value."""
    best: dict[str, float] = {}
    for name, figure in zip(names, side.tolist(), strict=True):
        best[name] = max(best.get(name, 0.0), figure)
    top = sorted(best.items(), key=lambda item: -item[1])[:2]
    return [next((figure for name, figure in top if name != mine), 0.0) for mine in names]
