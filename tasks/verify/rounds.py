"""The rounds of one document: generate, ground, critique, revise. Each round is stored.

The document's budget stops it before any chunk. The batch's budget stops it before any chunk after
round 1, so that each document that was started has a draft. Running calls end normally; a chunk
that no model was asked about is recorded as cut off.

Requires:
    Models whose `TritonClient` lives on the running event loop. Knows no Prefect and no database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tasks.core.cost.budget import Budget, BudgetLimits, Budgets, CutOff
from tasks.core.loop.assessment import assess_chunk
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.revision import was_refused
from tasks.core.loop.state import PlayedChunk, RunState, record_round
from tasks.core.records import ModelAnswer, RoundRecord, Stage
from tasks.runtime.concurrency import gather_or_raise
from tasks.verify.model_calls import CriticModel, GeneratorModel, Turn

SaveRound = Callable[[RoundRecord], object]


@dataclass(frozen=True, slots=True)
class LoopPlan:
    """The models and limits of a run."""

    generator: GeneratorModel
    critic: CriticModel | None
    max_rounds: int
    limits: BudgetLimits
    """Of the document. Tokens of stored rounds count; a resumed run starts with 0 seconds."""
    batch: Budget | None = None
    """Shared with the batch's other documents; tokens of stored rounds do not count."""
    max_chunks_at_once: int = 32
    promise: float | None = None
    """The share of verified values that must be right; None: nothing is promised."""


async def run_rounds(
    plan: LoopPlan, run_input: RunInput, stored: Sequence[RoundRecord], save: SaveRound
) -> RunState:
    """Play rounds until no chunk is open, from the first round that is not stored.

    Args:
        save: Stores a round in one transaction; called in a thread.

    Raises:
        ModelUnavailable, ModelBusy, ModelMissing, ModelChanged: the current round is not stored; a
            later run resumes there.
    """
    state, budgets = RunState(run_input), Budgets(Budget(plan.limits), plan.batch)
    for record in stored:
        state.apply(record)
        budgets.document.spend(sum(answer.n_tokens for answer in record.answers))
    while chunks := state.open_chunks(plan.max_rounds):
        round_number = 1 + max(len(state.by_chunk[c.chunk_index]) for c in chunks)
        turns = [
            Turn(run_input, c, round_number, plan.promise, was_refused(state.by_chunk[c.chunk_index]))
            for c in chunks
        ]
        played = await _play_round(plan, state, turns, budgets)
        await asyncio.to_thread(save, record_round(round_number, played))
        state.add({p.generation.chunk_index: p.assessment for p in played})
    return state


async def _play_round(
    plan: LoopPlan, state: RunState, turns: Sequence[Turn], budgets: Budgets
) -> list[PlayedChunk]:
    slots = asyncio.Semaphore(plan.max_chunks_at_once)

    async def play(turn: Turn) -> PlayedChunk:
        async with slots:  # checked only now: a chunk that waits has cost nothing yet
            if reason := budgets.ended(turn.round_number):
                return _cut_off(plan, turn, reason)
            played = await _play_chunk(plan, state, turn)
            budgets.spend(sum(answer.n_tokens for answer in played.answers))
            return played

    return await gather_or_raise(play(turn) for turn in turns)


async def _play_chunk(plan: LoopPlan, state: RunState, turn: Turn) -> PlayedChunk:
    """Generate, ground, critique and assess."""
    accepted = state.accepted(turn.chunk.chunk_index)
    if accepted is None or accepted.generator_error:
        generation = await plan.generator.draft(turn)
    else:
        generation = await plan.generator.revise(turn, accepted)
    if generation.error:
        return PlayedChunk(generation, None, assess_chunk(turn.run_input, generation, None))
    # On the loop, not in a thread: 1 to 10 ms a chunk, and a thread would need the same lock.
    grounded = turn.run_input.ground(generation)
    critique = None if plan.critic is None else await plan.critic.critique(turn, grounded, accepted)
    assessment = assess_chunk(turn.run_input, generation, critique, grounded)
    return PlayedChunk(generation, critique, assessment)


def _cut_off(plan: LoopPlan, turn: Turn, reason: CutOff) -> PlayedChunk:
    """A chunk that no model was asked about: the budget that ended is its answer's error."""
    index, model = turn.chunk.chunk_index, plan.generator.served.label
    generation = ModelAnswer(index, turn.round_number, Stage.GENERATE, "", model, 0.0, error=reason.value)
    return PlayedChunk(generation, None, assess_chunk(turn.run_input, generation, None))
