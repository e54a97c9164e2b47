"""The trained generator: drafts values for every field of a schema from one chunk.

Trained fields are read by the clause heads and the name tagger, all other fields by their cues and
examples (`by_schema.py`). The draft leans to recall, because the critic prunes it.
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
from tasks.core.native.own.drafts import EvidentValue
from tasks.core.native.own.reader import EvidenceReader
from tasks.core.native.request import CHUNKS_HELD, Request
from tasks.core.native.text.words import FloatArray
from tasks.core.native.weights import read_arrays, read_json, weights_sha256
from tasks.core.schema import SchemaField
from tasks.core.values.find import normalised

TRAINED_PREFIX = "cuad/"
NAME_FIELDS = frozenset(FIELD_BY_LETTER.values())
_CUED_ADD_BAR = 0.25


@dataclass(frozen=True, slots=True)
class Thresholds:
    """All were set on training contracts, out of fold."""

    unit_bar: float
    """The margin above which a unit may be part of a clause."""
    draft_bar: float
    """The score from which a clause is drafted."""
    names_bar: float
    """The same for the short fields."""
    add_bar: float
    """The score from which a clause that the critic calls missing is added."""
    alone_threshold: float
    """The best threshold without a critic: the control of every comparison."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A value and the range of its quote."""

    field: str
    value: str
    score: float
    passage_index: int
    start: int
    end: int

    def wire(self, request: Request) -> dict[str, Any]:
        """An item of the answer; without a value of its own it is the quote."""
        quote = request.passages[self.passage_index][self.start : self.end]
        value, score = self.value or quote, round(self.score, 4)
        return {"field": self.field, "value": value, "quote": quote, "score": score}


class Generator:
    """Drafts and revises; keeps no state between requests but a cache of margins."""

    name = "generator"
    task = "generate"

    def __init__(
        self,
        heads: ClauseHeads,
        join: Logistic,
        scorer: Logistic,
        tagger: Tagger,
        own: EvidenceReader,
        bars: Thresholds,
        digest: str,
    ) -> None:
        self.own = own
        self.heads, self.join, self.scorer, self.tagger, self.bars = heads, join, scorer, tagger, bars
        self.weights_sha256 = digest
        self._cache = MarginCache(CHUNKS_HELD)
        self.trained_fields = tuple(TRAINED_PREFIX + n for n in sorted({*heads.names, *NAME_FIELDS}))

    @classmethod
    def load(cls, folder: Path) -> Generator:
        """Raises: ConfigurationError when a weight file is missing or broken."""
        arrays, meta = read_arrays(folder / "clauses.npz"), read_json(folder / "meta.json")
        bars = Thresholds(**{key: float(meta[key]) for key in Thresholds.__slots__})
        join = Logistic(arrays["join"].astype(np.float32), float(meta["join_bias"]))
        scorer = Logistic(arrays["scorer"].astype(np.float32), float(meta["scorer_bias"]))
        tagger = NameTagger((folder / "names.crfsuite").read_bytes())
        return cls(
            unpacked_heads(arrays),
            join,
            scorer,
            tagger,
            EvidenceReader.load(folder),
            bars,
            weights_sha256(folder),
        )

    @property
    def thresholds(self) -> dict[str, float]:
        return asdict(self.bars)

    def answer_all(self, requests: Sequence[Request]) -> list[dict[str, Any]]:
        """The answer to each request; the lines of all requests go through the heads together."""
        answers: list[dict[str, Any]] = []
        for request, margins in zip(requests, self._all_margins(requests), strict=True):
            if request.round_number > 1:
                answers.append({"items": self._revised(request, margins)})
            else:
                answers.append({"items": [d.wire(request) for d in self._draft(request, margins)]})
        return answers

    def drafts(self, requests: Sequence[Request]) -> list[list[Draft]]:
        """The first draft of each request, for training."""
        return [self._draft(r, m) for r, m in zip(requests, self._all_margins(requests), strict=True)]

    def _all_margins(self, requests: Sequence[Request]) -> list[FloatArray]:
        return self._cache.margins(
            requests, lambda fresh: self.heads.margins([line for r in fresh for line in r.lines])
        )

    def _draft(self, request: Request, margins: FloatArray) -> list[Draft]:
        """The first draft: fields in schema order, values in text order."""
        by_head = self._clauses(request, margins)
        mentions = self._mentions(request)
        own = self.own.drafts(request)
        drafts: list[Draft] = []
        for field in request.schema.fields:
            trained = _trained(field)
            if trained in by_head:
                drafts.extend(_clause(field, request, *clause) for clause in by_head[trained])
            elif trained in NAME_FIELDS:
                drafts.extend(_mention(field, request, m) for m in mentions if m.field == trained)
            elif field.name in own:
                drafts.extend(map(_evident, own[field.name]))
            else:
                drafts.extend(_cued(field, request))
        return drafts

    def _clauses(self, request: Request, margins: FloatArray) -> dict[str, list[tuple[Stretch, float]]]:
        """The drafted stretches and their scores, by head."""
        clauses = stretches(request.lines, margins, self.bars.unit_bar, self.join)
        scores = self.scorer(span_rows(request.lines, margins, clauses))
        by_head: dict[str, list[tuple[Stretch, float]]] = {n: [] for n in self.heads.names}
        for stretch, score in zip(clauses, scores, strict=True):
            if score >= self.bars.draft_bar:
                by_head[self.heads.names[stretch.head]].append((stretch, float(score)))
        return by_head

    def _mentions(self, request: Request) -> list[Mention]:
        if not request.is_first_chunk or NAME_FIELDS.isdisjoint(map(_trained, request.schema.fields)):
            return []
        return find_mentions(request.passages[0], self.tagger, self.bars.names_bar)

    def _revised(self, request: Request, margins: FloatArray) -> list[dict[str, Any]]:
        trained = {f.name: _trained(f) for f in request.schema.fields}

        def read_quote(name: str, quote: str) -> tuple[str, float] | None:
            if trained[name] in self.heads.names:
                return self._clause_score(request, margins, trained[name], quote)
            if trained[name] in NAME_FIELDS:
                return None
            if self.own.reads(request, name):
                return self.own.best_in(request, name, quote)
            return reading_of_quote(name, request, quote)

        def add_bar(name: str) -> float:
            return self.bars.add_bar if trained[name] in self.heads.names else _CUED_ADD_BAR

        return revise_answer(request, read_quote, add_bar)

    def _clause_score(
        self, request: Request, margins: FloatArray, head: str, quote: str
    ) -> tuple[str, float] | None:
        """The quote, and the score of its lines as one clause."""
        lines = enumerate(request.lines)
        inside = [i for i, x in lines if _within(request, x.passage_index, x.unit.start, x.unit.end, quote)]
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


def _evident(value: EvidentValue) -> Draft:
    return Draft(value.field, value.value, value.score, value.passage_index, value.start, value.end)


def _cued(field: SchemaField, request: Request) -> Iterator[Draft]:
    for line, reading in read_field(request.cues[field.name], request.cued_lines):
        if reading.score >= DRAFT_BAR:
            place = line.passage_index, reading.start, reading.end
            yield Draft(field.name, reading.value, reading.score, *place)


def reading_of_quote(name: str, request: Request, quote: str) -> tuple[str, float] | None:
    """The best value that the field's cues and examples give in a quote, and its score."""
    # A note counts in full here, because the critic pointed at it.
    readings = [
        r
        for line, r in read_field(request.cues[name], request.cued_lines, weigh_notes=False)
        if _within(request, line.passage_index, r.start, r.end, quote)
    ]
    best = max(readings, key=lambda r: r.score, default=None)
    return None if best is None else (best.value, best.score)


def _within(request: Request, passage_index: int, start: int, end: int, quote: str) -> bool:
    """Whether a range lies in an occurrence of the quote."""
    quote_start = request.passages[passage_index].find(quote, max(0, end - len(quote)))
    return 0 <= quote_start <= start and end <= quote_start + len(quote)
