"""The scripted model behind vLLM's signature. Runs in Triton's stub, with `shell.py`, `tests/scripted` and its script beside it."""

import sys
from collections.abc import Iterator
from pathlib import Path

from shell import Asked, Vllm, tokens_of

sys.path.insert(0, str(Path(__file__).parent))  # before the checkout that the interpreter may know

from tests.scripted.critic import ScriptedCritic
from tests.scripted.script import read_script


class TritonPythonModel(Vllm):
    def initialize(self, args: dict[str, str]) -> None:
        super().initialize(args)
        self.script = read_script(Path(__file__).parent)

    def spoken(self, asked: Asked) -> Iterator[str]:
        return iter(tokens_of(self.script.answer(asked.text)))

    def shares(self, asked: Asked) -> dict[str, float]:
        return self.script.shares(asked.text) if isinstance(self.script, ScriptedCritic) else {}
