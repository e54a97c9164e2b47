from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.triton.response import MAX_BLANK_CHARS, Answer, AnswerBuilder, AnswerChunk, without_echo
from tests.unit.triton.test_dialect import signature

VLLM = signature("sampling_parameters")
TRTLLM = signature("guided_decoding_guide_type")
ACCUMULATING = signature(
    "guided_decoding_guide_type",
    more='parameters { key: "accumulate_tokens" value { string_value: "true" } }',
)
LLMAPI = signature("sampling_param_max_tokens")


def gathered(kind: object, parts: list[AnswerChunk], max_tokens: int = 100) -> Answer:
    gathering = AnswerBuilder(kind, "the prompt", max_tokens)  # type: ignore[arg-type]
    for part in parts:
        gathering.add(part)
    return gathering.answer(1.0, "1")


@given(st.lists(st.text(), min_size=1))
def test_parts_that_hold_what_is_new_are_joined(texts: list[str]):
    assert gathered(VLLM, [AnswerChunk(t) for t in texts]).raw == without_echo("".join(texts), "the prompt")


@pytest.mark.parametrize("kind", [ACCUMULATING, LLMAPI])
def test_parts_that_hold_all_so_far_replace_each_other(kind: object):
    assert gathered(kind, [AnswerChunk("a"), AnswerChunk("aa"), AnswerChunk("aab")]).raw == "aab"


def test_tokens_of_vllm_are_those_of_the_part_and_of_others_those_so_far():
    parts = [AnswerChunk("a", 7, 1), AnswerChunk("b", 7, 2)]
    assert (gathered(VLLM, parts).tokens_in, gathered(VLLM, parts).tokens_out) == (7, 3)
    assert gathered(TRTLLM, parts).tokens_out == 2


@pytest.mark.parametrize(
    ("parts", "finish"),
    [
        ([AnswerChunk("a", finish="none"), AnswerChunk("b", finish="stop")], "stop"),
        ([AnswerChunk("a", finish="length")], "length"),
        ([AnswerChunk("a", tokens_out=100)], "length"),
        ([AnswerChunk("a", tokens_out=99)], "stop"),
        ([AnswerChunk("a")], ""),
        ([AnswerChunk("a", finish="cancelled")], ""),
        ([AnswerChunk("{" + " " * MAX_BLANK_CHARS, finish="stop")], "length"),
    ],
)
def test_end_is_what_the_server_says_else_what_the_counts_say(parts: list[AnswerChunk], finish: str):
    assert gathered(VLLM, parts).finish == finish


@given(st.lists(st.sampled_from(["\n", " ", "a ", " a", "\t\t"]), max_size=400))
def test_a_loop_is_white_space_at_the_end_over_any_parts(texts: list[str]):
    gathering = AnswerBuilder(VLLM, "the prompt", 1000)
    for text in texts:
        gathering.add(AnswerChunk(text))
    whole = "".join(texts)
    assert gathering.loops == (len(whole) - len(whole.rstrip()) >= MAX_BLANK_CHARS)


@pytest.mark.parametrize(
    "echo",
    [
        "<|im_start|>user\nWhat?<|im_end|>\n<|im_start|>assistant\n",
        "user\nWhat?\nassistant\n",
        "user\nWhat?\nassistant",
    ],
)
def test_echo_is_taken_off_as_it_came_and_as_a_tokenizer_leaves_it(echo: str):
    prompt = "<|im_start|>user\nWhat?<|im_end|>\n<|im_start|>assistant\n"
    assert without_echo(echo + '{"items": []}', prompt) == '{"items": []}'
    assert without_echo('{"items": []}', prompt) == '{"items": []}'
