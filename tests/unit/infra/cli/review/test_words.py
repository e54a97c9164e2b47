"""The right words are found on the page as a person copies them, and where they are meant."""

from __future__ import annotations

import pytest

from infra.cli.review.words import WordsNotFound, as_range, find_words
from tasks.core.review.records import PassagePage

FIRST = "The rent is EUR 4,200.00 a month.\nThe deposit is EUR 4,200.00, too.\n"
SECOND = "Notice may be given\nby either party in wri-\nting. It is EUR 900.\n"


def page(number: int, start: int, text: str) -> PassagePage:
    return PassagePage(number, start, start + len(text), text)


PAGES = [page(3, 100, FIRST), page(4, 100 + len(FIRST), SECOND)]
TEXT = " " * 100 + FIRST + SECOND


def said(words: str, own: tuple[int, int] = (0, 1)) -> str:
    start, end = find_words(words, PAGES, [own])
    return TEXT[start:end]


def test_words_that_stand_once_are_found() -> None:
    assert said("EUR 900") == "EUR 900"


def test_line_ends_and_hyphens_do_not_count() -> None:
    assert said("given by either party") == "given\nby either party"
    assert said("in writing") == "in wri-\nting"


def test_letter_case_counts_only_if_something_fits_it() -> None:
    assert said("the deposit") == "The deposit"


def test_words_across_the_end_of_a_page_are_found() -> None:
    assert said("too. Notice may") == "too.\nNotice may"


def test_of_several_places_the_one_at_the_question_is_meant() -> None:
    second = TEXT.rindex("EUR 4,200.00")
    assert find_words("EUR 4,200.00", PAGES, [(second + 4, second + 6)]) == (second, second + 12)


def test_several_places_are_named_and_one_is_chosen_by_number() -> None:
    with pytest.raises(WordsNotFound, match=r"in 2 places.*1: page 3, 112-124, .*2: page 3, 149-161"):
        said("EUR 4,200.00")
    assert find_words("EUR 4,200.00 #2", PAGES, []) == (149, 161)
    with pytest.raises(WordsNotFound, match="there is no place 3"):
        find_words("EUR 4,200.00 #3", PAGES, [])


def test_a_number_is_not_found_inside_a_longer_one() -> None:
    with pytest.raises(WordsNotFound, match="do not stand on pages 3 to 4"):
        said("EUR 4,200.0")


@pytest.mark.parametrize("words", ["", " ", "EUR 5,000", "#2"])
def test_words_that_are_not_there_are_refused(words: str) -> None:
    with pytest.raises(WordsNotFound):
        said(words)


def test_chinese_words_need_no_blanks_around_them() -> None:
    assert find_words("本金可能损失", [page(1, 0, "甲方知悉本金可能损失。")], []) == (4, 10)


def test_a_range_is_read() -> None:
    assert as_range(" 12-40 ") == as_range("[12–40]") == (12, 40)
    for wrong in ("12", "40-12", "12-12", "a-b", "-3-5"):
        with pytest.raises(WordsNotFound):
            as_range(wrong)
