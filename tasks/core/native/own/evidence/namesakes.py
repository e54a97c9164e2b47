"""Columns: how a value stands over all of its places, in its field and in the others.

A company that is introduced as the lessee is no lessor on any page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tasks.core.native.own.evidence.rivals import most, nearness, places
from tasks.core.native.own.spans import CandidateSpan, SpanKind
from tasks.core.native.text.words import FloatArray

_SIDES = ("near", "role", "wanted")
COLUMNS = tuple(
    f"{side}_{what}"
    for side in _SIDES
    for what in ("of_value", "of_value_elsewhere", "of_value_margin", "of_value_gap", "of_value_rank")
)
_ROLES = ("defined_role", "label_role", "role_said")
_WANTED = ("label_wanted", "before_wanted", "after_wanted")
_OF_LINES = ("line_strength", "section_strength", "sentence_wanted")
"""What stands for the sides where the candidates are lines."""
_LAST_RANK = 6


def columns(
    rows: Sequence[FloatArray], spans: Sequence[Sequence[CandidateSpan]], names: Sequence[str]
) -> list[FloatArray]:
    """The columns of all fields of one type. Of sentences, each stands for itself.

    Args:
        rows: Of each field, with a column for each of `names`.
    """
    if any(s.kind is SpanKind.SENTENCE for of_field in spans for s in of_field[:1]):
        lines = [[f"{s.passage_index}:{s.start}" for s in of_field] for of_field in spans]
        sides = [[most(r, places(names, [name])) for r in rows] for name in _OF_LINES]
        parts = [_side(lines, side) for side in sides]
        return [np.concatenate([part[f] for part in parts], axis=1) for f in range(len(spans))]
    values = [[(s.form or s.value).casefold() for s in of_field] for of_field in spans]
    near = [nearness(r, names) for r in rows]
    role = [most(r, places(names, _ROLES)) for r in rows]
    wanted = [most(r, places(names, _WANTED)) for r in rows]
    parts = [_side(values, side) for side in (near, role, wanted)]
    return [np.concatenate([part[f] for part in parts], axis=1) for f in range(len(spans))]


def _side(values: Sequence[Sequence[str]], side: Sequence[FloatArray]) -> list[FloatArray]:
    best = [_best(of_field, s) for of_field, s in zip(values, side, strict=True)]
    return [_columns(f, of_field, best) for f, of_field in enumerate(values)]


def _best(values: Sequence[str], side: FloatArray) -> dict[str, float]:
    best: dict[str, float] = {}
    for value, figure in zip(values, side.tolist(), strict=True):
        best[value] = max(best.get(value, 0.0), figure)
    return best


def _columns(field: int, values: Sequence[str], best: Sequence[Mapping[str, float]]) -> FloatArray:
    others = [b for g, b in enumerate(best) if g != field]
    order = sorted(best[field].items(), key=lambda item: -item[1])
    ranks = {value: sum(o > figure for _, o in order[:_LAST_RANK]) for value, figure in order}
    found = np.zeros((len(values), len(COLUMNS) // len(_SIDES)), dtype=np.float32)
    for i, value in enumerate(values):
        mine = best[field][value]
        other = max((b.get(value, 0.0) for b in others), default=0.0)
        rival = next((o for v, o in order[:2] if v != value), 0.0)
        found[i] = [mine, other, mine - other, mine - rival, ranks[value]]
    return found
