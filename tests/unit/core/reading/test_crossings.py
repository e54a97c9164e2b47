"""What a bar says of the letters that it meets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.core.reading.seen.redlines.bars import Bar
from tasks.core.reading.seen.redlines.crossings import covers, crossing, doubled, is_beside, word_end
from tasks.core.reading.seen.redlines.directions import Run

TEXT = Run(0, 100, 200, 500, 10)
BLACK = (0, 0, 0)


def bar(rise: float, x0: float = 100, x1: float = 200, thickness: float = 0.6) -> Bar:
    """`rise`: points above the base line of `TEXT`."""
    return Bar(x0, 500 + rise, x1, 500 + rise, thickness, BLACK)


@pytest.mark.parametrize("rise", [2.0, 2.5, 3.1, 4.0])
def test_bar_through_letters_strikes(rise: float) -> None:
    assert crossing(bar(rise), [TEXT]).strikes


@pytest.mark.parametrize("rise", [-2.7, -0.8, 0.5, 5.0, 7.5])
def test_bar_under_or_over_letters_does_not_strike(rise: float) -> None:
    assert not crossing(bar(rise), [TEXT]).strikes


@pytest.mark.parametrize(("x0", "x1"), [(60, 200), (100, 260), (40, 400)])
def test_rule_that_goes_on_beyond_its_letters_does_not_strike(x0: float, x1: float) -> None:
    assert not crossing(bar(2.7, x0, x1), [TEXT]).strikes


def test_thick_bar_does_not_strike() -> None:
    assert not crossing(bar(2.7, thickness=4.5), [TEXT]).strikes


def test_superscript_in_a_struck_run_is_struck_with_it() -> None:
    raised = Run(1, 200, 204, 503.5, 6)
    strike = crossing(bar(2.7, 100, 204), [TEXT, raised])
    assert strike.strikes
    assert strike.deleted == [TEXT, raised]


def test_subscript_on_an_underline_is_not_struck() -> None:
    lowered = Run(1, 200, 204, 497.5, 6)
    found = crossing(bar(-1.0, 100, 204), [TEXT, lowered])
    assert found.struck == [lowered]
    assert found.underlines and not found.strikes


def test_line_by_hand_may_stand_lower_than_a_drawn_one() -> None:
    drawn = bar(0.8)
    assert not crossing(drawn, [TEXT]).strikes
    assert crossing(replace(drawn, is_freehand=True), [TEXT]).strikes


def test_sloping_bar_is_judged_where_it_meets_the_letters() -> None:
    sloping = Bar(100, 501.2, 200, 504.2, 0.6, BLACK)
    assert crossing(sloping, [TEXT]).strikes


def test_bar_covers_a_letter_by_its_middle() -> None:
    assert covers(bar(2.7, 100, 150), 146, 152)
    assert not covers(bar(2.7, 100, 150), 148, 154)
    assert not covers(bar(2.7, 101, 103), 98, 106)


def test_underline_next_to_a_strike_is_beside_it() -> None:
    strike = crossing(bar(2.7), [TEXT])
    after = Run(1, 203, 260, 500, 10)
    other_line = Run(2, 203, 260, 488, 10)
    assert is_beside(crossing(bar(-1, 203, 260), [after]), strike)
    assert not is_beside(crossing(bar(-1, 240, 260), [after]), strike)
    assert not is_beside(crossing(bar(-13, 203, 260), [other_line]), strike)


def test_double_underline_is_two_equal_bars_close_together() -> None:
    upper, lower = crossing(bar(-1), [TEXT]), crossing(bar(-2.2), [TEXT])
    apart = crossing(bar(-2.2, 150, 160), [TEXT])
    assert doubled([upper, lower]) == {id(upper), id(lower)}
    assert doubled([upper, apart]) == set()


WORDS = "the State of Vermont the"
LETTERS = [(100 + 5.0 * n, 104.8 + 5.0 * n, letter) for n, letter in enumerate(WORDS)]
END_OF_VERMONT = LETTERS[WORDS.index("t the")][1]


@pytest.mark.parametrize("short_by", [2.0, 6.5, 11.0])
def test_strike_that_cuts_a_letter_of_its_last_word_means_the_word(short_by: float) -> None:
    assert word_end(bar(2.7, x1=END_OF_VERMONT - short_by), LETTERS, 10) == END_OF_VERMONT


@pytest.mark.parametrize("short_by", [0.0, 5.0, 9.9])
def test_strike_that_ends_between_two_letters_means_those_before(short_by: float) -> None:
    assert word_end(bar(2.7, x1=END_OF_VERMONT - short_by), LETTERS, 10) is None


@pytest.mark.parametrize("short_by", [22.0, 32.0])
def test_strike_that_ends_early_in_a_word_does_not_mean_it(short_by: float) -> None:
    assert word_end(bar(2.7, x1=END_OF_VERMONT - short_by), LETTERS, 10) is None
