"""A field's state is what a reader must know first, and what was searched is counted by chunks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.core.evidence.fields import shown_fields
from tasks.core.evidence.page import ShownField
from tasks.core.evidence.places import PageIndex
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.replay import StoredRun
from tasks.core.records import CellState, CoverageCell, ExtractionStatus, FieldName, RunId
from tests.unit.core.builders import body_chunk, small_schema
from tests.unit.core.evidence.trails import TEXT, reading, value

FOUND, ABSENT, UNSETTLED, FAILED = CellState
N_PAGES = 3


def field_of(*states: CellState, value_is: ExtractionStatus | None = None) -> ShownField:
    """The field `skills` of a run with a chunk for each page."""
    seen = reading(N_PAGES)
    chunks = tuple(body_chunk(TEXT, n, n * len(TEXT)) for n in range(N_PAGES))
    cells = tuple(
        CoverageCell(n, FieldName("skills"), state, f"reason {state}") for n, state in enumerate(states)
    )
    values = () if value_is is None else (replace(value("Python"), status=value_is),)
    run_input = RunInput(seen, chunks, small_schema("skills", "employers"))
    run = StoredRun(RunId("r"), "done", run_input, 3, (), values, cells)
    field, other = shown_fields(run, PageIndex(seen))
    assert other.name == "employers"
    return field


@pytest.mark.parametrize(
    ("states", "status", "expected"),
    [
        ((FOUND, ABSENT, ABSENT), ExtractionStatus.VERIFIED, "found"),
        ((FOUND, UNSETTLED, FAILED), ExtractionStatus.VERIFIED, "found"),
        ((UNSETTLED, ABSENT, ABSENT), ExtractionStatus.UNSETTLED, "unsettled"),
        ((ABSENT, UNSETTLED, FAILED), None, "unsettled"),
        ((ABSENT, ABSENT, FAILED), ExtractionStatus.REJECTED, "failed"),
        ((ABSENT, ABSENT, ABSENT), ExtractionStatus.REJECTED, "absent"),
        ((ABSENT, ABSENT, ABSENT), None, "absent"),
        ((), None, "failed"),
    ],
)
def test_state_is_found_if_a_value_is_verified_and_else_the_worst_of_the_cells(
    states: tuple[CellState, ...], status: ExtractionStatus | None, expected: str
) -> None:
    assert field_of(*states, value_is=status).state == expected


def test_what_was_searched_is_counted_and_open_pages_are_named() -> None:
    searched = field_of(ABSENT, UNSETTLED, FAILED).searched
    assert (searched.n_chunks, searched.n_absent, searched.n_unsettled, searched.n_failed) == (3, 1, 1, 1)
    assert searched.pages_open == (2, 3)
    assert searched.reasons == ("reason unsettled", "reason failed")


def test_each_reason_is_told_once() -> None:
    assert field_of(UNSETTLED, UNSETTLED, UNSETTLED).searched.reasons == ("reason unsettled",)


def test_field_of_an_unfinished_run_says_that_it_was_not_searched_to_the_end() -> None:
    assert field_of().searched.reasons == ("the run is not finished",)
