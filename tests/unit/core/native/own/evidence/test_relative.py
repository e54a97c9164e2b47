"""A candidate's evidence beside that of other candidates and fields."""

from __future__ import annotations

import numpy as np

from tasks.core.native.own.evidence.relative import COLUMNS, COMPARED, columns
from tasks.core.native.own.spans import CandidateSpan, SpanKind

N = len(COMPARED)


def span(start: int) -> CandidateSpan:
    return CandidateSpan(SpanKind.VALUE, 0, 0, start, start + 5, "x", None)


def beside(*rows: list[list[float]]) -> list[dict[str, list[float]]]:
    """By field, the columns; every compared number of a row is the same."""
    made = [np.asarray([[v] * N for (v,) in r], dtype=np.float32) for r in rows]
    spans = [[span(10 * i) for i in range(len(r))] for r in rows]
    found = columns(made, spans, COMPARED)
    return [{name: f[:, i].tolist() for i, name in enumerate(COLUMNS)} for f in found]


def test_lead_is_the_distance_to_the_best_other_candidate() -> None:
    (field,) = beside([[0.75], [0.5], [0.25]])
    assert field["lead_of_near_around"] == [0.25, -0.25, -0.5]


def test_claim_is_the_distance_to_the_best_other_field() -> None:
    first, second = beside([[0.75]], [[0.5]])
    assert first["claim_of_near_around"] == [0.25]
    assert second["claim_of_near_around"] == [-0.25]
    assert first["claims"] == [float(N)]


def test_only_candidate_leads_by_all_that_it_has() -> None:
    (field,) = beside([[0.75]])
    assert field["lead_of_near_around"] == [0.75]


def test_no_candidates_have_no_rows() -> None:
    assert columns([np.zeros((0, N), dtype=np.float32)], [[]], COMPARED)[0].shape == (0, len(COLUMNS))
