"""The only place that speaks to Triton: the native dialect over gRPC, asynchronously, bounded, with deadlines and retries.

Requires:
    `TRITON_URL` (host:port of the gRPC endpoint); models with a BYTES input `request` and a BYTES output `response`.

A client belongs to one event loop. Texts never appear in errors.

Shapes:
    request: BYTES [1, 1], response: BYTES [1, 1]; Triton's dynamic batcher joins requests into batches.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np
import tritonclient.grpc.aio as triton
from tritonclient.utils import InferenceServerException

from tasks.core.errors import (
    ConfigurationError,
    ModelBusy,
    ModelChanged,
    ModelError,
    ModelMissing,
    ModelOutputInvalid,
    ModelTimedOut,
    ModelUnavailable,
)
from tasks.core.records import ModelIdentity
from tasks.core.wire import describe_request

_ATTEMPTS = 4
_FIRST_PAUSE_S = 0.25
_REMEDY = "Check TRITON_URL and `countersign status`; the embedded server's log: `countersign logs triton`."


@dataclass(frozen=True, slots=True)
class Answer:
    raw: str
    latency_ms: float
    version: str = ""
    """Of the model that answered, as the server counts; empty where nobody told."""


class TritonClient:
    """Answers requests of native models; `async with` opens and closes the channel."""

    def __init__(self, url: str, timeout_s: float, max_in_flight: int) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._slots = asyncio.Semaphore(max_in_flight)
        self._client: Any = None
        self._identified: dict[str, str] = {}
        """Model -> the version it was identified by: no other one may answer afterwards."""

    async def __aenter__(self) -> TritonClient:
        self._client = triton.InferenceServerClient(self._url)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    async def identify(self, model: str) -> ModelIdentity:
        """Name and version of the served model, with the digest of its weights; all answers after this come from that version.

        Raises:
            ModelMissing: the server does not serve it.
            ConfigurationError: it speaks another dialect than this client.
            ModelUnavailable, ModelTimedOut: the server does not answer.
        """
        config = await self._call(
            model, lambda: self._client.get_model_config(model, client_timeout=self._timeout_s)
        )
        names = {tensor.name for tensor in config.config.input}
        if "request" not in names:
            raise ConfigurationError(
                f"model {model} has the inputs {sorted(names)}; only the native dialect (`request`) is known"
            )
        self._identified.pop(model, None)
        answer = await self.infer(model, describe_request())
        described = json.loads(answer.raw)
        if "weights_sha256" not in described:
            raise ModelOutputInvalid(f"model {model} does not describe itself")
        self._identified[model] = answer.version
        return ModelIdentity(model, f"{answer.version}-{described['weights_sha256'][:12]}")

    async def infer(self, model: str, request: str) -> Answer:
        """One request, retried while the error says that the same call may go through later.

        Raises:
            ModelChanged: another version answered than was identified. A run must not mix two: it is to be begun anew.
        """
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
            raise _explained(model, self._url, error) from None


def _explained(model: str, url: str, error: InferenceServerException) -> ModelError:
    """Our error for Triton's. The server's message is read, not shown: it can repeat parts of a request."""
    status, message = str(error.status() or ""), str(error.message() or "").lower()
    if "DEADLINE" in status or "deadline" in message:
        return ModelTimedOut(f"model {model} at {url} did not answer in time. {_REMEDY}")
    if "unknown model" in message or "is not found" in message or "NOT_FOUND" in status:
        return ModelMissing(
            f"the server at {url} does not serve the model {model}. Load it, or change COUNTERSIGN_GENERATOR / _CRITIC."
        )
    if "queue size" in message or "RESOURCE_EXHAUSTED" in status:
        return ModelBusy(f"model {model} at {url}: its queue is full")
    if "UNAVAILABLE" in status or "not healthy" in message or "not ready" in message:
        return ModelUnavailable(f"the Triton server at {url} does not answer for model {model}. {_REMEDY}")
    return ModelError(f"model {model} at {url} failed ({status or 'no status'})")
