"""What may open a note and what may cite one."""

from __future__ import annotations

import pytest

from tasks.core.reading.lines import PageLine
from tasks.core.reading.notes.mark_places import is_first, same_place, step
from tasks.core.reading.notes.note_markers import citing_markers, glued_markers, opening_markers
from tasks.core.records import MarkKind
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


@pytest.mark.parametrize(
    ("a", "b"),
    [
        *[("[1]", "1"), ("¹", "1"), ("注 1", "注1"), ("（a）", "a"), ("①", "➀"), ("*1", "※1")],
        *[("1)", "1"), ("∗", "*"), ("❶", "➊"), ("‖", "∥"), ("【注2】", "注 2"), ("㉑", "㉑"), ("⁑", "**")],
    ],
)
def test_one_mark_in_two_dresses_is_one_place(a: str, b: str) -> None:
    assert same_place(a, b)


@pytest.mark.parametrize(
    ("a", "b"), [("①", "1"), ("①", "❶"), ("i", "1"), ("*", "**"), ("II", "ii"), ("A", "a")]
)
def test_marks_of_two_counting_orders_are_two_places(a: str, b: str) -> None:
    assert not same_place(a, b)


@pytest.mark.parametrize(
    ("before", "after", "steps"),
    [
        ("9", "10", 1),
        ("iv", "v", 1),
        ("†", "‡", 1),
        ("#", "**", 1),
        ("⑳", "㉑", 1),
        ("III", "IV", 1),
        ("h", "i", 1),
    ],
)
def test_the_next_mark_of_each_order_is_one_step_on(before: str, after: str, steps: int) -> None:
    assert step(before, after) == steps


def test_marks_without_a_common_order_have_no_step() -> None:
    assert step("3", "*") is None and step("①", "2") is None


def test_each_order_has_its_first_mark() -> None:
    assert [m for m in ("1", "a", "i", "I", "A", "*", "①", "❶", "注1", "2", "b", "†") if is_first(m)] == [
        *("1", "a", "i", "I", "A", "*", "①", "❶", "注1")
    ]


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ("1) Vgl. Anlage 3", "1)"),
        ("*1別紙に定める", "*1"),
        ("※2 別紙に定める", "※2"),
        ("【注1】 登记簿载明", "【注1】"),
    ],
)
def test_note_opens_with_a_dressed_number(text: str, marker: str) -> None:
    assert [m.text for m in opening_markers(line(text))] == [marker]


def test_capital_roman_number_opens_a_note_and_a_word_does_not() -> None:
    assert [m.text for m in opening_markers(line("II Letter of the Provider"))] == ["II"]
    assert opening_markers(line("Items of the list")) == []


def test_superscript_in_two_pieces_is_one_marker() -> None:
    cited = list(citing_markers(line("见附表注 1，并", raised=((3, 4), (5, 6)))))
    assert [(m.text, m.start, m.end) for m in cited] == [("注 1", 3, 6)]


def test_number_with_a_bracket_behind_an_ideograph_cites() -> None:
    assert [m.text for m in citing_markers(line("12500円1)とする"))] == ["1)"]


def test_digit_glued_to_an_amount_is_offered_as_a_citation() -> None:
    assert [(a, b) for _, a, b in glued_markers(line("Vendors $ 15.82"), "2")] == [(14, 15)]


def marked(text: str, *raised: tuple[int, int], **marks: tuple[int, int]) -> PageLine:
    shown = line(text, raised=raised)
    shown.marks = tuple(sorted((*bounds, MarkKind(kind)) for kind, bounds in marks.items()))
    return shown


def test_struck_and_inserted_digit_are_two_markers() -> None:
    cited = citing_markers(marked("the price.12 The", (10, 12), struck=(10, 11), inserted=(11, 12)))
    assert [(m.text, m.start, m.is_struck) for m in cited] == [("2", 11, False), ("1", 10, True)]


def test_struck_digit_beside_one_that_no_colour_tells_is_a_marker_of_its_own() -> None:
    cited = citing_markers(marked("the price.21 The", (10, 12), struck=(11, 12)))
    assert [(m.text, m.start, m.is_struck) for m in cited] == [("2", 10, False), ("1", 11, True)]


def test_note_opens_with_its_new_number() -> None:
    opened = opening_markers(marked("12 See Schedule 4.", (0, 2), struck=(0, 1), inserted=(1, 2)))
    assert [(m.text, m.start, m.end) for m in opened] == [("2", 1, 2)]


def test_struck_note_opens_with_its_struck_number() -> None:
    opened = opening_markers(marked("1 See Schedule 4.", (0, 1), struck=(0, 17)))
    assert [(m.text, m.is_struck) for m in opened] == [("1", True)]


def test_note_whose_first_line_is_struck_but_for_its_number_opens_with_it() -> None:
    opened = opening_markers(marked("3 See Schedule 4 and the", (0, 1), struck=(2, 24)))
    assert [(m.text, m.is_struck) for m in opened] == [("3", False)]


@pytest.mark.parametrize("kind", ["hidden", "covered", "layer_off"])
def test_letters_that_are_not_seen_are_no_part_of_a_marker(kind: str) -> None:
    cited = citing_markers(marked("the price.12 The", (10, 12), **{kind: (10, 11)}))
    assert [(m.text, m.start) for m in cited] == [("2", 11)]


def test_bracket_cites_in_the_line_without_its_struck_words() -> None:
    cited = citing_markers(marked("the price old[1] and", struck=(9, 13)))
    assert [(m.text, m.start, m.is_struck) for m in cited] == [("[1]", 13, False)]


def test_digit_glued_to_a_word_is_found_behind_struck_words() -> None:
    found = glued_markers(marked("the price old1 and", struck=(9, 13)), "1")
    assert [(a, b) for _, a, b in found] == [(13, 14)]
