"""How one text became another, in quoted words."""

from __future__ import annotations

from time import perf_counter

from tasks.core.reading.seen.revisions.word_changes import word_changes


def test_changed_word_is_quoted_with_its_neighbours() -> None:
    old, new = (
        "under the laws of the State of New York and no other",
        "under the laws of the State of Nevada and no other",
    )
    assert list(word_changes(old, new)) == [
        '"the laws of the State of New York and no other" became "the laws of the State of Nevada and no other"'
    ]


def test_added_and_removed_words_are_told() -> None:
    assert list(word_changes("a b c", "a b new c")) == ['"new" was added after "a b"']
    assert list(word_changes("a b c", "a c")) == ['"b" was removed after "a"']


def test_other_spaces_are_no_change() -> None:
    assert list(word_changes("the\r\nsum of USD 5", "the sum of US D5")) == []


def test_near_changes_are_told_as_one() -> None:
    assert len(list(word_changes("x 1 a b 2 y", "x 3 a b 4 y"))) == 1


def test_long_texts_take_no_quadratic_time() -> None:
    old = " ".join(f"a{i}" for i in range(60_000))
    start = perf_counter()
    (change,) = word_changes(old, old.replace("a", "b"))
    assert perf_counter() - start < 2
    assert len(change) < 600
