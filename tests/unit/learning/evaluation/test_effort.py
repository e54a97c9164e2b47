"""What review pays: an ideal reviewer who gives only what the shown item shows."""

from __future__ import annotations

from dataclasses import replace

from tasks.core.records import FieldName, Span
from tasks.core.review.questions import Question, QuestionKind
from tasks.learning.evaluation.effort import (
    DECISIONS,
    EffortRow,
    PlacedSpan,
    ReviewCase,
    Reviewed,
    effort,
    looked_at,
)
from tests.unit.core.review.shown import passage_item, value_item, worth

LAW = FieldName("law")
OHIO, UTAH = "the law of Ohio governs", "courts of Utah decide alone"
FLAT = worth()


def gold(*spans: tuple[str, int]) -> dict[FieldName, tuple[PlacedSpan, ...]]:
    return {LAW: tuple(PlacedSpan(text, (Span(at, at + len(text)),)) for text, at in spans)}


def answer(item: Question, *spans: tuple[str, int]) -> tuple[str, ...]:
    return Reviewed(ReviewCase(gold(*spans), (item,))).answer(0)


def figures(rows: tuple[EffortRow, ...], order: str) -> dict[int, float]:
    return {r.decisions: r.f1_off for r in rows if r.order == order}


def test_a_right_value_stays_and_a_wrong_one_goes() -> None:
    assert answer(value_item(QuestionKind.VERIFIED, "law", OHIO, 500), (OHIO, 0)) == (OHIO,)
    assert answer(value_item(QuestionKind.VERIFIED, "law", "nothing of it", 500), (OHIO, 0)) == ()


def test_a_value_with_the_wrong_extent_gets_the_words_at_its_place() -> None:
    whole = f"subject to nothing else at all in here {OHIO}"
    assert answer(value_item(QuestionKind.DOUBTED, "law", "governs", 55), (whole, 0)) == (whole,)


def test_a_passage_gives_every_gold_span_that_it_touches_and_no_other() -> None:
    shown = passage_item("law", "x" * 100, 0)
    assert answer(shown, (OHIO, 10), (UTAH, 90), ("far away words", 400)) == (OHIO, UTAH)


def test_a_gold_span_is_given_if_half_of_it_is_shown_around_the_words() -> None:
    shown = replace(value_item(QuestionKind.VERIFIED, "law", "wrong", 300), shown=(Span(100, 500),))
    assert answer(shown, (OHIO, 450), (UTAH, 490), ("a span before it all", 85)) == (OHIO,)


def test_words_of_another_field_are_not_given() -> None:
    assert answer(passage_item("term", "x" * 100, 0), (OHIO, 10)) == ()


def test_what_stands_already_is_not_selected_again() -> None:
    items = (value_item(QuestionKind.VERIFIED, "law", OHIO, 10), passage_item("law", "x" * 100, 0))
    assert Reviewed(ReviewCase(gold((OHIO, 10)), items)).answer(1) == ()


def test_each_order_ends_where_its_items_end() -> None:
    items = (
        value_item(QuestionKind.VERIFIED, "law", "nothing of it", 500),
        value_item(QuestionKind.DOUBTED, "law", OHIO, 10),
        passage_item("law", "x" * 40, 80),
    )
    rows = effort([ReviewCase(gold((OHIO, 10), (UTAH, 90)), items)], FLAT)
    assert [r.decisions for r in rows if r.order == "queue"] == list(DECISIONS)
    assert figures(rows, "queue")[0] == figures(rows, "uncertain")[0] == 0.0
    assert figures(rows, "queue")[50] == 1.0
    assert figures(rows, "uncertain")[50] == figures(rows, "random")[50] == 2 / 3


def test_the_most_uncertain_value_comes_first() -> None:
    sure, unsure = (
        value_item(QuestionKind.VERIFIED, "law", text, at, score)
        for text, at, score in (("a wrong one", 300, 0.95), ("another wrong", 600, 0.55))
    )
    case = ReviewCase(
        gold((OHIO, 10)), (sure, unsure, *(value_item(QuestionKind.VERIFIED, "law", OHIO, 10, 0.99),))
    )
    precision = {r.decisions: r.precision_off for r in effort([case], FLAT) if r.order == "uncertain"}
    assert (precision[0], precision[2]) == (1 / 3, 1.0)


def test_a_contract_that_was_not_processed_counts_with_its_gold() -> None:
    assert {r.recall_off for r in effort([ReviewCase(gold((OHIO, 10)))], FLAT)} == {0.0}


def test_wrong_values_are_looked_at_until_the_share_is_right() -> None:
    wrong = value_item(QuestionKind.VERIFIED, "law", "nothing of it", 500, 0.4)
    right = value_item(QuestionKind.VERIFIED, "law", OHIO, 10, 0.9)
    by_score = worth(verified={"score": -1.0})
    seen = looked_at([ReviewCase(gold((OHIO, 10)), (right, wrong))], by_score)
    assert (seen.n_verified, seen.n_looked_at, seen.share_before) == (2, 1, 0.5)


def test_a_field_with_one_value_gets_one() -> None:
    """As the page: further values are refused there."""
    shown = passage_item("law", "x" * 100, 0)
    case = ReviewCase(gold((OHIO, 10), (UTAH, 90)), (shown,), frozenset({LAW}))
    assert Reviewed(case).answer(0) == (OHIO,)
    value = value_item(QuestionKind.VERIFIED, "law", OHIO, 10)
    case = ReviewCase(gold((OHIO, 10), (UTAH, 30)), (replace(value, shown=(Span(0, 99),)),), frozenset({LAW}))
    assert Reviewed(case).answer(0) == (OHIO,)
