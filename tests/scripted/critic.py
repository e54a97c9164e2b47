"""The scripted critic: it knows the truth, answers the two questions of the prompts, and errs at set rates.

What it thinks of an item or of a fact it thinks in every round: a critic asked the same is of the same mind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.scripted.asked import Question, read_question
from tests.scripted.dice import DICE, Dice, digest
from tests.scripted.habits import ALL_SEEING, CriticHabits
from tests.scripted.truth import Claim, Truth, place_of

_SENTENCE = re.compile(r"[^.;。；\n]{20,200}[.;。；]")


@dataclass(frozen=True, slots=True)
class ScriptedCritic:
    truth: Truth
    habits: CriticHabits = ALL_SEEING
    dice: Dice = DICE

    def answer(self, prompt: str) -> str:
        """The raw answer to one of the questions of `tasks.core.prompts.critic`."""
        asked = read_question(prompt)
        if asked.is_labelled:
            shares = self.shares(prompt)
            return max(shares, key=lambda label: shares[label])
        name = "add" if asked.is_missing else "drop"
        rows = list(self._lacking(asked) if asked.is_missing else self._redundant(asked))
        return json.dumps({"verdict": "revise" if rows else "right", name: rows}, ensure_ascii=False)

    def shares(self, prompt: str) -> dict[str, float]:
        """The probability of each label, for a question about one item."""
        asked = read_question(prompt)
        facts, chunk, (item,) = list(self._facts(asked)), _chunk(asked), asked.items
        sure = 0.7 + 0.28 * self.dice.draw("sure", chunk, item["field"], item["quote"])
        is_cut = not self._approves(item, facts, chunk) and _why(item, facts)["why"] == "boundary"
        label = "A" if self._approves(item, facts, chunk) else "C" if is_cut else "B"
        rest = (0.99 - sure) / 2
        return {each: sure if each == label else rest for each in "ABC"}

    def _redundant(self, asked: Question) -> Iterator[dict[str, Any]]:
        facts, chunk = list(self._facts(asked)), _chunk(asked)
        for item in asked.items:
            if not self._approves(item, facts, chunk):
                named = {k: item[k] for k in ("item", "field", "quote")}
                yield named | _why(item, facts)

    def _approves(self, item: dict[str, Any], facts: Sequence[Claim], chunk: str) -> bool:
        """Whether it thinks that an item, or what is said to be lacking, is right."""
        key = (chunk, item["field"], item.get("value", item["quote"]), item["quote"])
        is_right = any(fact.is_met_by(item) for fact in facts)
        return is_right != self.dice.falls(
            self.habits.alarms if is_right else self.habits.passes, "judge", *key
        )

    def _lacking(self, asked: Question) -> Iterator[dict[str, Any]]:
        chunk = _chunk(asked)
        for fact in self._facts(asked):
            is_told = any(fact.is_about(item) for item in asked.items)
            if not is_told and not self.dice.falls(
                self.habits.overlooks, "lack", chunk, fact.field, fact.value
            ):
                yield {"field": fact.field, "quote": fact.quote}
        for field in asked.fields:
            if not self.dice.falls(self.habits.imagines, "imagine", chunk, field):
                continue
            quote = self._imagined(asked, field, chunk)
            if quote and not any(quote == item["quote"] for item in asked.items):
                yield {"field": field, "quote": quote}

    def _facts(self, asked: Question) -> Iterator[Claim]:
        texts = (asked.passage, *asked.notes)
        for fact in self.truth.facts:
            if fact.field in asked.fields and any(place_of(fact.quote, text) is not None for text in texts):
                yield fact

    def _imagined(self, asked: Question, field: str, chunk: str) -> str:
        traps = [t.quote for t in self.truth.traps if t.field == field and place_of(t.quote, asked.passage)]
        among = traps or [found.strip() for found in _SENTENCE.findall(asked.passage)]
        return self.dice.pick(among, "imagined", chunk, field) if among else ""


def _chunk(asked: Question) -> str:
    return digest(asked.passage, *asked.notes)


def _why(item: dict[str, Any], facts: Sequence[Claim]) -> dict[str, str]:
    """A beginning of a provision is not redundant: it wants the rest."""
    whole = next((f for f in facts if f.field == item["field"] and f.quote.startswith(item["quote"])), None)
    if whole is None or whole.is_met_by(item):
        return {"why": "redundant"}
    return {"why": "boundary", "extent": whole.quote}
