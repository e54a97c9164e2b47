"""The few-shot generator: drafts from the schema alone (names, descriptions, cues, examples).

It needs no labels, so it serves a user's schema from the first day, and it stands in for a language
model that was not trained on these fields. Its draft leans to recall.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tasks.core.native.generator.by_schema import read_field
from tasks.core.native.generator.generator import reading_of_quote
from tasks.core.native.generator.revise import revise_answer
from tasks.core.native.request import Request
from tasks.core.native.weights import read_json, weights_sha256
from tasks.core.schema import FieldType

_ADOPTED_SCORE = 0.3
"""The score of a clause that it adopts from the critic."""

_THRESHOLDS = ("draft_bar", "add_bar", "alone_threshold")


class Fewshot:
    """Drafts and revises by the thresholds of its meta.json; keeps no state between requests.

    `alone_threshold`, the best one without a critic, is the only figure that was set on contracts.
    """

    name = "fewshot"
    task = "generate"
    trained_fields: tuple[str, ...] = ()

    def __init__(self, thresholds: dict[str, float], digest: str) -> None:
        self.thresholds, self.weights_sha256 = thresholds, digest

    @classmethod
    def load(cls, folder: Path) -> Fewshot:
        """Raises: ConfigurationError when a file is missing or broken."""
        meta = read_json(folder / "meta.json")
        return cls({key: float(meta[key]) for key in _THRESHOLDS}, weights_sha256(folder))

    def answer_all(self, requests: Sequence[Request]) -> list[dict[str, Any]]:
        return [{"items": self._revised(r) if r.round_number > 1 else self._drafted(r)} for r in requests]

    def _drafted(self, request: Request) -> list[dict[str, Any]]:
        return [
            {
                "field": field.name,
                "value": reading.value,
                "quote": request.passages[line.passage_index][reading.start : reading.end],
                "score": round(reading.score, 4),
            }
            for field in request.schema.fields
            for line, reading in read_field(request.cues[field.name], request.cued_lines)
            if reading.score >= self.thresholds["draft_bar"]
        ]

    def _revised(self, request: Request) -> list[dict[str, Any]]:
        add_bar = self.thresholds["add_bar"]
        return revise_answer(
            request, lambda name, quote: _read_quote(name, request, quote), lambda _: add_bar
        )


def _read_quote(name: str, request: Request, quote: str) -> tuple[str, float] | None:
    """The value and score that it gives to words that the critic calls missing."""
    reading = reading_of_quote(name, request, quote)
    if request.schema.field(name).type is not FieldType.CLAUSE:
        return reading
    # It knows too little of clauses to object. The critic judges the new value in turn.
    return quote, max(_ADOPTED_SCORE, reading[1] if reading is not None else 0.0)
