"""Which texts lie under another text that draws the same."""

from __future__ import annotations

import time

import numpy as np

from tasks.core.reading.seen.visible.twins import are_under

TEXTS = np.array([(100.0, 700.0, 200.0, 710.0), (100.0, 500.0, 130.0, 510.0)])


def test_text_drawn_twice_a_little_aside_is_under_the_other() -> None:
    assert are_under([(101.0, 699.0, 201.0, 709.0)], TEXTS) == [True]


def test_neighbour_and_longer_text_are_not_under_it() -> None:
    beside, longer = (201.0, 700.0, 300.0, 710.0), (100.0, 500.0, 200.0, 510.0)
    assert are_under([beside, longer], TEXTS) == [False, False]


def test_letter_without_width_is_under_the_text_around_it() -> None:
    assert are_under([(150.0, 701.0, 150.0, 709.0), (250.0, 701.0, 250.0, 709.0)], TEXTS) == [True, False]


def test_page_without_such_texts_has_none_under_them() -> None:
    assert are_under([(0.0, 0.0, 1.0, 1.0)], np.zeros((0, 4))) == [False]


def test_ten_thousand_texts_on_one_place_are_looked_up_at_once() -> None:
    box = (100.0, 700.0, 110.0, 710.0)
    start = time.process_time()
    assert all(are_under([box] * 10_000, np.array([box] * 1_000)))
    assert time.process_time() - start < 5  # 0.3 s; one by one, 15 s
