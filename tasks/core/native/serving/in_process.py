"""The whole loop over one document with native models in this process, without a server.

For promotion, tests and benchmarks. The product asks Triton instead (`tasks.verify.rounds`) and
decides with the same functions.
"""

from __future__ import annotations

from collections.abc import Sequence

from tasks.core.loop.assessment import assess_chunk
from tasks.core.loop.grounded_answer import GroundedAnswer, RunInput
from tasks.core.loop.state import PlayedChunk, RunState, record_round
from tasks.core.native.serving.answer import NativeModel, answer_batch
from tasks.core.records import Chunk, ModelAnswer, RoundRecord, Stage
from tasks.core.wire.native_format import critique_request, generate_request

BATCH = 64


def play(
    run_input: RunInput,
    generator: NativeModel,
    critic: NativeModel | None,
    max_rounds: int,
    promise: float | None = None,
) -> tuple[RunState, list[RoundRecord]]:
    """Play every round of a document, until no chunk is open."""
    state = RunState(run_input)
    records: list[RoundRecord] = []
    while chunks := state.open_chunks(max_rounds):
        records.append(_play_round(state, chunks, generator, critic, len(records) + 1, promise))
    return state, records


def _play_round(
    state: RunState,
    chunks: Sequence[Chunk],
    generator: NativeModel,
    critic: NativeModel | None,
    number: int,
    promise: float | None,
) -> RoundRecord:
    run_input = state.run_input
    drafts = _generate(state, chunks, generator, number)
    grounded = [run_input.ground(draft) for draft in drafts]
    critiques = (
        [None] * len(drafts) if critic is None else _critique(run_input, drafts, grounded, critic, promise)
    )
    played = [
        PlayedChunk(draft, critique, assess_chunk(run_input, draft, critique, answer))
        for draft, critique, answer in zip(drafts, critiques, grounded, strict=True)
    ]
    state.add({p.generation.chunk_index: p.assessment for p in played})
    return record_round(number, played)


def _generate(
    state: RunState, chunks: Sequence[Chunk], generator: NativeModel, number: int
) -> list[ModelAnswer]:
    schema, footnotes = state.run_input.schema, state.run_input.reading.footnotes
    requests: list[str] = []
    for chunk in chunks:
        accepted = state.accepted(chunk.chunk_index)
        previous = ((), ()) if accepted is None else (accepted.candidates, accepted.findings)
        requests.append(generate_request(schema, chunk, footnotes, number, *previous))
    return [
        ModelAnswer(c.chunk_index, number, Stage.GENERATE, raw, generator.name, 0.0)
        for c, raw in zip(chunks, _ask(generator, requests), strict=True)
    ]


def _critique(
    run_input: RunInput,
    drafts: Sequence[ModelAnswer],
    answers: Sequence[GroundedAnswer],
    critic: NativeModel,
    promise: float | None,
) -> list[ModelAnswer]:
    schema, footnotes, number = run_input.schema, run_input.reading.footnotes, drafts[0].round_number
    requests = [
        critique_request(
            schema, run_input.chunks[draft.chunk_index], footnotes, number, answer.placed(), promise
        )
        for draft, answer in zip(drafts, answers, strict=True)
    ]
    return [
        ModelAnswer(draft.chunk_index, number, Stage.CRITIQUE, raw, critic.name, 0.0)
        for draft, raw in zip(drafts, _ask(critic, requests), strict=True)
    ]


def _ask(model: NativeModel, requests: Sequence[str]) -> list[str]:
    batches = [requests[start : start + BATCH] for start in range(0, len(requests), BATCH)]
    return [raw for batch in batches for raw in answer_batch(model, batch)]
