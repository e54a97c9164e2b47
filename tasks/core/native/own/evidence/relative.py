"""Columns: a candidate's evidence beside that of the field's other candidates, and of other fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from tasks.core.native.own.spans import CandidateSpan
from tasks.core.native.text.words import FloatArray

COMPARED = (
    "near_around",
    "near_example",
    "sentence_example",
    "sentence_wanted",
    "sentence_title",
    "before_wanted",
    "part_wanted",
    "part_example",
    "headed_wanted",
    "headed_example",
    "heading_title",
)
COLUMNS = (
    *(f"lead_of_{name}" for name in COMPARED),
    *(f"claim_of_{name}" for name in COMPARED),
    "claims",
    "leads",
)


def columns(
    rows: Sequence[FloatArray], spans: Sequence[Sequence[CandidateSpan]], names: Sequence[str]
) -> list[FloatArray]:
    """For each field, float32 (spans, COLUMNS).

    Args:
        rows: By field, (spans, evidence).
        names: Of the columns of `rows`.
    """
    at = [names.index(name) for name in COMPARED]
    picked = [r[:, at] for r in rows]
    best: dict[tuple[int, int, int], FloatArray] = {}
    second: dict[tuple[int, int, int], FloatArray] = {}
    by_span: dict[tuple[int, int, int], list[FloatArray]] = defaultdict(list)
    for of_field, its_rows in zip(spans, picked, strict=True):
        for span, row in zip(of_field, its_rows, strict=True):
            by_span[span.passage_index, span.start, span.end].append(row)
    for key, of_fields in by_span.items():
        ordered = np.sort(np.stack(of_fields), axis=0)
        best[key] = ordered[-1]
        second[key] = ordered[-2] if len(ordered) > 1 else np.zeros_like(ordered[-1])
    return [_of_field(s, p, best, second) for s, p in zip(spans, picked, strict=True)]


def _of_field(
    spans: Sequence[CandidateSpan],
    picked: FloatArray,
    best: dict[tuple[int, int, int], FloatArray],
    second: dict[tuple[int, int, int], FloatArray],
) -> FloatArray:
    if not len(spans):
        return np.zeros((0, len(COLUMNS)), dtype=np.float32)
    keys = [(s.passage_index, s.start, s.end) for s in spans]
    top, next_top = np.stack([best[k] for k in keys]), np.stack([second[k] for k in keys])
    others = np.where(picked >= top, next_top, top)
    claim = picked - others
    lead = picked - _best_of_others(picked)
    sums = np.stack([(claim > 0).sum(axis=1), (lead >= 0).sum(axis=1)], axis=1)
    return np.concatenate([lead, claim, sums], axis=1).astype(np.float32)


def _best_of_others(picked: FloatArray) -> FloatArray:
    """By row and column, the highest figure of the other rows."""
    if len(picked) < 2:
        return np.zeros_like(picked)
    ordered = np.sort(picked, axis=0)
    return np.where(picked >= ordered[-1], ordered[-2], ordered[-1])
