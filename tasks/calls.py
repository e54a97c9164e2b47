"""Calls of a model about one chunk: each with its answer or the code of its failure, and several as one reply.

A call that fails is that call's failure: its fields are told in the envelope with an error code, and the other answers stand. A server
that is gone is everybody's, and is raised. Nothing of what is asked or answered reaches an error.

Requires:
    A `TritonClient` on the running event loop.
"""

from __future__ import annotations

import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from tasks.at_once import at_once
from tasks.core.answers.joined import AnswerPart, join_answers, split_answers
from tasks.core.errors import ModelError, ModelOutputInvalid, ModelTimedOut
from tasks.core.prompt import Prompt
from tasks.core.records import CountedBy, FieldName
from tasks.core.tokens import NO_TOKENS, TokenCounter, Tokens, tokens_of
from tasks.triton import Answer, Served, TritonClient


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
class Call:
    """One call with what came of it."""

    task: str
    fields: tuple[FieldName, ...]
    answer: Answer | None
    waited_ms: float
    """From the call to its end, whatever it was."""
    error: str | None = None
    tokens: Tokens = NO_TOKENS
    begun: str = ""
    """What had come of a failed answer."""

    @property
    def raw(self) -> str:
        return self.begun if self.answer is None else self.answer.raw


async def call_all(
    client: TritonClient,
    served: Served,
    asked: Sequence[tuple[str, Prompt]],
    label: str,
    counter: TokenCounter,
) -> list[Call]:
    """Every call, at once; the client bounds how many are in flight."""
    name = served.identity.name
    calls = [
        call_once(task, prompt.fields, client.complete(name, prompt, _request_id(label, number)))
        for number, (task, prompt) in enumerate(asked, 1)
    ]
    running = await at_once(calls)
    prompts = (prompt for _, prompt in asked)
    return [_counted(call, p, counter) for call, p in zip(running, prompts, strict=True)]


def _counted(part: Call, prompt: Prompt, counter: TokenCounter) -> Call:
    """With the tokens of its call. Of one that failed nobody knows how far it got."""
    if part.answer is None:
        return part
    answer = part.answer
    tokens = tokens_of(prompt, answer.raw, answer.tokens_in, answer.tokens_out, counter)
    return replace(part, tokens=tokens)


def _request_id(label: str, number: int) -> str:
    """Tells chunk, round and call in the server's log. Never the same twice: servers refuse an id that is in flight already."""
    return f"{label}-call-{number}-{uuid4().hex[:12]}"


async def call_once(task: str, fields: tuple[FieldName, ...], call: Coroutine[Any, Any, Answer]) -> Call:
    started = time.perf_counter()
    try:
        answer = await call
    except ModelError as error:
        if (code := _code(error)) is None:
            raise
        waited_ms = (time.perf_counter() - started) * 1000
        return Call(task, fields, None, waited_ms, code, begun=error.begun)
    return Call(task, fields, answer, answer.latency_ms, None, _told(answer))


def _code(error: ModelError) -> str | None:
    """How the trail names a failure of this call alone; None: it is everybody's."""
    if isinstance(error, ModelTimedOut):
        return "timed_out"
    if isinstance(error, ModelOutputInvalid):
        return "invalid_response"
    return "model_failed" if type(error) is ModelError else None


def _told(answer: Answer) -> Tokens:
    if answer.tokens_in is None and answer.tokens_out is None:
        return NO_TOKENS
    return Tokens(answer.tokens_in, answer.tokens_out, CountedBy.SERVER)


def whole(part: Call) -> Reply:
    """One call's answer, stored as it came."""
    return Reply(part.raw, part.waited_ms, part.tokens, part.error)


def is_envelope(part: Call) -> bool:
    """Whether an answer looks like an envelope: what a document made a model say is not to be taken for ours."""
    return part.answer is not None and split_answers(part.answer.raw) is not None


def together(parts: Sequence[Call], kept: tuple[AnswerPart, ...] = ()) -> Reply:
    """Several calls' answers in one envelope. Without a single answer it is a failure, and what stood is the accepted round's."""
    waited_ms, tokens = sum(p.waited_ms for p in parts), sum((p.tokens for p in parts), NO_TOKENS)
    told = [AnswerPart(p.task, p.fields, p.raw, p.error) for p in parts]
    if parts and all(p.answer is None for p in parts):
        begun = join_answers(told) if any(p.raw for p in parts) else ""
        return Reply(begun, waited_ms, tokens, parts[0].error)
    return Reply(join_answers([*told, *kept]), waited_ms, tokens, None)
