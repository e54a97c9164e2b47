"""Training records: every record can be read back and agrees with the error book."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict

from tasks.core.prompts.critic import instruction_records
from tasks.core.wire.critic_questions import LANGUAGES, RecordKind
from tests.scripted.asked import Question, read_question
from tests.unit.core.builders import small_schema

SCHEMA = small_schema("law", "term")
TEXT = "The law of New York governs. The term is two years."


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Dropped(Strict):
    item: int
    field: str
    quote: str
    why: Literal["redundant", "boundary"]
    extent: str | None = None


class Added(Strict):
    field: str
    quote: str


class Redundancy(Strict):
    verdict: Literal["revise", "right"]
    drop: list[Dropped]


class Lack(Strict):
    verdict: Literal["revise", "right"]
    add: list[Added]


class Record(Strict):
    instruction: str
    input: str
    output: str


def read_back(record: dict[str, str]) -> tuple[Question, Redundancy | Lack]:
    """Read a record the way a trainer would, and check that its answer speaks of its input."""
    read = Record.model_validate(record)
    shown = read_question(f"{read.instruction}\n{read.input}")
    answer = (Lack if shown.is_missing else Redundancy).model_validate_json(read.output)
    rows = answer.add if isinstance(answer, Lack) else answer.drop
    assert (answer.verdict == "right") is not bool(rows)
    texts = [shown.passage, *shown.notes]
    for one in rows:
        assert one.field in shown.fields
        if isinstance(one, Added):
            assert any(one.quote in text for text in texts)
        else:
            drafted = shown.items[one.item - 1]
            told = (drafted["item"], drafted["field"], drafted["quote"])
            assert told == (one.item, one.field, one.quote)
            assert (one.extent is not None) is (one.why == "boundary")
    return shown, answer


def row(kind: str, field: str, quote: str, gold: str | None = None) -> dict[str, Any]:
    start = TEXT.index(quote)
    place = {"passage": 0, "start": start, "end": start + len(quote), "score": None, "source": "gold"}
    return {"kind": kind, "field": field, "value": quote, "quote": quote, "gold": gold, **place}


def line(*entries: dict[str, Any], whole: bool = True) -> dict[str, Any]:
    passages = [
        {"kind": "body", "text": TEXT, "marker": None},
        {"kind": "note", "text": "A note.", "marker": "1"},
    ]
    return {
        "chunk": {"passages": passages, "headings": ["Term"]},
        "entries": list(entries),
        "whole": whole,
    }


def parsed_records(
    book_line: dict[str, Any], language: str = "en"
) -> dict[RecordKind, list[Redundancy | Lack]]:
    by_kind: dict[RecordKind, list[Redundancy | Lack]] = {}
    for kind, record in instruction_records(book_line, SCHEMA, language):
        by_kind.setdefault(kind, []).append(read_back(record)[1])
    return by_kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mistake_is_named_in_the_file_of_its_kind(language: str) -> None:
    book_line = line(
        row("redundant", "term", "The law"),
        row("boundary", "term", "two", "The term is two years."),
        row("correct", "law", "The law of New York governs.", "The law of New York governs."),
        row("missing", "law", "New York", "New York"),
    )
    answers = parsed_records(book_line, language)
    assert set(answers) == {RecordKind.REDUNDANCY, RecordKind.MISSING}
    (drop,), (add,) = answers[RecordKind.REDUNDANCY], answers[RecordKind.MISSING]
    assert isinstance(drop, Redundancy)
    assert isinstance(add, Lack)
    assert [(d.quote, d.why, d.extent) for d in drop.drop] == [
        ("The law", "redundant", None),
        ("two", "boundary", "The term is two years."),
    ]
    assert [(a.field, a.quote) for a in add.add] == [("law", "New York")]


def test_right_draft_answers_both_questions() -> None:
    answers = parsed_records(line(row("correct", "law", "New York", "New York")))
    assert [type(a) for a in answers[RecordKind.CORRECT]] == [Redundancy, Lack]
    assert {a.verdict for a in answers[RecordKind.CORRECT]} == {"right"}


def test_empty_draft_of_an_empty_chunk_lacks_nothing() -> None:
    assert [type(a) for a in parsed_records(line())[RecordKind.CORRECT]] == [Lack]


def test_chunk_reviewed_in_part_gives_no_correct_record() -> None:
    assert parsed_records(line(row("correct", "law", "New York", "New York"), whole=False)) == {}


def test_note_of_the_chunk_is_shown_with_its_marker() -> None:
    _, record = next(instruction_records(line(), SCHEMA, "en"))
    assert read_back(record)[0].notes == ("A note.",)
    assert 'marker="1"' in record["input"]


def test_chinese_records_are_chinese_and_name_the_same_keys() -> None:
    book_line = line(row("redundant", "term", "The law"), row("missing", "law", "New York", "New York"))
    english, chinese = (dict(instruction_records(book_line, SCHEMA, language)) for language in LANGUAGES)
    assert english.keys() == chinese.keys() == {RecordKind.REDUNDANCY, RecordKind.MISSING}
    for kind, record in chinese.items():
        told = record["instruction"] + record["input"]
        assert sum("\u4e00" <= c <= "\u9fff" for c in told) > 150
        for key in ('{"verdict": "revise"', '{"verdict": "right"', '"item"', "<passage-", "<note-"):
            assert key in told and key in english[kind]["instruction"] + english[kind]["input"]
        assert record["output"] == english[kind]["output"]
