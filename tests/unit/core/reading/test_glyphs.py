"""Single letters as a reader sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.reading.glyphs import corrected, corrected_text, corrections


@pytest.mark.parametrize(
    ("letter", "seen"),
    [
        ("⾦", "金"),
        ("⼀", "一"),
        ("⻚", "页"),
        ("\ufffe", "-"),
        ("\u00ad", "-"),
        ("ﬁ", "fi"),
        ("\x00", ""),
        ("\ud800", "\ufffd"),
    ],
)
def test_letter_is_corrected(letter: str, seen: str) -> None:
    assert corrected(letter) == seen


@given(st.characters(codec=None))
def test_corrected_text_can_be_stored(letter: str) -> None:
    """UTF-8 takes it, and PostgreSQL takes no NUL."""
    seen = corrected(letter)
    assert "\x00" not in seen
    assert seen.encode("utf-8").decode("utf-8") == seen


@given(st.characters(codec=None))
def test_correcting_twice_changes_nothing(letter: str) -> None:
    seen = corrected(letter)
    assert "".join(map(corrected, seen)) == seen


def test_two_halves_of_a_letter_are_the_letter_and_no_correction() -> None:
    halves = "let \ud835\udc65 be\ufb01t"
    assert corrected_text(halves) == "let \U0001d465 befit"
    assert list(corrections(halves)) == [(8, 10, "\ufb01")]


@pytest.mark.parametrize("halves", ["\ud835", "\udc65", "\udc65\ud835"])
def test_half_a_letter_alone_is_no_letter(halves: str) -> None:
    assert corrected_text(halves) == "\ufffd" * len(halves)
    assert [old for _, _, old in corrections(halves)] == list(halves)
