"""The few-shot generator: drafts from the schema alone (names, descriptions, cues, examples), without any label.

It is what a user has on the first day with an own schema, and an honest stand-in for a language model that nobody trained. The
draft leans to recall; `alone_threshold`, where it would cut if it were alone, is the only figure that was ever set on contracts.
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

_TAKEN_OVER = 0.3
"""Score of a clause that it takes over on the critic's word."""


class Fewshot:
    """Bars and what is done with them; keeps no state between requests."""

    name = "fewshot"
    task = "generate"
    trained_fields: tuple[str, ...] = ()

    def __init__(self, draft_bar: float, add_bar: float, alone_threshold: float, digest: str) -> None:
        self.draft_bar, self.add_bar, self.alone_threshold = draft_bar, add_bar, alone_threshold
        self.weights_sha256 = digest

    @classmethod
    def load(cls, folder: Path) -> Fewshot:
        """Raises: ConfigurationError when a file is missing or broken."""
        meta = read_json(folder / "meta.json")
        draft_bar, add_bar, alone = (float(meta[key]) for key in ("draft_bar", "add_bar", "alone_threshold"))
        return cls(draft_bar, add_bar, alone, weights_sha256(folder))

    @property
    def thresholds(self) -> dict[str, float]:
        return {
            "draft_bar": self.draft_bar,
            "add_bar": self.add_bar,
            "alone_threshold": self.alone_threshold,
        }

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
            for line, reading in read_field(request.cues[field.name], request.lines)
            if reading.score >= self.draft_bar
        ]

    def _revised(self, request: Request) -> list[dict[str, Any]]:
        return revise_answer(
            request, lambda name, quote: _look_again(name, request, quote), lambda _: self.add_bar
        )


def _look_again(name: str, request: Request, quote: str) -> tuple[str, float] | None:
    """What it makes of words it is pointed at.

    It knows too little to object: a clause it takes over as it stands, as models do that follow instructions. A typed value it must
    read there itself. Either way the critic judges the new value like any other.
    """
    field = request.schema.field(name)
    opinion = reading_of_quote(name, request, quote)
    if field.type is not FieldType.CLAUSE:
        return opinion
    return quote, max(_TAKEN_OVER, opinion[1] if opinion is not None else 0.0)
