"""A served language model that judges by labels, overconfident in a known way; and an error book of what is true of it."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import NormalDist
from typing import Any, Self

from tasks.core.records import ModelIdentity
from tasks.core.wire.native_format import chunk_payload
from tasks.core.wire.prompt import Prompt
from tasks.triton import Answer, Dialect, Served, TritonClient
from tests.scripted.asked import read_question
from tests.scripted.dice import Dice
from tests.unit.core.builders import body_chunk

SLOPE, INTERCEPT = 0.5, -0.8
DICE = Dice(7)
_SURENESS = NormalDist(1.0, 3.5)

Shares = Callable[[dict[str, Any]], dict[str, float]]
"""The item of a question -> token and its probability."""


def sureness(quote: str) -> float:
    """Log-odds that the model gives to an item."""
    return _SURENESS.inv_cdf(min(0.999, max(0.001, DICE.draw("sure", quote))))


def by_sureness(item: dict[str, Any]) -> dict[str, float]:
    share = 1 / (1 + math.exp(-sureness(item["quote"])))
    return {"A": 0.98 * share, "B": 0.98 * (1 - share), "Sure": 0.01}


@dataclass
class JudgingModel:
    """In place of the client."""

    shares: Shares = by_sureness
    gives_logprobs: bool = True
    dialect: Dialect = Dialect.VLLM
    prompts: list[Prompt] = field(default_factory=list[Prompt])
    most_at_once: int = 0
    _at_once: int = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        pass

    async def identify(self, model: str) -> Served:
        return Served(ModelIdentity(model, "1-abcdef123456"), self.dialect, self.gives_logprobs)

    async def complete(self, model: str, prompt: Prompt, request_id: str = "") -> Answer:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await asyncio.sleep(0)
        self._at_once -= 1
        self.prompts.append(prompt)
        question = read_question("\n".join(message.text for message in prompt.messages))
        told = {token: math.log(share) for token, share in self.shares(question.items[0]).items()}
        return Answer("A", 1.0, "1", 100, 1, "length", logprobs=told or None)

    @property
    def client(self) -> TritonClient:
        return self  # pyright: ignore[reportReturnType]


def entry(kind: str, name: str, quote: str, text: str) -> dict[str, Any]:
    start = text.index(quote)
    place = {"passage": 0, "start": start, "end": start + len(quote)}
    return {"kind": kind, "field": name, "value": quote, "quote": quote, **place, "score": 0.5, "gold": None}


def book_line(document: str, index: int, n_items: int, schema: str = "cuad") -> dict[str, Any]:
    """A chunk of a document with items of which as many are right as the model's sureness tells, read rightly."""
    quotes = [f"Item {document}-{index}-{n} is owed." for n in range(n_items)]
    text = " ".join(quotes)
    entries: list[dict[str, Any]] = []
    for number, quote in enumerate(quotes):
        right = 1 / (1 + math.exp(-(SLOPE * sureness(quote) + INTERCEPT)))
        kind = "correct" if DICE.draw("truth", quote) < right else ("redundant", "boundary")[number % 2]
        entries.append(entry(kind, "governing_law", quote, text))
    chunk = chunk_payload(body_chunk(text, index), ())
    head = {"document": document, "schema": schema, "generator": "generator/1-aaa", "whole": True}
    return {**head, "chunk": chunk, "entries": entries}


def write_book(path: Path, n_documents: int, n_items: int = 10, schema: str = "cuad") -> Path:
    lines = [book_line(f"contract-{n}", 0, n_items, schema) for n in range(n_documents)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path
