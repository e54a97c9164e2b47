"""One chunk's answer in one round, from whichever model serves: a native one in one request, a language model in as many calls as it takes.

Requires:
    A `TritonClient` on the running event loop. Knows no Prefect and no database. What is asked is decided by the core
    (`tasks.core.wire`, `tasks.core.prompts`); what an answer is worth, too.

A call that fails is that call's failure: its fields are told in the envelope with an error code, and the other answers stand. A server
that is gone is everybody's, and is raised.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from tasks.core.answers.joined import AnswerPart, join_answers, split_answers
from tasks.core.assessment import Assessment, GroundedAnswer
from tasks.core.errors import ModelError, ModelOutputInvalid, ModelTimedOut
from tasks.core.history import Dossier
from tasks.core.prompt import Prompt
from tasks.core.prompts.again import kept_answer
from tasks.core.prompts.critic import critic_prompts
from tasks.core.prompts.digest import prompted
from tasks.core.prompts.generator import first_draft_prompts, revision_prompts
from tasks.core.prompts.grouping import AskLimits
from tasks.core.records import Chunk, CountedBy, CriticAnswer, FieldName, Generation
from tasks.core.tokens import ESTIMATE, NO_TOKENS, TokenCounter, Tokens, tokens_of
from tasks.core.wire import critique_request, generate_request
from tasks.triton import Answer, Served, TritonClient

GENERATE, KEPT = "generate", "kept"
"""Tasks in a generator's envelope: what a model answered, and what of the accepted answer it was not asked again."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered to one chunk, whole."""

    raw: str
    latency_ms: float
    """Of all its calls together, those that failed included."""
    tokens: Tokens
    error: str | None
    """No call was answered."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One call with what came of it."""

    task: str
    fields: tuple[FieldName, ...]
    answer: Answer | None
    waited_ms: float
    """From the call to its end, whatever it was."""
    error: str | None = None
    tokens: Tokens = NO_TOKENS


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
        reply = _whole(await _answered(GENERATE, (), client.infer(served.identity.name, request)))
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
        reply = _whole(await _answered("critique", (), client.infer(served.identity.name, request)))
    else:
        questions = critic_prompts(dossier.schema, chunk, footnotes, placed, limits)
        asked = [(kind.value, prompt) for kind, prompt in questions.items()]
        label = f"critique-chunk-{chunk.chunk_index}-round-{round_number}"
        reply = _together(await _call_all(client, served, asked, label, counter))
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
    parts = await _call_all(client, served, [(GENERATE, p) for p in prompts], label, counter)
    if standing is None:
        return _whole(parts[0]) if len(parts) == 1 and not _is_envelope(parts[0]) else _together(parts)
    answered = {f for part in parts if part.error is None for f in part.fields}
    return _together(parts, _kept(dossier, chunk, answered, standing))


def _kept(
    dossier: Dossier, chunk: Chunk, answered: set[FieldName], standing: Assessment
) -> tuple[AnswerPart, ...]:
    """What stands as it stood: fields that were not asked again, and those whose call failed, so that no failure loses a value."""
    fields = tuple(name for name in dossier.schema.field_names if name not in answered)
    kept = [c for c in standing.candidates if c.field not in answered]
    return (AnswerPart(KEPT, fields, kept_answer(kept, chunk, dossier.reading.text)),) if fields else ()


async def _call_all(
    client: TritonClient,
    served: Served,
    asked: Sequence[tuple[str, Prompt]],
    label: str,
    counter: TokenCounter,
) -> list[_Part]:
    """Every call, at once; the client bounds how many are in flight."""
    name = served.identity.name
    calls = [
        _answered(task, prompt.fields, client.complete(name, prompt, _request_id(label, number)))
        for number, (task, prompt) in enumerate(asked, 1)
    ]
    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(call) for call in calls]
    except* ModelError as errors:
        # Every call meets the same dead server; one error says it.
        raise errors.exceptions[0] from None
    prompts = (prompt for _, prompt in asked)
    return [_counted(task.result(), p, counter) for task, p in zip(running, prompts, strict=True)]


def _counted(part: _Part, prompt: Prompt, counter: TokenCounter) -> _Part:
    """With the tokens of its call. Of one that failed nobody knows how far it got."""
    if part.answer is None:
        return part
    answer = part.answer
    tokens = tokens_of(prompt, answer.raw, answer.tokens_in, answer.tokens_out, counter)
    return replace(part, tokens=tokens)


def _request_id(label: str, number: int) -> str:
    """Tells chunk, round and call in the server's log. Never the same twice: servers refuse an id that is in flight already."""
    return f"{label}-call-{number}-{uuid4().hex[:12]}"


async def _answered(task: str, fields: tuple[FieldName, ...], call: Coroutine[Any, Any, Answer]) -> _Part:
    started = time.perf_counter()
    try:
        answer = await call
    except ModelTimedOut:
        code = "timed_out"
    except ModelOutputInvalid:
        code = "invalid_response"
    except ModelError as error:
        if type(error) is not ModelError:
            raise
        code = "model_failed"
    else:
        return _Part(task, fields, answer, answer.latency_ms, None, _told(answer))
    return _Part(task, fields, None, (time.perf_counter() - started) * 1000, code)


def _told(answer: Answer) -> Tokens:
    if answer.tokens_in is None and answer.tokens_out is None:
        return NO_TOKENS
    return Tokens(answer.tokens_in, answer.tokens_out, CountedBy.SERVER)


def _whole(part: _Part) -> Reply:
    """One call's answer, stored as it came."""
    return Reply(part.answer.raw if part.answer else "", part.waited_ms, part.tokens, part.error)


def _is_envelope(part: _Part) -> bool:
    """Whether an answer looks like an envelope: what a document made a model say is not to be taken for ours."""
    return part.answer is not None and split_answers(part.answer.raw) is not None


def _together(parts: Sequence[_Part], kept: tuple[AnswerPart, ...] = ()) -> Reply:
    """Several calls' answers in one envelope. Without a single answer it is a failure, and what stood is the accepted round's."""
    waited_ms, tokens = sum(p.waited_ms for p in parts), sum((p.tokens for p in parts), NO_TOKENS)
    if parts and all(p.answer is None for p in parts):
        return Reply("", waited_ms, tokens, parts[0].error)
    told = [AnswerPart(p.task, p.fields, p.answer.raw if p.answer else "", p.error) for p in parts]
    return Reply(join_answers([*told, *kept]), waited_ms, tokens, None)
