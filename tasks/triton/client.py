"""The client of Triton's models over gRPC: asynchronous, bounded, with deadlines and retries.

Requires:
    `TRITON_URL` (host:port of the gRPC endpoint); models of a known dialect (`tasks.triton.dialect`).

A client belongs to one event loop. Texts never appear in errors.

Shapes:
    request: BYTES [1, 1], response: BYTES [1, 1]; Triton's dynamic batcher joins requests into batches.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from types import TracebackType
from typing import Any

import numpy as np
import tritonclient.grpc.aio as triton
from tritonclient.utils import InferenceServerException

from tasks.core.errors import (
    ConfigurationError,
    ModelChanged,
    ModelError,
    ModelOutputInvalid,
)
from tasks.core.prompt import Prompt
from tasks.core.records import ModelIdentity
from tasks.core.wire import describe_request
from tasks.triton.answer import Answer
from tasks.triton.dialect import Dialect, Served, config_digest, dialect_of
from tasks.triton.explained import explained

_ATTEMPTS = 4
_FIRST_PAUSE_S = 0.25


class TritonClient:
    """Asks native models by `infer`, language models by `complete`; `async with` opens and closes the channel."""

    def __init__(self, url: str, timeout_s: float, max_in_flight: int) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._slots = asyncio.Semaphore(max_in_flight)
        self._client: Any = None
        self._identified: dict[str, str] = {}
        """Model -> the version it was identified by: no other one may answer afterwards."""
        self._served: dict[str, Served] = {}

    async def __aenter__(self) -> TritonClient:
        self._client = triton.InferenceServerClient(self._url)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    async def identify(self, model: str) -> Served:
        """Name, version and dialect of a served model; all answers after this come from that version.

        A native model's version carries the digest of its weights, a language model's the digest of its config: what it was
        trained on and how its server runs it are told by nobody else.

        Raises:
            ModelMissing: the server does not serve it.
            ConfigurationError: it speaks no known dialect.
            ModelUnavailable, ModelTimedOut: the server does not answer.
        """
        response = await self._call(
            model, lambda: self._client.get_model_config(model, client_timeout=self._timeout_s)
        )
        config = response.config
        self._identified.pop(model, None)
        self._served.pop(model, None)
        dialect = dialect_of(config)
        if dialect is Dialect.NATIVE:
            version, digest = await self._native_version(model)
        else:
            version, digest = await self._newest_version(model), config_digest(config)
        served = Served(ModelIdentity(model, f"{version}-{digest[:12]}"), dialect)
        self._identified[model] = version
        self._served[model] = served
        return served

    async def _native_version(self, model: str) -> tuple[str, str]:
        answer = await self.infer(model, describe_request())
        described = json.loads(answer.raw)
        if "weights_sha256" not in described:
            raise ModelOutputInvalid(f"model {model} does not describe itself")
        return answer.version, described["weights_sha256"]

    async def _newest_version(self, model: str) -> str:
        """The one that Triton asks where a request names none."""
        told = await self._call(
            model, lambda: self._client.get_model_metadata(model, client_timeout=self._timeout_s)
        )
        return max(told.versions, key=int)

    async def complete(self, model: str, prompt: Prompt, request_id: str = "") -> Answer:
        """One answer of a language model.

        Raises:
            ConfigurationError: the model is native; those are asked by `infer`.
        """
        served = self._served.get(model) or await self.identify(model)
        if served.is_native:
            raise ConfigurationError(
                f"model {model} is native: it takes the requests of `tasks.core.wire`, no prompts"
            )
        raise ConfigurationError(f"model {model} speaks {served.dialect}, which this client cannot ask yet")

    async def infer(self, model: str, request: str) -> Answer:
        """One request to a native model, retried while the error says that the same call may go through later.

        Raises:
            ConfigurationError: it was identified as a language model; those are asked by `complete`.
            ModelChanged: another version answered than was identified. A run must not mix two: it is to be begun anew.
        """
        if model in self._served and not self._served[model].is_native:
            raise ConfigurationError(
                f"model {model} is a language model: it takes prompts, no native requests"
            )
        async with self._slots:
            pause_s = _FIRST_PAUSE_S
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    return await self._infer_once(model, request)
                except ModelError as error:
                    if not error.retryable or isinstance(error, ModelChanged) or attempt == _ATTEMPTS:
                        raise
                await asyncio.sleep(pause_s * random.uniform(0.5, 1.5))
                pause_s *= 2
        raise AssertionError("unreachable")

    async def _infer_once(self, model: str, request: str) -> Answer:
        tensor = triton.InferInput("request", [1, 1], "BYTES")
        tensor.set_data_from_numpy(np.array([[request.encode()]], dtype=np.object_))
        started = time.perf_counter()
        result = await self._call(
            model,
            lambda: self._client.infer(
                model,
                [tensor],
                outputs=[triton.InferRequestedOutput("response")],
                client_timeout=self._timeout_s,
            ),
        )
        latency_ms = (time.perf_counter() - started) * 1000
        version = str(result.get_response().model_version)
        if self._identified.get(model, version) != version:
            raise ModelChanged(
                f"{model} {version} was published while {model} {self._identified[model]} was at work: begin anew with it"
            )
        output = result.as_numpy("response")
        if output is None or output.size != 1:
            raise ModelOutputInvalid(f"model {model} answered without one `response`")
        return Answer(output.reshape(-1)[0].decode("utf-8", errors="replace"), latency_ms, version)

    async def _call(self, model: str, call: Any) -> Any:
        try:
            return await call()
        except InferenceServerException as error:
            raise explained(model, self._url, error) from None
