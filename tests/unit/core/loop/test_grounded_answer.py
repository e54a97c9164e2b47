"""A raw answer, grounded: every proposal once, each with its place or the finding that it has none."""

from __future__ import annotations

import json
from typing import Any

from tasks.core.grounding.checks import NOT_IN_CHUNK
from tasks.core.grounding.unprovable import UnprovableWords
from tasks.core.loop.grounded_answer import GroundedAnswer, ground_answer
from tasks.core.records import FindingSource
from tests.unit.core.builders import body_chunk, page, small_schema

TEXT = "Skills: Python, Flask. Employer: Tarn AB."
SCHEMA = small_schema("skills", "employers")


def grounded(*items: tuple[str, str], **more: Any) -> GroundedAnswer:
    rows = [{"field": field, "quote": quote} for field, quote in items]
    return from_raw(json.dumps({"items": rows, **more}))


def from_raw(raw: str) -> GroundedAnswer:
    return ground_answer(raw, SCHEMA, body_chunk(TEXT), TEXT, [page(1, 0, len(TEXT))], UnprovableWords())


def test_equal_candidates_at_one_place_are_one() -> None:
    answer = grounded(("skills", "Python"), ("skills", "Python"), ("employers", "Python"))
    assert [(c.field, c.quote) for c in answer.candidates] == [("skills", "Python"), ("employers", "Python")]


def test_placed_candidates_keep_their_index_in_the_answer() -> None:
    answer = grounded(("skills", "Django"), ("skills", "Flask"))
    start = TEXT.index("Flask")
    assert answer.placed_indices() == (1,)
    ((candidate, *place),) = answer.placed()
    assert (candidate.quote, place) == ("Flask", [0, start, start + len("Flask")])
    (finding,) = answer.findings
    assert (finding.candidate_index, finding.source, finding.reason) == (
        0,
        FindingSource.GROUNDING,
        NOT_IN_CHUNK,
    )


def test_fields_that_the_generator_cannot_extract_are_named() -> None:
    assert list(grounded(unable=["employers"]).unable) == ["employers"]


def test_characters_that_no_database_stores_leave_no_trace_in_values_and_quotes() -> None:
    escaped = '{"items": [{"field": "skills", "quote": "Pyth\\u0000on", "value": "Pyth\\ud800on"}]}'
    (candidate,) = from_raw(escaped).candidates
    assert "\0" not in candidate.quote + candidate.value
    (candidate.quote + candidate.value).encode()
