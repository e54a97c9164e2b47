"""What a sentence answers to a boolean field, with and without one of the field's cues."""

from __future__ import annotations

import pytest

from tasks.core.native.own.signs import field_signs
from tasks.core.native.own.statements import answer_of
from tasks.core.native.text.cues import compile_cues
from tasks.core.schema import FieldType, Schema
from tests.unit.core.native.own.evidence_scenes import field

RENEWAL = field(
    "x",
    "Automatic renewal",
    FieldType.BOOLEAN,
    description="A sentence that says the contract goes on by itself.",
    cues=("automatically renew", "rolling"),
)


def answer(sentence: str) -> bool | None:
    cues = compile_cues(Schema(name="s", title="S", fields=(RENEWAL,)))
    return answer_of(field_signs(cues["x"]), sentence)[0]


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("The contract shall automatically renew for a year.", True),
        ("The contract shall not automatically renew.", False),
        ("After that the contract is renewed for a further year without a new signature.", True),
    ],
)
def test_sentence_answers(sentence: str, said: bool) -> None:
    assert answer(sentence) is said


def test_denial_without_a_word_of_the_cues_answers_nothing() -> None:
    assert answer("The customer does not want to go on with a new renewal.") is None
