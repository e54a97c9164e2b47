"""What is stored of a run's questions: each with its reason and worth, the most worthy first, and never too many."""

from dataclasses import replace

import pytest

from tasks.core.records import Extraction, ExtractionStatus, FieldName
from tasks.core.review.items import MAX_ITEMS, ItemDraft, items_of_run
from tasks.core.review.questions import QuestionKind
from tasks.core.review.records import ItemKind
from tests.unit.core.review.shown import place
from tests.unit.core.review.test_questions import AT, TEXT, assessment, critique, line, run_input

SKILLS = FieldName("skills")


def value(status: ExtractionStatus, score: float | None, start: int = 0, end: int = 4) -> Extraction:
    reason = "" if status is ExtractionStatus.VERIFIED else "no"
    words = TEXT[start:end]
    return Extraction(0, SKILLS, status, words, words, place(start, end), 1, score, reason)


def asked(*values: Extraction, faint: list[list[object]] | None = None) -> tuple[ItemDraft, ...]:
    history = {0: [replace(assessment(0.9), candidates=(), rights=())]}
    return items_of_run(run_input(), history, values, [critique(faint or [])])


@pytest.mark.parametrize(
    ("status", "score", "reason"),
    [
        (ExtractionStatus.UNSETTLED, 0.4, "doubtful"),
        (ExtractionStatus.UNSETTLED, None, "doubtful"),
        (ExtractionStatus.VERIFIED, 0.6, "nearly_wrong"),
        (ExtractionStatus.REJECTED, 0.45, "nearly_right"),
    ],
)
def test_value_is_asked_about_for_its_reason(
    status: ExtractionStatus, score: float | None, reason: str
) -> None:
    (item,) = asked(value(status, score))
    assert (item.kind, item.extraction_index, item.reason, item.score) == (ItemKind.VALUE, 0, reason, score)
    assert item.worth > 0


def test_faint_lines_are_asked_with_their_own_words() -> None:
    (item,) = asked(faint=[line(*AT)])
    assert (item.kind, item.field, item.reason, item.score) == (ItemKind.PASSAGE, SKILLS, "overlooked", 0.2)
    assert item.citation is not None
    assert [(s.start, s.end) for s in item.citation.spans] == [AT]


def test_values_that_stand_together_are_one_question_and_the_likeliest_is_shown() -> None:
    (item,) = asked(
        value(ExtractionStatus.REJECTED, 0.2, 0, 4), value(ExtractionStatus.UNSETTLED, 0.6, 0, 12)
    )
    assert (item.extraction_index, item.others, item.reason) == (1, (0,), "doubtful")
    assert item.question is not None
    assert item.question.kind is QuestionKind.DOUBTED


def test_what_was_decided_is_not_asked_again_and_the_rest_is() -> None:
    (item,) = asked(value(ExtractionStatus.REJECTED, 0.2), value(ExtractionStatus.UNSETTLED, 0.6, 0, 12))
    left = item.without({1})
    assert left is not None
    assert (left.extraction_index, left.others) == (0, ())
    assert item.without({0, 1}) is None


def test_most_worthy_come_first_and_a_bad_run_does_not_fill_the_queue() -> None:
    items = asked(*(value(ExtractionStatus.VERIFIED, n / 1000) for n in range(300)))
    assert len(items) == MAX_ITEMS
    worths = [item.worth for item in items]
    assert worths == sorted(worths, reverse=True)
