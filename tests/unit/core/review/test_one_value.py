"""Of a field that has one value, at most one leaves the house as the value."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.review.one_value import DECIDED_FOR_ANOTHER, StandingValue, content_of, doubts


def value(number: int, content: str, decided: int | None = None, **more: Any) -> StandingValue:
    when = None if decided is None else (decided,)
    return StandingValue(number, **({"field": "rent", "agreement": None, "kind": "text"} | more), content=content, page_number=number, decided=when)  # fmt: skip


def test_two_verified_values_are_both_in_doubt_and_name_each_others_pages():
    told = doubts([value(1, "a"), value(2, "b")])
    assert told == {
        1: "the run verified 2 values, and the field has one: another one stands on page 2",
        2: "the run verified 2 values, and the field has one: another one stands on page 1",
    }
    assert doubts([value(1, "a"), value(2, "b"), value(3, "c")])[2].endswith("others stand on pages 1, 3")


def test_what_a_person_decided_last_stands():
    verified, first, last = value(1, "a"), value(2, "b", decided=1), value(3, "c", decided=2)
    assert doubts([verified, last, first]) == {1: DECIDED_FOR_ANOTHER, 2: DECIDED_FOR_ANOTHER}
    assert doubts([verified, first]) == {1: DECIDED_FOR_ANOTHER}
    assert doubts([value(1, "a"), value(2, "a", decided=1)]) == {}


@pytest.mark.parametrize(
    ("kind", "short", "whole", "is_short"),
    [
        ("name", "ninebark", "ninebark homes llc", True),
        ("text", "services agreement", "this services agreement", True),
        ("text", "mark", "ninebark homes", False),
        ("date", "2024-05", "2024-05-01", True),
        ("date", "2024-05", "2024-06-01", False),
        ("money", "usd 5", "usd 5 million", False),
    ],
)
def test_a_shorter_form_of_a_value_does_not_take_it_away(kind: str, short: str, whole: str, is_short: bool):
    told = doubts([value(1, short, kind=kind), value(2, whole, kind=kind)])
    assert (2 not in told) is is_short
    assert ("a shorter form of the value on page 2" in told[1]) is is_short
    decided = doubts([value(1, short, kind=kind, decided=1), value(2, whole, kind=kind)])
    assert decided == {2: DECIDED_FOR_ANOTHER}, (
        "a person's words are the value, also where they are the shorter"
    )
    assert (
        len(doubts([value(1, short, kind=kind), value(2, whole, kind=kind), value(3, "x", kind=kind)])) == 3
    )


def test_values_of_other_fields_and_other_agreements_do_not_compete():
    assert doubts([value(1, "a"), value(2, "b", field="term"), value(3, "a")]) == {}
    assert doubts([value(1, "a", agreement=0), value(2, "b", agreement=1)]) == {}


@pytest.mark.parametrize(
    ("kind", "one", "other", "is_same"),
    [
        ("money", ("$ 5", "USD 5"), ("five dollars", "USD 5"), True),
        ("duration", ("one year", "P1Y"), ("12 months", "P12M"), True),
        ("duration", ("one year", "P1Y"), ("13 months", "P13M"), False),
        ("text", ("The  Bank,", None), ("the bank", None), True),
        ("text", ("the bank", None), ("the trust", None), False),
        ("duration", ("now", "no length"), ("now", "no length"), True),
    ],
)
def test_the_same_content_is_no_second_value(
    kind: str, one: tuple[str, str | None], other: tuple[str, str | None], is_same: bool
):
    assert (content_of(kind, *one) == content_of(kind, *other)) is is_same


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 3)), max_size=6))
def test_never_two_contents_stand(drawn: list[tuple[str, int | None]]):
    values = [value(number, content, decided) for number, (content, decided) in enumerate(drawn)]
    told = doubts(values)
    standing = {v.content for v in values if v.number not in told}
    assert len(standing) <= 1
    if any(v.decided is not None for v in values):
        assert len(standing) == 1
