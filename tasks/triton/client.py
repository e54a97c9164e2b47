"""The client of Triton's models: asynchronous, with deadlines, retries, and a limit of requests in
flight.

A client belongs to one event loop. Texts never appear in errors or logs.

Requires:
    `TRITON_URL` (host:port of the gRPC endpoint); models of a known dialect
    (`tasks.triton.dialect`).
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Awaitable, Callable
from copy import copy
from typing import Any

from tasks.core.errors import ConfigurationError, ModelChanged, ModelOutputInvalid, ModelTimedOut
from tasks.core.records import ModelIdentity
from tasks.core.wire.native_format import describe_request
from tasks.core.wire.prompt import Message, Prompt, Role
from tasks.settings import ModelSettings
from tasks.triton.channel import Channel, ModelRequest
from tasks.triton.completion import LanguageModel
from tasks.triton.dialect import Dialect, Served
from tasks.triton.errors import ParametersRefused
from tasks.triton.language import LanguageOptions, StructuredOutput, gives_logprobs
from tasks.triton.response import Answer
from tasks.triton.throttle import ATTEMPTS, Throttle, TimedAnswer, with_retries
from tasks.triton.transport import Transport, transport_of


class TritonClient:
    """Calls native models by `infer` and language models by `complete`.

    `async with` opens and closes the channel.

    Args:
        timeout_s: Deadline of one call of a native model.
        max_in_flight: Requests to each model; fewer while its server is overloaded.
    """

    def __init__(
        self,
        url: str,
        timeout_s: float,
        max_in_flight: int,
        transport: Transport | None = None,
        options: LanguageOptions | None = None,
    ) -> None:
        self._timeout_s = timeout_s
        self._max_in_flight = max_in_flight
        self._options = options or LanguageOptions()
        self._channel = Channel(url, transport or Transport())
        self._throttles: dict[str, Throttle] = {}
        self._identified: dict[str, str] = {}
        """The version of each model that was identified: no other version may answer afterwards."""
        self._languages: dict[str, LanguageModel] = {}
        self._formless: set[str] = set()

    async def __aenter__(self) -> TritonClient:
        await self._channel.__aenter__()
        return self

    async def __aexit__(self, *exception: Any) -> None:
        await self._channel.__aexit__(*exception)

    @property
    def formless(self) -> tuple[str, ...]:
        """The language models that were found to take the answer's schema in no form, by this client
        or a sibling; not those for which the settings forbid one."""
        return tuple(sorted(self._formless))

    @property
    def call_errors(self) -> dict[tuple[str, str], int]:
        """Calls that the server refused or left without an answer, by model and code, also of siblings."""
        return {
            (model, code): n
            for model, throttle in self._throttles.items()
            for code, n in throttle.errors.items()
            if code
        }

    def sibling(self) -> TritonClient:
        """Another client with the same channel and throttles that identifies models for itself.

        Two runs at once may have begun with two versions; each gets ModelChanged when its version
        is gone. Only the first client is closed.
        """
        sibling = copy(self)
        sibling._identified, sibling._languages = {}, {}
        return sibling

    async def identify(self, model: str) -> Served:
        """Name, version and dialect of a served model. From now on, only this version may answer.

        The version ends with a digest: of a native model's weights; of a language model's config,
        chat template and options, because a server tells nothing about its weights.

        Raises:
            ModelMissing: the server does not serve the model.
            ConfigurationError: its dialect or chat template is not known.
            ModelUnavailable, ModelTimedOut: the server does not answer.
        """
        signature = await self._channel.signature(model, self._timeout_s)
        self._identified.pop(model, None)
        self._languages.pop(model, None)
        if signature.dialect is Dialect.NATIVE:
            version, digest = await self._native_version(model)
        else:
            cuts_loops = self._options.cuts_loops
            if cuts_loops is None:
                cuts_loops = await self._channel.is_safe_to_cancel(model, self._timeout_s)
            language = LanguageModel(signature, self._options, cuts_loops)
            version = await self._channel.newest_version(model, self._timeout_s)
            self._languages[model] = language
            self._note_form(language)
            digest = language.digest
        self._identified[model] = version
        identity = ModelIdentity(model, f"{version}-{digest[:12]}")
        return Served(identity, signature.dialect, gives_logprobs(signature))

    async def infer(self, model: str, request: str, request_id: str = "") -> Answer:
        """One request to a native model, repeated after retryable errors.

        Raises:
            ConfigurationError: it is a language model.
            ModelChanged: another version answered than was identified. The run must begin anew,
                because it must not mix two versions.
        """
        if model in self._languages:
            raise ConfigurationError(
                f"model {model} is a language model: it takes prompts, not native requests"
            )

        async def call() -> TimedAnswer:
            answer = await self._infer_once(model, request, request_id)
            return TimedAnswer(answer, answer.latency_ms)

        return await self._with_retries(model, call, ATTEMPTS * self._timeout_s)

    async def complete(self, model: str, prompt: Prompt, request_id: str = "") -> Answer:
        """One answer of a language model, repeated after retryable errors within the deadline of
        one answer.

        Raises:
            ConfigurationError: it is a native model.
            ModelChanged: see `infer`.
        """
        language = await self._language(model)
        text = language.render(prompt)

        async def call(method: StructuredOutput) -> TimedAnswer:
            timed = await language.ask(self._channel, text, prompt, method, request_id or _new_id())
            self._check_version(model, timed.answer.version)
            return timed

        while True:
            method = StructuredOutput.NONE if prompt.labels else language.schema_method
            try:
                return await self._with_retries(
                    model, lambda method=method: call(method), self._options.answer_s
                )
            except ParametersRefused as error:
                language.refused(method, error)
                self._note_form(language)

    async def probe(self, model: str) -> None:
        """Ask the server whether it lives, and the model for an answer: a native one for its
        description, a language model for one token.

        Raises:
            As `identify`; ModelCrashed: the model has to be reloaded.
        """
        await self._channel.require_live(model)
        if not (await self.identify(model)).is_native:
            await self.schema_form(model)

    async def schema_form(self, model: str) -> StructuredOutput:
        """In which form a language model's server takes the answer's schema, found by one call of one token.

        Raises:
            As `complete`.
        """
        prompt = Prompt((Message(Role.USER, "{}"),), {"type": "object"}, 1, ())
        await self.complete(model, prompt)
        return (await self._language(model)).schema_method

    async def _with_retries(
        self, model: str, call: Callable[[], Awaitable[TimedAnswer]], max_wait_s: float
    ) -> Answer:
        async def checked() -> TimedAnswer:
            try:
                return await call()
            except ModelTimedOut:
                await self._channel.require_live(model)  # no chunk is `timed_out` because a server is gone
                raise

        return await with_retries(self._throttle(model), checked, max_wait_s)

    def _note_form(self, language: LanguageModel) -> None:
        is_wanted = self._options.structured is not StructuredOutput.NONE
        if is_wanted and language.schema_method is StructuredOutput.NONE:
            self._formless.add(language.signature.model)

    async def _language(self, model: str) -> LanguageModel:
        if model not in self._identified:
            await self.identify(model)
        if model not in self._languages:
            raise ConfigurationError(
                f"model {model} is native: it takes requests of `tasks.core.wire.native_format`, not prompts"
            )
        return self._languages[model]

    async def _native_version(self, model: str) -> tuple[str, str]:
        answer = await self.infer(model, describe_request())
        described = json.loads(answer.raw)
        if "weights_sha256" not in described:
            raise ModelOutputInvalid(f"model {model} gives no `weights_sha256` in its description")
        return answer.version, described["weights_sha256"]

    async def _infer_once(self, model: str, request: str, request_id: str = "") -> Answer:
        """Shapes: request, response: BYTES [1, 1]; Triton's dynamic batcher joins several requests."""
        started = time.perf_counter()
        inputs = {"request": request}
        result = await self._channel.infer(
            ModelRequest(model, inputs, (1, 1), request_id or _new_id(), self._timeout_s)
        )
        latency_ms = (time.perf_counter() - started) * 1000
        version = str(result.get_response().model_version)
        self._check_version(model, version)
        output = result.as_numpy("response")
        if output is None or output.size != 1:
            raise ModelOutputInvalid(f"the answer of model {model} has no single output `response`")
        return Answer(output.reshape(-1)[0].decode("utf-8", errors="replace"), latency_ms, version)

    def _check_version(self, model: str, version: str) -> None:
        known = self._identified.get(model, version)
        if known != version:
            raise ModelChanged(
                f"model {model} changed from version {known} to {version} during the run: begin anew with {version}"
            )

    def _throttle(self, model: str) -> Throttle:
        return self._throttles.setdefault(model, Throttle(self._max_in_flight))


def _new_id() -> str:
    return uuid.uuid4().hex[:16]


def open_client(limits: ModelSettings, max_in_flight: int | None = None) -> TritonClient:
    """A client by the settings, to be entered by `async with`.

    Args:
        max_in_flight: Instead of the limit of the settings.

    Raises:
        ConfigurationError: the settings of TLS or headers are not valid.
    """
    return TritonClient(
        limits.triton_url,
        limits.triton_timeout_s,
        max_in_flight or limits.triton_in_flight,
        transport_of(limits),
        LanguageOptions(
            answer_s=limits.triton_answer_s,
            seed=limits.seed,
            structured=StructuredOutput(limits.structured_output),
            chat_template=limits.chat_template,
            streams=limits.triton_stream,
        ),
    )
