"""The envelope keeps several answers about one chunk unchanged."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tasks.core.answers import parse_answer
from tasks.core.answers.envelope import AnswerPart, join_answers, split_answers
from tests.unit.core.builders import small_schema

SCHEMA = small_schema("skills", "employers")
NAMES = st.sampled_from(["skills", "employers"])
PARTS = st.builds(
    AnswerPart,
    st.sampled_from(["generate", "kept", "missing"]),
    st.lists(NAMES).map(tuple),
    st.text(),
    st.sampled_from([None, "timed_out"]),
)


@given(st.lists(PARTS))
def test_parts_come_back_as_they_went_in(parts: list[AnswerPart]):
    assert split_answers(join_answers(parts)) == tuple(parts)


@given(st.text())
def test_answer_of_a_model_is_never_an_envelope_by_chance(raw: str):
    assert split_answers(raw) is None


def test_unreadable_part_is_a_finding_for_each_of_its_fields():
    good = json.dumps({"items": [{"field": "skills", "quote": "Go"}]})
    parts = [AnswerPart("generate", ("skills",), good), AnswerPart("generate", ("employers",), "I cannot.")]
    parsed = parse_answer(join_answers(parts), SCHEMA)
    assert [c.value for c in parsed.candidates] == ["Go"]
    assert [f.field for f in parsed.problems] == ["employers"]


def test_item_of_a_field_outside_the_call_is_a_finding():
    raw = json.dumps({"items": [{"field": f, "quote": "Go"} for f in SCHEMA.field_names]})
    parsed = parse_answer(join_answers([AnswerPart("generate", ("skills",), raw)]), SCHEMA)
    assert [c.field for c in parsed.candidates] == ["skills"]
    assert [f.field for f in parsed.problems] == ["employers"]
