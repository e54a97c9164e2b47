"""The scripted models in this process, behind the methods of `TritonClient` that the loop calls."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tasks.core.prompts.limits import AskLimits
from tasks.core.records import ModelIdentity
from tasks.core.wire.prompt import Prompt
from tasks.triton import Answer, Dialect, Served
from tasks.verify.model_calls import LanguageCaller
from tests.scripted.critic import ScriptedCritic
from tests.scripted.generator import ScriptedGenerator
from tests.scripted.speech import n_tokens, within


@dataclass(frozen=True, slots=True)
class Call:
    """What a server saw."""

    model: str
    text: str
    """The prompt: its messages, one behind the other."""
    raw: str


class ScriptedModels:
    """Language models by name. Calls are kept, and those counted that asked again what was asked before, word for word."""

    def __init__(self, models: Mapping[str, ScriptedGenerator | ScriptedCritic]) -> None:
        self._models = models
        self.calls: list[Call] = []
        self.n_repeated: Counter[str] = Counter()
        self._asked: set[tuple[str, str]] = set()

    def caller(self, model: str, judges_by_labels: bool = True) -> LanguageCaller:
        served = Served(ModelIdentity(model, "1-scripted0000"), Dialect.VLLM)
        return LanguageCaller(self, served, AskLimits(), judges_by_labels=judges_by_labels)  # pyright: ignore[reportArgumentType]

    async def complete(self, model: str, prompt: Prompt, request_id: str = "") -> Answer:
        await asyncio.sleep(0)
        text = "\n".join(message.text for message in prompt.messages)
        self.n_repeated[model] += (model, text) in self._asked
        self._asked.add((model, text))
        scripted = self._models[model]
        raw, is_cut = within(scripted.answer(text), prompt.max_tokens)
        logprobs = None
        if prompt.labels and isinstance(scripted, ScriptedCritic):
            logprobs = {label: math.log(share) for label, share in scripted.shares(text).items()}
        self.calls.append(Call(model, text, raw))
        end = "length" if is_cut else "stop"
        return Answer(raw, 0.0, "1", n_tokens(text), n_tokens(raw), end, logprobs=logprobs)
