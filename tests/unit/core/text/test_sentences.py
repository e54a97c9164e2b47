"""Sentence ends in English and Chinese."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.text.sentences import mask_markers, sentence_around, sentence_ends


def sentences(text: str) -> list[str]:
    ends = sentence_ends(text)
    return [text[a:b].strip() for a, b in zip([0, *ends], ends, strict=False)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He pays. She pays.", ["He pays.", "She pays."]),
        ("Acme Inc. shall pay. It does.", ["Acme Inc. shall pay.", "It does."]),
        ("See Section 3.2 hereof. Then pay.", ["See Section 3.2 hereof.", "Then pay."]),
        ("1. Payment. The price is due.", ["1. Payment.", "The price is due."]),
        ("It is “fixed.” The price", ["It is “fixed.”", "The price"]),
        ("本金可能无法兑付。投资者应当知悉！", ["本金可能无法兑付。", "投资者应当知悉！"]),
        ("J. Smith signs. Done.", ["J. Smith signs.", "Done."]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_marker_belongs_to_the_sentence_before_it() -> None:
    text = "The price is 15.82 The rest is free."
    masked = mask_markers(text, [(17, 18)])
    assert sentence_ends(masked)[-1] == len(text)
    assert sentence_ends(mask_markers("It is fixed.1 The rest.", [(12, 13)]))[0] == 13


@given(st.text(alphabet="ab .!?。\n\x01”A1"))
def test_ends_rise_and_the_last_is_the_text_end(text: str) -> None:
    ends = sentence_ends(text)
    assert ends == sorted(set(ends))
    assert not text or ends[-1] == len(text)


@given(st.text(alphabet="ab. AB。", min_size=1), st.data())
def test_sentence_around_holds_the_place(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    start, end = sentence_around(sentence_ends(text), at, at + 1)
    assert start <= at < end
