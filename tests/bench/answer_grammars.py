"""Walk answers through every grammar engine that is installed, for each form that a server is sent.

    python -m tests.bench.answer_grammars

Prints for each engine and version: milliseconds to compile the largest form, fitting answers that it
refuses, and unfitting ones that it takes. `make test` does this with llguidance. xgrammar is not in
an extra, because its package wants torch, transformers and triton, which are gigabytes: install it
without them in an environment of its own (`pip install --no-deps xgrammar`, with apache-tvm-ffi,
pydantic and numpy beside it). Compiling and matching need no torch, so empty modules stand for them.
"""

from __future__ import annotations

import importlib.util
import json
import string
import sys
import time
import types
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

from tests.unit.core.answer_grammars import TEXTS, escaped, fitting, sent_forms, unfitting

END = 256
Form = Mapping[str, Any]
Takes = Callable[[str], bool]
"""Whether a compiled form takes a whole answer."""


class _Nothing:
    """Stands for anything of torch that is only named, never used."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing()

    def __call__(self, *values: Any, **_: Any) -> Any:
        return values[0] if values and callable(values[0]) else None


class _Empty(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {}) if name[0].isupper() else _Nothing()


def xgrammar(form: Form) -> Takes:
    if "torch" not in sys.modules and importlib.util.find_spec("torch") is None:
        for name in ("torch", "transformers", "triton", "triton.language"):
            sys.modules[name] = _Empty(name)
    engine: Any = importlib.import_module("xgrammar")
    vocabulary = [*(bytes([i]) for i in range(256)), b"<end>"]
    tokens = engine.TokenizerInfo(
        vocabulary, vocab_type=engine.VocabType.RAW, vocab_size=END + 1, stop_token_ids=[END]
    )
    compiler = engine.GrammarCompiler(tokens, cache_enabled=False)
    compiled = compiler.compile_json_schema(json.dumps(form), any_whitespace=False)

    def takes(answer: str) -> bool:
        matcher = engine.GrammarMatcher(compiled)
        return all(matcher.accept_token(byte) for byte in answer.encode()) and matcher.accept_token(END)

    return takes


class _Bytes:
    eos_token_id, bos_token_id = END, None
    tokens = (*(bytes([i]) for i in range(256)), b"<end>")
    special_token_ids = (END,)

    def __call__(self, text: bytes) -> list[int]:
        return list(text)


def llguidance(form: Form) -> Takes:
    engine: Any = importlib.import_module("llguidance")
    tokens = engine.LLTokenizer(engine.TokenizerWrapper(_Bytes()), n_vocab=END + 1)
    defaults = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
    grammar = engine.LLMatcher.grammar_from_json_schema(json.dumps(form), defaults=defaults)
    first = engine.LLMatcher(tokens, grammar)

    def takes(answer: str) -> bool:
        matcher = first.deep_copy()
        codes = list(answer.encode())
        return (
            matcher.validate_tokens(codes) == len(codes)
            and matcher.consume_tokens(codes)
            and matcher.is_accepting()
        )

    return takes


def lmformatenforcer(form: Form) -> Takes:
    engine: Any = importlib.import_module("lmformatenforcer")
    letters = "".join(sorted({char for text in TEXTS for char in text} | set(string.printable)))
    parser = engine.JsonSchemaParser(dict(form), engine.CharacterLevelParserConfig(alphabet=letters))

    def takes(answer: str) -> bool:
        state: Any = parser
        for char in answer:
            if char not in state.get_allowed_characters():
                return False
            state = state.add_character(char)
        return bool(state.can_end())

    return takes


ENGINES = {"xgrammar": xgrammar, "llguidance": llguidance, "lm-format-enforcer": lmformatenforcer}


def main() -> None:
    forms = sent_forms()
    largest = max(forms.values(), key=lambda form: len(json.dumps(form)))
    for name, engine in ENGINES.items():
        try:
            engine(largest)
        except ImportError:
            print(f"{name}: not installed")
            continue
        _show(name, engine, largest, forms)


def _show(name: str, engine: Callable[[Form], Takes], largest: Form, forms: dict[str, Form]) -> None:
    times: list[float] = []
    for _ in range(5):
        started = time.perf_counter()
        engine(largest)
        times.append((time.perf_counter() - started) * 1000)
    print(f"{name} {version(name)}: {min(times):.1f} ms to compile {len(json.dumps(largest))} characters")
    refused: list[str] = []
    taken: list[str] = []
    for form_name, form in forms.items():
        takes = engine(form)
        refused += [form_name for answer in fitting(form) if not takes(answer)]
        taken += [what for what, answer in unfitting(form) if takes(answer)]
    n_escaped = sum(engine(form)(escaped(form)) for form in forms.values())
    print(f"  {len(forms)} forms; refuses {len(refused)} answers that fit; takes {len(taken)} that do not")
    print(f"  takes {sorted(set(taken))}; answers with needless escapes in {n_escaped} forms")


if __name__ == "__main__":
    main()
