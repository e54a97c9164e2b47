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
from tasks.core.native.own.drafts import EvidentValue
from tasks.core.native.own.reader import EvidenceReader
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

    def __init__(self, own: EvidenceReader, thresholds: dict[str, float], digest: str) -> None:
        self.own, self.thresholds, self.weights_sha256 = own, thresholds, digest

    @classmethod
    def load(cls, folder: Path) -> Fewshot:
        """Raises: ConfigurationError when a file is missing or broken."""
        meta = read_json(folder / "meta.json")
        thresholds = {key: float(meta[key]) for key in _THRESHOLDS}
        return cls(EvidenceReader.load(folder), thresholds, weights_sha256(folder))

    def answer_all(self, requests: Sequence[Request]) -> list[dict[str, Any]]:
        return [{"items": self._revised(r) if r.round_number > 1 else self._drafted(r)} for r in requests]

    def _drafted(self, request: Request) -> list[dict[str, Any]]:
        own = self.own.drafts(request)
        rows: list[dict[str, Any]] = []
        for field in request.schema.fields:
            values = own[field.name] if field.name in own else self._cued(request, field.name)
            rows.extend(
                {
                    "field": field.name,
                    "value": v.value,
                    "quote": request.passages[v.passage_index][v.start : v.end],
                    "score": round(v.score, 4),
                }
                for v in values
            )
        return rows

    def _cued(self, request: Request, name: str) -> list[EvidentValue]:
        """The values of a field that is not read by evidence."""
        return [
            EvidentValue(name, r.value, line.passage_index, r.start, r.end, r.score)
            for line, r in read_field(request.cues[name], request.cued_lines)
            if r.score >= self.thresholds["draft_bar"]
        ]

    def _revised(self, request: Request) -> list[dict[str, Any]]:
        add_bar = self.thresholds["add_bar"]

        def read_quote(name: str, quote: str) -> tuple[str, float] | None:
            if self.own.reads(request, name):
                return self.own.best_in(request, name, quote)
            return _read_quote(name, request, quote)

        return revise_answer(request, read_quote, lambda _: add_bar)


def _read_quote(name: str, request: Request, quote: str) -> tuple[str, float] | None:
    """The value and score that it gives to words that the critic calls missing."""
    reading = reading_of_quote(name, request, quote)
    if request.schema.field(name).type is not FieldType.CLAUSE:
        return reading
    # It knows too little of clauses to object. The critic judges the new value in turn.
    return quote, max(_ADOPTED_SCORE, reading[1] if reading is not None else 0.0)
