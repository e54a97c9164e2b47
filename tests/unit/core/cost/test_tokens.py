"""Tokens are counted by the server, else by a tokenizer, else estimated, and the way is kept."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.cost.tokens import TokenCounter, Tokens, estimate_tokens, tokens_of
from tasks.core.errors import ConfigurationError
from tasks.core.records import CountedBy
from tasks.core.wire.prompt import Message, Prompt, Role
from tasks.runtime.setting_files import counter_from

PROMPT = Prompt((Message(Role.SYSTEM, "a b"), Message(Role.USER, "c d e")), None, 100, ())
WORDS = TokenCounter(lambda text: len(text.split()), CountedBy.TOKENIZER)


def test_count_of_the_server_is_taken():
    assert tokens_of(PROMPT, "x", 7, 3, WORDS) == Tokens(7, 3, CountedBy.SERVER)


def test_missing_count_of_the_server_is_counted():
    assert tokens_of(PROMPT, "x y", None, None, WORDS) == Tokens(5, 2, CountedBy.TOKENIZER)
    assert tokens_of(PROMPT, "x y", 7, None, WORDS) == Tokens(7, 2, CountedBy.TOKENIZER)


def test_without_a_tokenizer_the_count_is_an_estimate():
    assert tokens_of(PROMPT, "x y", None, None).by is CountedBy.ESTIMATE


def test_calls_of_one_answer_add_up_and_keep_the_least_certain_way():
    both = Tokens(10, 1, CountedBy.SERVER) + Tokens(5, 2, CountedBy.ESTIMATE)
    assert both == Tokens(15, 3, CountedBy.ESTIMATE)
    assert Tokens() + Tokens() == Tokens()


def test_estimate_knows_scripts():
    assert estimate_tokens("governing law ") == 5
    assert estimate_tokens("适用法律") == 3
    assert estimate_tokens("") == 0


@given(st.text(), st.text())
def test_estimate_grows_with_the_text(one: str, other: str):
    assert (
        max(estimate_tokens(one), estimate_tokens(other))
        <= estimate_tokens(one + other)
        <= estimate_tokens(one) + estimate_tokens(other)
    )


def test_tokenizer_file_counts(tmp_path: Path):
    pytest.importorskip("tokenizers", reason="the extra `tokenizer` is not installed")
    vocabulary = {"[UNK]": 0, "the": 1, "law": 2}
    model = {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"}
    file = tmp_path / "tokenizer.json"
    file.write_text(json.dumps({"version": "1.0", "pre_tokenizer": {"type": "Whitespace"}, "model": model}))
    counter = counter_from(file)
    assert (counter.count("the law, the law"), counter.by) == (5, CountedBy.TOKENIZER)


def test_tokenizer_that_cannot_be_used_is_refused(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="COUNTERSIGN_TOKENIZER"):
        counter_from(tmp_path / "nowhere.json")
