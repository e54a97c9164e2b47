"""The envelope around the raw answers of several calls about one chunk.

JSON: {"countersign_answers": 1,
       "parts": [{"task": str, "fields": [str...], "raw": str, "error": str|null, "is_cut": true}...]}

`is_cut` is there only where the limit of tokens ended an answer and its words do not show it.

No model can forge it: an answer that looks like an envelope is put inside one
(`tasks.verify.model_calls`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

KEPT = "kept"
"""The task of a part that no model was asked for: what stands from the round before."""
_MARK = '{"countersign_answers": 1,'


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """The task and fields of one call, with its raw answer."""

    task: str
    fields: tuple[str, ...]
    raw: str  # with an error: empty, or the part before it, which is stored and never parsed
    error: str | None = None
    is_cut: bool = False
    """The limit of tokens ended it between two items, so that it looks whole."""


class _Envelope(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    countersign_answers: Literal[1]
    parts: tuple[AnswerPart, ...]


def join_answers(parts: Sequence[AnswerPart]) -> str:
    return json.dumps({"countersign_answers": 1, "parts": [*map(_row, parts)]}, ensure_ascii=False)


def _row(part: AnswerPart) -> dict[str, object]:
    return {key: value for key, value in asdict(part).items() if key != "is_cut" or value}


def split_answers(raw: str) -> tuple[AnswerPart, ...] | None:
    """The parts of an envelope; None if the answer is not an envelope."""
    if not raw.startswith(_MARK):
        return None
    try:
        return _Envelope.model_validate_json(raw).parts
    except ValidationError:
        return None
