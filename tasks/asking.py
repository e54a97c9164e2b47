"""One chunk's answer in one round, from whichever model serves: a native one in one request, a language model in as many calls as it takes.

Requires:
    A `TritonClient` on the running event loop. Knows no Prefect and no database. What is asked is decided by the core
    (`tasks.core.wire`, `tasks.core.prompts`); what an answer is worth, too.
"""

from __future__ import annotations

from dataclasses import replace

from tasks.calls import Reply, call_all, call_once, is_envelope, together, whole
from tasks.core.answers.joined import AnswerPart
from tasks.core.assessment import Assessment, GroundedAnswer
from tasks.core.history import Dossier
from tasks.core.prompts.again import kept_answer
from tasks.core.prompts.critic import critic_prompts
from tasks.core.prompts.digest import prompted
from tasks.core.prompts.generator import first_draft_prompts, revision_prompts
from tasks.core.prompts.grouping import AskLimits
from tasks.core.records import Chunk, CriticAnswer, FieldName, Generation
from tasks.core.tokens import ESTIMATE, TokenCounter
from tasks.core.wire import critique_request, generate_request
from tasks.triton import Served, TritonClient

GENERATE, KEPT = "generate", "kept"
"""Tasks in a generator's envelope: what a model answered, and what of the accepted answer it was not asked again."""


async def identified(client: TritonClient, model: str, limits: AskLimits) -> Served:
    """A served model with everything that decides its answers: of a language model also what it is told and asked.

    Raises:
        ModelMissing, ConfigurationError, ModelUnavailable, ModelTimedOut: as `TritonClient.identify`.
    """
    served = await client.identify(model)
    return served if served.is_native else replace(served, identity=prompted(served.identity, limits))


async def ask_generator(
    client: TritonClient,
    served: Served,
    dossier: Dossier,
    chunk: Chunk,
    round_number: int,
    accepted: Assessment | None,
    limits: AskLimits,
    counter: TokenCounter = ESTIMATE,
) -> Generation:
    """A generator's answer to a chunk.

    Args:
        accepted: What stands so far; None, or without an answer, it is asked for a first draft, whatever the round.
        counter: Counts the tokens that a language model's server does not tell.

    Raises:
        ModelUnavailable, ModelBusy, ModelMissing, ModelChanged: the server, not this call.
    """
    standing = None if accepted is None or accepted.generator_error else accepted
    if served.is_native:
        request = _native_request(dossier, chunk, round_number, standing)
        reply = whole(await call_once(GENERATE, (), client.infer(served.identity.name, request)))
    else:
        reply = await _drafted(client, served, dossier, chunk, round_number, standing, limits, counter)
    return Generation(
        chunk.chunk_index,
        round_number,
        reply.raw,
        served.label,
        reply.latency_ms,
        reply.tokens.n_in,
        reply.tokens.n_out,
        reply.error,
        tokens_by=reply.tokens.by,
    )


async def ask_critic(
    client: TritonClient,
    served: Served,
    dossier: Dossier,
    chunk: Chunk,
    round_number: int,
    answer: GroundedAnswer,
    limits: AskLimits,
    counter: TokenCounter = ESTIMATE,
) -> CriticAnswer:
    """A critic's answer to a chunk's grounded candidates; a language model is asked two questions.

    Raises:
        ModelUnavailable, ModelBusy, ModelMissing, ModelChanged: the server, not this call.
    """
    footnotes, placed = dossier.reading.footnotes, answer.placed()
    if served.is_native:
        request = critique_request(dossier.schema, chunk, footnotes, round_number, placed)
        reply = whole(await call_once("critique", (), client.infer(served.identity.name, request)))
    else:
        questions = critic_prompts(dossier.schema, chunk, footnotes, placed, limits)
        asked = [(kind.value, prompt) for kind, prompt in questions.items()]
        label = f"critique-chunk-{chunk.chunk_index}-round-{round_number}"
        reply = together(await call_all(client, served, asked, label, counter))
    return CriticAnswer(
        chunk.chunk_index,
        round_number,
        reply.raw,
        served.label,
        reply.latency_ms,
        reply.error,
        reply.tokens.n_in,
        reply.tokens.n_out,
        tokens_by=reply.tokens.by,
    )


def _native_request(dossier: Dossier, chunk: Chunk, round_number: int, standing: Assessment | None) -> str:
    schema, footnotes = dossier.schema, dossier.reading.footnotes
    if standing is None:
        return generate_request(schema, chunk, footnotes, 1)
    return generate_request(schema, chunk, footnotes, round_number, standing.candidates, standing.findings)


async def _drafted(
    client: TritonClient,
    served: Served,
    dossier: Dossier,
    chunk: Chunk,
    round_number: int,
    standing: Assessment | None,
    limits: AskLimits,
    counter: TokenCounter,
) -> Reply:
    schema, footnotes = dossier.schema, dossier.reading.footnotes
    label = f"generate-chunk-{chunk.chunk_index}-round-{round_number}"
    if standing is None:
        prompts = first_draft_prompts(schema, chunk, footnotes, limits)
    else:
        prompts = revision_prompts(schema, chunk, footnotes, limits, standing)
    parts = await call_all(client, served, [(GENERATE, p) for p in prompts], label, counter)
    if standing is None:
        return whole(parts[0]) if len(parts) == 1 and not is_envelope(parts[0]) else together(parts)
    answered = {f for part in parts if part.error is None for f in part.fields}
    return together(parts, _kept(dossier, chunk, answered, standing))


def _kept(
    dossier: Dossier, chunk: Chunk, answered: set[FieldName], standing: Assessment
) -> tuple[AnswerPart, ...]:
    """What stands as it stood: fields that were not asked again, and those whose call failed, so that no failure loses a value."""
    fields = tuple(name for name in dossier.schema.field_names if name not in answered)
    kept = [c for c in standing.candidates if c.field not in answered]
    return (AnswerPart(KEPT, fields, kept_answer(kept, chunk, dossier.reading.text)),) if fields else ()
