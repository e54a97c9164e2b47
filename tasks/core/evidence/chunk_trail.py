"""The rounds of a chunk, rebuilt from the stored answers: what was drafted, judged and accepted.

The answers are grounded and assessed by the functions of a live run, as a replay does. Where that
does not give the values that are stored, because the code has changed since, the raw answers and
the stored findings are all that is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.core.answers import parse_answer
from tasks.core.loop.assessment import Assessment, assess_chunk
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.proposals import content
from tasks.core.loop.replay import StoredRun
from tasks.core.loop.revision import accepted_index, decide
from tasks.core.records import Candidate, Extraction, Finding, ModelAnswer
from tasks.core.text.to_pg_text import storable

_NOT_REBUILT = (ValueError, LookupError, TypeError, AttributeError, AssertionError, ArithmeticError)
"""What today's code may raise on answers that it did not write. Pydantic's errors are ValueErrors."""


@dataclass(frozen=True, slots=True)
class ChunkRound:
    """What happened to a chunk in one round."""

    generation: ModelAnswer
    critique: ModelAnswer | None
    candidates: tuple[Candidate, ...]
    """Without citations, if the round could not be rebuilt."""
    rights: tuple[float | None, ...]
    """The critic's probabilities, aligned with the candidates; empty: not known."""
    findings: tuple[Finding, ...]
    """As they are stored."""
    is_accepted: bool = False
    """The loop went on from this answer."""

    @property
    def round_number(self) -> int:
        return self.generation.round_number

    @property
    def is_answered(self) -> bool:
        return not self.generation.error

    def right_of(self, index: int) -> float | None:
        return self.rights[index] if self.rights else None


@dataclass(frozen=True, slots=True)
class ChunkTrail:
    """All rounds of a chunk."""

    rounds: tuple[ChunkRound, ...]
    stop: str
    """Why it was asked no more, a `StopReason`; empty: not known, or it is still open."""
    is_rebuilt: bool
    """Whether the rounds have the places, probabilities and decisions of the run."""


def chunk_trails(run: StoredRun, chunk_indices: Collection[int]) -> dict[int, ChunkTrail]:
    """The trails of these chunks, by index."""
    answers: dict[int, list[tuple[ModelAnswer, ModelAnswer | None]]] = defaultdict(list)
    findings: dict[tuple[int, int], list[Finding]] = defaultdict(list)
    for record in run.records:
        critiques = {answer.chunk_index: answer for answer in record.critiques}
        for generation in record.generations:
            answers[generation.chunk_index].append((generation, critiques.get(generation.chunk_index)))
        for index, finding in record.findings:
            findings[index, record.round_number].append(finding)
    values: dict[int, list[Extraction]] = defaultdict(list)
    for extraction in run.extractions:
        values[extraction.chunk_index].append(extraction)
    return {i: _trail(run, answers[i], findings, values[i]) for i in sorted(chunk_indices)}


def _trail(
    run: StoredRun,
    answers: Sequence[tuple[ModelAnswer, ModelAnswer | None]],
    findings: Mapping[tuple[int, int], Sequence[Finding]],
    values: Sequence[Extraction],
) -> ChunkTrail:
    raw = [
        ChunkRound(
            answer, critique, (), (), tuple(findings.get((answer.chunk_index, answer.round_number), ()))
        )
        for answer, critique in answers
    ]
    history = _history(run.run_input, answers)
    if history and _holds(history, values):
        return _rebuilt(raw, history, run.max_rounds)
    parsed = (replace(r, candidates=_parsed(r.generation, run)) for r in raw)
    return ChunkTrail(tuple(parsed), "", is_rebuilt=False)


def _history(
    run_input: RunInput, answers: Sequence[tuple[ModelAnswer, ModelAnswer | None]]
) -> list[Assessment]:
    """Empty: today's code cannot assess the answers."""
    try:
        return [assess_chunk(run_input, answer, critique) for answer, critique in answers]
    except _NOT_REBUILT:
        return []


def _holds(history: Sequence[Assessment], values: Sequence[Extraction]) -> bool:
    """Whether every stored value of the chunk is one of the rebuilt candidates."""
    rebuilt = {content(candidate) for assessment in history for candidate in assessment.candidates}
    return all(_identity(value) in rebuilt for value in values)


def _identity(value: Extraction) -> tuple[object, ...]:
    where = value.citation.spans if value.citation else value.quote
    return (value.field, value.value, where)


def _rebuilt(raw: Sequence[ChunkRound], history: Sequence[Assessment], max_rounds: int) -> ChunkTrail:
    rounds = (
        replace(
            played,
            candidates=assessment.candidates,
            rights=assessment.rights,
            # Each round replaces the accepted answer if it is not worse.
            is_accepted=accepted_index(history[: n + 1]) == n and not assessment.generator_error,
        )
        for n, (played, assessment) in enumerate(zip(raw, history, strict=True))
    )
    stop = decide(history, max_rounds).stop
    return ChunkTrail(tuple(rounds), "" if stop is None else stop.value, is_rebuilt=True)


def _parsed(generation: ModelAnswer, run: StoredRun) -> tuple[Candidate, ...]:
    """The values of an answer, at no place."""
    if generation.error:
        return ()
    try:
        return parse_answer(storable(generation.raw), run.run_input.schema).candidates
    except _NOT_REBUILT:
        return ()
