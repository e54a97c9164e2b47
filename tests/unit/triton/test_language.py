from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from infra.cli.models import language_models
from tasks.core.wire.prompt import Prompt
from tasks.triton import Answer, TritonClient
from tasks.triton.channel import Channel
from tasks.triton.completion import NO_SCHEMA, LanguageModel
from tasks.triton.dialect import Dialect
from tasks.triton.errors import ParametersRefused
from tasks.triton.language import LanguageOptions, StructuredOutput, language_inputs, schema_methods
from tasks.triton.throttle import TimedAnswer
from tests.unit.triton.test_dialect import signature

SCHEMA = {"type": "object"}
PROMPT = Prompt((), SCHEMA, 300, ())


def test_vllm_is_told_all_in_one_json():
    inputs = language_inputs(
        signature("sampling_parameters"),
        "Hi",
        PROMPT,
        LanguageOptions(seed=7),
        StructuredOutput.STRUCTURED_OUTPUTS,
    )
    assert inputs.keys() == {"text_input", "stream", "sampling_parameters"}
    sampling = json.loads(str(inputs["sampling_parameters"]))
    guide = json.loads(sampling.pop("structured_outputs"))
    assert guide == {"json": SCHEMA}
    assert sampling == {"max_tokens": 300, "temperature": 0.0, "seed": 7}


def test_only_an_older_vllm_is_asked_to_forbid_white_space():
    known = signature("sampling_parameters")
    way = StructuredOutput.GUIDED_DECODING
    inputs = language_inputs(known, "Hi", PROMPT, LanguageOptions(), way)
    guide = json.loads(json.loads(str(inputs["sampling_parameters"]))["guided_decoding"])
    assert guide == {"json": SCHEMA, "disable_any_whitespace": True}


def test_optional_inputs_go_only_to_models_that_have_them():
    known = signature("sampling_parameters", "return_num_input_tokens", "exclude_input_in_output")
    inputs = language_inputs(known, "Hi", PROMPT, LanguageOptions(), StructuredOutput.NONE)
    assert inputs["return_num_input_tokens"] is True and inputs["exclude_input_in_output"] is True
    assert "return_num_output_tokens" not in inputs
    assert "structured_outputs" not in str(inputs["sampling_parameters"])


def test_tensorrt_llm_gets_numbers_of_its_own_types():
    known = signature("guided_decoding_guide_type", "max_tokens", "seed", "top_k", "stream")
    inputs = language_inputs(known, "Hi", PROMPT, LanguageOptions(seed=2**40), StructuredOutput.JSON_SCHEMA)
    assert inputs["max_tokens"] == 300 and isinstance(inputs["max_tokens"], np.int32)
    assert inputs["seed"] == 2**40 and isinstance(inputs["seed"], np.uint64)
    assert inputs["guided_decoding_guide_type"] == "json_schema"
    assert json.loads(str(inputs["guided_decoding_guide"])) == SCHEMA
    assert inputs["stream"] is False


@pytest.mark.parametrize("dialect", [Dialect.VLLM, Dialect.TRTLLM, Dialect.LLMAPI])
@pytest.mark.parametrize("preferred", ["structured_outputs", "guided_decoding", "none"])
def test_every_ladder_ends_without_a_schema(dialect: Dialect, preferred: str):
    ways = schema_methods(dialect, StructuredOutput(preferred))
    assert ways[-1] is StructuredOutput.NONE and len(set(ways)) == len(ways)
    if dialect is Dialect.VLLM:
        assert ways[0] == preferred


def test_user_is_told_once_that_no_form_of_the_schema_is_taken(caplog: pytest.LogCaptureFixture):
    model = LanguageModel(signature("sampling_parameters"), LanguageOptions(), False)
    ways = schema_methods(Dialect.VLLM, StructuredOutput.STRUCTURED_OUTPUTS)
    with caplog.at_level(logging.WARNING, "countersign.triton"):
        for way in (*ways[:-1], *ways[:-1]):  # other requests of the same time are refused, too
            model.refused(way, ParametersRefused("refused"))
    assert model.schema_method is StructuredOutput.NONE
    assert [r.message for r in caplog.records if "trying" not in r.message] == [
        NO_SCHEMA % model.signature.model
    ]


@asynccontextmanager
async def nullcontext_of(client: TritonClient) -> AsyncGenerator[TritonClient]:
    yield client


def serve(monkeypatch: pytest.MonkeyPatch, refused: set[str], more: str = "sampling_parameters") -> None:
    """A server that refuses these ways to send the answer's schema, and answers otherwise."""

    async def ask(
        model: LanguageModel, channel: object, text: str, prompt: Prompt, method: str, request_id: str
    ) -> TimedAnswer:
        if method in refused:
            raise ParametersRefused("refused")
        return TimedAnswer(Answer("{", 1.0, "1"), 0.0)

    async def found(channel: object, *_: object) -> object:
        return signature("text_input", "stream", more)

    async def newest(channel: object, *_: object) -> str:
        return "1"

    async def safe(channel: object, *_: object) -> bool:
        return False

    monkeypatch.setattr(LanguageModel, "ask", ask)
    monkeypatch.setattr(Channel, "signature", found)
    monkeypatch.setattr(Channel, "newest_version", newest)
    monkeypatch.setattr(Channel, "is_safe_to_cancel", safe)


@pytest.mark.parametrize(
    ("refused", "preferred", "form", "formless"),
    [
        (set(), "structured_outputs", "structured_outputs", ()),
        ({"structured_outputs"}, "structured_outputs", "guided_decoding", ()),
        ({"structured_outputs", "guided_decoding"}, "structured_outputs", "none", ("some_model",)),
        (set(), "none", "none", ()),  # as the settings want it
    ],
)
def test_a_model_that_takes_no_form_is_known_to_the_whole_batch_and_told(
    refused: set[str], preferred: str, form: str, formless: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
):
    serve(monkeypatch, refused)
    client = TritonClient(
        "nowhere:1", 1.0, 1, options=LanguageOptions(structured=StructuredOutput(preferred))
    )
    assert asyncio.run(client.sibling().schema_form("some_model")) == form
    assert client.formless == client.sibling().formless == formless
    config = SimpleNamespace(generator="some_model", critic="some_model")
    monkeypatch.setattr("tasks.settings.model_settings", lambda: config)
    monkeypatch.setattr("tasks.triton.open_client", lambda _: nullcontext_of(client))
    (line,) = asyncio.run(language_models(["some_model"]))
    words = {"none": "held to none" if formless else "COUNTERSIGN_STRUCTURED_OUTPUT"}
    assert words.get(form, f"as `{form}`") in line
    assert asyncio.run(language_models([])) == []


def test_a_server_without_an_input_for_the_form_is_known_before_it_is_asked(monkeypatch: pytest.MonkeyPatch):
    serve(monkeypatch, set(), "sampling_param_max_tokens")
    client = TritonClient("nowhere:1", 1.0, 1)
    asyncio.run(client.identify("some_model"))
    assert client.formless == ("some_model",)
