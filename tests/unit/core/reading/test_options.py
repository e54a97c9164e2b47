"""The text of an option that is not ticked is marked, and a bullet is no option."""

from __future__ import annotations

import pytest

from tasks.core.reading.layout.options import mark_options
from tasks.core.reading.lines import PageLine
from tasks.core.records import MarkKind
from tests.unit.core.reading.page_lines import line


def unticked(*lines: PageLine) -> list[str]:
    mark_options(lines)
    return [
        row.text[start:end] for row in lines for start, end, kind in row.marks if kind is MarkKind.UNTICKED
    ]


def column(*texts: str, x: float = 72) -> list[PageLine]:
    """Lines below each other."""
    return [line(text, y=700 - 14 * number, x=x) for number, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Renewal: ☐ automatic ☒ none", ["automatic"]),
        ("Payment: [ ] monthly [x] quarterly [ ] yearly", ["monthly", "yearly"]),
        ("The Tenant ( ) shall (X) shall not pay the taxes.", ["shall"]),
        ("□ monthly ■ quarterly", ["monthly"]),
        ("○ monthly ● quarterly ○ yearly", ["monthly", "yearly"]),
        ("Exclusive: Yes ☐ No ☒", ["Yes"]),
        ("Exclusive ☐", ["Exclusive"]),
        ("☒ monthly ☐ yearly. The deposit is USD 5,000.", ["yearly"]),
        ("\uf0a8 monthly \uf0fe yearly", ["monthly"]),
    ],
)
def test_options_of_one_line_reach_to_the_next_box(text: str, expected: list[str]) -> None:
    assert unticked(line(text)) == expected


@pytest.mark.parametrize(
    "texts",
    [
        ("□ first duty", "□ second duty"),
        ("■ first duty", "■ second duty"),
        ("○ first", "○ second"),
        ("[ ] Yes [ ] No",),
        ("from [______] of 20 [ ] until the date",),
        ("☑ insured", "☒ bonded"),
        ("✓ insured", "✓ bonded"),
    ],
)
def test_bullets_blanks_and_numbers_are_no_options(texts: tuple[str, ...]) -> None:
    assert unticked(*column(*texts)) == []


def test_bullets_of_two_levels_are_no_options() -> None:
    outer, inner = line("● duties", y=700, x=72), line("○ insurance", y=686, x=90)
    assert unticked(outer, inner) == []


def test_an_option_reaches_over_its_hanging_lines() -> None:
    first = line("☐ The term renews for one year unless a party", y=700)
    second = line("gives notice.", y=686, x=90)
    after = line("☒ The term ends.", y=672)
    assert unticked(first, second, after) == [first.text[2:], "gives notice."]


def test_an_option_ends_where_its_paragraph_ends() -> None:
    full = line("☐ The term renews for one year unless a party gives a notice of thirty days to", y=700)
    rest = line("the other one.", y=686)
    after = line("Each party bears its costs.", y=672)
    assert unticked(full, rest, after) == [full.text[2:], "the other one."]


def test_a_sign_over_the_box_ticks_it() -> None:
    ticked = line("X☐ monthly ☐ yearly")
    ticked.marks = ((0, 1, MarkKind.FILLED_IN), (1, 2, MarkKind.BLANK))
    assert unticked(ticked) == ["yearly"]


def test_an_option_inside_a_line_goes_on_to_the_end_of_its_sentence() -> None:
    lines = column(
        "The Tenant chooses [x] the small unit, or [ ] the large unit with two parking",
        "spaces, for which the monthly rent is EUR 9,999. The term is five years.",
    )
    assert unticked(*lines) == [
        "the large unit with two parking",
        "spaces, for which the monthly rent is EUR 9,999",
    ]


def test_an_option_inside_a_line_goes_on_to_the_next_box() -> None:
    lines = column(
        "1. Rent. [ ] The Tenant takes parking, and then the",
        "monthly rent amounts to EUR 9,999.00 [x] the Tenant takes none.",
    )
    assert unticked(*lines) == [
        "The Tenant takes parking, and then the",
        "monthly rent amounts to EUR 9,999.00",
    ]


def test_an_option_in_brackets_ends_with_them() -> None:
    lines = column("On-site training day (optional, ☐ not", "ordered) for USD 2,400.00")
    assert unticked(*lines) == ["not", "ordered"]
    assert unticked(line("The Tenant shall (☐ not) take parking for EUR 90 a month.")) == ["not"]


@pytest.mark.parametrize(
    "texts",
    [
        (
            "1. Renewal: [x] none [ ] one year",
            "Each party bears its own costs of this agreement and of its end.",
        ),
        ("1. Renewal: [x] none, [ ] one year.", "each party bears its own costs of this agreement."),
    ],
)
def test_an_option_inside_a_line_ends_with_its_paragraph(texts: tuple[str, ...]) -> None:
    assert " ".join(unticked(*column(*texts))).rstrip(".") == "one year"
