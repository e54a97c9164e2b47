"""The loop over one document: generate, ground, critique, and again for what is flagged, one stored record a round.

Requires:
    A `TritonClient` on the running event loop. Knows no Prefect and no database: `save` stores a round, in one transaction,
    before the next begins. What is decided is decided by the core (`tasks.core.history`, `tasks.core.revision`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from tasks.core.assessment import Assessment, GroundedAnswer, ground_answer
from tasks.core.errors import ModelError, ModelOutputInvalid, ModelTimedOut
from tasks.core.history import Dossier, Histories, assess_round
from tasks.core.records import Chunk, CriticAnswer, Generation, ModelIdentity, RoundRecord
from tasks.core.wire import critique_request, generate_request
from tasks.triton import TritonClient

SaveRound = Callable[[RoundRecord], object]


@dataclass(frozen=True, slots=True)
class LoopPlan:
    """Who works on a document, and how long at most."""

    generator: ModelIdentity
    critic: ModelIdentity | None
    max_rounds: int
    max_s: float


async def run_rounds(
    plan: LoopPlan, dossier: Dossier, stored: tuple[RoundRecord, ...], save: SaveRound, client: TritonClient
) -> Histories:
    """Play the rounds that are not stored yet until nothing is open or the budget ends.

    Raises:
        ModelUnavailable, ModelBusy, ModelMissing: nothing of the round under way is stored; a later run resumes there.
    """
    started = time.monotonic()
    histories = Histories(dossier)
    for record in stored:
        histories.apply(record)
    while open_chunks := histories.open_chunks(plan.max_rounds):
        if histories.accepted(open_chunks[0].chunk_index) and time.monotonic() - started > plan.max_s:
            break
        record, assessments = await _play_round(plan, histories, open_chunks, client)
        save(record)
        histories.add(assessments)
    return histories


async def _play_round(
    plan: LoopPlan, histories: Histories, chunks: tuple[Chunk, ...], client: TritonClient
) -> tuple[RoundRecord, dict[int, Assessment]]:
    round_number = 1 + max(len(histories.by_chunk[c.chunk_index]) for c in chunks)
    try:
        async with asyncio.TaskGroup() as group:
            plays = [group.create_task(_play_chunk(plan, histories, c, round_number, client)) for c in chunks]
    except* ModelError as errors:
        # Every chunk meets the same dead server; one error says it.
        raise errors.exceptions[0] from None
    generations = tuple(p.result()[0] for p in plays)
    critiques = tuple(c for p in plays if (c := p.result()[1]) is not None)
    assessments = assess_round(histories.dossier, generations, critiques)
    findings = tuple((index, finding) for index, a in assessments.items() for finding in a.findings)
    return RoundRecord(round_number, generations, critiques, findings), assessments


async def _play_chunk(
    plan: LoopPlan, histories: Histories, chunk: Chunk, round_number: int, client: TritonClient
) -> tuple[Generation, CriticAnswer | None]:
    generation = await _generate(plan, histories, chunk, round_number, client)
    if plan.critic is None or generation.error:
        return generation, None
    dossier = histories.dossier
    reading = dossier.reading
    answer = ground_answer(generation.raw, dossier.schema, chunk, reading.text, reading.pages, reading.hidden)
    return generation, await _critique(plan.critic, dossier, chunk, answer, round_number, client)


async def _generate(
    plan: LoopPlan, histories: Histories, chunk: Chunk, round_number: int, client: TritonClient
) -> Generation:
    accepted = histories.accepted(chunk.chunk_index)
    schema, footnotes = histories.dossier.schema, histories.dossier.reading.footnotes
    if accepted is None or accepted.generator_error:
        request = generate_request(
            schema, chunk, footnotes, 1
        )  # nothing to revise: a first draft, whatever the round
    else:
        request = generate_request(
            schema, chunk, footnotes, round_number, accepted.candidates, accepted.findings
        )
    model = f"{plan.generator.name}/{plan.generator.version}"
    raw, latency_ms, error = await _ask(client, plan.generator.name, request)
    return Generation(chunk.chunk_index, round_number, raw, model, latency_ms, None, None, error)


async def _critique(
    critic: ModelIdentity,
    dossier: Dossier,
    chunk: Chunk,
    answer: GroundedAnswer,
    round_number: int,
    client: TritonClient,
) -> CriticAnswer:
    request = critique_request(
        dossier.schema, chunk, dossier.reading.footnotes, round_number, answer.placed()
    )
    raw, latency_ms, error = await _ask(client, critic.name, request)
    return CriticAnswer(
        chunk.chunk_index, round_number, raw, f"{critic.name}/{critic.version}", latency_ms, error
    )


async def _ask(client: TritonClient, model: str, request: str) -> tuple[str, float, str | None]:
    """(raw, latency in ms, error code). A chunk that one model cannot answer is that chunk's failure; a server that is gone
    is everybody's, and is raised."""
    try:
        answer = await client.infer(model, request)
    except ModelTimedOut:
        return "", 0.0, "timed_out"
    except ModelOutputInvalid:
        return "", 0.0, "invalid_response"
    except ModelError as error:
        if type(error) is ModelError:
            return "", 0.0, "model_failed"
        raise
    return answer.raw, answer.latency_ms, None
