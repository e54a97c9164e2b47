"""A first draft with an unanswered chunk is refused, since the error book is built from drafts."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

import pytest

from tasks.core.errors import ModelError, ModelTimedOut
from tasks.core.loop.grounded_answer import GroundedAnswer
from tasks.core.prompts.limits import AskLimits
from tasks.core.records import DocumentId, ModelIdentity, Reading, ReadStatus
from tasks.core.wire.prompt import Prompt
from tasks.learning.error_book import first_draft
from tasks.read import ReadDocument
from tasks.s3 import SourceObject
from tasks.triton import Answer, Dialect, Served
from tasks.verify.model_calls import LanguageCaller
from tests.unit.core.builders import body_chunk, page, small_schema

TEXT = "Skills: Python. Employer: Tarn AB."
MODEL = Served(ModelIdentity("qwen", "1-abcdef123456"), Dialect.VLLM)
SCHEMA = small_schema("skills", "employers")


@dataclass
class Talker:
    silent_on: str = ""

    async def complete(self, model: str, prompt: Prompt, request_id: str = "") -> Answer:
        if self.silent_on in prompt.fields:
            raise ModelTimedOut("late")
        items = [{"field": f, "quote": "Python", "value": "Python"} for f in prompt.fields]
        return Answer(json.dumps({"items": items}), 1.0)


def drafted(talker: Talker) -> dict[int, GroundedAnswer]:
    reading = Reading(ReadStatus.OK, None, (), 1, TEXT, (page(1, 0, len(TEXT)),), (), (), "test")
    source = SourceObject("contracts", "inbox/one.pdf", "etag", 1)
    document = ReadDocument(source, DocumentId("d"), reading, (body_chunk(TEXT),))
    generator = LanguageCaller(talker, MODEL, AskLimits(max_fields=1))  # pyright: ignore[reportArgumentType]
    return asyncio.run(first_draft(generator, document, SCHEMA))


def test_language_model_drafts_every_field():
    answer = drafted(Talker())[0]
    assert [(c.field, c.quote) for c in answer.candidates] == [("skills", "Python"), ("employers", "Python")]


def test_draft_with_one_call_unanswered_is_refused_without_a_word_of_the_text():
    with pytest.raises(ModelError, match=r"chunk 0 of inbox/one\.pdf with the error `timed_out`") as caught:
        drafted(Talker(silent_on="employers"))
    assert "Tarn" not in str(caught.value)
