"""Our errors for Triton's. The server's message is read, never shown: it can repeat parts of a request."""

from __future__ import annotations

from tritonclient.utils import InferenceServerException

from tasks.core.errors import ModelBusy, ModelError, ModelMissing, ModelTimedOut, ModelUnavailable

_REMEDY = "Check TRITON_URL and `countersign status`; the embedded server's log: `countersign logs triton`."


def explained(model: str, url: str, error: InferenceServerException) -> ModelError:
    """What the caller must do about it."""
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
