"""How an item stands beside the other values, before and after decisions."""

from tasks.core.review.held_values import HeldValues
from tasks.core.review.questions import QuestionKind
from tests.unit.core.review.shown import passage_item, value_item

CLAUSE = "The law of Ohio governs this agreement"
ITEMS = (
    value_item(QuestionKind.VERIFIED, "law", CLAUSE, 0),
    value_item(QuestionKind.DOUBTED, "law", f"{CLAUSE} alone", 5000),
    passage_item("law", "Disputes go to court", 100),
    value_item(QuestionKind.VERIFIED, "court", "Disputes", 100),
)


def test_a_value_with_the_words_of_another_one_is_a_copy() -> None:
    relation = HeldValues(ITEMS).relation_of(1)
    assert (relation.n_others, relation.is_copy, relation.is_near, relation.is_shared) == (
        1,
        True,
        False,
        False,
    )


def test_a_passage_near_a_value_of_its_field_and_on_one_of_another_field() -> None:
    relation = HeldValues(ITEMS).relation_of(2)
    assert (relation.n_others, relation.is_copy, relation.is_near, relation.is_shared) == (
        1,
        False,
        True,
        True,
    )


def test_a_value_is_not_compared_with_itself() -> None:
    assert HeldValues(ITEMS).relation_of(0).n_others == 0


def test_a_refused_value_stands_no_more_and_an_accepted_one_does() -> None:
    held = HeldValues(ITEMS)
    held.hold(0, ())
    assert held.relation_of(1).n_others == 0
    held.hold(2, ("Disputes go to court",))
    assert held.relation_of(1).n_others == 1
