"""The loop over one document: generate, ground, critique, and again for what is flagged, one stored record a round.

Budgets: a document's own stops it before any chunk, in any round; a batch's before any chunk of the rounds after the first, so that
every document that was begun has been asked once. What is under way is finished, and what is not asked is recorded as cut off.

Requires:
    A `TritonClient` on the running event loop, which other documents may share: what blocks or computes long leaves it for a thread.
    Knows no Prefect and no database: `save` stores a round, in one transaction, before the next begins. What is decided is decided by the core (`tasks.core.history`, `tasks.core.revision`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from tasks.asking import ask_critic, ask_generator
from tasks.at_once import at_once
from tasks.core.assessment import Assessment, ground_answer
from tasks.core.budget import Budget, CutOff, Limits
from tasks.core.history import Dossier, Histories, assess_round
from tasks.core.prompts.grouping import AskLimits
from tasks.core.records import Chunk, CriticAnswer, Generation, RoundRecord
from tasks.core.tokens import ESTIMATE, TokenCounter
from tasks.triton import Served, TritonClient

SaveRound = Callable[[RoundRecord], object]


@dataclass(frozen=True, slots=True)
class LoopPlan:
    """Who works on a document, and how long at most."""

    generator: Served
    critic: Served | None
    max_rounds: int
    limits: Limits
    """Of the document. Tokens of stored rounds count; seconds begin anew when a run is resumed."""
    batch: Budget | None = None
    """Shared with the other documents of the batch; tokens of stored rounds were another batch's."""
    max_chunks_at_once: int = 32
    """A chunk that waits has cost nothing yet when a budget ends."""
    ask: AskLimits = field(default_factory=AskLimits)
    """How much one call of a language model asks for."""
    counter: TokenCounter = ESTIMATE
    """Counts the tokens that a language model's server does not tell."""


@dataclass(slots=True)
class _Purse:
    """What the rounds of one document may still cost."""

    own: Budget
    batch: Budget | None

    def spend(self, n_tokens: int) -> None:
        self.own.spend(n_tokens)
        if self.batch is not None:
            self.batch.spend(n_tokens)

    def ended(self, round_number: int) -> CutOff | None:
        own = self.own.ended()
        return self.batch.ended() if own is None and self.batch is not None and round_number > 1 else own


async def run_rounds(
    plan: LoopPlan, dossier: Dossier, stored: tuple[RoundRecord, ...], save: SaveRound, client: TritonClient
) -> Histories:
    """Play the rounds that are not stored yet until nothing is open or the budget ends.

    Raises:
        ModelUnavailable, ModelBusy, ModelMissing: nothing of the round under way is stored; a later run resumes there.
    """
    purse = _Purse(Budget(plan.limits), plan.batch)
    histories = Histories(dossier)
    for record in stored:
        histories.apply(record)
        purse.own.spend(_n_tokens((*record.generations, *record.critic_answers)))
    while open_chunks := histories.open_chunks(plan.max_rounds):
        record, assessments = await _play_round(plan, histories, open_chunks, purse, client)
        await asyncio.to_thread(save, record)
        histories.add(assessments)
    return histories


async def _play_round(
    plan: LoopPlan, histories: Histories, chunks: tuple[Chunk, ...], purse: _Purse, client: TritonClient
) -> tuple[RoundRecord, dict[int, Assessment]]:
    round_number = 1 + max(len(histories.by_chunk[c.chunk_index]) for c in chunks)
    slots = asyncio.Semaphore(plan.max_chunks_at_once)

    async def play(chunk: Chunk) -> tuple[Generation, CriticAnswer | None]:
        async with slots:
            if ended := purse.ended(round_number):
                return _unasked(plan, chunk, round_number, ended), None
            generation, critique = await _play_chunk(plan, histories, chunk, round_number, client)
            purse.spend(_n_tokens([generation] if critique is None else [generation, critique]))
            return generation, critique

    plays = await at_once(play(chunk) for chunk in chunks)
    generations = tuple(generation for generation, _ in plays)
    critiques = tuple(critique for _, critique in plays if critique is not None)
    assessments = await asyncio.to_thread(assess_round, histories.dossier, generations, critiques)
    generations = tuple(replace(g, repairs=assessments[g.chunk_index].repairs) for g in generations)
    critiques = tuple(replace(c, repairs=assessments[c.chunk_index].critic_repairs) for c in critiques)
    findings = tuple((index, finding) for index, a in assessments.items() for finding in a.findings)
    return RoundRecord(round_number, generations, critiques, findings), assessments


def _unasked(plan: LoopPlan, chunk: Chunk, round_number: int, ended: CutOff) -> Generation:
    return Generation(chunk.chunk_index, round_number, "", plan.generator.label, 0.0, None, None, ended.value)


def _n_tokens(answers: Iterable[Generation | CriticAnswer]) -> int:
    return sum((a.tokens_in or 0) + (a.tokens_out or 0) for a in answers)


async def _play_chunk(
    plan: LoopPlan, histories: Histories, chunk: Chunk, round_number: int, client: TritonClient
) -> tuple[Generation, CriticAnswer | None]:
    dossier, accepted = histories.dossier, histories.accepted(chunk.chunk_index)
    how = plan.ask, plan.counter
    generation = await ask_generator(client, plan.generator, dossier, chunk, round_number, accepted, *how)
    if plan.critic is None or generation.error:
        return generation, None
    reading = dossier.reading
    answer = ground_answer(generation.raw, dossier.schema, chunk, reading.text, reading.pages, reading.hidden)
    return generation, await ask_critic(client, plan.critic, dossier, chunk, round_number, answer, *how)
