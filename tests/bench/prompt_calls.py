"""The prompts of a batch as a server sees them, one line of JSON for each call, in the order of the calls.

Run by `prompt_cache` with this checkout or another one on the path; not by hand.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tasks.core.wire.prompt import Prompt
from tests.bench.loop_quality import Source
from tests.bench.loop_trials import RARER, Setting, play
from tests.scripted.client import ScriptedModels


def main(n: int, seed: int, data: str) -> None:
    for source, setting, kind in _sources(n, seed, data):
        for number in range(n):
            for model, messages, tokens_out in _calls(source, setting, number):
                row = {"data": kind, "model": model, "messages": messages, "out": tokens_out}
                print(json.dumps(row, ensure_ascii=False))


def _sources(n: int, seed: int, data: str) -> Iterator[tuple[Source, Setting, str]]:
    yield Source(n, seed), Setting(), "made"
    if data:
        yield Source(n, seed, Path(data)), RARER, "cuad"


def _calls(source: Source, setting: Setting, number: int) -> Iterator[tuple[str, list[tuple[str, str]], str]]:
    """The calls of the loop; those of the three passes before it are left out."""
    asked: list[list[tuple[str, list[tuple[str, str]], str]]] = []
    complete, made = ScriptedModels.complete, ScriptedModels.__init__

    def begin(models: ScriptedModels, scripted: Any) -> None:
        asked.append([])
        made(models, scripted)

    async def note(models: ScriptedModels, model: str, prompt: Prompt, request_id: str = "") -> Any:
        answer = await complete(models, model, prompt, request_id)
        messages = [(m.role.value, m.text) for m in prompt.messages]
        asked[-1].append((model, messages, answer.raw))
        return answer

    ScriptedModels.complete, ScriptedModels.__init__ = note, begin
    try:
        play(source.contract(number), setting, source.seed + 10 * number)
    finally:
        ScriptedModels.complete, ScriptedModels.__init__ = complete, made
    yield from asked[-1]


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
