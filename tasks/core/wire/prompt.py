"""The call of a language model: messages, the form of the answer, and its maximal length.

`tasks.core.prompts` writes a call; `tasks.triton` sends it in the format of the server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tasks.core.records import FieldName


class Role(StrEnum):
    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """One call of a language model."""

    messages: tuple[Message, ...]
    # JSON Schema for structured output. A server may ignore it, so every answer is validated.
    answer_schema: Mapping[str, Any] | None
    max_tokens: int
    fields: tuple[FieldName, ...]  # a long schema is divided into several calls
    labels: tuple[str, ...] = ()
    """Not empty: no text is wanted, but the probability of each of these as the answer's only token."""
