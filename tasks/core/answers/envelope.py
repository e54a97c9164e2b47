"""Several answers about one chunk as one: a long schema is asked in groups, a critic is asked two questions.

JSON: {"countersign_answers": 1, "parts": [{"task": str, "fields": [str...], "raw": str, "error": str|null}...]}

Only our own hand writes it: an answer that looks like it is put inside one (`tasks.verify.model_calls`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

_MARK = '{"countersign_answers": 1,'


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """What one call was asked, and what it answered as it came."""

    task: str
    fields: tuple[str, ...]
    raw: str
    error: str | None = None
    """Why there is no answer; `raw` is then empty, or what had come before it broke off: kept for the trail, never read."""


class _Envelope(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    countersign_answers: Literal[1]
    parts: tuple[AnswerPart, ...]


def join_answers(parts: Sequence[AnswerPart]) -> str:
    return json.dumps({"countersign_answers": 1, "parts": [asdict(p) for p in parts]}, ensure_ascii=False)


def split_answers(raw: str) -> tuple[AnswerPart, ...] | None:
    """The parts of an envelope; None for any other answer."""
    if not raw.startswith(_MARK):
        return None
    try:
        return _Envelope.model_validate_json(raw).parts
    except ValidationError:
        return None
