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


COUNTING = '{"items": [{"field": "term", "quote": "' + " ".join(f"{n}." for n in range(1, 362))


def test_an_answer_that_counts_without_end_loops_and_ends_as_cut():
    gathering = AnswerBuilder(VLLM, "the prompt", 1000)
    n_parts = 0
    while not gathering.loops:
        gathering.add(AnswerChunk(COUNTING[4 * n_parts : 4 * n_parts + 4], 7, 1, "none"))
        n_parts += 1
    answer = gathering.answer(1.0, "1")
    assert len(answer.raw) < 300 and (answer.finish, answer.tokens_out) == ("length", n_parts)


def test_an_answer_whose_loop_ended_by_itself_is_taken_whole():
    parts = [AnswerChunk(COUNTING), AnswerChunk('"}]}', finish="stop")]
    answer = gathered(VLLM, parts)
    assert (answer.raw, answer.finish) == (COUNTING + '"}]}', "stop")


def test_what_stands_in_the_prompt_may_be_quoted_however_often_it_repeats():
    leader = "." * 300
    gathering = AnswerBuilder(VLLM, f"<passage>Annex A {leader} 12</passage>", 1000)
    gathering.add(AnswerChunk('{"items": [{"field": "annex", "quote": "Annex A ' + leader))
    assert not gathering.loops


def test_repetition_that_the_server_ended_is_an_answer_that_was_cut():
    assert gathered(VLLM, [AnswerChunk("a a a", tokens_out=3, finish="repetition")]).finish == "length"


def test_tokens_that_the_server_had_in_its_cache_are_those_it_says():
    parts = [AnswerChunk("a", 70, 1, tokens_cached=64), AnswerChunk("b", 70, 1)]
    assert gathered(VLLM, parts).tokens_cached == 64
    assert gathered(VLLM, [AnswerChunk("a", 70, 1)]).tokens_cached is None


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
