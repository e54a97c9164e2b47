"""A generator's raw answer, parsed, with the place of each value in the document.

Pure: a stored answer can be grounded again at any time, with the same result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tasks.core.answers import ParsedAnswer, parse_answer
from tasks.core.grounding.checks import grounding_findings
from tasks.core.grounding.quotes import Placement, ground
from tasks.core.grounding.records import ChunkSource, canonical_candidate, ground_record
from tasks.core.grounding.table_cells import cell_findings
from tasks.core.grounding.unprovable import UnprovableWords
from tasks.core.records import Candidate, Chunk, FieldName, Finding, ModelAnswer, Page, Reading
from tasks.core.schema import Schema
from tasks.core.text.to_pg_text import storable


@dataclass(frozen=True, slots=True)
class GroundedAnswer:
    """A parsed answer with the place of each candidate: the input of the critic."""

    candidates: tuple[Candidate, ...]
    placements: tuple[Placement | None, ...]
    findings: tuple[Finding, ...]
    """Malformed items, quotes or values that are not in the source, words that the page does not
    say, missing parts."""
    unable: Mapping[FieldName, str] = field(default_factory=dict[FieldName, str])
    """Fields that the generator says it cannot extract."""
    repairs: tuple[str, ...] = ()

    def placed(self) -> tuple[tuple[Candidate, int, int, int], ...]:
        """(candidate, passage index, start, end) of each candidate with a place, in order."""
        return tuple(
            (c, p.passage_index, p.start, p.end)
            for c, p in zip(self.candidates, self.placements, strict=True)
            if p is not None
        )

    def placed_indices(self) -> tuple[int, ...]:
        return tuple(i for i, p in enumerate(self.placements) if p is not None)


@dataclass(frozen=True, slots=True)
class RunInput:
    """A document's reading and chunks, and the schema to fill."""

    reading: Reading
    chunks: tuple[Chunk, ...]
    schema: Schema
    _unprovable: UnprovableWords = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_unprovable", UnprovableWords(self.reading.marks))

    def ground(self, generation: ModelAnswer) -> GroundedAnswer:
        """Parse a generator's raw answer and find its values in the document."""
        reading, chunk = self.reading, self.chunks[generation.chunk_index]
        document = (reading.text, reading.pages, self._unprovable)
        return ground_answer(generation.raw, self.schema, chunk, *document)


def ground_answer(
    raw: str, schema: Schema, chunk: Chunk, text: str, pages: Sequence[Page], unprovable: UnprovableWords
) -> GroundedAnswer:
    """Parse and ground a generator's raw answer. Equal candidates at one place become one.

    Args:
        text: The document text.
        unprovable: The reading's words that prove nothing: a value on one is flagged.
    """
    parsed: ParsedAnswer = parse_answer(storable(raw), schema)
    candidates = [canonical_candidate(_storable(c), schema.field(c.field)) for c in parsed.candidates]
    source = ChunkSource(chunk, text, pages)
    grounded = [
        ground_record(c, place, source) if c.parts else (c, place)
        for c, place in ground(candidates, chunk, text, pages)
    ]
    unique: dict[tuple[object, ...], tuple[Candidate, Placement | None]] = {}
    for candidate, place in grounded:
        spans = candidate.citation.spans if candidate.citation else candidate.quote
        unique.setdefault((candidate.field, candidate.value, spans), (candidate, place))
    kept = tuple(c for c, _ in unique.values())
    findings = [*parsed.problems]
    for index, candidate in enumerate(kept):
        findings.extend(grounding_findings(index, candidate, schema.field(candidate.field), unprovable))
    placements = tuple(place for _, place in unique.values())
    findings.extend(cell_findings(kept, placements, chunk, schema))
    return GroundedAnswer(kept, placements, tuple(findings), parsed.unable, parsed.repairs)


def _storable(candidate: Candidate) -> Candidate:
    # JSON escapes bring back characters that were removed from the raw answer.
    parts = tuple(replace(p, value=storable(p.value), quote=storable(p.quote)) for p in candidate.parts)
    return replace(candidate, value=storable(candidate.value), quote=storable(candidate.quote), parts=parts)
