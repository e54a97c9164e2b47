"""A generator and a critic that make every kind of mistake at random, the same for the same seed and request.

So a run that is killed and resumed meets the same models, as one over a deterministic server would.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tasks.core.errors import ModelError, ModelOutputInvalid, ModelTimedOut
from tasks.core.wire.prompt import Prompt
from tasks.triton import Answer

WORDS = ("Python", "Flask", "Rust", "Django", "SQL")
_BROKEN = (
    "",
    "I am sorry, I cannot help with that.",
    '{"items": [{"field": "skills"',
    "{}",
    '{"items": 3}',
    "\0\ud800",
)


@dataclass
class NoisyClient:
    seed: int
    tokens: tuple[int, int] = (70, 30)
    calls: list[str] = field(default_factory=list)

    async def infer(self, model: str, request: str) -> Answer:
        self.calls.append(model)
        body = json.loads(request)
        dice = Random(f"{self.seed}/{model}/{request}")
        self._fail(dice)
        answer = self._generate(body, dice) if body["task"] == "generate" else self._critique(body, dice)
        return self._spoilt(answer, dice)

    async def complete(self, model: str, prompt: Prompt, request_id: str = "") -> Answer:
        """As a language model: it is shown words, and answers items or one of the critic's two lists."""
        self.calls.append(model)
        said = "\n".join(message.text for message in prompt.messages)
        dice = Random(f"{self.seed}/{model}/{said}")
        self._fail(dice)
        lists = (prompt.answer_schema or {}).get("properties", {})
        rows = [self._row(prompt, said, dice) for _ in range(dice.randrange(4))]
        name = next((n for n in ("items", "drop", "add") if n in lists), "items")
        if name == "drop":
            rows = [{**row, "item": dice.randrange(5), "why": "so"} for row in rows]
        answer = json.dumps({"verdict": "revise" if rows else "right", name: rows}, ensure_ascii=False)
        if dice.random() < 0.2:
            answer = f"Sure, here you are:\n```json\n{answer}\n```\n希望能帮到您!"
        return self._spoilt(dice.choice(_BROKEN) if dice.random() < 0.1 else answer, dice)

    def _row(self, prompt: Prompt, said: str, dice: Random) -> dict[str, Any]:
        quote = dice.choice([*WORDS, *said.split()[-30:]])
        names = [*prompt.fields, "skills", "unknown"]
        return {"field": dice.choice(names), "value": quote, "quote": quote}

    def _fail(self, dice: Random) -> None:
        if dice.random() < 0.05:
            raise dice.choice([ModelTimedOut("late"), ModelOutputInvalid("odd"), ModelError("failed")])

    def _spoilt(self, answer: str, dice: Random) -> Answer:
        if dice.random() < 0.1:
            answer = answer[: dice.randrange(len(answer) + 1)]
        if dice.random() < 0.1:
            at = dice.randrange(len(answer) + 1)
            answer = answer[:at] + dice.choice("\0\ud800") + answer[at:]
        return Answer(answer, 1.0, tokens_in=self.tokens[0], tokens_out=self.tokens[1])

    def _generate(self, body: dict[str, Any], dice: Random) -> str:
        if dice.random() < 0.1:
            return dice.choice(_BROKEN)
        previous = [item for item in body["previous"] if dice.random() < 0.7]
        drawn = [self._item(body, dice) for _ in range(dice.randrange(4))]
        return json.dumps({"items": previous + drawn}, ensure_ascii=dice.random() < 0.5)

    def _item(self, body: dict[str, Any], dice: Random) -> dict[str, Any]:
        said = body["chunk"]["passages"][0]["text"].split()
        quote = dice.choice(said) if said and dice.random() < 0.7 else dice.choice(WORDS)
        value = (
            quote
            if dice.random() < 0.9
            else dice.choice([None, 7, "nul \0", "lone \ud800", dice.choice(WORDS)])
        )
        return {"field": dice.choice([*_fields(body), "unknown"]), "value": value, "quote": quote}

    def _critique(self, body: dict[str, Any], dice: Random) -> str:
        if dice.random() < 0.1:
            return dice.choice(_BROKEN)
        verdicts = [
            {"candidate": i, "right": dice.random(), "flagged": dice.random() < 0.5, "reason": "so"}
            for i in range(len(body["candidates"]))
            if dice.random() < 0.9
        ]
        missing = [self._missing(body, dice) for _ in range(dice.randrange(2))]
        return json.dumps({"verdicts": verdicts, "missing": missing})

    def _missing(self, body: dict[str, Any], dice: Random) -> dict[str, Any]:
        start = dice.randrange(len(body["chunk"]["passages"][0]["text"]) + 1)
        place = {"passage": 0, "start": start, "end": start + dice.randrange(6)}
        return {"field": dice.choice(_fields(body)), "quote": "", "score": dice.random(), **place}


def _fields(body: dict[str, Any]) -> list[str]:
    return [field["name"] for field in body["schema"]["fields"]]
