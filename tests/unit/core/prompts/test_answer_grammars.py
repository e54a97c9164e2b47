"""The forms of answers compile in a real grammar engine, which takes what fits and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.core.answer_grammars import fitting, sent_forms, unfitting

llguidance = pytest.importorskip("llguidance", reason="llguidance is not installed (extra `dev`)")
FORMS = sent_forms()
END = 256


class Bytes:
    """A tokenizer of 256 bytes and an end."""

    eos_token_id, bos_token_id = END, None
    tokens = (*(bytes([i]) for i in range(256)), b"<end>")
    special_token_ids = (END,)

    def __call__(self, text: bytes) -> list[int]:
        return list(text)


TOKENIZER = llguidance.LLTokenizer(llguidance.TokenizerWrapper(Bytes()), n_vocab=END + 1)


def takes(grammar: str, answer: str) -> bool:
    matcher = llguidance.LLMatcher(TOKENIZER, grammar)
    assert not matcher.get_error()
    tokens = list(answer.encode())
    return matcher.validate_tokens(tokens) == len(tokens) and (
        matcher.consume_tokens(tokens) and matcher.is_accepting()
    )


def grammar_of(form: Mapping[str, Any]) -> str:
    # Blanks as models write them; vLLM's option leaves none but these.
    defaults = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
    return llguidance.LLMatcher.grammar_from_json_schema(json.dumps(form), defaults=defaults)


@pytest.mark.parametrize("name", FORMS)
def test_engine_takes_every_answer_that_fits_and_no_other(name: str):
    grammar = grammar_of(FORMS[name])
    assert not llguidance.LLMatcher.validate_grammar(grammar, TOKENIZER)
    for answer in fitting(FORMS[name]):
        assert takes(grammar, answer), answer
    for what, answer in unfitting(FORMS[name]):
        assert not takes(grammar, answer), what


def test_every_kind_of_call_is_among_them():
    assert {"redundancy", "missing"} <= {name.split()[-1] for name in FORMS}
    assert any("of 41 fields" in name for name in FORMS)
