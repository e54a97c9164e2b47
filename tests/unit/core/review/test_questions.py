"""What a reviewer is asked about a run: its values with a place, and passages without one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tasks.core.loop.assessment import Assessment
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.records import (
    Candidate,
    FieldName,
    Finding,
    FindingKind,
    FindingSource,
    ModelAnswer,
    Reading,
    ReadStatus,
    Stage,
)
from tasks.core.review.questions import CONTEXT_CHARS, Question, QuestionKind, questions_of_run
from tests.unit.core.builders import body_chunk, page, small_schema
from tests.unit.core.review.shown import place

TEXT = "Rust is used here. " + "x" * 400 + " Go is used there. Python is used, too."
AT = TEXT.index("Go"), TEXT.index("Python")


def run_input() -> RunInput:
    reading = Reading(ReadStatus.OK, None, (), 1, TEXT, (page(1, 0, len(TEXT)),), (), (), "test")
    return RunInput(reading, (body_chunk(TEXT),), small_schema("skills", "hobbies"))


def assessment(right: float, *findings: Finding) -> Assessment:
    rust = Candidate(FieldName("skills"), "Rust", "Rust", 0.7, place(0, 4))
    return Assessment(1, (rust,), (right,), findings)


def missing(start: int, end: int) -> Finding:
    details = (None, TEXT[start:end], place(start, end), 0.6, "missing")
    return Finding(FindingKind.MISSING, FindingSource.CRITIC, FieldName("skills"), *details)


def critique(faint: list[Any] | None) -> ModelAnswer:
    raw = json.dumps({} if faint is None else {"faint": faint})
    return ModelAnswer(0, 1, Stage.CRITIQUE, raw, "c", 1.0)


def items(assessed: Assessment, faint: list[Any] | None = None) -> tuple[Question, ...]:
    histories = {0: [assessed]}
    own_input = run_input()
    extractions = results_of(histories, own_input.schema).extractions
    return questions_of_run(own_input, histories, extractions, [critique(faint)])


def line(start: int, end: int, field: str = "skills") -> list[Any]:
    return [field, 0, start, end, -0.4, 0.2]


def test_a_value_is_an_item_with_what_both_models_said() -> None:
    (item,) = items(assessment(0.9))
    assert (item.kind, item.texts, item.signals) == (
        QuestionKind.VERIFIED,
        ("Rust",),
        (0.9, 0.7, 0.0, 1.0, 0.0),
    )


def test_a_flagged_value_is_doubted() -> None:
    doubt = Finding(
        FindingKind.REDUNDANT, FindingSource.CRITIC, FieldName("skills"), 0, "Rust", place(0, 4), 0.9, "no"
    )
    (item,) = items(assessment(0.1, doubt))
    assert (item.kind, item.signals) == (QuestionKind.DOUBTED, (0.1, 0.7, 1.0, 1.0, 0.0))


def test_a_value_without_a_place_is_not_shown() -> None:
    nowhere = replace(assessment(0.9).candidates[0], citation=None)
    assert items(replace(assessment(0.9), candidates=(nowhere,))) == ()


def test_neighbouring_faint_lines_are_one_passage_and_a_far_one_another() -> None:
    rows = [line(AT[0], AT[0] + 17), line(AT[1], AT[1] + 20), line(4, 18)]
    passages = [i for i in items(assessment(0.9), rows) if i.kind is QuestionKind.PASSAGE]
    assert [i.texts for i in passages] == [(TEXT[4:18],), (TEXT[AT[0] : AT[1] + 20],)]
    assert passages[1].signals == (-0.4, 0.2, 0.4, 2.0)


def test_lines_of_two_fields_are_two_passages() -> None:
    rows = [line(*AT), line(AT[0], AT[1], "hobbies")]
    assert [i.field for i in items(assessment(0.9), rows)] == ["skills", "hobbies", "skills"]


def test_rows_that_break_the_format_are_skipped() -> None:
    rows: list[Any] = [
        ["skills", 0],
        None,
        line(5, 5),
        line(0, 10_000),
        line(3, 9, "unknown"),
        ["skills", 4, 1, 2, 0, 0],
    ]
    assert [i.kind for i in items(assessment(0.9), rows)] == [QuestionKind.VERIFIED]


def test_what_a_critic_without_faint_lines_reports_as_missing_is_a_passage() -> None:
    _, passage = items(assessment(0.9, missing(*AT)))
    assert (passage.kind, passage.texts, passage.signals[1]) == (
        QuestionKind.PASSAGE,
        (TEXT[AT[0] : AT[1]],),
        0.6,
    )


def test_a_reported_place_that_has_a_value_is_no_passage() -> None:
    assert [i.kind for i in items(assessment(0.9, missing(0, 4)))] == [QuestionKind.VERIFIED]


def test_a_doubted_value_and_faint_lines_beside_it_are_one_question() -> None:
    doubt = Finding(
        FindingKind.REDUNDANT, FindingSource.CRITIC, FieldName("skills"), 0, "Rust", place(0, 4), 0.9, "no"
    )
    (item,) = items(assessment(0.1, doubt), [line(5, 18)])
    assert (item.kind, item.texts, item.extractions) == (QuestionKind.DOUBTED, ("Rust",), (0,))
    assert [(s.start, s.end) for s in item.spans] == [(0, 4), (5, 18)]
    assert item.signals == (0.1, 0.7, 1.0, 1.0, 0.2)


def test_the_words_around_a_place_are_shown() -> None:
    (item,) = items(assessment(0.9))
    assert [(s.start, s.end) for s in item.shown] == [(0, 4 + CONTEXT_CHARS)]
