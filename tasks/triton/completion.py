"""One language model of a server: its chat template, the ways to give it a schema, and a single answer of it."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from tasks.core.errors import ModelError, ModelOutputInvalid
from tasks.core.wire.prompt import Prompt
from tasks.triton.channel import Channel
from tasks.triton.chat import PARAMETER, load_template
from tasks.triton.dialect import ModelSignature
from tasks.triton.errors import ParametersRefused
from tasks.triton.language import LanguageOptions, StructuredOutput, Value, language_inputs, schema_methods
from tasks.triton.response import AnswerBuilder, AnswerChunk
from tasks.triton.throttle import TimedAnswer

logger = logging.getLogger("countersign.triton")


class LanguageModel:
    """How one language model is asked. What its server refuses is remembered as long as this object lives."""

    def __init__(self, signature: ModelSignature, options: LanguageOptions, cuts_loops: bool) -> None:
        self.signature = signature
        self._cuts_loops = cuts_loops
        self._options = options
        self._template = load_template(options.chat_template, signature.parameters.get(PARAMETER))
        self._ways = schema_methods(signature.dialect, options.structured)

    @property
    def digest(self) -> str:
        """SHA-256 over the config and all that decides how it is asked: with another template it is another model."""
        asked = [
            self.signature.digest,
            self._template.source,
            str(self._options.seed),
            self._options.structured,
        ]
        return hashlib.sha256("\n".join(asked).encode()).hexdigest()

    @property
    def way(self) -> StructuredOutput:
        """To give it a schema: the first that it has not refused."""
        return self._ways[0]

    def render(self, prompt: Prompt) -> str:
        return self._template.render(prompt.messages)

    def refused(self, way: StructuredOutput, error: ParametersRefused) -> None:
        """Go on with the next way: the server's own words seldom say whether it was the schema.

        Raises:
            ModelError: there was no schema that it could have refused.
        """
        if way is StructuredOutput.NONE:
            raise ModelError(str(error)) from error
        if self._ways[0] is way:  # else a request beside this one has found out before
            self._ways = self._ways[1:]
            logger.warning(
                "model %s refuses a schema by `%s`; next: `%s`", self.signature.model, way, self._ways[0]
            )

    async def ask(
        self, channel: Channel, text: str, prompt: Prompt, way: StructuredOutput, request_id: str
    ) -> TimedAnswer:
        """One try. A caller that is cancelled, or a loop of white space, cancels it on the server.

        Raises:
            ParametersRefused: another way may go through.
            ModelError: as the server says.
        """
        started = time.perf_counter()
        inputs = language_inputs(self.signature, text, prompt, self._options, way)
        gathering = AnswerBuilder(self.signature, text, prompt.max_tokens)
        wait_ms, version = 0.0, ""
        try:
            async with aclosing(self._results(channel, inputs, request_id)) as results:
                async for result in results:
                    wait_ms = wait_ms or _ms_since(started)
                    version = str(result.get_response().model_version)
                    if (part := _read_part(result)) is not None:
                        gathering.add(part)
                    if gathering.loops and self._cuts_loops:
                        break
        except ModelError as error:
            error.begun = gathering.answer(_ms_since(started), version).raw
            raise
        if gathering.is_empty:
            raise ModelOutputInvalid(f"model {self.signature.model} answered without a `text_output`")
        return TimedAnswer(gathering.answer(_ms_since(started), version), wait_ms)

    async def _results(
        self, channel: Channel, inputs: Mapping[str, Value], request_id: str
    ) -> AsyncGenerator[Any]:
        """Of a model that may answer in parts, as they come; of another, the one."""
        asked = (self.signature.model, inputs, self.signature.shape, request_id, self._options.answer_s)
        if not self.signature.is_decoupled:
            yield await channel.infer(*asked)
            return
        async with aclosing(channel.stream(*asked)) as results:
            async for result in results:
                yield result


def _read_part(result: Any) -> AnswerChunk | None:
    """None: a response without text, as some servers send at the end."""
    text = _scalar(result, "text_output")
    if text is None:
        return None
    finish = _scalar(result, "finish_reason")
    return AnswerChunk(
        text.decode("utf-8", errors="replace"),
        _count(result, "num_input_tokens"),
        _count(result, "num_output_tokens"),
        "" if finish is None else finish.decode("utf-8", errors="replace").lower(),
    )


def _count(result: Any, name: str) -> int | None:
    value = _scalar(result, name)
    return None if value is None else int(value)


def _scalar(result: Any, name: str) -> Any:
    array = result.as_numpy(name)
    return None if array is None or array.size == 0 else array.reshape(-1)[0]


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
