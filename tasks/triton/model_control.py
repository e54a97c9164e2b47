"""Triton's model control: load, unload and list models. Synchronous; every call has a deadline.

Documents never pass here: they go through `tasks.triton.client`.

Requires:
    A Triton server in explicit mode (`--model-control-mode=explicit`) at the given gRPC address.
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

LOAD_S = 60.0  # a native model loads in one to three seconds
ASK_S = 10.0


@dataclass(frozen=True, slots=True)
class RepositoryEntry:
    """One version of a model in the server's index.

    Version and state are empty if it was never loaded.
    """

    name: str
    version: str
    state: str
    """`READY`, `UNAVAILABLE`, `LOADING`, ..."""


def load_model(url: str, name: str, timeout_s: float = LOAD_S) -> None:
    """Load a model from its folder, or reload it without losing a request.

    Raises:
        ModelMissing: the server's repository has no such model.
        ModelUnavailable, ModelTimedOut: the server does not answer.
        ModelError: it cannot be loaded; the version before is still served.
    """
    _call(url, name, lambda client: client.load_model(name, client_timeout=timeout_s))


def unload_model(url: str, name: str, timeout_s: float = LOAD_S) -> None:
    """Stop serving a model; requests in progress are answered first."""
    _call(url, name, lambda client: client.unload_model(name, client_timeout=timeout_s))


def reload_model(url: str, name: str, timeout_s: float = LOAD_S) -> None:
    """Unload a model and load it again. For a model whose process died: a mere load does nothing,
    because its files did not change.

    Raises:
        As `load_model`.
    """
    unload_model(url, name, timeout_s)
    load_model(url, name, timeout_s)


def repository_index(url: str, timeout_s: float = ASK_S) -> list[RepositoryEntry]:
    """Every model that the server's repository holds or held, by name and version."""
    index = _call(url, "", lambda client: client.get_model_repository_index(client_timeout=timeout_s))
    entries = [RepositoryEntry(m.name, m.version, m.state) for m in index.models]
    return sorted(entries, key=lambda entry: (entry.name, entry.version))


def ready_models(url: str, timeout_s: float = ASK_S) -> list[str]:
    """The names of the models that can be called now."""
    return sorted({m.name for m in repository_index(url, timeout_s) if m.state == "READY"})


def ask_model(url: str, name: str, task: str, timeout_s: float = ASK_S) -> dict[str, Any]:
    """A native model's answer to a task without a document: `describe` or `card`."""
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
        raise _to_model_error(url, name, error) from None


def _to_model_error(url: str, name: str, error: InferenceServerException) -> ModelError:
    # The server's message on a failed load is shown: it is about files, not about documents.
    status, message = str(error.status() or ""), str(error.message() or "")
    if "DEADLINE" in status:
        return ModelTimedOut(f"the Triton server at {url} did not answer in time for model {name}")
    if "UNAVAILABLE" in status:
        return ModelUnavailable(
            f"the Triton server at {url} does not answer. Check TRITON_URL and `countersign status`."
        )
    if "has no available versions" in message:
        return ModelUnavailable(
            f"the Triton server at {url} is stopping, or does not have model {name} loaded now"
        )
    if "NOT_FOUND" in status or "unknown model" in message or "failed to poll" in message:
        return ModelMissing(f"the Triton server at {url} has no model {name} in its repository")
    if "explicit" in message or "model control" in message:
        return ModelError(
            f"the Triton server at {url} does not allow loading models. Start it with --model-control-mode=explicit."
        )
    return ModelError(f"model {name} at {url}: {message.splitlines()[0] if message else status}")
