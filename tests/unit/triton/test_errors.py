from __future__ import annotations

import pytest

from tasks.core.errors import (
    ModelBusy,
    ModelCrashed,
    ModelError,
    ModelMissing,
    ModelTimedOut,
    ModelUnavailable,
)
from tasks.triton.errors import ParametersRefused, model_error

SECRET = "The Borrower shall pay"


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        ("StatusCode.DEADLINE_EXCEEDED", "Deadline Exceeded", ModelTimedOut),
        ("StatusCode.UNAVAILABLE", "[request id: 7] Exceeds maximum queue size", ModelBusy),
        ("", "Request timeout expired", ModelBusy),
        ("StatusCode.RESOURCE_EXHAUSTED", "", ModelBusy),
        ("StatusCode.UNAVAILABLE", "failed to connect to all addresses", ModelUnavailable),
        ("", "Model is unavailable due to unhealthy vLLM engine", ModelUnavailable),
        ("StatusCode.INTERNAL", "Stub process 'critic_0' is not healthy.", ModelCrashed),
        ("StatusCode.UNAVAILABLE", "Request for unknown model: 'x' is not found", ModelMissing),
        ("StatusCode.NOT_FOUND", "Request for unknown model: 'x' is not found", ModelMissing),
        (
            "StatusCode.NOT_FOUND",
            "Request for unknown model: 'x' has no available versions",
            ModelUnavailable,
        ),
        ("", "Request for unknown model: 'x' has no available versions", ModelUnavailable),
        ("StatusCode.UNAVAILABLE", "Server exiting", ModelUnavailable),
        (
            "",
            "[request id: 7] Server is stopping, scheduler for model has stopped accepting",
            ModelUnavailable,
        ),
        ("", "Error generating stream: 'NoneType' object has no attribute 'lora_name'", ParametersRefused),
        ("", "Error: The provided JSON schema contains features not supported", ParametersRefused),
        ("", "The decoder prompt (length 9000) is longer than the maximum model length of 8192", ModelError),
        ("StatusCode.INTERNAL", SECRET, ModelError),
    ],
)
def test_error_says_what_is_to_be_done_and_never_the_servers_words(
    status: str, message: str, error: type[ModelError]
):
    result = model_error("some_model", "triton:8001", status, message)
    assert type(result) is error
    assert "some_model" in str(result) and SECRET not in str(result)


def test_too_long_a_prompt_names_the_setting():
    result = model_error(
        "some_model", "triton:8001", "", "This model's maximum context length is 8192 tokens"
    )
    assert "COUNTERSIGN_CHUNK_CHARS" in str(result) and not result.retryable
