"""A generator and a critic that follow a script, behind the client's interface: what a language model does, without one.

The generator proposes `first`; told of findings, it drops what was called redundant and adds what was called missing, if it
is willing. The critic knows the truth: it flags candidates that are not in it and points at values no candidate covers.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from tasks.core.cost.budget import BudgetLimits
from tasks.core.prompts.limits import AskLimits
from tasks.core.records import ModelIdentity
from tasks.triton import Answer, Dialect, Served
from tasks.verify.model_calls import LanguageCaller, ModelCaller, NativeCaller
from tasks.verify.rounds import LoopPlan

GENERATOR = Served(ModelIdentity("generator", "1-aaaaaaaaaaaa"), Dialect.NATIVE)
CRITIC = Served(ModelIdentity("critic", "1-bbbbbbbbbbbb"), Dialect.NATIVE)


def caller(client: Any, served: Served, ask: AskLimits = AskLimits()) -> ModelCaller:  # noqa: B008
    """A model behind a scripted client, as if it had been identified."""
    return NativeCaller(client, served) if served.is_native else LanguageCaller(client, served, ask)


def loop_plan(
    client: Any,
    generator: Served = GENERATOR,
    critic: Served | None = CRITIC,
    max_rounds: int = 3,
    limits: BudgetLimits = BudgetLimits(60),  # noqa: B008
    **more: Any,
) -> LoopPlan:
    """A plan with scripted models; `ask` is for language models, all else as in `LoopPlan`."""
    ask = more.pop("ask", AskLimits())
    judge = None if critic is None else caller(client, critic, ask)
    return LoopPlan(caller(client, generator, ask), judge, max_rounds, limits, **more)


@dataclass
class ScriptedClient:
    first: list[dict[str, Any]]
    truth: set[tuple[str, str]]
    willing: bool = True
    errors: dict[tuple[str, int], Exception] = field(default_factory=dict)
    """(model, call number from 1) -> raised instead of answering."""
    calls: list[str] = field(default_factory=list)
    tokens: tuple[int | None, int | None] = (None, None)
    """What every answer is said to cost, in and out."""
    most_under_way: int = 0
    _under_way: int = 0

    async def infer(self, model: str, request: str) -> Answer:
        self._under_way += 1
        self.most_under_way = max(self.most_under_way, self._under_way)
        try:
            await asyncio.sleep(0)
            return self._infer(model, request)
        finally:
            self._under_way -= 1

    def _infer(self, model: str, request: str) -> Answer:
        self.calls.append(model)
        error = self.errors.get((model, self.calls.count(model)))
        if error is not None:
            raise error
        body = json.loads(request)
        answer = self._generate(body) if body["task"] == "generate" else self._critique(body)
        tokens_in, tokens_out = self.tokens
        return Answer(json.dumps(answer, ensure_ascii=False), 1.0, tokens_in=tokens_in, tokens_out=tokens_out)

    def _generate(self, body: dict[str, Any]) -> dict[str, Any]:
        text = body["chunk"]["passages"][0]["text"]
        if body["round"] == 1 or not self.willing:
            return {"items": [i for i in self.first if i.get("anywhere") or i["quote"] in text]}
        redundant = {(f["field"], f["value"]) for f in body["findings"] if f["kind"] == "redundant"}
        missing = [f for f in body["findings"] if f["kind"] == "missing"]
        kept = [i for i in body["previous"] if (i["field"], i["value"]) not in redundant]
        return {"items": kept + [{"field": f["field"], "quote": f["quote"]} for f in missing]}

    def _critique(self, body: dict[str, Any]) -> dict[str, Any]:
        text = body["chunk"]["passages"][0]["text"]
        candidates = body["candidates"]
        right = [(c["field"], c["value"]) in self.truth for c in candidates]
        verdicts = [
            {
                "candidate": i,
                "right": 0.95 if r else 0.05,
                "flagged": not r,
                "reason": "" if r else "not said",
            }
            for i, r in enumerate(right)
        ]
        covered = {(c["field"], c["value"]) for c in candidates}
        missing = [
            {
                "field": f,
                "quote": v,
                "passage": 0,
                "start": text.find(v),
                "end": text.find(v) + len(v),
                "score": 0.9,
            }
            for f, v in sorted(self.truth - covered)
            if v in text
        ]
        return {"verdicts": verdicts, "missing": missing}
