"""The rounds of one document: generate, ground, critique, and revise what has findings; every round is stored before the next begins.

Budgets: a document's own stops it before any chunk, in any round; a batch's before any chunk of the rounds after the first, so that
every document that was begun is asked once. Calls under way are waited for, and a chunk that is not asked is recorded as cut off.

Requires:
    Models whose `TritonClient` lives on the running event loop. Other documents may share it, so blocking work leaves it for a thread.
    Knows no Prefect and no database: `save` stores a round in one transaction. The rules are in `tasks.core.loop`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tasks.core.cost.budget import Budget, BudgetLimits, Budgets, CutOff
from tasks.core.loop.state import PlayedChunk, RunInput, RunState, assess_chunk, record_round
from tasks.core.records import ModelAnswer, RoundRecord, Stage
from tasks.runtime.concurrency import gather_or_raise
from tasks.verify.model_calls import CriticModel, GeneratorModel, Turn

SaveRound = Callable[[RoundRecord], object]


@dataclass(frozen=True, slots=True)
class LoopPlan:
    """Which models work on a document, and the limits."""

    generator: GeneratorModel
    critic: CriticModel | None
    max_rounds: int
    limits: BudgetLimits
    """Of the document. Tokens of stored rounds count; seconds begin anew when a run is resumed."""
    batch: Budget | None = None
    """Shared with the other documents of the batch; tokens of stored rounds were another batch's."""
    max_chunks_at_once: int = 32
    """A chunk that waits has cost nothing yet when a budget ends."""


async def run_rounds(
    plan: LoopPlan, run_input: RunInput, stored: Sequence[RoundRecord], save: SaveRound
) -> RunState:
    """Play the rounds that are not stored yet until no chunk is open.

    Raises:
        ModelUnavailable, ModelBusy, ModelMissing, ModelChanged: nothing of the round under way is stored; a later run resumes there.
    """
    state, budgets = RunState(run_input), Budgets(Budget(plan.limits), plan.batch)
    for record in stored:
        state.apply(record)
        budgets.document.spend(sum(answer.n_tokens for answer in record.answers))
    while chunks := state.open_chunks(plan.max_rounds):
        round_number = 1 + max(len(state.by_chunk[c.chunk_index]) for c in chunks)
        played = await _play_round(plan, state, [Turn(run_input, c, round_number) for c in chunks], budgets)
        await asyncio.to_thread(save, record_round(round_number, played))
        state.add({p.generation.chunk_index: p.assessment for p in played})
    return state


async def _play_round(
    plan: LoopPlan, state: RunState, turns: Sequence[Turn], budgets: Budgets
) -> list[PlayedChunk]:
    slots = asyncio.Semaphore(plan.max_chunks_at_once)

    async def play(turn: Turn) -> PlayedChunk:
        async with slots:
            if ended := budgets.ended(turn.round_number):
                return _cut_off(plan, turn, ended)
            played = await _play_chunk(plan, state, turn)
            budgets.spend(sum(answer.n_tokens for answer in played.answers))
            return played

    return await gather_or_raise(play(turn) for turn in turns)


async def _play_chunk(plan: LoopPlan, state: RunState, turn: Turn) -> PlayedChunk:
    """Generate, ground, critique and assess; each answer is parsed and grounded once."""
    accepted = state.accepted(turn.chunk.chunk_index)
    if accepted is None or accepted.generator_error:
        generation = await plan.generator.draft(turn)
    else:
        generation = await plan.generator.revise(turn, accepted)
    if generation.error:
        return PlayedChunk(generation, None, assess_chunk(turn.run_input, generation, None))
    # On the loop, not in a thread: it takes 1 to 10 ms a chunk, and a thread would compete for the same interpreter lock.
    grounded = turn.run_input.ground(generation)
    critique = None if plan.critic is None else await plan.critic.critique(turn, grounded)
    assessment = assess_chunk(turn.run_input, generation, critique, grounded)
    return PlayedChunk(generation, critique, assessment)


def _cut_off(plan: LoopPlan, turn: Turn, ended: CutOff) -> PlayedChunk:
    """A chunk that no model was asked about: the budget that ended is its answer's error."""
    place, model = (turn.chunk.chunk_index, turn.round_number), plan.generator.served.label
    generation = ModelAnswer(*place, Stage.GENERATE, "", model, 0.0, error=ended.value)
    return PlayedChunk(generation, None, assess_chunk(turn.run_input, generation, None))
