"""From raw answers to an assessment: parse, ground, check values, and join what the critic said of it.

Pure: the same raw answers give the same assessment, so a stored trail can be replayed without any model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tasks.core.answers import (
    Missing,
    ParsedAnswer,
    ParsedCritique,
    Verdict,
    malformed,
    parse_answer,
)
from tasks.core.budget import cut_off
from tasks.core.grounding import Placement, cited_text, ground, passage_citation
from tasks.core.parts import ChunkSource, ground_record, shaped
from tasks.core.prompts.critique import read_critique
from tasks.core.records import (
    Candidate,
    Chunk,
    Citation,
    FieldName,
    Finding,
    FindingKind,
    FindingSource,
    Page,
    Part,
    Span,
)
from tasks.core.schema import Schema
from tasks.core.storable import storable
from tasks.core.unfounded import unfounded
from tasks.core.verdicts import judgement


@dataclass(frozen=True, slots=True)
class Assessment:
    """One chunk's answer in one round, with everything that was found about it."""

    round_number: int
    candidates: tuple[Candidate, ...]
    rights: tuple[float | None, ...]
    """The critic's probability that a candidate is right, aligned with `candidates`."""
    findings: tuple[Finding, ...]
    generator_error: str | None = None
    critic_error: str | None = None
    """Why there is no critique: an error code, or `no_critic`."""
    abstained: tuple[tuple[int, str], ...] = ()
    """Candidates that the critic does not judge, each with its reason: no doubt, and no countersignature either."""
    unable: tuple[FieldName, ...] = ()
    """Fields that the generator says it cannot extract: that nothing was found in them says nothing."""
    repairs: tuple[str, ...] = ()
    """What had to be mended in the generator's answer; `critic_repairs` in the critic's."""
    critic_repairs: tuple[str, ...] = ()

    @property
    def answer_key(self) -> str:
        """Digest of what was answered, whatever its order: equal keys are the same answer."""
        rows = sorted([c.field, c.value, c.quote, *_said_of(c.parts)] for c in self.candidates)
        return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()

    def flags_of(self, candidate_index: int) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.candidate_index == candidate_index)


def _said_of(parts: Sequence[Part]) -> list[str]:
    return [text for part in parts for text in (part.name, part.value, part.quote)]


@dataclass(frozen=True, slots=True)
class GroundedAnswer:
    """A parsed answer with the place of every candidate: what the critic is asked about."""

    candidates: tuple[Candidate, ...]
    placements: tuple[Placement | None, ...]
    findings: tuple[Finding, ...]
    """Malformed items, absent quotes, values that are not in their quotes, words that nobody sees on the page, parts that a record lacks."""
    unable: tuple[FieldName, ...] = ()
    repairs: tuple[str, ...] = ()

    def placed(self) -> tuple[tuple[Candidate, int, int, int], ...]:
        """(candidate, passage index, start, end) of the candidates whose quote was found, in order."""
        return tuple(
            (c, p.passage_index, p.start, p.end)
            for c, p in zip(self.candidates, self.placements, strict=True)
            if p is not None
        )

    def placed_indices(self) -> tuple[int, ...]:
        return tuple(i for i, p in enumerate(self.placements) if p is not None)


def ground_answer(
    raw: str, schema: Schema, chunk: Chunk, text: str, pages: Sequence[Page], hidden: Sequence[Span]
) -> GroundedAnswer:
    """Parse and ground a generator's raw answer. Equal candidates at one place are one.

    Args:
        text: The document text.
        hidden: The reading's hidden ranges, in order: a value that rests on one is flagged, so it is never verified.
    """
    parsed: ParsedAnswer = parse_answer(storable(raw), schema)
    candidates = [shaped(_storable(c), schema.field(c.field)) for c in parsed.candidates]
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
        findings.extend(unfounded(index, candidate, schema.field(candidate.field), hidden))
    return GroundedAnswer(
        kept, tuple(p for _, p in unique.values()), tuple(findings), parsed.unable, parsed.repairs
    )


def _storable(candidate: Candidate) -> Candidate:
    """JSON escapes bring back what the raw answer was freed of."""
    parts = tuple(replace(p, value=storable(p.value), quote=storable(p.quote)) for p in candidate.parts)
    return replace(candidate, value=storable(candidate.value), quote=storable(candidate.quote), parts=parts)


def assess(
    round_number: int,
    answer: GroundedAnswer,
    critique_raw: str | None,
    critic_error: str | None,
    schema: Schema,
    chunk: Chunk,
    text: str,
    pages: Sequence[Page],
) -> Assessment:
    """Join a grounded answer and the critic's raw answer.

    Args:
        critique_raw: None when the critic was not asked or did not answer; `critic_error` then says why.
    """
    rights: list[float | None] = [None] * len(answer.candidates)
    findings = list(answer.findings)
    abstained: list[tuple[int, str]] = []
    mended: tuple[str, ...] = ()
    if critique_raw is not None:
        critique = read_critique(storable(critique_raw), answer.placed(), chunk, schema)
        mended = critique.repairs
        by_place: dict[int, list[Verdict]] = {}
        for verdict in critique.verdicts:
            by_place.setdefault(verdict.candidate, []).append(verdict)
        for asked, index in enumerate(answer.placed_indices()):
            judged = judgement(index, answer.candidates[index], by_place.get(asked, ()))
            rights[index] = judged.right
            findings.extend(judged.findings)
            if judged.abstained:
                abstained.append((index, judged.abstained))
        findings.extend(_missing_findings(critique, answer, schema, ChunkSource(chunk, text, pages)))
        findings.extend(replace(p, source=FindingSource.CRITIC) for p in critique.problems)
    return Assessment(
        round_number,
        answer.candidates,
        tuple(rights),
        tuple(findings),
        critic_error=None if critique_raw else critic_error,
        abstained=tuple(abstained),
        unable=answer.unable,
        repairs=answer.repairs,
        critic_repairs=mended,
    )


def failed_assessment(round_number: int, error: str) -> Assessment:
    """The generator gave no answer at all. That it was not asked, for want of budget, is no fault of its answer."""
    findings = () if cut_off(error) else (malformed(f"no answer: {error}"),)
    return Assessment(round_number, (), (), findings, error, None)


def _missing_findings(
    critique: ParsedCritique, answer: GroundedAnswer, schema: Schema, source: ChunkSource
) -> Iterator[Finding]:
    for row in critique.missing:
        if row.field not in schema.field_names:
            yield malformed("missing: the schema has no such field")
        elif (citation := _cited(row, source)) is None:
            yield malformed("missing: its range does not lie in the chunk", row.field)
        elif row.part is not None and row.part not in {p.name for p in schema.field(row.field).parts}:
            yield malformed("missing: the record has no such part", row.field)
        else:
            yield Finding(
                FindingKind.MISSING,
                FindingSource.CRITIC,
                FieldName(row.field),
                _incomplete(row, answer),
                cited_text(citation, source.text),
                citation,
                min(1.0, max(0.0, row.score)),
                row.reason or "the source says something of this field that the draft does not have",
                row.part,
            )


def _incomplete(row: Missing, answer: GroundedAnswer) -> int | None:
    """The record that lacks the part; None: the draft has no such record at all."""
    placed = answer.placed_indices()
    if row.part is None or row.candidate is None or not 0 <= row.candidate < len(placed):
        return None
    index = placed[row.candidate]
    return index if answer.candidates[index].field == row.field else None


def _cited(row: Missing, source: ChunkSource) -> Citation | None:
    if not 0 <= row.passage < len(source.chunk.passages):
        return None
    passage = source.chunk.passages[row.passage]
    if not 0 <= row.start < row.end <= len(passage.text):
        return None
    return passage_citation(passage, row.start, row.end, source.pages)
