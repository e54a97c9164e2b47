"""The small language model's requests and answers, in vLLM's words and llama.cpp's; without the engine."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from infra.deploy.triton.smollm2.request import (
    LORA_NAME,
    RequestRefused,
    completion_body,
    logprobs_in_vllms_form,
    read_request,
)

SCHEMA = {"type": "object", "properties": {"items": {"type": "array"}}}


def asked(**tensors: Any) -> Any:
    return read_request(lambda name: {"text_input": "Hi", **tensors}.get(name))


def test_parameters_are_renamed_and_the_rest_is_vllms_default():
    body = completion_body(
        "Hi", json.dumps({"max_tokens": 7, "temperature": 0.0, "logprobs": 5, "repetition_penalty": 1.1})
    )
    assert {k: body[k] for k in ("prompt", "max_tokens", "temperature", "n_probs", "repeat_penalty")} == {
        "prompt": "Hi",
        "max_tokens": 7,
        "temperature": 0.0,
        "n_probs": 5,
        "repeat_penalty": 1.1,
    }
    assert completion_body("Hi", "{}")["max_tokens"] == 16


@pytest.mark.parametrize(
    "guide", [{"json": SCHEMA}, {"json": json.dumps(SCHEMA)}, json.dumps({"json": SCHEMA})]
)
def test_schema_is_taken_as_json_or_as_a_string_of_it(guide: Any):
    assert completion_body("Hi", json.dumps({"structured_outputs": guide}))["json_schema"] == SCHEMA


def test_white_space_that_is_forbidden_is_that_of_xgrammar():
    guide = {"json": SCHEMA, "disable_any_whitespace": True}
    told = completion_body("Hi", json.dumps({"structured_outputs": guide}))["json_schema"]["x-guidance"]
    assert told == {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


@pytest.mark.parametrize(
    "parameters",
    ["no json", "[1]", '{"guided_decoding": "{}"}', '{"n": 2}', '{"structured_outputs": "no json"}'],
)
def test_what_is_not_known_is_refused_as_vllm_does(parameters: str):
    with pytest.raises(RequestRefused, match="lora_name") as refused:
        completion_body("Hi", parameters)
    assert LORA_NAME in str(refused.value)


@pytest.mark.parametrize(
    "parameters", ['{"max_tokens": 0}', '{"max_tokens": "many"}', '{"structured_outputs": {"regex": "a"}}']
)
def test_what_cannot_be_done_is_refused_with_a_reason(parameters: str):
    with pytest.raises(RequestRefused, match=r"max_tokens|JSON schema"):
        completion_body("Hi", parameters)


def test_empty_text_is_refused_in_the_models_own_words():
    with pytest.raises(RequestRefused, match="text_input"):
        asked(text_input="")


@pytest.mark.parametrize(
    ("stream", "excludes", "prepends"),
    [(None, None, True), (True, None, False), (None, True, False), (True, True, False), (None, False, True)],
)
def test_prompt_comes_first_where_vllms_backend_puts_it(
    stream: bool | None, excludes: bool | None, prepends: bool
):
    assert asked(stream=stream, exclude_input_in_output=excludes).prepends_input is prepends


def test_prompt_in_a_stream_is_refused():
    with pytest.raises(RequestRefused, match="streaming"):
        asked(stream=True, exclude_input_in_output=False)


def test_only_what_is_asked_for_is_returned():
    assert asked(return_logprobs=np.True_, return_finish_reason=False).wanted == {"logprobs"}


def test_probabilities_have_vllms_form_and_the_chosen_token_is_among_them():
    likely = [{"id": 3, "token": "a", "logprob": -0.1}, {"id": 5, "token": "甲", "logprob": -2.5}]
    tokens = [{"id": 9, "token": "b", "logprob": -4.0, "top_logprobs": likely}]
    assert json.loads(logprobs_in_vllms_form(tokens, 2)) == [
        {
            "3": {"logprob": -0.1, "rank": 1, "decoded_token": "a"},
            "5": {"logprob": -2.5, "rank": 2, "decoded_token": "甲"},
            "9": {"logprob": -4.0, "rank": 3, "decoded_token": "b"},
        }
    ]
