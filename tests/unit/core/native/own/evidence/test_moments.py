"""Dates: ends of ranges, the paper's own date and those of other papers."""

from __future__ import annotations

import pytest

from tasks.core.native.own.evidence.moments import acts_of
from tasks.core.schema import FieldType
from tests.unit.core.native.own.evidence.scenes import evidence_of, made

START, END = made(FieldType.DATE, "Start date"), made(FieldType.DATE, "End date")
SIGNED = made(FieldType.DATE, "Date of agreement")
RANGES = [
    ("The lease runs from 1 May 2031 to 30 April 2033.\n", "1 May 2031", "30 April 2033"),
    ("租期自2031年5月1日起至2033年4月30日止。\n", "2031年5月1日", "2033年4月30日"),
    ("Cover 05/01/2031 - 04/30/2033\n", "05/01/2031", "04/30/2033"),
]


@pytest.mark.parametrize(("text", "first", "last"), RANGES)
def test_ends_of_a_range_are_told_apart(text: str, first: str, last: str) -> None:
    begin, end = (evidence_of(v, text, START) for v in (first, last))
    assert (begin["is_range_first"], begin["is_range_last"]) == (1.0, 0.0)
    assert (end["is_range_first"], end["is_range_last"]) == (0.0, 1.0)


@pytest.mark.parametrize(("text", "first", "last"), RANGES)
def test_end_of_a_range_fits_the_field_that_asks_for_it(text: str, first: str, last: str) -> None:
    assert evidence_of(first, text, START)["range_fits"] == 1.0
    assert evidence_of(first, text, END)["range_fits"] == -1.0
    assert evidence_of(last, text, END)["range_fits"] == 1.0


def test_two_dates_of_one_sentence_are_no_range() -> None:
    text = "It was signed on 2 May 2031 and the goods arrive on 9 June 2031.\n"
    assert evidence_of("2 May 2031", text, START)["is_range_first"] == 0.0


def test_date_of_another_agreement_is_not_the_paper_s() -> None:
    text = "This Deed is made on 4 March 2031. It follows a loan agreement dated 7 July 2027.\n"
    own, other = (evidence_of(v, text, SIGNED) for v in ("4 March 2031", "7 July 2027"))
    assert (own["is_of_paper"], own["is_of_other_paper"]) == (1.0, 0.0)
    assert (other["is_of_paper"], other["is_of_other_paper"]) == (0.0, 1.0)
    assert own["paper_fits"] > other["paper_fits"]


def test_date_of_a_letter_head_stands_alone() -> None:
    text = "Lindholm, 3 June 2031\n\nWe thank you for your order of goods and are glad to confirm it.\n"
    assert evidence_of("3 June 2031", text, SIGNED)["is_alone"] == 1.0


def test_days_have_places_among_the_dates_of_a_chunk() -> None:
    text = "Signed 2 May 2031. Work begins on 9 June 2031. It ends on 1 August 2032.\n"
    rows = [evidence_of(v, text, END) for v in ("2 May 2031", "9 June 2031", "1 August 2032")]
    assert [r["order"] for r in rows] == [0.0, 0.5, 1.0]
    assert [r["is_latest"] for r in rows] == [0.0, 0.0, 1.0]


def test_words_say_what_happens_on_a_day() -> None:
    assert "deliver" in acts_of("the goods are shipped on")
    assert "end" in acts_of("到期日为")
    assert not acts_of("the colour of the door")


def test_other_types_have_no_moments() -> None:
    row = evidence_of("$5.00", "It costs $5.00 from May.\n", made(FieldType.MONEY, "Price"))
    assert row["order"] == row["wants_paper"] == 0.0
