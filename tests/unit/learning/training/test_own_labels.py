"""Whether a candidate is the right value that a document's writer named."""

from __future__ import annotations

import pytest

from tasks.core.native.own.spans import CandidateSpan, SpanKind
from tasks.core.schema import FieldType, SchemaField
from tasks.core.values.habit import Habit
from tasks.learning.training.own_documents import RightValue
from tasks.learning.training.own_labels import is_same_value


def same(kind: FieldType, line: str, value: str) -> bool:
    field = SchemaField(name="x", title="Thing", description="x", type=kind)
    span = CandidateSpan(SpanKind.SENTENCE, 0, 0, 0, len(line), line)
    return is_same_value(field, span, RightValue("x", value, (), value, None), Habit())


def test_clause_number_in_front_of_chinese_words_makes_no_other_clause() -> None:
    assert same(
        FieldType.CLAUSE, "7.1 未经同意，任何一方不得转让本合同。", "未经同意，任何一方不得转让本合同。"
    )


def test_digits_among_chinese_words_are_words_of_their_own() -> None:
    assert same(
        FieldType.CLAUSE,
        "5.1 卖方每延迟1日应支付货款0.2%的违约金。",
        "卖方每延迟1日应支付货款0.2%的违约金。",
    )


@pytest.mark.parametrize(
    ("line", "is_right"),
    [
        ("3. You may keep a cat in the flat.", True),
        ("You may keep a cat", True),
        ("cat", False),
    ],
)
def test_short_part_of_a_sentence_does_not_say_it(line: str, is_right: bool) -> None:
    assert same(FieldType.BOOLEAN, line, "You may keep a cat in the flat.") is is_right
