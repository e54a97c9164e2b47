"""The gRPC channel to a server: single calls and streams, with deadlines, headers and our errors. Knows no dialect."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from types import TracebackType
from typing import Any

import grpc
import numpy as np
import tritonclient.grpc.aio as triton
from tritonclient.utils import InferenceServerException

from tasks.triton.dialect import ModelSignature, read_signature
from tasks.triton.errors import model_error, to_model_error
from tasks.triton.language import Value
from tasks.triton.transport import Transport

SAFE_TO_CANCEL = (2, 58)
"""A Triton before 25.05 can fall over when a request is cancelled in the moment in which it is answered
(triton-inference-server/server issue 8034): there only those are cancelled that nobody waits for any more."""
_BYTES = "BYTES"
_TYPES = {"int32": "INT32", "uint64": "UINT64", "float32": "FP32", "bool": "BOOL"}


class Channel:
    """`async with` opens and closes it; it belongs to one event loop."""

    def __init__(self, url: str, transport: Transport) -> None:
        self.url = url
        self._transport = transport
        self._client: Any = None

    async def __aenter__(self) -> Channel:
        self._client = self._transport.open(triton.InferenceServerClient, self.url)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    async def signature(self, model: str, timeout_s: float) -> ModelSignature:
        response = await self._called(model, self._client.get_model_config(model, client_timeout=timeout_s))
        return read_signature(response.config)

    async def newest_version(self, model: str, timeout_s: float) -> str:
        """The one that Triton asks where a request names none."""
        told = await self._called(model, self._client.get_model_metadata(model, client_timeout=timeout_s))
        return max(told.versions, key=int)

    async def is_safe_to_cancel(self, model: str, timeout_s: float) -> bool:
        """Whether a request may be cancelled without need."""
        told = await self._called(model, self._client.get_server_metadata(client_timeout=timeout_s))
        return tuple(int(n) for n in re.findall(r"\d+", told.version)[:2]) >= SAFE_TO_CANCEL

    async def infer(
        self,
        model: str,
        inputs: Mapping[str, Value],
        shape: tuple[int, ...],
        request_id: str,
        timeout_s: float,
    ) -> Any:
        """One request, one result. A caller that is cancelled cancels it on the server."""
        return await self._called(
            model,
            self._client.infer(
                model,
                _tensors(inputs, shape),
                request_id=request_id,
                client_timeout=timeout_s,
            ),
        )

    async def stream(
        self,
        model: str,
        inputs: Mapping[str, Value],
        shape: tuple[int, ...],
        request_id: str,
        timeout_s: float,
    ) -> AsyncGenerator[Any]:
        """One request, its results as they come. Whoever stops early closes the generator: that cancels it on the server."""

        async def request() -> AsyncIterator[dict[str, Any]]:
            yield {"model_name": model, "inputs": _tensors(inputs, shape), "request_id": request_id}

        responses = self._client.stream_infer(request(), stream_timeout=timeout_s)
        failure: InferenceServerException | None = None
        try:
            async for result, error in responses:
                failure = failure or error
                if failure is None:
                    yield result
        except grpc.aio.AioRpcError as error:
            if failure is None:
                raise model_error(model, self.url, str(error.code()), error.details() or "") from None
        finally:
            responses.cancel()
        if failure is not None:  # told when the stream has ended by itself: see SAFE_TO_CANCEL
            raise to_model_error(model, self.url, failure) from None

    async def _called(self, model: str, call: Any) -> Any:
        try:
            return await call
        except InferenceServerException as error:
            raise to_model_error(model, self.url, error) from None


def _tensors(inputs: Mapping[str, Value], shape: tuple[int, ...]) -> list[Any]:
    return [_tensor(name, value, shape) for name, value in inputs.items()]


def _tensor(name: str, value: Value, shape: tuple[int, ...]) -> Any:
    if isinstance(value, str):
        array, kind = np.array(value.encode(), dtype=np.object_), _BYTES
    else:
        array = np.asarray(value)
        kind = _TYPES[array.dtype.name]
    tensor = triton.InferInput(name, list(shape), kind)
    tensor.set_data_from_numpy(array.reshape(shape))
    return tensor
