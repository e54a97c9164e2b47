#!/usr/bin/env bash
# Guess: a grammar made from {"type": "string"} takes every JSON string, since all of them are valid against that schema.
# What happens: llguidance takes \uXXXX only for the control characters that JSON must escape. A letter that is written as an escape, as
#   json.dumps writes Chinese by default, is refused at its first digit; so is \/. xgrammar 0.2.9 and lm-format-enforcer 0.11.3 take them.
# Versions: llguidance 1.9.1.
# Why here: a model that was trained on ASCII JSON begins a Chinese quote with \u and is then forced into some other character: the quote
#   is not on the page. Ask such a model for the characters themselves, or take another grammar engine.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet llguidance==1.9.1
"$folder/venv/bin/python" - <<'PY'
import json
import sys
from importlib.metadata import version

import llguidance

END = 256


class Bytes:
    """A tokenizer of 256 bytes and an end."""

    eos_token_id, bos_token_id = END, None
    tokens = (*(bytes([i]) for i in range(256)), b"<end>")
    special_token_ids = (END,)

    def __call__(self, text):
        return list(text)


print(f"llguidance {version('llguidance')}, Python {sys.version.split()[0]}")
tokenizer = llguidance.LLTokenizer(llguidance.TokenizerWrapper(Bytes()), n_vocab=END + 1)
grammar = llguidance.LLMatcher.grammar_from_json_schema(json.dumps({"type": "string"}))
taken = {}
for name, text in {
    "characters": '"本合同"',
    "needless escapes": '"\\u672c\\u5408\\u540c"',
    "a needless escape of a Latin letter": '"\\u0041"',
    "a needed escape": '"\\u0001"',
    "a short escape": '"\\n"',
    "a slash with its backslash": '"\\/"',
}.items():
    assert isinstance(json.loads(text), str)
    tokens = list(text.encode())
    matcher = llguidance.LLMatcher(tokenizer, grammar)
    n_taken = matcher.validate_tokens(tokens)
    taken[name] = n_taken == len(tokens)
    print(f"{name}: {text}: {'taken' if taken[name] else f'refused after {n_taken} of {len(tokens)} bytes'}")
if not (taken["characters"] and taken["a needed escape"]) or taken["needless escapes"]:
    sys.exit("the behaviour has changed")
PY
