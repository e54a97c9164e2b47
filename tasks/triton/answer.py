"""What a model answered, as every dialect tells it. Shapes only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    raw: str
    """As it came; only an echoed prompt is taken off."""
    latency_ms: float
    version: str = ""
    """Of the model that answered, as the server counts; empty where nobody told."""
    tokens_in: int | None = None
    tokens_out: int | None = None
    """None where the server tells no counts."""
    finish: str = ""
    """`stop` | `length`: it ended by itself, or at the limit of tokens; empty where nobody told."""
