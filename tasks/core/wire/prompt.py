"""What a language model is asked: messages, the form its answer should have, and how long it may be. Shapes only.

Rendered by `tasks.core.prompts`, sent by `tasks.triton`, which knows each server's way to say it.
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
    answer_schema: Mapping[str, Any] | None
    """JSON Schema for the server's structured output. Sent is not enforced: the answer is validated all the same."""
    max_tokens: int
    fields: tuple[FieldName, ...]
    """The fields that this call asks for: a long schema is asked in groups."""
