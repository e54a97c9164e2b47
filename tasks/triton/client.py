"""The client of Triton's models over gRPC: asynchronous, bounded by what the server bears, with deadlines and retries.

Requires:
    `TRITON_URL` (host:port of the gRPC endpoint); models of a known dialect (`tasks.triton.dialect`).

A client belongs to one event loop. Texts never appear in errors or logs.
"""

from __future__ import annotations

import json
import time
import uuid
from copy import copy
from types import TracebackType

from tasks.core.errors import ConfigurationError, ModelChanged, ModelOutputInvalid
from tasks.core.records import ModelIdentity
from tasks.core.wire.native_format import describe_request
from tasks.core.wire.prompt import Prompt
from tasks.settings import Settings
from tasks.triton.channel import Channel
from tasks.triton.completion import LanguageModel
from tasks.triton.dialect import Dialect, Served
from tasks.triton.errors import ParametersRefused
from tasks.triton.language import LanguageOptions, StructuredOutput
from tasks.triton.response import Answer
from tasks.triton.throttle import ATTEMPTS, Throttle, TimedAnswer, with_retries
from tasks.triton.transport import Transport, transport_of


class TritonClient:
    """Asks native models by `infer`, language models by `complete`; `async with` opens and closes the channel.

    Args:
        timeout_s: Deadline of one call of a native model.
        max_in_flight: Of each model; fewer while its server is overloaded.
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
        """Model -> the version it was identified by: no other one may answer afterwards."""
        self._languages: dict[str, LanguageModel] = {}

    async def __aenter__(self) -> TritonClient:
        await self._channel.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._channel.__aexit__(kind, error, trace)

    def sibling(self) -> TritonClient:
        """Another client of the same channel under the same throttles, which identifies models for itself: two runs at once may
        have begun with two versions, and each is told when its own is gone. Only the first is closed."""
        made = copy(self)
        made._identified, made._languages = {}, {}
        return made

    async def identify(self, model: str) -> Served:
        """Name, version and dialect of a served model; all answers after this come from that version.

        A native model's version carries the digest of its weights, a language model's one of its config, its chat template and
        how it is asked: what it was trained on is told by nobody.

        Raises:
            ModelMissing: the server does not serve it.
            ConfigurationError: it speaks no known dialect, or its chat template is not known.
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
            digest = language.digest
        self._identified[model] = version
        return Served(ModelIdentity(model, f"{version}-{digest[:12]}"), signature.dialect)

    async def infer(self, model: str, request: str, request_id: str = "") -> Answer:
        """One request to a native model, retried while the error says that the same call may go through later.

        Raises:
            ConfigurationError: it was identified as a language model; those are asked by `complete`.
            ModelChanged: another version answered than was identified. A run must not mix two: it is to be begun anew.
        """
        if model in self._languages:
            raise ConfigurationError(
                f"model {model} is a language model: it takes prompts, no native requests"
            )

        async def once() -> TimedAnswer:
            answer = await self._infer_once(model, request, request_id)
            return TimedAnswer(answer, answer.latency_ms)

        return await with_retries(self._throttle(model), once, ATTEMPTS * self._timeout_s)

    async def complete(self, model: str, prompt: Prompt, request_id: str = "") -> Answer:
        """One answer of a language model, retried like a native one's within the deadline of one answer.

        Raises:
            ConfigurationError: the model is native; those are asked by `infer`.
            ModelChanged: as with `infer`.
        """
        language = await self._language(model)
        text = language.render(prompt)

        async def once(way: StructuredOutput) -> TimedAnswer:
            timed = await language.ask(self._channel, text, prompt, way, request_id or _new_id())
            self._check_version(model, timed.answer.version)
            return timed

        while True:
            way = language.way
            try:
                return await with_retries(
                    self._throttle(model), lambda way=way: once(way), self._options.answer_s
                )
            except ParametersRefused as error:
                language.refused(way, error)

    async def _language(self, model: str) -> LanguageModel:
        if model not in self._identified:
            await self.identify(model)
        if model not in self._languages:
            raise ConfigurationError(
                f"model {model} is native: it takes the requests of `tasks.core.wire.native_format`, no prompts"
            )
        return self._languages[model]

    async def _native_version(self, model: str) -> tuple[str, str]:
        answer = await self.infer(model, describe_request())
        described = json.loads(answer.raw)
        if "weights_sha256" not in described:
            raise ModelOutputInvalid(f"model {model} does not describe itself")
        return answer.version, described["weights_sha256"]

    async def _infer_once(self, model: str, request: str, request_id: str = "") -> Answer:
        """Shapes: request, response: BYTES [1, 1]; Triton's dynamic batcher joins requests into batches."""
        started = time.perf_counter()
        result = await self._channel.infer(
            model, {"request": request}, (1, 1), request_id or _new_id(), self._timeout_s
        )
        latency_ms = (time.perf_counter() - started) * 1000
        version = str(result.get_response().model_version)
        self._check_version(model, version)
        output = result.as_numpy("response")
        if output is None or output.size != 1:
            raise ModelOutputInvalid(f"model {model} answered without one `response`")
        return Answer(output.reshape(-1)[0].decode("utf-8", errors="replace"), latency_ms, version)

    def _check_version(self, model: str, version: str) -> None:
        known = self._identified.get(model, version)
        if known != version:
            raise ModelChanged(
                f"{model} {version} was published while {model} {known} was at work: begin anew with it"
            )

    def _throttle(self, model: str) -> Throttle:
        return self._throttles.setdefault(model, Throttle(self._max_in_flight))


def _new_id() -> str:
    return uuid.uuid4().hex[:16]


def open_client(limits: Settings, max_in_flight: int | None = None) -> TritonClient:
    """To be entered by `async with`.

    Args:
        max_in_flight: Fewer than the settings allow, where only a few requests are made.

    Raises:
        ConfigurationError: the settings of TLS or headers are wrong.
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
