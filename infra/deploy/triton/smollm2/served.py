"""The class that Triton's stub runs for the small language model.

Requires: Triton's stub, which alone has `triton_python_backend_utils`. Never logs a request.
"""

from __future__ import annotations

import importlib
import json
import locale
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from infra.deploy.triton.smollm2.engine import SLOTS, Engine, EngineFailed, WrittenPart
from infra.deploy.triton.smollm2.request import (
    AnswerRequest,
    RequestRefused,
    logprobs_in_vllms_form,
    read_request,
)
from tasks.core.text.repetition import RepetitionGuard

REPETITION = "repetition"
"""The reason of the end that vLLM gives since 0.17 if its own `repetition_detection` ends an answer."""

SETTLING_S = 0.3
"""Triton before 25.05 can crash when a cancelled request ends at once (its issue 8034)."""


class SmallModel:
    """What Triton's stub loads as `TritonPythonModel`. Decoupled: parts of an answer go as they come."""

    def initialize(self, args: dict[str, str]) -> None:
        """Raises: RuntimeError, EngineFailed: the packages are not right; Triton shows the message."""
        # The stub leaves the locale "C", in which Python reads text files as ASCII.
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
        if int(np.__version__.split(".")[0]) >= 2:
            # pb_stub of 2.51 was built with a pybind11 that misreads the data types of NumPy 2: BYTES come out broken.
            raise RuntimeError(f"this server's Python backend needs NumPy 1; installed is {np.__version__}")
        self._backend: Any = importlib.import_module("triton_python_backend_utils")
        self._engine = Engine()
        # As many as the engine writes at once: the others wait here, with nothing but their prompt.
        self._writers = ThreadPoolExecutor(SLOTS, "writer")

    def execute(self, requests: Sequence[Any]) -> None:
        """Takes the requests; a writer answers each."""
        for request in requests:
            sender = request.get_response_sender()
            try:
                asked = read_request(lambda name, request=request: self._scalar(request, name))
            except RequestRefused as refused:
                self._fail(sender, str(refused))
                continue
            self._writers.submit(self._write, asked, sender)

    def finalize(self) -> None:
        self._writers.shutdown(wait=False, cancel_futures=True)

    def _write(self, asked: AnswerRequest, sender: Any) -> None:
        answer = _Sending(self._backend, asked, sender)
        try:
            if not answer.take(None):  # it may have been cancelled while it waited
                self._engine.complete(asked.body, answer.take)
            answer.end()
        except EngineFailed as failed:
            self._fail(sender, str(failed))
        except Exception as error:  # a writer that dies would leave its client waiting
            self._fail(sender, f"the model failed ({type(error).__name__})")

    def _fail(self, sender: Any, message: str) -> None:
        error = self._backend.TritonError(f"Error generating stream: {message}")
        response = self._backend.InferenceResponse(output_tensors=[], error=error)
        sender.send(response, flags=self._backend.TRITONSERVER_RESPONSE_COMPLETE_FINAL)

    def _scalar(self, request: Any, name: str) -> Any:
        tensor = self._backend.get_input_tensor_by_name(request, name)
        if tensor is None:
            return None
        value = tensor.as_numpy().reshape(-1)[0]
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else value.item()


class _Sending:
    """Sends one answer: part by part, or in one piece if the client does not stream."""

    def __init__(self, backend: Any, asked: AnswerRequest, sender: Any) -> None:
        self._backend = backend
        self._asked = asked
        self._sender = sender
        self._guard = RepetitionGuard(asked.text)
        self._parts: list[WrittenPart] = []
        """Not sent yet. Of a streamed answer the newest one: the last must carry the end."""
        self._is_first = True
        self._is_cancelled = False
        self._logprob = 0.0

    def take(self, part: WrittenPart | None) -> bool:
        """True ends the answer: the client has gone, or the model repeats itself."""
        self._is_cancelled = self._is_cancelled or bool(self._sender.is_cancelled())
        if part is None or self._is_cancelled:
            return self._is_cancelled
        self._guard.add(part.text)
        repeats = not part.finish and self._guard.repeats
        self._parts.append(replace(part, finish=REPETITION) if repeats else part)
        if self._asked.streams and not part.finish and not repeats and part.text:
            self._send(is_last=False)
        return repeats

    def end(self) -> None:
        if self._is_cancelled:
            time.sleep(SETTLING_S)
        if self._is_cancelled or not self._parts:
            self._sender.send(flags=self._backend.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
        else:
            self._send(is_last=True)

    def _send(self, is_last: bool) -> None:
        tensors = self._tensors(_joined(self._parts))
        self._parts, self._is_first = [], False
        response = self._backend.InferenceResponse(output_tensors=tensors)
        flags = self._backend.TRITONSERVER_RESPONSE_COMPLETE_FINAL if is_last else 0
        self._sender.send(response, flags=flags)

    def _tensors(self, part: WrittenPart) -> list[Any]:
        """Shapes: all [1]; the counts of tokens have no dimension in vLLM's backend, either."""
        self._logprob += sum(token["logprob"] for token in part.logprobs)
        echo = self._asked.text if self._is_first and self._asked.prepends_input else ""
        made = {
            "finish_reason": _text(part.finish or "None"),
            "cumulative_logprob": np.asarray([self._logprob], dtype=np.float32),
            "logprobs": _text(self._logprobs(part)),
            "num_input_tokens": np.asarray(part.n_input, dtype=np.uint32),
            "num_output_tokens": np.asarray([part.n_tokens], dtype=np.uint32),
            "num_cached_tokens": np.asarray(part.n_cached, dtype=np.uint32),
        }
        tensors = {"text_output": _text(echo + part.text)}
        tensors |= {name: array for name, array in made.items() if name in self._asked.wanted}
        return [self._backend.Tensor(name, array) for name, array in tensors.items()]

    def _logprobs(self, part: WrittenPart) -> str:
        n_asked = int(self._asked.body.get("n_probs", 0))
        return logprobs_in_vllms_form(list(part.logprobs), n_asked) if n_asked else json.dumps(None)


def _joined(parts: Sequence[WrittenPart]) -> WrittenPart:
    """Several parts as one."""
    last = parts[-1]
    return replace(
        last,
        text="".join(part.text for part in parts),
        n_tokens=sum(part.n_tokens for part in parts),
        logprobs=tuple(token for part in parts for token in part.logprobs),
    )


def _text(value: str) -> Any:
    return np.array([value.encode()], dtype=np.object_)
