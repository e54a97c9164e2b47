"""The gRPC channel to a Triton server: calls and streams, with deadlines and our errors.

Knows no dialect.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
import numpy as np
import tritonclient.grpc.aio as triton
from tritonclient.utils import InferenceServerException

from tasks.core.errors import ModelError, ModelMissing
from tasks.triton.dialect import ModelSignature, read_signature
from tasks.triton.errors import model_error, not_loaded, to_model_error
from tasks.triton.language import Value
from tasks.triton.transport import Transport

SAFE_TO_CANCEL = (2, 58)
"""Triton before 25.05 (server 2.58) can crash when a request is cancelled while it is answered
(triton-inference-server/server issue 8034). There, only requests of cancelled callers are
cancelled.
"""
LIVE_S = 5.0
_NO_ANSWER = {"StatusCode.UNAVAILABLE", "StatusCode.DEADLINE_EXCEEDED"}
_BYTES = "BYTES"
_TYPES = {"int32": "INT32", "uint64": "UINT64", "float32": "FP32", "bool": "BOOL"}


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request; every input tensor has the same shape."""

    model: str
    inputs: Mapping[str, Value]
    shape: tuple[int, ...]
    request_id: str
    timeout_s: float

    def arguments(self) -> dict[str, Any]:
        tensors = [_tensor(name, value, self.shape) for name, value in self.inputs.items()]
        return {"model_name": self.model, "inputs": tensors, "request_id": self.request_id}


class Channel:
    """`async with` opens and closes it. Belongs to one event loop."""

    def __init__(self, url: str, transport: Transport) -> None:
        self.url = url
        self._transport = transport
        self._client: Any = None
        self._answered: set[str] = set()

    async def __aenter__(self) -> Channel:
        self._client = self._transport.open(triton.InferenceServerClient, self.url)
        return self

    async def __aexit__(self, *exception: Any) -> None:
        await self._client.close()

    async def signature(self, model: str, timeout_s: float) -> ModelSignature:
        response = await self._call(model, self._client.get_model_config(model, client_timeout=timeout_s))
        return read_signature(response.config)

    async def newest_version(self, model: str, timeout_s: float) -> str:
        """The version that answers a request which names none."""
        metadata = await self._call(model, self._client.get_model_metadata(model, client_timeout=timeout_s))
        return max(metadata.versions, key=int)

    async def is_safe_to_cancel(self, model: str, timeout_s: float) -> bool:
        metadata = await self._call(model, self._client.get_server_metadata(client_timeout=timeout_s))
        return tuple(int(n) for n in re.findall(r"\d+", metadata.version)[:2]) >= SAFE_TO_CANCEL

    async def require_live(self, model: str) -> None:
        """Tell a server that hangs from one whose model is slow.

        Raises:
            ModelUnavailable: the server does not say in a few seconds that it lives.
        """
        try:
            await self._client.is_server_live(client_timeout=LIVE_S)
        except InferenceServerException as error:
            if str(error.status()) in _NO_ANSWER:
                raise model_error(model, self.url, "UNAVAILABLE", "") from None

    async def infer(self, request: ModelRequest) -> Any:
        """One request, one result. Cancelling the caller cancels the request on the server."""
        call = self._client.infer(**request.arguments(), client_timeout=request.timeout_s)
        return await self._call(request.model, call)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[Any]:
        """One request, its results as they come.

        Closing the generator early cancels it on the server.
        """

        async def requests() -> AsyncIterator[dict[str, Any]]:
            yield request.arguments()

        model = request.model
        responses = self._client.stream_infer(requests(), stream_timeout=request.timeout_s)
        failure: InferenceServerException | None = None
        try:
            async for result, error in responses:
                failure = failure or error
                if failure is None:
                    yield result
        except grpc.aio.AioRpcError as error:
            if failure is None:
                raise self._known(
                    model, model_error(model, self.url, str(error.code()), error.details() or "")
                ) from None
        finally:
            responses.cancel()
        if (
            failure is not None
        ):  # after the end of the stream, so that it is not cancelled: see SAFE_TO_CANCEL
            raise self._known(model, to_model_error(model, self.url, failure)) from None

    async def _call(self, model: str, call: Any) -> Any:
        try:
            result = await call
        except InferenceServerException as error:
            raise self._known(model, to_model_error(model, self.url, error)) from None
        self._answered.add(model)
        return result

    def _known(self, model: str, error: ModelError) -> ModelError:
        """The error; a model that answered on this channel is not missing, but away for a while."""
        is_away = isinstance(error, ModelMissing) and model in self._answered
        return not_loaded(model, self.url) if is_away else error


def _tensor(name: str, value: Value, shape: tuple[int, ...]) -> Any:
    if isinstance(value, str):
        array, kind = np.array(value.encode(), dtype=np.object_), _BYTES
    else:
        array = np.asarray(value)
        kind = _TYPES[array.dtype.name]
    tensor = triton.InferInput(name, list(shape), kind)
    tensor.set_data_from_numpy(array.reshape(shape))
    return tensor
