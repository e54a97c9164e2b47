"""The native generator: drafts values for every field of a schema from one chunk.

Fields with a trained head come from the clause heads and the front CRF, the others from the schema's own cues and examples
(`tasks.core.native.generator.by_schema`). The draft leans to recall: the critic prunes it. `Meta.alone_threshold` is where the generator would
cut if it were alone: the control row of every comparison.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tasks.core.native.caches import MarginCache
from tasks.core.native.generator.by_schema import DRAFT_BAR, read_field
from tasks.core.native.generator.clause_heads import ClauseHeads, unpacked_heads
from tasks.core.native.generator.clause_spans import Logistic, Stretch, span_rows, stretches
from tasks.core.native.generator.name_tagger import (
    FIELD_BY_LETTER,
    Mention,
    NameTagger,
    Tagger,
    find_mentions,
)
from tasks.core.native.generator.revise import revise_answer
from tasks.core.native.request import Request
from tasks.core.native.text.typed_values import normalised
from tasks.core.native.text.words import FloatArray
from tasks.core.native.weights import read_arrays, read_json, weights_sha256
from tasks.core.schema import SchemaField

TRAINED_PREFIX = "cuad/"
NAME_FIELDS = frozenset(FIELD_BY_LETTER.values())
_CUED_ADD_BAR = 0.25


@dataclass(frozen=True, slots=True)
class Thresholds:
    """All found out of fold on training contracts."""

    unit_bar: float
    """Margin above which a unit may be part of a clause."""
    draft_bar: float
    """Score from which a clause is drafted: recall first."""
    names_bar: float
    """The same for the short fields."""
    add_bar: float
    """Score from which a missing value is added on the critic's word."""
    alone_threshold: float
    """The generator's own best threshold."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One value and where it was read."""

    field: str
    value: str
    score: float
    passage_index: int
    start: int
    end: int

    def wire(self, request: Request) -> dict[str, Any]:
        quote = request.passages[self.passage_index][self.start : self.end]
        return {
            "field": self.field,
            "value": self.value or quote,
            "quote": quote,
            "score": round(self.score, 4),
        }


class Generator:
    """Weights and what is done with them; keeps no state between requests but a cache of pure results."""

    name = "generator"
    task = "generate"

    def __init__(
        self,
        heads: ClauseHeads,
        join: Logistic,
        scorer: Logistic,
        tagger: Tagger,
        bars: Thresholds,
        digest: str,
    ) -> None:
        self.heads, self.join, self.scorer, self.tagger, self.bars = heads, join, scorer, tagger, bars
        self.weights_sha256 = digest
        self._seen = MarginCache(512)
        self.trained_fields = tuple(TRAINED_PREFIX + n for n in sorted({*heads.names, *NAME_FIELDS}))

    @classmethod
    def load(cls, folder: Path) -> Generator:
        """Raises: ConfigurationError when a weight file is missing or broken."""
        arrays, meta = read_arrays(folder / "clauses.npz"), read_json(folder / "meta.json")
        bars = Thresholds(**{key: float(meta[key]) for key in Thresholds.__slots__})
        join = Logistic(arrays["join"].astype(np.float32), float(meta["join_bias"]))
        scorer = Logistic(arrays["scorer"].astype(np.float32), float(meta["scorer_bias"]))
        tagger = NameTagger((folder / "names.crfsuite").read_bytes())
        return cls(unpacked_heads(arrays), join, scorer, tagger, bars, weights_sha256(folder))

    @property
    def thresholds(self) -> dict[str, float]:
        return asdict(self.bars)

    def answer_all(self, requests: Sequence[Request]) -> list[dict[str, Any]]:
        """One answer for each request; the lines of all go through the heads together."""
        answers: list[dict[str, Any]] = []
        for request, own in zip(requests, self._margins(requests), strict=True):
            if request.round_number > 1:
                answers.append({"items": self._revised(request, own)})
            else:
                answers.append({"items": [d.wire(request) for d in self.draft(request, own)]})
        return answers

    def drafts(self, requests: Sequence[Request]) -> list[list[Draft]]:
        """The first draft of each request, with places."""
        return [self.draft(r, own) for r, own in zip(requests, self._margins(requests), strict=True)]

    def _margins(self, requests: Sequence[Request]) -> list[FloatArray]:
        """Each request's line margins; what was not asked before is computed in one go."""
        return self._seen.margins(
            requests, lambda fresh: self.heads.margins([line for r in fresh for line in r.lines])
        )

    def draft(self, request: Request, margins: FloatArray) -> list[Draft]:
        """The first draft: fields in schema order, values as they stand in the text."""
        by_head = self._clauses(request, margins)
        mentions = self._mentions(request)
        drafts: list[Draft] = []
        for field in request.schema.fields:
            trained = _trained(field)
            if trained in by_head:
                drafts.extend(_clause(field, request, *found) for found in by_head[trained])
            elif trained in NAME_FIELDS:
                drafts.extend(_mention(field, request, m) for m in mentions if m.field == trained)
            else:
                drafts.extend(_cued(field, request))
        return drafts

    def _clauses(self, request: Request, margins: FloatArray) -> dict[str, list[tuple[Stretch, float]]]:
        found = stretches(request.lines, margins, self.bars.unit_bar, self.join)
        scores = (
            self.scorer(span_rows(request.lines, margins, found)) if found else np.zeros(0, dtype=np.float32)
        )
        by_head: dict[str, list[tuple[Stretch, float]]] = {n: [] for n in self.heads.names}
        for stretch, score in zip(found, scores, strict=True):
            if score >= self.bars.draft_bar:
                by_head[self.heads.names[stretch.head]].append((stretch, float(score)))
        return by_head

    def _mentions(self, request: Request) -> list[Mention]:
        wanted = {_trained(f) for f in request.schema.fields} & NAME_FIELDS
        if not request.is_first_chunk or not wanted:
            return []
        return find_mentions(request.passages[0], self.tagger, self.bars.names_bar)

    def _revised(self, request: Request, margins: FloatArray) -> list[dict[str, Any]]:
        trained = {f.name: _trained(f) for f in request.schema.fields}

        def look_again(name: str, quote: str) -> tuple[str, float] | None:
            if trained[name] in self.heads.names:
                return self._clause_opinion(request, margins, trained[name], quote)
            return None if trained[name] in NAME_FIELDS else reading_of_quote(name, request, quote)

        def add_bar(name: str) -> float:
            return self.bars.add_bar if trained[name] in self.heads.names else _CUED_ADD_BAR

        return revise_answer(request, look_again, add_bar)

    def _clause_opinion(
        self, request: Request, margins: FloatArray, head: str, quote: str
    ) -> tuple[str, float] | None:
        """The score the generator gives the lines of a quote, taken as one clause."""
        inside = [
            i
            for i, line in enumerate(request.lines)
            if _within(request, line.passage_index, line.unit.start, line.unit.end, quote)
        ]
        if not inside:
            return None
        stretch = Stretch(self.heads.names.index(head), inside[0], inside[-1])
        return quote, float(self.scorer(span_rows(request.lines, margins, [stretch]))[0])


def _trained(field: SchemaField) -> str:
    return (field.trained_as or "").removeprefix(TRAINED_PREFIX)


def _clause(field: SchemaField, request: Request, stretch: Stretch, score: float) -> Draft:
    first, last = request.lines[stretch.first], request.lines[stretch.last]
    return Draft(field.name, "", score, first.passage_index, first.unit.start, last.unit.end)


def _mention(field: SchemaField, request: Request, mention: Mention) -> Draft:
    value = normalised(field.type, request.passages[0][mention.start : mention.end])
    return Draft(field.name, value, mention.score, 0, mention.start, mention.end)


def _cued(field: SchemaField, request: Request) -> Iterator[Draft]:
    for line, reading in read_field(request.cues[field.name], request.lines):
        if reading.score >= DRAFT_BAR:
            yield Draft(
                field.name, reading.value, reading.score, line.passage_index, reading.start, reading.end
            )


def reading_of_quote(name: str, request: Request, quote: str) -> tuple[str, float] | None:
    """What the field's evidence says of the lines of a quote, a note weighed like body: the critic pointed at it."""
    readings = [
        r
        for line, r in read_field(request.cues[name], request.lines, weigh_notes=False)
        if _within(request, line.passage_index, r.start, r.end, quote)
    ]
    best = max(readings, key=lambda r: r.score, default=None)
    return None if best is None else (best.value, best.score)


def _within(request: Request, passage_index: int, start: int, end: int, quote: str) -> bool:
    """Whether a range lies in some occurrence of the quote."""
    text = request.passages[passage_index]
    at = text.find(quote, max(0, end - len(quote)))
    return 0 <= at <= start and end <= at + len(quote)
