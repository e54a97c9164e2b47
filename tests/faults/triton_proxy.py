"""A gRPC proxy in front of Triton: hands every call on as bytes, late, or answers as a full queue does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc

STREAMS = ("/inference.GRPCInferenceService/ModelStreamInfer",)
INFERENCE = "/inference.GRPCInferenceService/ModelInfer"
FULL = "[request id: <id_unknown>] Exceeds maximum queue size"
"""As Triton words it; its status is UNAVAILABLE."""
N_THREADS = 64


@dataclass
class TritonRules:
    """What happens to inference requests; changed while they arrive."""

    wait_s: float = 0.0
    """Before a request is handed on."""
    is_full: bool = False
    """Requests are refused as by a full queue."""


class TritonProxy(grpc.GenericRpcHandler):
    """`with` opens and closes it.

    Attributes:
        rules: May be replaced at any time.
        n_hit: Requests that a rule did something to.
    """

    def __init__(self, target: int, rules: TritonRules) -> None:
        self.rules, self.n_hit = rules, 0
        self._channel = grpc.insecure_channel(f"127.0.0.1:{target}")
        self._server = grpc.server(ThreadPoolExecutor(N_THREADS))
        self._server.add_generic_rpc_handlers((self,))
        self.port = self._server.add_insecure_port("127.0.0.1:0")

    def __enter__(self) -> TritonProxy:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(0)
        self._channel.close()

    def service(self, handler_call_details: Any) -> Any:
        method = handler_call_details.method
        if method in STREAMS:
            return grpc.stream_stream_rpc_method_handler(self._streamed(method))
        return grpc.unary_unary_rpc_method_handler(self._called(method))

    def _called(self, method: str) -> Callable[[bytes, Any], bytes]:
        call = self._channel.unary_unary(method)

        def answer(request: bytes, context: Any) -> bytes:
            if method == INFERENCE:
                self._apply(context)
            try:
                return call(request, timeout=context.time_remaining())
            except grpc.RpcError as error:
                context.abort(error.code(), error.details())  # pyright: ignore[reportAttributeAccessIssue]
                raise

        return answer

    def _streamed(self, method: str) -> Callable[[Iterator[bytes], Any], Iterator[bytes]]:
        call = self._channel.stream_stream(method)

        def answer(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
            self._apply(context)
            yield from call(requests, timeout=context.time_remaining())

        return answer

    def _apply(self, context: Any) -> None:
        rules = self.rules
        if rules.is_full:
            self.n_hit += 1
            context.abort(grpc.StatusCode.UNAVAILABLE, FULL)
        until = time.monotonic() + rules.wait_s
        if rules.wait_s >= 1:
            self.n_hit += 1
        while self.rules is rules and context.is_active() and time.monotonic() < until:
            time.sleep(0.02)
