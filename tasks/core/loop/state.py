"""The state of a run: every assessment so far, the same for live, resumed and replayed rounds.

Pure: stored `RoundRecord`s give the same state, so a run that stops between rounds loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tasks.core.cost.budget import cut_off
from tasks.core.loop.assessment import Assessment, assess_chunk
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.revision import Decision, accepted_index, decide
from tasks.core.records import Chunk, ModelAnswer, RoundRecord


@dataclass(frozen=True, slots=True)
class PlayedChunk:
    """What one round did with one chunk."""

    generation: ModelAnswer
    critique: ModelAnswer | None
    """None: the run has no critic, or the generator gave no answer."""
    assessment: Assessment

    @property
    def answers(self) -> tuple[ModelAnswer, ...]:
        return (self.generation,) if self.critique is None else (self.generation, self.critique)


@dataclass(slots=True)
class RunState:
    """Every chunk's assessments so far: the only mutable state of a run."""

    run_input: RunInput
    by_chunk: dict[int, list[Assessment]] = field(default_factory=dict[int, list[Assessment]])
    """By chunk index, oldest first."""

    def __post_init__(self) -> None:
        for chunk in self.run_input.chunks:
            self.by_chunk.setdefault(chunk.chunk_index, [])

    def apply(self, record: RoundRecord) -> None:
        """Add a stored round."""
        self.add(assess_round(self.run_input, record))

    def add(self, assessments: Mapping[int, Assessment]) -> None:
        """Add a round's assessments, by chunk index."""
        for chunk_index, assessment in assessments.items():
            self.by_chunk[chunk_index].append(assessment)

    def accepted(self, chunk_index: int) -> Assessment | None:
        """The accepted assessment; None before the first round."""
        history = self.by_chunk[chunk_index]
        return history[accepted_index(history)] if history else None

    def decision(self, chunk_index: int, max_rounds: int) -> Decision | None:
        """Whether and why a chunk stops; None before the first round."""
        history = self.by_chunk[chunk_index]
        return decide(history, max_rounds) if history else None

    @property
    def n_rounds(self) -> int:
        """Rounds in which a model was asked. A last round of cut-off chunks does not count."""
        asked = (a for h in self.by_chunk.values() for a in h if not cut_off(a.generator_error))
        return max((a.round_number for a in asked), default=0)

    def open_chunks(self, max_rounds: int) -> tuple[Chunk, ...]:
        """The chunks that need a draft or a revision."""
        decisions = ((c, self.decision(c.chunk_index, max_rounds)) for c in self.run_input.chunks)
        return tuple(c for c, d in decisions if d is None or d.stop is None)


def assess_round(run_input: RunInput, record: RoundRecord) -> dict[int, Assessment]:
    """Assess a stored round from its raw answers; by chunk index, in the order of generations."""
    critiques = {a.chunk_index: a for a in record.critiques}
    return {
        g.chunk_index: assess_chunk(run_input, g, critiques.get(g.chunk_index)) for g in record.generations
    }


def record_round(round_number: int, played: Sequence[PlayedChunk]) -> RoundRecord:
    """A round as it is stored; each answer carries what the parser repaired in it."""
    generations = [replace(p.generation, repairs=p.assessment.repairs) for p in played]
    critiques = [
        replace(p.critique, repairs=p.assessment.critic_repairs) for p in played if p.critique is not None
    ]
    findings = tuple((p.generation.chunk_index, f) for p in played for f in p.assessment.findings)
    return RoundRecord(round_number, (*generations, *critiques), findings)
