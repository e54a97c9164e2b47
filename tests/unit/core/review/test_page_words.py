"""What can be selected on a page, and what a selection is in the text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.records import Line, LineTag, Page, Reading, ReadStatus, Span
from tasks.core.review.page_words import (
    MAX_PART_CHARS,
    MAX_WORDS,
    document_parts,
    selected,
    words_in,
)


def words(text: str) -> list[str]:
    return [text[word.start : word.end] for word in words_in(text, 0, len(text))]


def reading(*lines: tuple[str, LineTag], n_pages: int = 1) -> Reading:
    made, at = [], 0
    for text, tag in lines:
        made.append(Line(at, at + len(text) + 1, 1, tag, (0.0, 0.0, 1.0, 1.0), 10.0))
        at += len(text) + 1
    whole = "".join(f"{text}\n" for text, _ in lines)
    pages = tuple(Page(n + 1, 0, len(whole), "ok") for n in range(n_pages))
    return Reading(ReadStatus.OK, None, (), n_pages, whole, pages, tuple(made), (), "r")


BODY, NOTE, RUNNING = LineTag.BODY, LineTag.NOTE, LineTag.RUNNING


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pays EUR 4,200.00, plus VAT.", ["pays", "EUR", "4,200.00", ",", "plus", "VAT", "."]),
        ("$1,000 (5%)", ["$1,000", "(", "5%", ")"]),
        ("the Tenant's and/or a@b.example", ["the", "Tenant's", "and/or", "a@b.example"]),
        ("within—say—3 days", ["within", "—", "say", "—", "3", "days"]),
        ("本金3,445元。", ["本", "金", "3,445", "元", "。"]),
        ("قدره 4200 يورو.", ["قدره", "4200", "يورو", "."]),
        ("ש״ח 31 במאי", ["ש", "״", "ח", "31", "במאי"]),
        ("cafe\u0301 nai\u0308ve", ["cafe\u0301", "nai\u0308ve"]),
        ("", []),
        (" \n\t", []),
    ],
)
def test_words_are_what_a_person_would_press(text: str, expected: list[str]):
    assert words(text) == expected


@given(st.text(max_size=200))
def test_words_are_in_order_apart_and_leave_out_white_space_alone(text: str):
    found = words_in(text, 0, len(text))
    covered = {at for word in found for at in range(word.start, word.end)}
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(text[at].isspace() or at in covered or not text[at].isprintable() for at in range(len(text)))


def test_a_page_has_no_more_words_than_can_be_shown():
    assert len(words_in("a " * (MAX_WORDS + 10), 0, 10**6)) == MAX_WORDS


def test_a_selection_is_widened_to_whole_words():
    made = reading(("pays EUR 4,200.00 monthly", BODY))
    assert selected(made, 7, 12) == (Span(5, 17),)
    assert selected(made, 5, 17) == (Span(5, 17),)


def test_a_selection_leaves_out_what_only_the_page_puts_between():
    made = reading(
        ("The rent is", BODY), ("8 a note", NOTE), ("Page 3 of 9", RUNNING), ("EUR 4 a month", BODY)
    )
    found = selected(made, 0, len(made.text))
    assert [made.text[span.start : span.end] for span in found] == ["The rent is", "EUR 4 a month"]


def test_a_selection_within_a_note_is_the_note():
    made = reading(("The rent is", BODY), ("8 a note", NOTE), ("goes on", NOTE), ("EUR 4", BODY))
    found = selected(made, made.text.index("a note"), made.text.index(" on\n"))
    assert [made.text[span.start : span.end] for span in found] == ["a note\ngoes"]


@pytest.mark.parametrize(("start", "end"), [(0, 0), (5, 3), (-1, 4), (0, 10_000), (11, 12)])
def test_a_selection_without_words_is_none(start: int, end: int):
    made = reading(("The rent is", BODY), ("", BODY), ("EUR 4", BODY))
    assert selected(made, start, end) == ()


@given(st.integers(-5, 90), st.integers(-5, 90))
def test_a_selection_is_within_the_text_and_never_blank(start: int, end: int):
    made = reading(
        ("The rent is", BODY),
        ("8 a note here", NOTE),
        ("Page 3 of 9", RUNNING),
        ("EUR 4,200.00 a month", BODY),
    )
    for span in selected(made, start, end):
        assert 0 <= span.start < span.end <= len(made.text)
        assert made.text[span.start : span.end].strip() == made.text[span.start : span.end] != ""


def test_parts_are_pages_where_the_document_has_them():
    made = reading(("a", BODY), n_pages=3)
    assert [part.page_number for part in document_parts(made, True)] == [1, 2, 3]
    assert [part.page_number for part in document_parts(made, False)] == [0]


def test_a_long_text_is_cut_at_ends_of_lines_without_gaps():
    made = reading(*((f"{n} " + "word " * 100, BODY) for n in range(200)))
    parts = document_parts(made, False)
    assert [parts[0].start, *(part.end for part in parts)] == [
        0,
        *(part.start for part in parts[1:]),
        len(made.text),
    ]
    assert all(part.end - part.start <= MAX_PART_CHARS for part in parts) and len(parts) > 5
    assert all(made.text[part.end - 1] == "\n" for part in parts)


def test_an_empty_document_has_one_part():
    empty = Reading(ReadStatus.OK, None, (), 0, "", (), (), (), "r")
    assert [(part.start, part.end) for part in document_parts(empty, True)] == [(0, 0)]
