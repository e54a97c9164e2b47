"""The scripted models in this process, behind the methods of `TritonClient` that the loop calls."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

from tasks.core.prompts.limits import AskLimits
from tasks.core.records import ModelIdentity
from tasks.core.wire.prompt import Prompt
from tasks.triton import Answer, Dialect, Served
from tasks.verify.model_calls import LanguageCaller
from tests.scripted.critic import ScriptedCritic
from tests.scripted.generator import ScriptedGenerator
from tests.scripted.speech import n_tokens, within


class ScriptedModels:
    """Language models by name. Calls are counted, and those that asked again what was asked before, word for word."""

    def __init__(self, models: Mapping[str, ScriptedGenerator | ScriptedCritic]) -> None:
        self._models = models
        self.n_calls: Counter[str] = Counter()
        self.n_repeated: Counter[str] = Counter()
        self._asked: set[tuple[str, str]] = set()

    def caller(self, model: str) -> LanguageCaller:
        served = Served(ModelIdentity(model, "1-scripted0000"), Dialect.VLLM)
        return LanguageCaller(self, served, AskLimits())  # pyright: ignore[reportArgumentType]

    async def complete(self, model: str, prompt: Prompt, request_id: str = "") -> Answer:
        await asyncio.sleep(0)
        self.n_calls[model] += 1
        text = "\n".join(message.text for message in prompt.messages)
        self.n_repeated[model] += (model, text) in self._asked
        self._asked.add((model, text))
        raw, is_cut = within(self._models[model].answer(text), prompt.max_tokens)
        return Answer(raw, 0.0, "1", n_tokens(text), n_tokens(raw), "length" if is_cut else "stop")
