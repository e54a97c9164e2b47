"""An assessment: a grounded answer joined with its critique.

Pure: the same answers give the same assessment, so a stored run can be replayed without a model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tasks.core.answers import Missing, ParsedCritique, Verdict, malformed
from tasks.core.answers.failure import NO_ANSWER
from tasks.core.answers.language_critique import read_critique
from tasks.core.cost.budget import cut_off
from tasks.core.grounding.quotes import cited_text, passage_citation
from tasks.core.grounding.records import ChunkSource
from tasks.core.loop.grounded_answer import GroundedAnswer, RunInput
from tasks.core.loop.verdicts import Judgement, judgement
from tasks.core.records import (
    Candidate,
    Citation,
    FieldName,
    Finding,
    FindingKind,
    FindingSource,
    ModelAnswer,
    Part,
)
from tasks.core.schema import Schema
from tasks.core.text.to_pg_text import storable

NO_CRITIC = "no_critic"
"""`critic_error` of a run without a critic."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """One chunk's answer in one round, with its findings and probabilities."""

    round_number: int
    candidates: tuple[Candidate, ...]
    rights: tuple[float | None, ...]
    """The critic's probability that a candidate is right, aligned with `candidates`."""
    findings: tuple[Finding, ...]
    generator_error: str | None = None
    critic_error: str | None = None
    """Why there is no critique: an error code, or `no_critic`."""
    abstained: tuple[tuple[int, str], ...] = ()
    """(candidate index, reason) where the critic does not judge the value."""
    unable: Mapping[FieldName, str] = field(default_factory=dict[FieldName, str])
    """Fields that the generator could not extract, and why."""
    repairs: tuple[str, ...] = ()
    """What the parser repaired in the generator's answer."""
    critic_repairs: tuple[str, ...] = ()
    bars: tuple[float | None, ...] = ()
    """The least probability that countersigns a candidate, aligned with `rights`; empty: none has
    a bar."""

    @property
    def answer_key(self) -> str:
        """Digest of the answer's values in any order: equal keys are the same answer."""
        rows = sorted([c.field, c.value, c.quote, *_texts(c.parts)] for c in self.candidates)
        return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()

    def bar_of(self, candidate_index: int) -> float | None:
        return self.bars[candidate_index] if self.bars else None

    def flags_of(self, candidate_index: int) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.candidate_index == candidate_index)


def _texts(parts: Sequence[Part]) -> list[str]:
    return [text for part in parts for text in (part.name, part.value, part.quote)]


def assess_chunk(
    run_input: RunInput,
    generation: ModelAnswer,
    critique: ModelAnswer | None,
    grounded: GroundedAnswer | None = None,
) -> Assessment:
    """Assess one chunk's round.

    Args:
        critique: None if the run has no critic, or the generator gave no answer.
        grounded: The grounded generation; None: ground it from its raw answer.
    """
    if generation.error:
        return failed_assessment(generation.round_number, generation.error)
    answer = run_input.ground(generation) if grounded is None else grounded
    raw = critique.raw if critique is not None and not critique.error else None
    error = NO_CRITIC if critique is None else critique.error
    reading, chunk = run_input.reading, run_input.chunks[generation.chunk_index]
    source = ChunkSource(chunk, reading.text, reading.pages)
    return assess(generation.round_number, answer, raw, error, run_input.schema, source)


def assess(
    round_number: int,
    answer: GroundedAnswer,
    critique_raw: str | None,
    critic_error: str | None,
    schema: Schema,
    source: ChunkSource,
) -> Assessment:
    """Join a grounded answer and the critic's raw answer.

    Args:
        critique_raw: None if the critic was not asked or did not answer; `critic_error` then says
            why.
        source: The chunk and its document.
    """
    critique = ParsedCritique((), (), ())
    judgements: Mapping[int, Judgement] = {}
    if critique_raw is not None:
        critique = read_critique(storable(critique_raw), answer.placed(), source.chunk, schema)
        judgements = _judgements(critique, answer)
    findings = (
        *answer.findings,
        *(finding for judged in judgements.values() for finding in judged.findings),
        *_missing_findings(critique, answer, schema, source),
        *(replace(p, source=FindingSource.CRITIC) for p in critique.problems),
    )
    return Assessment(
        round_number,
        answer.candidates,
        tuple(judgements[i].right if i in judgements else None for i in range(len(answer.candidates))),
        findings,
        critic_error=None if critique_raw else critic_error,
        abstained=tuple((i, judged.abstained) for i, judged in judgements.items() if judged.abstained),
        unable=answer.unable,
        repairs=answer.repairs,
        critic_repairs=critique.repairs,
        bars=_bars(judgements, len(answer.candidates)),
    )


def _bars(judgements: Mapping[int, Judgement], n_candidates: int) -> tuple[float | None, ...]:
    if all(judged.bar is None for judged in judgements.values()):
        return ()
    return tuple(judgements[i].bar if i in judgements else None for i in range(n_candidates))


def _judgements(critique: ParsedCritique, answer: GroundedAnswer) -> Mapping[int, Judgement]:
    """By candidate index."""
    # The critic was shown only candidates with a place, and numbers them by that order.
    by_number: dict[int, list[Verdict]] = {}
    for verdict in critique.verdicts:
        by_number.setdefault(verdict.candidate, []).append(verdict)
    return {
        index: judgement(index, answer.candidates[index], by_number.get(number, ()))
        for number, index in enumerate(answer.placed_indices())
    }


def failed_assessment(round_number: int, error: str) -> Assessment:
    """The assessment of a chunk without an answer. A budget that ended is not a finding."""
    findings = () if cut_off(error) else (malformed(f"{NO_ANSWER} {error}"),)
    return Assessment(round_number, (), (), findings, error, None)


def _missing_findings(
    critique: ParsedCritique, answer: GroundedAnswer, schema: Schema, source: ChunkSource
) -> Iterator[Finding]:
    for row in critique.missing:
        if row.field not in schema.field_names:
            yield malformed("missing: the schema has no such field")
        elif (citation := _citation(row, source)) is None:
            yield malformed("missing: its range does not lie in the chunk", row.field)
        elif row.part is not None and row.part not in {p.name for p in schema.field(row.field).parts}:
            yield malformed("missing: the record has no such part", row.field)
        else:
            index, quote = _incomplete_record(row, answer), cited_text(citation, source.text)
            reason = row.reason or "the source says something of this field that the draft does not have"
            details = (index, quote, citation, min(1.0, max(0.0, row.score)), reason, row.part)
            yield Finding(FindingKind.MISSING, FindingSource.CRITIC, FieldName(row.field), *details)


def _incomplete_record(row: Missing, answer: GroundedAnswer) -> int | None:
    """The index of the candidate that lacks the part; None: the draft has no such record."""
    placed = answer.placed_indices()
    if row.part is None or row.candidate is None or not 0 <= row.candidate < len(placed):
        return None
    index = placed[row.candidate]
    return index if answer.candidates[index].field == row.field else None


def _citation(row: Missing, source: ChunkSource) -> Citation | None:
    if not 0 <= row.passage < len(source.chunk.passages):
        return None
    passage = source.chunk.passages[row.passage]
    if not 0 <= row.start < row.end <= len(passage.text):
        return None
    return passage_citation(passage, row.start, row.end, source.pages)
