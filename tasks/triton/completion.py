"""One language model of a server: its chat template, how it takes the answer's schema, and a single
call."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from tasks.core.answers.label_shares import read_logprobs
from tasks.core.errors import ModelError, ModelOutputInvalid
from tasks.core.wire.prompt import Prompt
from tasks.triton.channel import Channel, ModelRequest
from tasks.triton.chat import PARAMETER, load_template
from tasks.triton.dialect import ModelSignature
from tasks.triton.errors import ParametersRefused
from tasks.triton.language import LanguageOptions, StructuredOutput, language_inputs, schema_methods
from tasks.triton.response import AnswerBuilder, AnswerChunk
from tasks.triton.throttle import TimedAnswer

logger = logging.getLogger("countersign.triton")
NO_SCHEMA = (
    "model %s takes the answer's schema in no form that is known: its server does not hold its answers "
    "to a form, so more of them have to be repaired or asked again. Nothing unproved is verified. "
    "Compare the server's version with docs/language-models.md"
)


class LanguageModel:
    """Calls one language model; remembers in which ways its server refused to take the answer's
    schema."""

    def __init__(self, signature: ModelSignature, options: LanguageOptions, cuts_loops: bool) -> None:
        self.signature = signature
        self._cuts_loops = cuts_loops
        self._options = options
        self._template = load_template(options.chat_template, signature.parameters.get(PARAMETER))
        self._methods = schema_methods(signature.dialect, options.structured)

    @property
    def digest(self) -> str:
        """SHA-256 over the config and the options: with another template it counts as another
        model."""
        options = self._options
        parts = [self.signature.digest, self._template.source, str(options.seed), options.structured]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def schema_method(self) -> StructuredOutput:
        """How the answer's schema is sent: the first method that the server has not refused."""
        return self._methods[0]

    def render(self, prompt: Prompt) -> str:
        return self._template.render(prompt.messages)

    def refused(self, method: StructuredOutput, error: ParametersRefused) -> None:
        """Try the next method: the server seldom says whether the schema was the reason.

        Raises:
            ModelError: no schema was sent, so that was not the reason.
        """
        if method is StructuredOutput.NONE:
            raise ModelError(str(error)) from error
        if self._methods[0] is method:  # otherwise another request of the same time was here before
            self._methods = self._methods[1:]
            name, following = self.signature.model, self._methods[0]
            logger.warning(
                "model %s refuses the answer's schema as `%s`; trying `%s`", name, method, following
            )
            if following is StructuredOutput.NONE:
                logger.warning(NO_SCHEMA, name)

    async def ask(
        self, channel: Channel, text: str, prompt: Prompt, method: StructuredOutput, request_id: str
    ) -> TimedAnswer:
        """One call. A cancelled caller, or an answer that loops, cancels it on the server.

        Raises:
            ParametersRefused: another method may work.
            ModelError: see `tasks.triton.errors`.
        """
        started = time.perf_counter()
        inputs = language_inputs(self.signature, text, prompt, self._options, method)
        signature, timeout_s = self.signature, self._options.answer_s
        request = ModelRequest(signature.model, inputs, signature.shape, request_id, timeout_s)
        builder = AnswerBuilder(self.signature, text, prompt.max_tokens)
        wait_ms, version = 0.0, ""
        try:
            async with aclosing(self._results(channel, request)) as results:
                async for result in results:
                    wait_ms = wait_ms or _ms_since(started)
                    version = str(result.get_response().model_version)
                    if (part := _read_part(result)) is not None:
                        builder.add(part)
                    if builder.loops and self._cuts_loops:
                        break
        except ModelError as error:
            error.begun = builder.answer(_ms_since(started), version).raw
            raise
        if builder.is_empty:
            raise ModelOutputInvalid(f"the answer of model {self.signature.model} has no `text_output`")
        return TimedAnswer(builder.answer(_ms_since(started), version), wait_ms)

    async def _results(self, channel: Channel, request: ModelRequest) -> AsyncGenerator[Any]:
        """The responses as they come: several from a decoupled model, otherwise one."""
        if not self.signature.is_decoupled:
            yield await channel.infer(request)
            return
        async with aclosing(channel.stream(request)) as results:
            async for result in results:
                yield result


def _read_part(result: Any) -> AnswerChunk | None:
    """None: a response without text, which some servers send at the end."""
    text = _scalar(result, "text_output")
    if text is None:
        return None
    finish = _scalar(result, "finish_reason")
    return AnswerChunk(
        text.decode("utf-8", errors="replace"),
        _count(result, "num_input_tokens"),
        _count(result, "num_output_tokens"),
        "" if finish is None else finish.decode("utf-8", errors="replace").lower(),
        _count(result, "num_cached_tokens"),
        None if (told := _scalar(result, "logprobs")) is None else read_logprobs(told),
    )


def _count(result: Any, name: str) -> int | None:
    value = _scalar(result, name)
    return None if value is None else int(value)


def _scalar(result: Any, name: str) -> Any:
    array = result.as_numpy(name)
    return None if array is None or array.size == 0 else array.reshape(-1)[0]


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
