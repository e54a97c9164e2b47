"""Turns Triton's errors into ours.

The server's message is read and not shown: it can repeat parts of a request.
"""

from __future__ import annotations

from dataclasses import dataclass

from tritonclient.utils import InferenceServerException

from tasks.core.errors import (
    ModelBusy,
    ModelCrashed,
    ModelError,
    ModelMissing,
    ModelTimedOut,
    ModelUnavailable,
)


class ParametersRefused(ModelError):
    """The server refused the sampling parameters or the schema; it seldom says which.

    Never leaves this package.
    """


@dataclass(frozen=True, slots=True)
class _Rule:
    """The error for some gRPC statuses, or for words in the message: a stream has no status."""

    kind: type[ModelError]
    message: str
    statuses: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


_NOT_LOADED = "has no available versions"
_REMEDY = "Check TRITON_URL and `countersign status`; the embedded server's log: `countersign logs triton`."
_RULES = (  # the first that fits: a full queue and an unknown model have the status UNAVAILABLE, too
    _Rule(
        ModelTimedOut,
        f"model {{model}} at {{url}} did not answer in time. {_REMEDY}",
        ("DEADLINE",),
        ("deadline",),
    ),
    _Rule(
        ModelBusy,
        "model {model} at {url}: its queue is full",
        ("RESOURCE_EXHAUSTED",),
        ("queue size", "request timeout expired"),
    ),
    # Before ModelMissing: a server that stops answers NOT_FOUND as soon as its models are unloaded, for as long as
    # its exit timeout lasts, and so does one that loads or unloads the model. Seen on 2.51.
    _Rule(
        ModelUnavailable,
        f"the Triton server at {{url}} is stopping, or does not have model {{model}} loaded now. {_REMEDY}",
        words=(_NOT_LOADED,),
    ),
    _Rule(
        ModelMissing,
        "the server at {url} does not serve the model {model}. Load it, or change COUNTERSIGN_GENERATOR / _CRITIC.",
        ("NOT_FOUND",),
        ("unknown model", "is not found"),
    ),
    _Rule(
        ModelCrashed,
        "model {model} at {url}: its process in the server died, and the server does not start it again. "
        "Reload the model, or run `countersign up`.",
        words=("stub process",),
    ),
    _Rule(
        ModelUnavailable,
        f"the Triton server at {{url}} does not answer for model {{model}}. {_REMEDY}",
        ("UNAVAILABLE",),
        ("not healthy", "unhealthy", "not ready", "server is stopping"),
    ),
    _Rule(
        ModelError,
        "model {model} at {url}: the prompt is longer than the model's context. Serve the model with a longer context, "
        "or lower COUNTERSIGN_CHUNK_CHARS.",
        words=("longer than the maximum", "maximum context length", "maximum model length", "max_input_len"),
    ),
    _Rule(
        ParametersRefused,
        "model {model} at {url} refuses the sampling parameters or the answer's schema",
        words=("'lora_name'", "grammar", "guided", "json schema"),
    ),
)


def to_model_error(model: str, url: str, error: InferenceServerException) -> ModelError:
    """The error for an exception of the client library."""
    return model_error(model, url, str(error.status() or ""), str(error.message() or ""))


def not_loaded(model: str, url: str) -> ModelError:
    """The error for a model that a server does not have loaded now, and had before."""
    return model_error(model, url, "", _NOT_LOADED)


def model_error(model: str, url: str, status: str, message: str) -> ModelError:
    """The error for a status and message of the server.

    Args:
        status: The gRPC status; empty in a stream.
        message: Of Triton or of the model's backend.
    """
    lowered = message.lower()
    for rule in _RULES:
        if any(s in status for s in rule.statuses) or any(w in lowered for w in rule.words):
            return rule.kind(rule.message.format(model=model, url=url))
    return ModelError(f"model {model} at {url} failed ({status or 'no status'})")
