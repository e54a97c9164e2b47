"""The order of the queue, and how decisions change it."""

import pytest

from tasks.core.review.decided import CALM, Experience, gain_of
from tasks.core.review.questions import QuestionKind
from tasks.core.review.run_queue import RunQueue
from tasks.core.review.worth import COLUMNS, COPY, columns, packaged_worth
from tests.unit.core.review.shown import passage_item, value_item, worth

VERIFIED = value_item(QuestionKind.VERIFIED, "law", "Ohio", 0, 0.9)
DOUBTED = value_item(QuestionKind.DOUBTED, "law", "Utah", 900, 0.4)
PASSAGE = passage_item("law", "the courts of Iowa", 5000)
OTHER = passage_item("term", "two years", 9000)
WEIGHTS = worth(
    verified={"constant": -2.0}, doubted={"constant": -1.0}, passage={"constant": -1.5, "others": -1.0}
)


def test_what_is_worth_most_comes_first_and_decided_items_do_not_come_again() -> None:
    queue = RunQueue((VERIFIED, DOUBTED, OTHER), WEIGHTS, Experience())
    order: list[int] = []
    while (index := queue.next()) is not None:
        order.append(index)
        queue.decide(index, ())
    assert order == [1, 2, 0]


def test_a_value_found_makes_the_next_passage_of_its_field_worth_less() -> None:
    queue = RunQueue((DOUBTED, PASSAGE, OTHER), WEIGHTS, Experience())
    before = queue.open[1], queue.open[2]
    queue.decide(0, DOUBTED.texts)
    assert queue.open[1] < before[0]
    assert queue.open[2] == before[1]


def test_refused_questions_of_a_field_are_worth_less_in_every_document() -> None:
    experience = Experience()
    first, second = (RunQueue((PASSAGE, OTHER), WEIGHTS, experience) for _ in range(2))
    first.decide(0, ())
    assert second.worth_of(0) < second.open[0]
    assert second.worth_of(1) == second.open[1]


def test_experience_moves_as_far_as_it_has_seen() -> None:
    experience = Experience()
    experience.add(PASSAGE, CALM, 3.0)
    assert experience.factor(PASSAGE.field, QuestionKind.PASSAGE) == pytest.approx((CALM + 3) / (2 * CALM))
    assert experience.factor(PASSAGE.field, QuestionKind.VERIFIED) == 1.0


def test_gain_of_a_decision_is_known_without_gold() -> None:
    assert gain_of(VERIFIED, VERIFIED.texts) == 0
    assert gain_of(VERIFIED, ("Utah",)) > gain_of(VERIFIED, ()) > 0
    assert gain_of(DOUBTED, ("Utah",)) == gain_of(PASSAGE, ("Iowa",)) == 1


def test_copy_of_another_value_and_words_with_another_extent_gain_little() -> None:
    queue = RunQueue((VERIFIED, DOUBTED), WEIGHTS, Experience())
    assert queue.held.n_copies(1, ("Ohio", "Utah")) == 1
    assert queue.held.n_copies(0, VERIFIED.texts) == 0
    assert gain_of(DOUBTED, ("Ohio",), 1) == COPY
    assert gain_of(VERIFIED, ("Ohio alone",)) == 0


@pytest.mark.parametrize("item", [VERIFIED, DOUBTED, PASSAGE])
def test_every_column_has_a_weight_in_the_package(item) -> None:
    queue = RunQueue((item,), packaged_worth(), Experience())
    assert len(columns(item, queue.held.relation_of(0))) == len(COLUMNS[item.kind])
    assert 0 < queue.worth_of(0) < 3
