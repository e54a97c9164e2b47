"""Normal forms as quantities: what cannot be read or compared for sure is refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.schema import FieldType
from tasks.core.values.quantities import compare, equal, quantity

DATE, MONEY, NUMBER, DURATION = FieldType.DATE, FieldType.MONEY, FieldType.NUMBER, FieldType.DURATION


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        (DATE, "soon"),
        (DATE, "2020-13-01"),
        (MONEY, "2000"),
        (NUMBER, "many"),
        (DURATION, "P"),
        (DURATION, "a month"),
    ],
)
def test_form_that_cannot_be_read_is_refused(kind: FieldType, form: str) -> None:
    with pytest.raises(ValueError, match=r"[a-z]"):
        quantity(kind, form)


@given(st.dates(), st.dates())
def test_exact_dates_are_compared_like_days(one: date, other: date) -> None:
    a, b = quantity(DATE, str(one)), quantity(DATE, str(other))
    assert compare(a, b) == -compare(b, a)
    assert equal(a, b) == (one == other)
