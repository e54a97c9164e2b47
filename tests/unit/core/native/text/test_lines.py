"""Bare values below their labels have lines of their own."""

from __future__ import annotations

from tasks.core.native.text.lines import lay_out, lay_out_bare_values

PROSE = "The provider keeps the service open for the customer at all hours of the day and of the night.\n" * 2


def bare(text: str) -> list[str]:
    """The lines of a text below prose, whose long lines show that short ones end paragraphs."""
    whole = PROSE + text
    chunk = {"passages": [{"kind": "body", "text": whole}]}
    return [x.text for x in lay_out_bare_values(lay_out(chunk), [whole])]


def test_date_without_words_has_a_line_with_its_label() -> None:
    assert bare("Subscription start\n12/01/2031\nInitial term\n36 months\n") == [
        "Subscription start\n12/01/2031"
    ]


def test_short_number_may_be_a_page_number_and_has_none() -> None:
    assert bare("Subscription start\n12\n\nThe car is clean and has four doors.\n") == []


def test_value_that_a_unit_holds_has_none() -> None:
    assert bare("The hire begins on\n12/01/2031 and ends in May.\n") == []
