"""When an ActualText says something else than the page does."""

from __future__ import annotations

import pytest

from tasks.core.reading.seen.actual_text import is_spelled, says_other


@pytest.mark.parametrize(
    ("glyphs", "actual"),
    [
        ("ﬁ", "fi"),
        ("-", "\xad"),
        ("Agree-", "Agree"),
        ("SMITH", "Smith"),
        ("17", ""),  # a line number that is not to be copied
        (" ", "\t"),
        ("•", "*"),
        ("USD 5,000", "USD 5,000"),
        ("−5", "-5"),
        ("“price”", '"price"'),
    ],
)
def test_ordinary_actual_text_says_nothing_else(glyphs: str, actual: str) -> None:
    assert not says_other(glyphs, actual)


@pytest.mark.parametrize(
    ("glyphs", "actual"),
    [
        ("5,000,000", "9,000,000"),
        ("5,000", "5.000"),
        ("2020-06-30", "2020/06/30"),
        ("Sweden", "New York"),
        ("10 %", "10"),
        ("USD 5", "€ 5"),
        ("•", "not"),
    ],
)
def test_other_words_numbers_or_signs_are_told(glyphs: str, actual: str) -> None:
    assert says_other(glyphs, actual)


def test_actual_text_fills_in_ligatures_that_the_font_does_not_name() -> None:
    assert is_spelled("o\ufffdce", "office")
    assert is_spelled("\ufffd", "ffi")


def test_actual_text_of_nothing_but_unknown_glyphs_proves_no_words() -> None:
    assert not is_spelled("\ufffd\ufffd\ufffd\ufffd", "2,000,000")
    assert not is_spelled("o\ufffdce", "orifice of state")
