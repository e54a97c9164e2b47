"""From stored rounds to histories: the one way from raw answers to assessments, for live, resumed and replayed runs alike.

Pure: a `RoundRecord` holds everything, so a crash between any two rounds loses nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tasks.core.assessment import Assessment, assess, failed_assessment, ground_answer
from tasks.core.budget import cut_off
from tasks.core.records import Chunk, CriticAnswer, Generation, Reading, RoundRecord
from tasks.core.revision import Decision, accepted_index, decide
from tasks.core.schema import Schema


@dataclass(frozen=True, slots=True)
class Dossier:
    """What is worked on: a document as read, its chunks, and what is asked for."""

    reading: Reading
    chunks: tuple[Chunk, ...]
    schema: Schema


@dataclass(slots=True)
class Histories:
    """Every chunk's assessments so far. The only mutable state of a run, rebuilt from the store at any time."""

    dossier: Dossier
    by_chunk: dict[int, list[Assessment]] = field(default_factory=dict[int, list[Assessment]])

    def __post_init__(self) -> None:
        for chunk in self.dossier.chunks:
            self.by_chunk.setdefault(chunk.chunk_index, [])

    def apply(self, record: RoundRecord) -> None:
        """Add a stored round."""
        self.add(assess_round(self.dossier, record.generations, record.critic_answers))

    def add(self, assessments: Mapping[int, Assessment]) -> None:
        """Add a round's assessments, by chunk index."""
        for chunk_index, assessment in assessments.items():
            self.by_chunk[chunk_index].append(assessment)

    def accepted(self, chunk_index: int) -> Assessment | None:
        """The assessment that stands, None before the first round."""
        history = self.by_chunk[chunk_index]
        return history[accepted_index(history)] if history else None

    def decision(self, chunk_index: int, max_rounds: int) -> Decision | None:
        """What the state machine says of a chunk, None before the first round."""
        history = self.by_chunk[chunk_index]
        return decide(history, max_rounds) if history else None

    @property
    def n_rounds(self) -> int:
        """Rounds in which some chunk was asked: a budget that ended leaves one behind that nobody played."""
        asked = (a for h in self.by_chunk.values() for a in h if not cut_off(a.generator_error))
        return max((a.round_number for a in asked), default=0)

    def open_chunks(self, max_rounds: int) -> tuple[Chunk, ...]:
        """The chunks that go (again)."""
        decisions = ((c, self.decision(c.chunk_index, max_rounds)) for c in self.dossier.chunks)
        return tuple(c for c, d in decisions if d is None or d.stop is None)


def assess_chunk(dossier: Dossier, generation: Generation, critique: CriticAnswer | None) -> Assessment:
    """Assess one chunk's round from its raw answers.

    Args:
        critique: None when the run has no critic, or when the generator gave no answer to judge.
    """
    if generation.error:
        return failed_assessment(generation.round_number, generation.error)
    reading = dossier.reading
    chunk = dossier.chunks[generation.chunk_index]
    answer = ground_answer(generation.raw, dossier.schema, chunk, reading.text, reading.pages, reading.hidden)
    raw = critique.raw if critique is not None and not critique.error else None
    error = None if raw is not None else critique.error if critique is not None else "no_critic"
    return assess(
        generation.round_number, answer, raw, error, dossier.schema, chunk, reading.text, reading.pages
    )


def assess_round(
    dossier: Dossier, generations: Sequence[Generation], critiques: Iterable[CriticAnswer]
) -> dict[int, Assessment]:
    """Assess a round from its raw answers, by chunk index in the order asked."""
    by_chunk = {a.chunk_index: a for a in critiques}
    return {g.chunk_index: assess_chunk(dossier, g, by_chunk.get(g.chunk_index)) for g in generations}
