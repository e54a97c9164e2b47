"""A client as the settings want it."""

from __future__ import annotations

from tasks.settings import Settings
from tasks.triton.client import TritonClient
from tasks.triton.language import LanguageOptions, Structured
from tasks.triton.transport import transport_of


def open_client(limits: Settings, max_in_flight: int | None = None) -> TritonClient:
    """To be entered by `async with`.

    Args:
        max_in_flight: Fewer than the settings allow, where only a few requests are made.

    Raises:
        ConfigurationError: the settings of TLS or headers are wrong.
    """
    return TritonClient(
        limits.triton_url,
        limits.countersign_triton_timeout_s,
        max_in_flight or limits.countersign_triton_in_flight,
        transport_of(limits),
        LanguageOptions(
            answer_s=limits.countersign_triton_answer_s,
            seed=limits.countersign_seed,
            structured=Structured(limits.countersign_structured_output),
            chat_template=limits.countersign_chat_template,
            streams=limits.countersign_triton_stream,
        ),
    )
