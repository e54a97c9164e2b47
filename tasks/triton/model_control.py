"""Triton's model control: load, unload, what is there. Synchronous, one call each, every call with a deadline.

Requires:
    A Triton server under explicit model control (`--model-control-mode=explicit`) at the given gRPC address. Documents never
    pass here; what is asked of models goes through `tasks.triton`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tritonclient.grpc as triton
from tritonclient.utils import InferenceServerException

from tasks.core.errors import ModelError, ModelMissing, ModelOutputInvalid, ModelTimedOut, ModelUnavailable
from tasks.settings import triton_settings
from tasks.triton.transport import transport_of

LOAD_S = 60.0
"""A native model loads in one to three seconds; an encoder in some more."""
ASK_S = 10.0


@dataclass(frozen=True, slots=True)
class RepositoryEntry:
    """One version of a model as the server lists it."""

    name: str
    version: str
    """Empty for a model that was never loaded."""
    state: str
    """`READY`, `UNAVAILABLE`, `LOADING`, ...; empty for one that was never loaded."""


def load_model(url: str, name: str, timeout_s: float = LOAD_S) -> None:
    """Load a model as its folder is now; one that is served already changes over without losing a request.

    Raises:
        ModelMissing: the server's repository has no such model.
        ModelUnavailable, ModelTimedOut: the server does not answer.
        ModelError: it cannot be loaded; what was served before still is.
    """
    _call(url, name, lambda client: client.load_model(name, client_timeout=timeout_s))


def unload_model(url: str, name: str, timeout_s: float = LOAD_S) -> None:
    """Take a model out of service; requests under way are answered first."""
    _call(url, name, lambda client: client.unload_model(name, client_timeout=timeout_s))


def repository_index(url: str, timeout_s: float = ASK_S) -> list[RepositoryEntry]:
    """Every model that the server's repository holds or held, by name and version."""
    index = _call(url, "", lambda client: client.get_model_repository_index(client_timeout=timeout_s))
    return sorted(
        (RepositoryEntry(m.name, m.version, m.state) for m in index.models), key=lambda m: (m.name, m.version)
    )


def ready_models(url: str, timeout_s: float = ASK_S) -> list[str]:
    """The names that can be asked now."""
    return sorted({m.name for m in repository_index(url, timeout_s) if m.state == "READY"})


def ask_model(url: str, name: str, task: str, timeout_s: float = ASK_S) -> dict[str, Any]:
    """The answer to a task without a document: `describe` or `card`."""
    tensor = triton.InferInput("request", [1, 1], "BYTES")
    tensor.set_data_from_numpy(np.array([[json.dumps({"task": task}).encode()]], dtype=np.object_))
    result = _call(url, name, lambda client: client.infer(name, [tensor], client_timeout=timeout_s))
    output = result.as_numpy("response")
    try:
        answer = json.loads(output.reshape(-1)[0])
    except (AttributeError, IndexError, ValueError) as error:
        raise ModelOutputInvalid(f"model {name} at {url} does not answer `{task}` with JSON") from error
    if not isinstance(answer, dict) or "error" in answer:
        raise ModelOutputInvalid(f"model {name} at {url} does not know the task `{task}`")
    return answer


def _call(url: str, name: str, call: Callable[[Any], Any]) -> Any:
    try:
        with transport_of(triton_settings()).open(triton.InferenceServerClient, url) as client:
            return call(client)
    except InferenceServerException as error:
        raise _explained(url, name, error) from None


def _explained(url: str, name: str, error: InferenceServerException) -> ModelError:
    """Our error for Triton's. The server's own words on a failed load are shown: they speak of files, not of documents."""
    status, message = str(error.status() or ""), str(error.message() or "")
    if "DEADLINE" in status:
        return ModelTimedOut(f"the Triton server at {url} did not answer in time for model {name}")
    if "UNAVAILABLE" in status:
        return ModelUnavailable(
            f"the Triton server at {url} does not answer. Check TRITON_URL and `countersign status`."
        )
    if "NOT_FOUND" in status or "unknown model" in message or "failed to poll" in message:
        return ModelMissing(f"the Triton server at {url} has no model {name} in its repository")
    if "explicit" in message or "model control" in message:
        return ModelError(
            f"the Triton server at {url} lets nobody load models: start it with --model-control-mode=explicit"
        )
    return ModelError(f"model {name} at {url}: {message.splitlines()[0] if message else status}")
