"""A value at one place: what grounding and critic said of it, and whether it reaches its bar."""

from __future__ import annotations

from tasks.core.records import CellState
from tests.unit.core.loop.drafts import UNSETTLED, VERIFIED, Draft


def test_value_below_its_bar_is_unsettled_and_so_is_its_cell():
    done = Draft().add("rent", "USD 2,000", 10, 0.62, 0.81).settled()
    (row,) = done.extractions
    reason = "its probability of being right, 0.62, is below the 0.81 that the promised precision asks for"
    assert (row.status, row.reason) == (UNSETTLED, reason)
    cell = next(c for c in done.coverage if c.field == "rent")
    assert (cell.state, cell.reason) == (CellState.UNSETTLED, reason)


def test_probability_and_bar_are_told_apart_in_the_reason():
    (row,) = Draft().add("rent", "USD 2,000", 10, 0.8096, 0.8104).rows()
    assert "0.810," not in row.reason and "0.8096, is below the 0.8104" in row.reason


def test_value_at_its_bar_or_without_one_is_verified():
    assert Draft().add("rent", "USD 2,000", 10, 0.8, 0.8).rows()[0].status is VERIFIED
    assert Draft().add("rent", "USD 2,000", 10, 0.1, None).rows()[0].status is VERIFIED
