"""An error book is asked about in the words of a run, all at once and bounded; what the model says is what the fit gets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tasks.core.errors import ConfigurationError, ModelOutputInvalid
from tasks.core.prompts.critic import JudgedDraft, judge_calls
from tasks.core.prompts.limits import AskLimits
from tasks.core.records import Candidate, FieldName
from tasks.core.schema import FieldType, Schema, SchemaField, SchemaPart, load_schema
from tasks.core.wire.native_format import chunk_payload
from tasks.learning.judge_book import CalibrationBook, judge_book, labelled_critic, read_book
from tasks.learning.training.fit_calibration import JudgedItem, fit_calibration
from tasks.triton import Dialect
from tests.unit.core.builders import body_chunk
from tests.unit.learning.judging_model import (
    INTERCEPT,
    SLOPE,
    JudgingModel,
    book_line,
    entry,
    write_book,
)

LIMITS = AskLimits()
TEXT = "The laws of New York govern. 合同适用纽约州法律。 The term is two years."


def judged(model: JudgingModel, book: CalibrationBook, at_once: int = 8) -> list[JudgedItem]:
    async def ask() -> list[JudgedItem]:
        critic = await labelled_critic(model.client, "qwen", LIMITS)
        return await judge_book(critic, book, at_once, lambda: None)

    return asyncio.run(ask())


def told(path: Path, lines: Sequence[Mapping[str, object]]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_a_book_is_asked_about_in_the_very_words_of_a_run(tmp_path: Path):
    schema, chunk = load_schema("cuad"), body_chunk(TEXT)
    quote = "The laws of New York govern."
    candidate = Candidate(FieldName("governing_law"), "New York", quote, 0.5, None)
    draft = JudgedDraft(schema, chunk, (), [(candidate, 0, 0, len(quote))], LIMITS)
    lacking = {"field": "expiration_date", "quote": "The term is two years."}
    run = [call.prompt for call in (*draft.judge([0]), *draft.judge_lacking({0: lacking}))]
    rows = [
        entry("correct", "governing_law", quote, TEXT) | {"value": "New York"},
        entry("missing", "expiration_date", lacking["quote"], TEXT) | {"value": "2 years"},
    ]
    line = book_line("d", 0, 0) | {"chunk": chunk_payload(chunk, ()), "entries": rows}
    book = read_book(told(tmp_path / "book.jsonl", [line]), (), None)
    assert [call.prompt for call, _, _ in book.calls(LIMITS)] == run


def test_items_are_judged_at_once_but_no_more_than_allowed_and_the_fit_finds_the_way(tmp_path: Path):
    book = read_book(write_book(tmp_path / "book.jsonl", 60), (), None)
    model = JudgingModel()
    items = judged(model, book, at_once=8)
    assert len(items) == len(model.prompts) == book.n_items == 600 and model.most_at_once == 8
    found = fit_calibration(items, book.fold_of).calibration
    assert found.slope == pytest.approx(SLOPE, rel=0.2)
    assert found.intercept == pytest.approx(INTERCEPT, abs=0.25)
    assert judged(JudgingModel(), book, at_once=3) == items


def test_kinds_say_what_is_right_and_what_the_draft_lacks(tmp_path: Path):
    kinds = ("correct", "missing", "redundant", "boundary")
    rows = [entry(kind, "governing_law", TEXT[n : n + 9], TEXT) for n, kind in enumerate(kinds)]
    line = book_line("d", 0, 0) | {"chunk": chunk_payload(body_chunk(TEXT), ()), "entries": rows}
    book = read_book(told(tmp_path / "book.jsonl", [line]), (), None)
    items = judged(JudgingModel(), book)
    assert [(i.is_right, i.is_drafted) for i in items] == [
        (True, True),
        (True, False),
        (False, True),
        (False, True),
    ]


def test_a_limit_takes_whole_chunks_of_many_documents_and_always_the_same(tmp_path: Path):
    path = write_book(tmp_path / "book.jsonl", 40)
    some, again = read_book(path, (), 100), read_book(path, (), 100)
    assert some.n_items == 100 and len(some.documents) == 10 and some.lines == again.lines
    assert some.documents != tuple(f"contract-{n}" for n in range(10))


def test_records_and_unknown_fields_are_left_out_because_a_run_asks_about_more(tmp_path: Path):
    part = SchemaPart(name="sum", title="Sum", description="How much.", required=True)
    fields = (
        SchemaField(name="fee", title="T", description="D.", type=FieldType.RECORD, parts=(part,)),
        SchemaField(name="law", title="T", description="D."),
    )
    schema = Schema(name="mine", title="Mine", fields=fields)
    rows = [entry("correct", name, "The laws", TEXT) for name in ("fee", "law", "gone")]
    line = book_line("d", 0, 0, "mine") | {"chunk": chunk_payload(body_chunk(TEXT), ()), "entries": rows}
    path = told(tmp_path / "book.jsonl", [line])
    assert [e["field"] for _, e, _ in read_book(path, [schema], None).calls(LIMITS)] == ["law"]
    with pytest.raises(ConfigurationError, match="schema `mine`, which is not built in"):
        read_book(path, (), None)


@pytest.mark.parametrize("text", ["", "no book", '{"document": "d"}\n', "[]"])
def test_what_is_no_book_is_refused(tmp_path: Path, text: str):
    (tmp_path / "book.jsonl").write_text(text)
    with pytest.raises(ConfigurationError, match="errors export --format book"):
        read_book(tmp_path / "book.jsonl", (), None)


def test_near_duplicates_share_a_fold(tmp_path: Path):
    line = book_line("one", 0, 12)
    path = told(tmp_path / "book.jsonl", [line, line | {"document": "two"}, book_line("other", 0, 12)])
    folds = read_book(path, (), None).fold_of
    assert folds["one"] == folds["two"] != folds["other"]


def test_a_model_that_says_something_else_than_a_label_gives_no_shares(tmp_path: Path):
    book = read_book(write_book(tmp_path / "book.jsonl", 20), (), None)
    items = judged(JudgingModel(lambda item: {"Sure": 0.8, "A": 0.1}), book)
    assert {item.share for item in items} == {None}
    with pytest.raises(ConfigurationError, match="another chat template"):
        fit_calibration(items, book.fold_of)


def test_a_server_that_gives_no_logprobs_after_all_is_told(tmp_path: Path):
    book = read_book(write_book(tmp_path / "book.jsonl", 20), (), None)
    with pytest.raises(ModelOutputInvalid, match="no answer with logprobs to 200 of 200"):
        judged(JudgingModel(lambda item: {}), book)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (JudgingModel(gives_logprobs=False), "gives no logprobs"),
        (JudgingModel(dialect=Dialect.NATIVE), "is a native model"),
    ],
)
def test_only_a_language_model_with_logprobs_is_calibrated(model: JudgingModel, says: str):
    with pytest.raises(ConfigurationError, match=says):
        asyncio.run(labelled_critic(model.client, "qwen", LIMITS))


def test_no_row_is_no_call():
    assert judge_calls(load_schema("cuad"), chunk_payload(body_chunk(TEXT), ()), [], LIMITS) == []
