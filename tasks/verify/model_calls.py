"""Model calls: a chunk's draft, revision or critique from the models that serve.

A native model answers in one request, a language model in several calls: a draft in groups of
fields, a critique in one call for each item and one about what is lacking, both only about what
changed since the critic judged last. Several answers are stored in one envelope
(`tasks.core.answers.envelope`). A call that fails loses its own fields only and leaves its error
code in the envelope; if the server fails, the error is raised.

Requires:
    A `TritonClient` on the running event loop. No error and no request id holds contract text.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import uuid4

from tasks.core.answers.calibration import NONE, Calibration, read_calibration
from tasks.core.answers.draft import is_cut_unseen
from tasks.core.answers.envelope import KEPT, AnswerPart, join_answers, split_answers
from tasks.core.answers.label_shares import LabelShares, label_shares
from tasks.core.answers.language_critique import rows_to_judge
from tasks.core.cost.tokens import ESTIMATE, NO_TOKENS, TokenCounter, Tokens, tokens_of
from tasks.core.errors import ConfigurationError, ModelError, ModelOutputInvalid, ModelTimedOut
from tasks.core.loop.assessment import Assessment
from tasks.core.loop.grounded_answer import GroundedAnswer, RunInput
from tasks.core.loop.judged_before import judged_before
from tasks.core.prompts.critic import CriticCall, JudgedDraft
from tasks.core.prompts.digest import with_prompts_version
from tasks.core.prompts.generator import first_draft_prompts, revision_prompts
from tasks.core.prompts.limits import AskLimits
from tasks.core.prompts.revision import items_to_revise, kept_answer
from tasks.core.records import Chunk, CountedBy, FieldName, Footnote, ModelAnswer, ModelIdentity, Stage
from tasks.core.schema import Schema, promise_of
from tasks.core.wire.native_format import critique_request, generate_request
from tasks.core.wire.prompt import Prompt
from tasks.runtime.concurrency import gather_or_raise
from tasks.settings import settings
from tasks.triton import Answer, Served, TritonClient, open_client

GENERATE = "generate"
"""The task of a model's answer in a generator's envelope, beside `KEPT`."""

TaskPrompt = tuple[str, Prompt]
"""A task's name in the envelope, and its prompt."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply to one call, or to several together."""

    raw: str
    """Unchanged; of a call that failed, what came before the answer broke off."""
    latency_ms: float
    """Of all calls, failed ones included."""
    error: str | None = None
    tokens: Tokens = NO_TOKENS
    logprobs: Mapping[str, float] | None = None
    """Of the likeliest first tokens, where they were asked for."""
    is_ended_by_limit: bool = False
    """The limit of tokens ended the answer, or it was cut because it looped."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One chunk's turn in one round of a run."""

    run_input: RunInput
    chunk: Chunk
    round_number: int
    promise: float | None = None
    """The share of verified values that must be right; a language model is not told."""
    is_refused: bool = False
    """The newest answer was complete and not accepted: the same question would get it again."""

    @property
    def schema(self) -> Schema:
        return self.run_input.schema

    @property
    def footnotes(self) -> Sequence[Footnote]:
        return self.run_input.reading.footnotes

    def request_label(self, stage: Stage) -> str:
        return f"{stage.value}-chunk-{self.chunk.chunk_index}-round-{self.round_number}"

    def answer(self, stage: Stage, served: Served, reply: Reply) -> ModelAnswer:
        place, tokens = (self.chunk.chunk_index, self.round_number), reply.tokens
        measured = (reply.raw, served.label, reply.latency_ms, tokens.n_in, tokens.n_out, reply.error)
        return ModelAnswer(*place, stage, *measured, tokens_by=tokens.by)


class GeneratorModel(Protocol):
    """Raises: ModelUnavailable, ModelBusy, ModelMissing, ModelChanged: the server failed."""

    @property
    def served(self) -> Served: ...

    async def draft(self, turn: Turn) -> ModelAnswer:
        """Values for a chunk that has no answer yet."""
        ...

    async def revise(self, turn: Turn, accepted: Assessment) -> ModelAnswer:
        """New values for a chunk, given the accepted answer and its findings."""
        ...


class CriticModel(Protocol):
    """Raises: as a generator."""

    @property
    def served(self) -> Served: ...

    async def critique(
        self, turn: Turn, answer: GroundedAnswer, before: Assessment | None = None
    ) -> ModelAnswer:
        """Verdicts on a chunk's grounded candidates, and what is missing.

        Args:
            before: The assessment that the answer revises; None: it is a first draft.
        """
        ...


@dataclass(frozen=True, slots=True)
class NativeCaller:
    """A generator or critic in the native wire format: one request for each answer."""

    client: TritonClient
    served: Served

    async def draft(self, turn: Turn) -> ModelAnswer:
        request = generate_request(turn.schema, turn.chunk, turn.footnotes, 1)
        return await self._ask(turn, Stage.GENERATE, request)

    async def revise(self, turn: Turn, accepted: Assessment) -> ModelAnswer:
        draft = accepted.candidates, accepted.findings
        request = generate_request(turn.schema, turn.chunk, turn.footnotes, turn.round_number, *draft)
        return await self._ask(turn, Stage.GENERATE, request)

    async def critique(
        self, turn: Turn, answer: GroundedAnswer, before: Assessment | None = None
    ) -> ModelAnswer:
        about = turn.schema, turn.chunk, turn.footnotes, turn.round_number
        request = critique_request(*about, answer.placed(), turn.promise)
        return await self._ask(turn, Stage.CRITIQUE, request)

    async def _ask(self, turn: Turn, stage: Stage, request: str) -> ModelAnswer:
        reply = await _reply(self.client.infer(self.served.identity.name, request))
        return turn.answer(stage, self.served, reply)


@dataclass(frozen=True, slots=True)
class LanguageCaller:
    """A generator or critic that takes prompts: several calls at once for each answer."""

    client: TritonClient
    served: Served
    limits: AskLimits
    """How many fields, characters and tokens one call may have."""
    counter: TokenCounter = ESTIMATE
    """Counts tokens where the server gives no counts."""
    judges_by_labels: bool = False
    """As critic: items by the probabilities of labels, else in words."""
    calibration: Calibration = NONE

    async def draft(self, turn: Turn) -> ModelAnswer:
        prompts = first_draft_prompts(turn.schema, turn.chunk, turn.footnotes, self.limits)
        tasks = [(GENERATE, prompt) for prompt in prompts]
        replies = await self._ask_all(turn, Stage.GENERATE, tasks)
        # A single answer needs no envelope, unless a hostile document made the model write one.
        reply = replies[0]
        is_plain = split_answers(reply.raw) is None and not _is_cut_unseen(reply, turn.schema)
        if len(replies) > 1 or not (reply.error or is_plain):
            reply = _in_envelope(turn, tasks, replies)
        return turn.answer(Stage.GENERATE, self.served, reply)

    async def revise(self, turn: Turn, accepted: Assessment) -> ModelAnswer:
        """Asks only for fields with findings, and of these for values with findings; the others stay.

        After a refused answer nothing is asked: the accepted values stay, and the chunk stops.
        """
        about = turn.schema, turn.chunk, turn.footnotes, self.limits, accepted
        prompts = () if turn.is_refused else revision_prompts(*about)
        tasks = [(GENERATE, prompt) for prompt in prompts]
        replies = await self._ask_all(turn, Stage.GENERATE, tasks)
        reply = _in_envelope(turn, tasks, replies, _kept(turn, accepted, tasks, replies))
        return turn.answer(Stage.GENERATE, self.served, reply)

    async def critique(
        self, turn: Turn, answer: GroundedAnswer, before: Assessment | None = None
    ) -> ModelAnswer:
        """Asks about items and fields that changed since `before`; the other judgements are copied."""
        placed = answer.placed()
        known = judged_before(turn.run_input, turn.chunk, answer, before)
        draft = JudgedDraft(turn.schema, turn.chunk, turn.footnotes, placed, self.limits)
        calls = [*self._about_items(draft, known.items)]
        if known.fields:
            calls.append(draft.missing(known.fields))
        replies = await self._ask_all(turn, Stage.CRITIQUE, [(call.task, call.prompt) for call in calls])
        parts = [self._part(turn, call, reply) for call, reply in zip(calls, replies, strict=True)]
        if self.judges_by_labels and known.fields and not replies[-1].error:
            rows = rows_to_judge(replies[-1].raw, placed, turn.chunk, turn.schema)
            lacking = draft.judge_lacking(rows)
            more = await self._ask_all(turn, Stage.CRITIQUE, [(c.task, c.prompt) for c in lacking])
            parts += [
                self._part(turn, call, reply, is_lacking=True)
                for call, reply in zip(lacking, more, strict=True)
            ]
            replies += more
        if known.verdicts or known.missing:
            parts.append(AnswerPart(KEPT, (), known.raw))
        return turn.answer(Stage.CRITIQUE, self.served, _joined(parts, replies))

    def _about_items(self, draft: JudgedDraft, items: Sequence[int]) -> Sequence[CriticCall]:
        if self.judges_by_labels:
            return draft.judge(items)
        return [draft.redundancy(items)] if items else []

    def _part(self, turn: Turn, call: CriticCall, reply: Reply, is_lacking: bool = False) -> AnswerPart:
        """A reply as it is stored; a judgement by labels with what it means by the calibration."""
        fields, labels = call.prompt.fields, call.prompt.labels
        if not labels or reply.error:
            return AnswerPart(call.task, fields, reply.raw, reply.error)
        if reply.logprobs is None or call.item is None:
            return AnswerPart(call.task, fields, reply.raw, "invalid_response")
        shares = label_shares(reply.logprobs, labels)
        about = {"add" if is_lacking else "item": call.item}
        return AnswerPart(call.task, fields, self.calibration.judged(shares, turn.promise, **about))

    async def judge(self, call: CriticCall, label: str) -> LabelShares | None:
        """One judgement by labels, outside a run; None: the call failed, or gave no logprobs.

        Args:
            label: Begins the request's id.
        """
        reply = await self._ask(call.prompt, label)
        if reply.error or reply.logprobs is None:
            return None
        return label_shares(reply.logprobs, call.prompt.labels)

    async def _ask_all(self, turn: Turn, stage: Stage, tasks: Sequence[TaskPrompt]) -> list[Reply]:
        """All calls at once; the client bounds how many are in flight."""
        label = turn.request_label(stage)
        calls = (self._ask(prompt, f"{label}-call-{n}") for n, (_, prompt) in enumerate(tasks, 1))
        return await gather_or_raise(calls)

    async def _ask(self, prompt: Prompt, label: str) -> Reply:
        # Servers refuse an id that is already in flight, so each is unique.
        request_id = f"{label}-{uuid4().hex[:12]}"
        reply = await _reply(self.client.complete(self.served.identity.name, prompt, request_id))
        if reply.error is not None:
            return reply
        n_in, n_out = reply.tokens.n_in, reply.tokens.n_out
        return replace(reply, tokens=tokens_of(prompt, reply.raw, n_in, n_out, self.counter))


ModelCaller = NativeCaller | LanguageCaller


async def _reply(call: Coroutine[Any, Any, Answer]) -> Reply:
    """The answer, or the error code of a call that failed alone; its tokens are then unknown."""
    started = time.perf_counter()
    try:
        answer = await call
    except ModelError as error:
        if (code := _error_code(error)) is None:
            raise
        return Reply(error.begun, (time.perf_counter() - started) * 1000, code)
    is_counted = answer.tokens_in is not None or answer.tokens_out is not None
    tokens = Tokens(answer.tokens_in, answer.tokens_out, CountedBy.SERVER) if is_counted else NO_TOKENS
    is_limited = answer.finish == "length"
    return Reply(
        answer.raw, answer.latency_ms, tokens=tokens, logprobs=answer.logprobs, is_ended_by_limit=is_limited
    )


def _error_code(error: ModelError) -> str | None:
    """The stored code for a failed call; None: the server failed, and every call with it."""
    if isinstance(error, ModelTimedOut):
        return "timed_out"
    if isinstance(error, ModelOutputInvalid):
        return "invalid_response"
    return "model_failed" if type(error) is ModelError else None


def _is_cut_unseen(reply: Reply, schema: Schema) -> bool:
    """Whether only the server's word shows that the answer lacks its end."""
    return reply.is_ended_by_limit and is_cut_unseen(reply.raw, schema)


def _in_envelope(
    turn: Turn, tasks: Sequence[TaskPrompt], replies: Sequence[Reply], kept: Sequence[AnswerPart] = ()
) -> Reply:
    """Several answers in one envelope; a failure if every call failed, and then without `kept`."""
    parts = [
        AnswerPart(name, prompt.fields, reply.raw, reply.error, _is_cut_unseen(reply, turn.schema))
        for (name, prompt), reply in zip(tasks, replies, strict=True)
    ]
    return _joined([*parts, *kept], replies, n_called=len(parts))


def _joined(parts: Sequence[AnswerPart], replies: Sequence[Reply], n_called: int | None = None) -> Reply:
    """The parts in one envelope, with what the replies cost."""
    latency_ms, tokens = sum(r.latency_ms for r in replies), sum((r.tokens for r in replies), NO_TOKENS)
    if replies and all(reply.error for reply in replies):
        begun = join_answers(parts[:n_called]) if any(reply.raw for reply in replies) else ""
        return Reply(begun, latency_ms, replies[0].error, tokens)
    return Reply(join_answers(parts), latency_ms, None, tokens)


def _kept(
    turn: Turn, accepted: Assessment, tasks: Sequence[TaskPrompt], replies: Sequence[Reply]
) -> tuple[AnswerPart, ...]:
    """The accepted values that were not revised, or whose call failed."""
    pairs = zip(tasks, replies, strict=True)
    answered: set[FieldName] = {f for (_, prompt), reply in pairs if not reply.error for f in prompt.fields}
    revised = items_to_revise(accepted)
    kept = [c for i, c in enumerate(accepted.candidates) if c.field not in answered or i not in revised]
    names = {*turn.schema.field_names} - answered | {c.field for c in kept}
    fields = tuple(name for name in turn.schema.field_names if name in names)
    unable = {name: why for name, why in accepted.unable.items() if name not in answered}
    raw = kept_answer(kept, turn.chunk, turn.run_input.reading.text, unable)
    return (AnswerPart(KEPT, fields, raw),) if fields else ()


# ---------------------------------------------------------------- which models serve


@dataclass(frozen=True, slots=True)
class ServingModels:
    """The models of a run that starts now."""

    generator: Served
    critic: Served | None
    """None: the run has no critic."""

    @property
    def identities(self) -> tuple[ModelIdentity, ModelIdentity | None]:
        return self.generator.identity, None if self.critic is None else self.critic.identity

    def promise(self, schema: Schema) -> float | None:
        return promise_by(self.critic, schema)


def promise_by(critic: Served | None, schema: Schema) -> float | None:
    """What a run with this critic promises, by schema and settings; None: nothing.

    A native critic knows which probability keeps a promise; a language model does if it was calibrated
    on enough of the error book.
    """
    if critic is None:
        return None
    by_labels = critic.gives_logprobs and settings().critic_judges_by == "labels"
    can_promise = critic.is_native or (by_labels and read_calibration(settings().critic_calibration).promises)
    return promise_of(schema, settings().promise) if can_promise else None


def serving_models(use_critic: bool = True, generator: str | None = None) -> ServingModels:
    """Identify the models that serve now under the names of the settings, with a client of its own.

    Args:
        generator: Another generator than that of the settings.

    Raises:
        ModelMissing, ConfigurationError, ModelUnavailable, ModelTimedOut: as
            `TritonClient.identify`.
    """

    async def identify() -> ServingModels:
        async with open_client(settings(), max_in_flight=2) as client:
            generator_model, critic = await open_models(client, use_critic, generator)
            return ServingModels(generator_model.served, None if critic is None else critic.served)

    return asyncio.run(identify())


async def open_models(
    client: TritonClient,
    use_critic: bool = True,
    generator: str | None = None,
    counter: TokenCounter = ESTIMATE,
) -> tuple[ModelCaller, ModelCaller | None]:
    """Generator and critic of the settings. From now on `client` accepts only their versions.

    Raises:
        ModelMissing, ConfigurationError, ModelUnavailable, ModelTimedOut: as
            `TritonClient.identify`.
    """
    config = settings()
    ask = config.ask_limits
    generator_model = await model_caller(client, generator or config.generator, ask, counter)
    critic = await critic_caller(client, config.critic, ask, counter) if use_critic else None
    return generator_model, critic


async def critic_caller(
    client: TritonClient, model: str, limits: AskLimits, counter: TokenCounter = ESTIMATE
) -> ModelCaller:
    """A served model as critic. How a language model judges is part of its identity.

    Raises:
        As `model_caller`; ConfigurationError: the calibration cannot be read, or is another model's.
    """
    caller = await model_caller(client, model, limits, counter)
    if isinstance(caller, NativeCaller):
        return caller
    config = settings()
    return calibrated(
        caller, read_calibration(config.critic_calibration), config.critic_judges_by == "labels"
    )


def calibrated(caller: LanguageCaller, calibration: Calibration, by_labels: bool = True) -> LanguageCaller:
    """A language model as critic, whose judgements are read by this calibration.

    Args:
        by_labels: It judges by labels, if its server gives their probabilities.

    Raises:
        ConfigurationError: the calibration is another model's.
    """
    served = caller.served.identity
    if calibration.model and calibration.model != calibrated_name(served):
        raise ConfigurationError(
            f"the calibration (COUNTERSIGN_CRITIC_CALIBRATION) was fitted for {calibration.model}, and {calibrated_name(served)} serves: "
            "fit it again with `countersign calibrate`, or unset it"
        )
    by_labels = by_labels and caller.served.gives_logprobs
    way = f"labels-{calibration.digest}" if by_labels else "text"
    identity = replace(served, version=f"{served.version}+{way}")
    return replace(
        caller,
        served=replace(caller.served, identity=identity),
        judges_by_labels=by_labels,
        calibration=calibration,
    )


def calibrated_name(identity: ModelIdentity) -> str:
    """What a calibration holds for: the model with its prompts."""
    return f"{identity.name}/{identity.version}"


async def model_caller(
    client: TritonClient, model: str, limits: AskLimits, counter: TokenCounter = ESTIMATE
) -> ModelCaller:
    """A served model, ready to be called. The identity of a language model includes its prompts.

    Raises:
        ModelMissing, ConfigurationError, ModelUnavailable, ModelTimedOut: as
            `TritonClient.identify`.
    """
    served = await client.identify(model)
    if served.is_native:
        return NativeCaller(client, served)
    with_prompts = replace(served, identity=with_prompts_version(served.identity, limits))
    return LanguageCaller(client, with_prompts, limits, counter)
