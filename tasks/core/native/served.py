"""A native model behind Triton's Python backend. Every model.py is three lines over this.

Requires: Triton's stub, which alone has `triton_python_backend_utils`; the weight files beside
model.py. Never logs a request.
"""

from __future__ import annotations

import ctypes
import importlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tasks.core.native.serving.answer import answer_batch
from tasks.core.native.serving.model_kinds import load_native
from tasks.core.native.weights import read_json

TRIM_S = 60.0
"""How often a model that works returns free memory: arrays of one request lie between what caches keep, and the C library keeps the gaps."""


class FreeMemory:
    """Returns free memory to the system, at most once in `TRIM_S`; does nothing where the C library has no `malloc_trim` (only glibc has)."""

    def __init__(self, now_s: float) -> None:
        self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        self._last_s = now_s

    def give_back(self, now_s: float) -> bool:
        """Whether it was time."""
        if now_s - self._last_s < TRIM_S:
            return False
        self._last_s = now_s
        if self._trim is not None:
            self._trim(0)
        return True


class TritonPythonModel:
    """The class that Triton's stub loads by this name.

    Shapes:
        request, response: BYTES [n, 1], one JSON object each.
    """

    def initialize(self, args: dict[str, str]) -> None:
        """Raises: ConfigurationError for unreadable weights; Triton shows its message."""
        folder = Path(args["model_repository"]) / args["model_version"]
        self._backend: Any = importlib.import_module("triton_python_backend_utils")
        self._model = load_native(folder)
        self._card = read_json(folder / "card.json")
        self._memory = FreeMemory(time.monotonic())

    def execute(self, requests: Sequence[Any]) -> list[Any]:
        """Answer all requests of Triton's batch together."""
        rows = [self._backend.get_input_tensor_by_name(r, "request").as_numpy() for r in requests]
        texts = [bytes(x).decode("utf-8", "replace") for row in rows for x in row.reshape(-1)]
        answers = iter(answer_batch(self._model, texts, self._card))
        responses = [self._response([next(answers) for _ in range(row.size)], row.shape) for row in rows]
        self._memory.give_back(time.monotonic())
        return responses

    def _response(self, answers: Sequence[str], shape: tuple[int, ...]) -> Any:
        out = np.array([a.encode() for a in answers], dtype=np.object_).reshape(shape)
        return self._backend.InferenceResponse([self._backend.Tensor("response", out)])
