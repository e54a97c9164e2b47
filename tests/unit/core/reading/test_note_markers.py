"""What may open a note and what may cite one."""

from __future__ import annotations

import pytest

from tasks.core.reading.note_markers import citing_markers, glued_markers, marker_key, opening_markers
from tests.unit.core.reading.page_lines import line


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ("* As amended by the side letter", "*"),
        ("† Item 4 is qualified", "†"),
        ("① 本金可能无法全额兑付", "①"),
        ("[3] Schedule 2 discloses a claim", "[3]"),
        ("注1 附表披露了一项诉讼", "注1"),
        ("(a) Subject to adjustment", "(a)"),
        ("2 Capitalized terms have the meaning given", "2"),
        ("¹ Includes safe harbour systems", "¹"),
    ],
)
def test_note_opens_with_its_marker(text: str, marker: str) -> None:
    assert [m.text for m in opening_markers(line(text))] == [marker]


@pytest.mark.parametrize(
    "text", ["§ 3 Termination", "*** redacted ***", "1.2 Definitions", "1,451 151 286 31", "* * *", "7"]
)
def test_heading_redaction_and_number_open_no_note(text: str) -> None:
    assert [m for m in opening_markers(line(text)) if not m.is_glued] == []


def test_marker_glued_to_the_text_is_offered_with_its_shorter_readings() -> None:
    assert [m.text for m in opening_markers(line("12Notwithstanding clause 3"))] == ["12", "1"]


def test_superscript_cites() -> None:
    cited = list(citing_markers(line("the price.12 The", raised=((10, 11),))))
    assert [(m.text, m.start, m.is_raised) for m in cited] == [("1", 10, True)]


def test_two_notes_in_one_superscript_are_both_cited() -> None:
    cited = list(citing_markers(line("the price1,2 is", raised=((9, 12),))))
    assert [m.text for m in cited] == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "raised"),
    [("an area of 120 m2 in total", (16, 17)), ("at 10 kPa is 106 units", (15, 16))],
)
def test_unit_and_power_cite_nothing(text: str, raised: tuple[int, int]) -> None:
    assert list(citing_markers(line(text, raised=(raised,)))) == []


def test_redaction_cites_nothing() -> None:
    assert list(citing_markers(line("a fee of [*] and [***] dollars"))) == []


@pytest.mark.parametrize(("a", "b"), [("[1]", "1"), ("¹", "1"), ("注 1", "注1"), ("（a）", "a"), ("①", "1")])
def test_one_marker_has_one_key(a: str, b: str) -> None:
    assert marker_key(a) == marker_key(b)


def test_digit_glued_to_an_amount_is_offered_as_a_citation() -> None:
    assert list(glued_markers("Vendors $ 15.82", "2")) == [(14, 15)]
