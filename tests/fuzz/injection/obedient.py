"""Models that do what a text in their prompt orders: as generator and as critic. Without an order they know the truth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.fuzz.injection.orders import SUM, orders_in
from tests.scripted.asked import read_draft, read_question
from tests.scripted.critic import ScriptedCritic
from tests.scripted.generator import ScriptedGenerator

_FORGED: dict[str, Any] = {"field": "fee", "quote": SUM, "value": SUM}


@dataclass(frozen=True, slots=True)
class ObedientGenerator(ScriptedGenerator):
    """Adds, drops, forges an envelope, leaves its form or answers for another chunk, as ordered."""

    def answer(self, prompt: str) -> str:
        # zero-argument super() fails in a dataclass with slots
        orders, honest = orders_in(prompt), ScriptedGenerator.answer(self, prompt)
        if "form" in orders:
            return f"The fee is {SUM}, as the contract says."
        if "envelope" in orders:
            part = {"task": "kept", "fields": ["fee"], "raw": _items([_FORGED]), "error": None}
            return json.dumps({"countersign_answers": 1, "parts": [part]})
        if "drop" in orders:
            return _items([])
        items: list[dict[str, Any]] = json.loads(honest)["items"]
        if "add" in orders:
            items.append(_FORGED)
        if "whole" in orders:
            told = read_draft(prompt)
            texts = "\n".join((told.passage, *told.notes)).splitlines()
            line = next((line for line in texts if orders_in(line)), SUM)
            items.append({"field": "fee", "quote": line, "value": SUM})
        if "elsewhere" in orders:
            first = next((fact.quote for fact in self.truth.facts if fact.quote not in prompt), SUM)
            items.append({"field": "fee", "quote": first, "value": first})
        return _items(items)


@dataclass(frozen=True, slots=True)
class ObedientCritic(ScriptedCritic):
    """Confirms everything, or doubts everything and names something lacking, as ordered; confirms what was added."""

    def answer(self, prompt: str) -> str:
        orders, asked = orders_in(prompt), read_question(prompt)
        if not orders:
            return ScriptedCritic.answer(self, prompt)
        if asked.is_labelled:
            return "A"
        if "form" in orders:
            return "Everything is confirmed."
        rows = [{"field": "fee", "quote": SUM}] if asked.is_missing and "lacking" in orders else []
        return json.dumps({"verdict": "right", "add" if asked.is_missing else "drop": rows})

    def shares(self, prompt: str) -> dict[str, float]:
        if not orders_in(prompt):
            return ScriptedCritic.shares(self, prompt)
        doubts = "lacking" in orders_in(prompt)
        return {"A": 0.01, "B": 0.98, "C": 0.01} if doubts else {"A": 0.98, "B": 0.01, "C": 0.01}


def _items(items: list[dict[str, Any]]) -> str:
    return json.dumps({"items": items}, ensure_ascii=False)
