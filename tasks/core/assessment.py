"""From raw answers to an assessment: parse, ground, check values, and join what the critic said of it.

Pure: the same raw answers give the same assessment, so a stored trail can be replayed without any model.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

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
    Span,
)
from tasks.core.schema import Schema
from tasks.core.values import value_stands_in_quote

NO_VERDICT = "the critic gave no verdict on it"
NOT_IN_CHUNK = "the quote does not stand in the source"
NOT_IN_QUOTE = "the value does not stand in its quote"
HIDDEN = "the words are hidden on the page"
_HIDDEN_SCORE = 0.5
"""The value may well be right, and a person must see it: a generator that is sure may keep it, unsettled."""


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

    @property
    def answer_key(self) -> str:
        """Digest of what was answered, whatever its order: equal keys are the same answer."""
        rows = sorted([c.field, c.value, c.quote] for c in self.candidates)
        return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()

    def flags_of(self, candidate_index: int) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.candidate_index == candidate_index)


@dataclass(frozen=True, slots=True)
class GroundedAnswer:
    """A parsed answer with the place of every candidate: what the critic is asked about."""

    candidates: tuple[Candidate, ...]
    placements: tuple[Placement | None, ...]
    findings: tuple[Finding, ...]
    """Malformed items, absent quotes, values that are not in their quotes, words that nobody sees on the page."""

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
    parsed: ParsedAnswer = parse_answer(raw, schema)
    grounded = ground(parsed.candidates, chunk, text, pages)
    unique: dict[tuple[object, ...], tuple[Candidate, Placement | None]] = {}
    for candidate, place in grounded:
        spans = candidate.citation.spans if candidate.citation else candidate.quote
        unique.setdefault((candidate.field, candidate.value, spans), (candidate, place))
    candidates = tuple(c for c, _ in unique.values())
    findings = [*parsed.problems]
    for index, candidate in enumerate(candidates):
        findings.extend(_unfounded(index, candidate, schema, hidden))
    return GroundedAnswer(candidates, tuple(p for _, p in unique.values()), tuple(findings))


def _unfounded(
    index: int, candidate: Candidate, schema: Schema, hidden: Sequence[Span]
) -> tuple[Finding, ...]:
    score = 1.0
    if candidate.citation is None:
        reason = NOT_IN_CHUNK
    elif not value_stands_in_quote(schema.field(candidate.field), candidate.value, candidate.quote):
        reason = NOT_IN_QUOTE
    elif _touches(candidate.citation, hidden):
        reason, score = HIDDEN, _HIDDEN_SCORE
    else:
        return ()
    finding = Finding(
        FindingKind.REDUNDANT,
        FindingSource.GROUNDING,
        candidate.field,
        index,
        candidate.quote,
        candidate.citation,
        score,
        reason,
    )
    return (finding,)


def _touches(citation: Citation, hidden: Sequence[Span]) -> bool:
    """Whether a cited span and a hidden one share a character."""
    for span in citation.spans:
        index = bisect_right(hidden, span.start, key=lambda h: h.end)
        if index < len(hidden) and hidden[index].start < span.end:
            return True
    return False


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
    if critique_raw is not None:
        critique = read_critique(critique_raw, answer.placed(), chunk, schema)
        by_place = {v.candidate: v for v in critique.verdicts}
        for asked, index in enumerate(answer.placed_indices()):
            verdict = by_place.get(asked)
            rights[index] = None if verdict is None else min(1.0, max(0.0, verdict.right))
            findings.extend(_judged(index, answer.candidates[index], verdict))
        findings.extend(_missing_findings(critique, schema, chunk, text, pages))
        findings.extend(critique.problems)
    return Assessment(
        round_number,
        answer.candidates,
        tuple(rights),
        tuple(findings),
        None,
        None if critique_raw else critic_error,
    )


def failed_assessment(round_number: int, error: str) -> Assessment:
    """The generator gave no answer at all. That it was not asked, for want of budget, is no fault of its answer."""
    findings = () if cut_off(error) else (malformed(f"no answer: {error}"),)
    return Assessment(round_number, (), (), findings, error, None)


def _judged(index: int, candidate: Candidate, verdict: Verdict | None) -> tuple[Finding, ...]:
    if verdict is not None and not verdict.flagged:
        return ()
    score = 1.0 if verdict is None else min(1.0, max(0.0, 1.0 - verdict.right))
    reason = NO_VERDICT if verdict is None else verdict.reason or "the critic doubts it"
    finding = Finding(
        FindingKind.REDUNDANT,
        FindingSource.CRITIC,
        candidate.field,
        index,
        candidate.quote,
        candidate.citation,
        score,
        reason,
    )
    return (finding,)


def _missing_findings(
    critique: ParsedCritique, schema: Schema, chunk: Chunk, text: str, pages: Sequence[Page]
) -> list[Finding]:
    findings: list[Finding] = []
    for row in critique.missing:
        if row.field not in schema.field_names:
            findings.append(malformed("missing: the schema has no such field"))
            continue
        citation = _cited(row, chunk, pages)
        if citation is None:
            findings.append(malformed("missing: its range does not lie in the chunk", row.field))
            continue
        findings.append(
            Finding(
                FindingKind.MISSING,
                FindingSource.CRITIC,
                FieldName(row.field),
                None,
                cited_text(citation, text),
                citation,
                min(1.0, max(0.0, row.score)),
                row.reason or "the source says something of this field that the draft does not have",
            )
        )
    return findings


def _cited(row: Missing, chunk: Chunk, pages: Sequence[Page]) -> Citation | None:
    if not 0 <= row.passage < len(chunk.passages):
        return None
    passage = chunk.passages[row.passage]
    if not 0 <= row.start < row.end <= len(passage.text):
        return None
    return passage_citation(passage, row.start, row.end, pages)
